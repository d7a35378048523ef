"""Two files of people or organisations in, pairs out: what ``jiandu match link`` does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from jiandu.contracts.shape import ExcelLayout
from jiandu.errors import JianduError, Problem
from jiandu.matching import clusters, oddities
from jiandu.matching.bands import Bands
from jiandu.matching.config import POSITION, Config, Side
from jiandu.matching.linkage import Engine, link
from jiandu.matching.model import Weights, parse
from jiandu.matching.normalise import normalise
from jiandu.matching.organisations import normalise as normalise_organisations
from jiandu.source import csv_text, workbook
from jiandu.source.decoding import read_bytes
from jiandu.source.rows import REFUSED

FORMATS = (".csv", ".parquet")
"""What is written."""
READ = (*FORMATS, ".xlsx", ".xls")
HEADER_WITHIN = 20
PIECE, THREADS = 150_000, 4
"""Rows normalised at a time, and how many such pieces at most at the same time."""


@dataclass(frozen=True)
class Linked:
    """What came of two files: ``pairs`` as a table, the weights used, and everything odd, in sentences."""

    pairs: pa.Table
    weights: Weights
    left_rows: int
    right_rows: int
    oddities: list[oddities.Oddity]

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output: counts only, nobody's data."""
        counted = self.pairs.group_by(["match_kind", "band"]).aggregate([("left_uid", "count")]).sort_by([("match_kind", "ascending"), ("band", "ascending")])
        bands = {f"{row['match_kind']}/{row['band']}": row["left_uid_count"] for row in counted.to_pylist()}
        return {
            "left": self.left_rows, "right": self.right_rows, "pairs": bands, "model": self.weights.version, "trained_on": dict(self.weights.trained_on),
            "oddities": [asdict(one) for one in self.oddities],
        }


def columns_of(path: Path) -> list[str]:
    """Names of a file's columns."""
    return list(_read(path, None, ",")[0].column_names)


def _workbook(path: Path) -> pa.Table:
    """The first sheet, whose header is the first of its first rows that has most of its cells filled: titles above it are none."""
    grid = workbook.open_sheet(path, 0).to_python(skip_empty_area=False)[:HEADER_WITHIN]
    filled = [sum(workbook.cell_text(cell) is not None for cell in row) for row in grid]
    if not filled or not max(filled):
        raise JianduError.at(str(path), "its first sheet is empty", "put the table on the first sheet")
    first = next(place for place, count in enumerate(filled, 1) if 2 * count > max(filled))
    rows = workbook.read(path, ExcelLayout(header_row=(first, first)))
    return rows.table.select(rows.names)


def encoding_of(path: Path) -> str:
    """utf-8 or gb18030, whichever the text of a CSV file is; utf-8 where it is neither, so that reading names the line."""
    data = read_bytes(path) if path.suffix.lower() == ".csv" else b""
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "utf-8"


def read_side(path: Path, side: Side) -> tuple[pa.Table, int]:
    """The file's rows with canonical column names, all text but dates, and how many rows could not be split into cells.

    Raises ``JianduError`` naming every missing column.
    """
    table, broken = _read(path, side.encoding, side.delimiter)
    missing = [
        Problem(str(path), f"has no column {column!r} (the configuration calls it {field})", f"it has: {', '.join(table.column_names)}")
        for field, column in side.columns.items() if column not in table.column_names
    ]
    if missing:
        raise JianduError(missing)
    chosen = pa.table({field: table[column] for field, column in side.columns.items()})
    if side.key == POSITION:
        chosen = chosen.append_column("key", pa.array(range(1, table.num_rows + 1)).cast(pa.string()))
    if not chosen.num_rows:
        raise JianduError.at(str(path), "has a header and no rows", "export the table with its rows")
    if side.consequence:
        place = chosen.column_names.index("consequence")
        chosen = chosen.set_column(place, "consequence", sums(chosen["consequence"], str(path), side.consequence))
    keys = chosen["key"].cast(pa.string())
    if keys.null_count or pc.count_distinct(keys).as_py() != len(keys):
        raise JianduError.at(str(path), f"column {side.key!r} is not a key: it is empty or the same in several rows", "name a column that numbers the rows")
    return chosen, broken


def sums(values: pa.ChunkedArray, where: str, column: str) -> pa.ChunkedArray:
    """Sums in yuan as text, with or without commas between thousands; a blank one is not known and may be any. Raises ``JianduError``."""
    plain = pc.utf8_trim_whitespace(pc.fill_null(values.cast(pa.string()), ""))
    plain = pc.if_else(pc.match_substring_regex(plain, r"^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$"), pc.replace_substring(plain, ",", ""), plain)
    plain = pc.if_else(pc.equal(plain, ""), "inf", plain)
    wrong = pc.invert(pc.match_substring_regex(plain, r"^([0-9]+(\.[0-9]+)?|inf)$"))
    if count := pc.sum(wrong).as_py():
        what = f"column {column!r} is no sum of money in {count} rows, first in row {pc.index(wrong, True).as_py() + 1} of the data"
        raise JianduError.at(where, what, "write figures only, e.g. 12000 or 12,000.50; leave it blank where it is not known")
    return plain


def _read(path: Path, encoding: str | None, delimiter: str) -> tuple[pa.Table, int]:
    """``encoding``: None finds it out."""
    if path.suffix.lower() not in READ:
        raise JianduError.at(str(path), "neither CSV nor Excel nor Parquet", "export the table as one of them")
    if not path.is_file():
        raise JianduError.at(str(path), "no such file", "check the path")
    if path.suffix.lower() == ".csv":
        rows = csv_text.read(path, encoding or encoding_of(path), delimiter)
        whole = rows.table.filter(pc.is_null(rows.table[REFUSED])) if REFUSED in rows.table.column_names else rows.table
        return whole.select(rows.names), rows.table.num_rows - whole.num_rows
    if path.suffix.lower() != ".parquet":
        return _workbook(path), 0
    try:
        return pq.read_table(path), 0
    except pa.ArrowInvalid as error:
        raise JianduError.at(str(path), f"not a Parquet file: {error}", "export the table again") from error


