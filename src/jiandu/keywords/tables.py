"""Any table of texts: CSV (UTF-8 or GB18030, also .gz), Parquet, Excel or JSON lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jiandu.contracts.shape import ExcelLayout
from jiandu.errors import JianduError
from jiandu.source import csv_text, json_lines, workbook
from jiandu.source.decoding import looks_like, read_bytes
from jiandu.source.rows import REFUSED, ROW_NO


@dataclass(frozen=True)
class Column:
    """Values of the columns asked for, row by row, with each row's number in the file; ``broken`` rows could not be split into cells."""

    rows: list[int]
    values: dict[str, list[str]]
    broken: int
    empty: int


def read(path: Path, text: str, *others: str) -> Column:
    """The columns of a file. Rows without a text are counted as ``empty`` and left out. Raises ``JianduError`` with one reason."""
    table = _table(path)
    names = [name for name in table.column_names if not name.startswith("#")]
    for name in (text, *others):
        if name not in names:
            raise JianduError.at(str(path), f"has no column {name!r}", f"it has: {', '.join(names)}")
        if not _is_text(table.schema.field(name).type):
            raise JianduError.at(str(path), f"column {name!r} holds no text but {table.schema.field(name).type}", f"it has: {', '.join(names)}")
    numbers = table[ROW_NO].to_pylist() if ROW_NO in table.column_names else list(range(1, table.num_rows + 1))
    refused = table[REFUSED].to_pylist() if REFUSED in table.column_names else [None] * table.num_rows
    columns = {name: table[name].to_pylist() for name in (text, *others)}
    whole = [place for place, why in enumerate(refused) if why is None]
    kept = [place for place in whole if columns[text][place]]
    if not kept:
        raise JianduError.at(str(path), f"column {text!r} holds no text in any row", "export the table with its texts")
    values = {name: ["" if column[place] is None else str(column[place]) for place in kept] for name, column in columns.items()}
    return Column([numbers[place] for place in kept], values, len(refused) - len(whole), len(whole) - len(kept))


def _is_text(kind: pa.DataType) -> bool:
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_dictionary, pa.types.is_integer, pa.types.is_boolean, pa.types.is_null)
    return any(is_one(kind) for is_one in kinds)


def _table(path: Path) -> pa.Table:
    if not path.is_file():
        raise JianduError.at(str(path), "no such file", "check the path")
    ending = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix.lower()
    if ending == ".parquet" and path.suffix != ".gz":
        try:
            return pq.read_table(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise JianduError.at(str(path), f"not a Parquet file: {error}", "export the table again") from error
    if ending in (".xlsx", ".xls", ".xlsm", ".ods"):
        return workbook.read(path, ExcelLayout()).table
    if ending not in (".csv", ".jsonl", ".ndjson"):
        raise JianduError.at(str(path), "neither CSV, Parquet, Excel nor JSON lines", "export the table as one of them")
    encoding = "utf-8" if looks_like(read_bytes(path), "gb18030") == "utf-8" else "gb18030"
    return csv_text.read(path, encoding, ",", nameless=True).table if ending == ".csv" else json_lines.read(path, encoding).table
