"""Delimited text: encoding, byte order mark, delimiter, quotes, line breaks inside cells; every row keeps its physical line number."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from jiandu.errors import DeliveryHeld, Problem
from jiandu.source.decoding import as_utf8, read_bytes
from jiandu.source.rows import LINE, REFUSED, ROW_NO, RawRows

BLOCK = 16 << 20
"""Longest possible row, in bytes."""
RESEND = "ask the agency to send it again"


def read(path: Path, encoding: str, delimiter: str, nameless: bool = False) -> RawRows:
    """Rows of a delimited file whose first non-blank line names the columns.

    ``nameless``: columns without a name are called by their number (``column 1``) instead of holding the file.
    A row with too many or too few cells is refused alone (``#refused``); a file cut off in its last row is held as a whole.
    Raises ``DeliveryHeld``.
    """
    text = as_utf8(read_bytes(path), encoding, path)
    names, header_lines, offset = header(text, delimiter, path, nameless)
    table, broken = parse(text[offset:], names, delimiter, path)
    if text.count(b'"') % 2 and ends_inside_quotes(text, delimiter):
        raise DeliveryHeld(Problem(str(path), "the last row has an unterminated quote: the file is cut off", RESEND))
    lines = line_numbers(table, broken, header_lines, b'"' in text)
    if broken and broken[-1].number == len(table) + len(broken) and broken[-1].actual_columns < len(names):
        what = f"the last row has {broken[-1].actual_columns} of {len(names)} cells: the file is cut off"
        raise DeliveryHeld(Problem(f"{path}:{lines[-1]}", what, RESEND))
    return RawRows(assemble(table, broken, lines, names))


def header(text: bytes, delimiter: str, path: Path, nameless: bool = False) -> tuple[list[str], int, int]:
    """Column names, the number of lines they take (blank lines before them included) and the byte where the data begin."""
    sample = io.StringIO(text[:BLOCK].decode(errors="ignore"), newline="")
    reader = csv.reader(sample, delimiter=delimiter, strict=True)
    try:
        cells = next(row for row in reader if any(cell.strip() for cell in row))
    except (StopIteration, csv.Error) as error:
        raise DeliveryHeld(Problem(f"{path}:1", f"no readable header line ({error or 'blank'})", RESEND)) from error
    names = [cell.strip() or (f"column {number}" if nameless else "") for number, cell in enumerate(cells, 1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or "" in names:
        what = f"column {names.index('') + 1} has no name" if "" in names else f"column {twice[0]!r} stands twice in the header"
        raise DeliveryHeld(Problem(f"{path}:{reader.line_num}", what, "ask the agency for a clean header"))
    sample.seek(0)
    consumed = "".join(sample.readline() for _ in range(reader.line_num))
    return names, reader.line_num, len(consumed.encode())


def parse(text: bytes, names: list[str], delimiter: str, path: Path) -> tuple[pa.Table, list[pa.csv.InvalidRow]]:
    """The data as text columns, and the rows whose number of cells is wrong."""
    broken: list[pa.csv.InvalidRow] = []

    def set_aside(row: pa.csv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    if not text:
        return pa.table({name: pa.array([], pa.string()) for name in names}), broken
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(text),
            read_options=pa.csv.ReadOptions(column_names=names, use_threads=False, block_size=BLOCK),
            parse_options=pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=set_aside),
            convert_options=pa.csv.ConvertOptions(column_types={name: pa.string() for name in names}, strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        raise DeliveryHeld(Problem(str(path), f"not readable as delimited text: {str(error).splitlines()[0][:200]}", RESEND)) from error
    return table, broken


def ends_inside_quotes(text: bytes, delimiter: str) -> bool:
    """Whether the text ends within a quoted cell. Slow, and asked only of texts with an odd number of quotes (``5" 钢管`` has one too)."""
    reader = csv.reader(io.StringIO(text.decode(), newline=""), delimiter=delimiter, strict=True)
    try:
        for _ in reader:
            pass
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def line_numbers(table: pa.Table, broken: list[pa.csv.InvalidRow], header_lines: int, quoted: bool) -> npt.NDArray[np.int64]:
    """The physical line on which each row of the file begins, broken ones included, in file order."""
    total = len(table) + len(broken)
    inside = np.zeros(total, dtype=np.int64)
    if quoted:
        kept = good_rows(total, broken)
        for column in table.columns:
            inside[kept] += np.asarray(pc.count_substring(column, "\n"))
        for row in broken:
            inside[row.number - 1] = row.text.count("\n")
    return header_lines + 1 + np.arange(total) + np.concatenate([[0], np.cumsum(inside)[:-1]]) if total else inside


def good_rows(total: int, broken: list[pa.csv.InvalidRow]) -> npt.NDArray[np.bool_]:
    """Which rows of the file could be split into cells."""
    kept = np.ones(total, dtype=bool)
    kept[[row.number - 1 for row in broken]] = False
    return kept


def assemble(table: pa.Table, broken: list[pa.csv.InvalidRow], lines: npt.NDArray[np.int64], names: list[str]) -> pa.Table:
    """Good rows with their lines, without those that hold nothing at all, then the refused ones."""
    good = table.add_column(0, ROW_NO, pa.array(lines[good_rows(len(lines), broken)], pa.int64()))
    filled = np.zeros(len(table), dtype=bool)
    for column in table.columns:
        filled |= np.asarray(pc.greater(pc.binary_length(column), 0))
        if filled.all():
            break
    good = good if filled.all() else good.filter(pa.array(filled))
    wrong = [row for row in broken if row.text.strip()]
    if not wrong:
        return good
    refused = pa.table({
        ROW_NO: pa.array([int(lines[row.number - 1]) for row in wrong], pa.int64()),
        REFUSED: pa.array([f"该行有 {row.actual_columns} 列，表头有 {len(names)} 列" for row in wrong], pa.string()),
        LINE: pa.array([row.text for row in wrong], pa.string()),
    })
    return pa.concat_tables([good, refused], promote_options="default").sort_by(ROW_NO)
