"""The ledger of evaluations: kept in the lake with the clues, mirrored to ``ops.evaluation`` where an operational store exists."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from jiandu import lake, ledger
from jiandu.clue.tables import EVALUATION

if TYPE_CHECKING:
    from jiandu.collision.runner import RunSummary

COUNTS = ("opened", "updated", "withdrawn", "reopened", "kept", "suspended")


def status(model: str, version: str, as_of: datetime, inputs: Mapping[str, int]) -> str | None:
    """``repeated`` when just this was evaluated before, ``outdated`` when a later as-of was, else None."""
    rows = [row for row in _rows() if row["model"] == model]
    wanted = json.dumps(dict(sorted(inputs.items())))
    if any((row["model_version"], row["as_of"], row["inputs"]) == (version, as_of.astimezone(UTC), wanted) for row in rows):
        return "repeated"
    return "outdated" if any(row["as_of"] > as_of for row in rows) else None


def record(summary: RunSummary, version: str, as_of: datetime, inputs: Mapping[str, int]) -> None:
    """Append one evaluation; ``finished_at`` is its as-of: there is one clock."""
    row = {name: getattr(summary, name) for name in ("run_id", "model", "engine", "seconds", *COUNTS)}
    row |= {"model_version": version, "as_of": as_of, "inputs": json.dumps(dict(sorted(inputs.items()))), "finished_at": as_of}
    lake.append("clue", "evaluation", pa.Table.from_pylist([row], EVALUATION), summary.run_id)


def mirror() -> int:
    """Bring ``ops.evaluation`` up to the lake's ledger; returns how many rows it lacked.

    Does nothing where no operational store was ever set up (a county on DuckDB alone). Raises ``ServiceUnavailable`` when there is
    one that does not answer: the clues are safe in the lake, and the next run mirrors what is missing.
    """
    rows = _rows()
    if not rows or not ledger.configured():
        return 0
    from sqlalchemy.dialects.postgresql import insert

    from jiandu import ops
    from jiandu.ops.tables import evaluation

    values = [{**row, "inputs": json.loads(row["inputs"])} for row in rows]
    with ops.transaction() as connection:
        return connection.execute(insert(evaluation).on_conflict_do_nothing().returning(evaluation.c.run_id), values).rowcount


def _rows() -> list[dict[str, Any]]:
    with lake.duck() as connection:
        if not lake.view(connection, "clue", "evaluation", "ledger"):
            return []
        rows: list[dict[str, Any]] = connection.sql("SELECT * FROM ledger").to_arrow_table().to_pylist()
    return rows
