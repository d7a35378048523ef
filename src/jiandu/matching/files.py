"""Two files of people or organisations in, pairs out: what ``jiandu match link`` does."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from jiandu.errors import JianduError, Problem
from jiandu.matching import oddities
from jiandu.matching.config import Config, Side
from jiandu.matching.linkage import Engine, link
from jiandu.matching.model import Weights, parse
from jiandu.matching.normalise import normalise
from jiandu.matching.organisations import normalise as normalise_organisations
from jiandu.source import csv_text
from jiandu.source.rows import REFUSED

FORMATS = (".csv", ".parquet")


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
    return list(_read(path, "utf-8", ",")[0].column_names)


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
    keys = chosen["key"].cast(pa.string())
    if keys.null_count or pc.count_distinct(keys).as_py() != len(keys):
        raise JianduError.at(str(path), f"column {side.key!r} is not a key: it is empty or the same in several rows", "name a column that numbers the rows")
    return chosen, broken


def _read(path: Path, encoding: str, delimiter: str) -> tuple[pa.Table, int]:
    if path.suffix not in FORMATS:
        raise JianduError.at(str(path), "neither CSV nor Parquet", "export the table as one of them")
    if not path.is_file():
        raise JianduError.at(str(path), "no such file", "check the path")
    if path.suffix == ".csv":
        rows = csv_text.read(path, encoding, delimiter)
        whole = rows.table.filter(pc.is_null(rows.table[REFUSED])) if REFUSED in rows.table.column_names else rows.table
        return whole.select(rows.names), rows.table.num_rows - whole.num_rows
    try:
        return pq.read_table(path), 0
    except pa.ArrowInvalid as error:
        raise JianduError.at(str(path), f"not a Parquet file: {error}", "export the table again") from error


def people_of(left: pa.Table, right: pa.Table, kind: str) -> tuple[pa.Table, pa.Table]:
    """Both sides normalised, at the same time: most of the work lets the other thread run."""
    shape = normalise if kind == "person" else normalise_organisations
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(shape, (left, right), ("left", "right"))
    return first, second


def link_files(left: Path, right: Path, config: Config, engine: Engine | None = None) -> Linked:
    """Pairs of two files. Raises ``JianduError`` for files that cannot be read or do not fit the configuration."""
    from jiandu.matching.training import train

    (first, first_broken), (second, second_broken) = read_side(left, config.left), read_side(right, config.right)
    sides = people_of(first, second, config.kind)
    odd = [*oddities.of_reading(first_broken, str(left)), *oddities.of_reading(second_broken, str(right))]
    odd += [*oddities.of_side(sides[0], str(left)), *oddities.of_side(sides[1], str(right))]
    weights = kept_weights(config) if config.model else train(*sides, config.kind)
    pairs, hubs = link(*sides, weights, config.bands, engine, f"'{config.called}'")
    return Linked(pairs, weights, first.num_rows, second.num_rows, [*odd, *oddities.of_hubs(hubs), *oddities.of_pairs(pairs)])


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
    if path.suffix not in FORMATS:
        raise JianduError.at(str(path), "neither .csv nor .parquet", "call the output one of them")
    shown = pairs if whole or path.suffix == ".parquet" else pairs.select(OUT)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(shown, path)
    else:
        pa.csv.write_csv(shown, path)


def read_pairs(path: Path) -> Iterator[dict[str, Any]]:
    """Pairs as written."""
    yield from _read(path, "utf-8", ",")[0].to_pylist()


def read_truth(path: Path) -> pa.Table:
    """The truth: columns ``left`` and ``right`` (empty where the left record is nobody on the right), and ``error`` if there is one."""
    table, _ = _read(path, "utf-8", ",")
    if missing := {"left", "right"} - set(table.column_names):
        raise JianduError.at(str(path), f"has no column {', '.join(sorted(missing))}", "the truth has columns left, right and, if you like, error")
    return table
