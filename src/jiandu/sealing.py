"""Which single records are sealed: nothing that runs from now on reads them. ``clue.seal`` is the act; whole data sets are sealed by their contract.

A juvenile's record sealed by decision (刑诉法 286) stays in bronze and silver, where only their keepers look, and leaves by no exit.
"""

from __future__ import annotations

import pyarrow as pa

from jiandu import lake

SEALED = pa.schema([
    ("dataset", pa.string()), ("record_key", pa.string()), ("sealed_at", pa.timestamp("us", tz="UTC")), ("sealed_by", pa.string()), ("reason", pa.string()),
])
"""Table ``silver._sealed``: one row a record, append-only."""


def keys(dataset: str) -> list[str]:
    """Keys of the sealed records of a data set, in order."""
    return sorted({row["record_key"] for row in lake.rows("silver", "_sealed") if row["dataset"] == dataset})


def excluding(dataset: str) -> str:
    """SQL to append to a condition on rows of a data set (DuckDB and Spark): the sealed records are left out."""
    listed = ", ".join("'" + key.replace("'", "''") + "'" for key in keys(dataset))
    return f" AND record_key NOT IN ({listed})" if listed else ""


def note(dataset: str, record_key: str, row: dict[str, object]) -> None:
    """Enter one record; once entered it stays."""
    table = pa.Table.from_pylist([{"dataset": dataset, "record_key": record_key, **row}], SEALED)
    lake.append("silver", "_sealed", table, f"sealed:{dataset}:{record_key}")