def people_of(left: pa.Table, right: pa.Table, kind: str) -> tuple[pa.Table, pa.Table]:
    """Both sides normalised, a piece a thread: most of the work lets the other threads run."""
    shape = normalise if kind == "person" else normalise_organisations
    pieces = [(rows.slice(start, PIECE), side) for rows, side in ((left, "left"), (right, "right")) for start in range(0, max(rows.num_rows, 1), PIECE)]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, THREADS)) as pool:
        done = list(zip(pool.map(lambda piece: shape(*piece), pieces), (side for _, side in pieces), strict=True))
    first, second = (pa.concat_tables([piece for piece, of in done if of == side]) for side in ("left", "right"))
    return first, second


def link_files(left: Path, right: Path, config: Config, engine: Engine | None = None) -> Linked:
    """Pairs of two files. Raises ``JianduError`` for files that cannot be read or do not fit the configuration."""
    kept = kept_weights(config) if config.model else None
    (first, first_broken), (second, second_broken) = read_side(left, config.left), read_side(right, config.right)
    odd = [*oddities.of_reading(first_broken, str(left)), *oddities.of_reading(second_broken, str(right))]
    sides, weights, pairs, hubs = link_tables(first, second, config.kind, config.bands, kept, engine, config.called)
    odd += [one for side, path in zip(sides, (left, right), strict=True) for one in oddities.of_side(side, str(path))]
    return Linked(pairs, weights, first.num_rows, second.num_rows, [*odd, *oddities.of_hubs(hubs), *oddities.of_pairs(pairs)])


def link_tables(
    left: pa.Table, right: pa.Table, kind: str, bands: Bands, kept: Weights | None = None, engine: Engine | None = None, called: str = "名册",
) -> tuple[tuple[pa.Table, pa.Table], Weights, pa.Table, pa.Table]:
    """Two tables with the columns ``normalise.RAW``: both normalised, the weights (trained on them where none are kept), pairs, common keys."""
    from jiandu.matching.training import train

    sides = people_of(left, right, kind)
    with ThreadPoolExecutor(1) as pool:  # trained while the sides meet: who is compared with whom does not depend on the weights
        weights = pool.submit(lambda: kept or train(*sides, kind))
        pairs, hubs = link(*sides, weights.result, bands, engine, f"'{called}'")
        return sides, weights.result(), clusters.consistent(pairs, *sides), hubs


def kept_weights(config: Config) -> Weights:
    """The weights a configuration names. Raises ``JianduError`` when they are not there or of another kind."""
    path = config.model
    if path is None or not path.is_file():
        raise JianduError.at(str(path), "no such file of weights", "leave model: out to train on the two tables, or jiandu match train")
    weights = parse(path.read_text("utf-8"), str(path))
    if weights.kind != config.kind:
        raise JianduError.at(str(path), f"weights of kind {weights.kind}, but the configuration says {config.kind}", "train one of the right kind")
    return weights


OUT = ("left_key", "right_key", "match_kind", "probability", "band", "reason", "explanation")


def write(pairs: pa.Table, path: Path, whole: bool = False) -> None:
    """Write pairs as CSV or Parquet; Parquet keeps every comparison and its weight, for ``jiandu match explain``."""
    writable(path, FORMATS)
    shown = pairs if whole or path.suffix == ".parquet" else pairs.select(OUT)
    with private(path) as file:
        if path.suffix == ".parquet":
            pq.write_table(shown, file)
        else:
            pa.csv.write_csv(shown, file)


def writable(path: Path, endings: tuple[str, ...] = ()) -> None:
    """Raise ``JianduError`` where a result could not be written: asked before the work, for the work may be long."""
    if endings and path.suffix not in endings:
        raise JianduError.at(str(path), f"neither {' nor '.join(endings)}", "call the output one of them")
    if not path.parent.is_dir():
        raise JianduError.at(str(path), "its folder does not exist", f"mkdir -p {path.parent}")
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise JianduError.at(str(path), "cannot be written: a folder, or not yours", "name another file")


def private(path: Path) -> BinaryIO:
    """The file, emptied, for its owner's eyes only: results name records of people."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)
    return os.fdopen(handle, "wb")


def write_text(path: Path, text: str) -> None:
    """Write weights or a chart."""
    with private(path) as file:
        file.write(text.encode())


def read_pairs(path: Path) -> Iterator[dict[str, Any]]:
    """Pairs as written. Raises ``JianduError`` for a file that is none of pairs."""
    table, _ = _read(path, None, ",")
    if missing := [name for name in ("left_key", "right_key", "probability", "band", "explanation") if name not in table.column_names]:
        raise JianduError.at(str(path), f"is no file of pairs: it has no column {', '.join(missing)}", "give what jiandu match link --out wrote")
    yield from table.to_pylist()


def read_truth(path: Path) -> pa.Table:
    """The truth: columns ``left`` and ``right`` (empty where the left record is nobody on the right), and ``error`` if there is one."""
    table, _ = _read(path, None, ",")
    if missing := {"left", "right"} - set(table.column_names):
        raise JianduError.at(str(path), f"has no column {', '.join(sorted(missing))}", "the truth has columns left, right and, if you like, error")
    return table
