"""The ledger of evaluations: kept in the lake with the clues, mirrored to ``ops.evaluation`` where an operational store exists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from jiandu import lake
from jiandu import ledger as operational
from jiandu.clue.tables import EVALUATION

if TYPE_CHECKING:
    from jiandu.collision.runner import RunSummary

COUNTS = ("opened", "updated", "withdrawn", "reopened", "kept", "suspended")


@dataclass(frozen=True)
class Ledger:
    """The evaluations so far, read once a pass."""

    rows: list[dict[str, Any]]

    def status(self, model: str, name: str, as_of: datetime, how: str) -> str | None:
        """``repeated`` when just this run (``name``: its run id) was evaluated before, ``outdated`` when a later as-of was, else None.

        A full run repeats only a full one: it checks what changes led to.
        """
        rows = self.of(model)
        same = [row for row in rows if row["run_id"] in (name, checked(name))]
        if any(how == "changes" or row.get("how") != "changes" for row in same):
            return "repeated"
        return "outdated" if any(row["as_of"] > as_of for row in rows) else None

    def of(self, model: str) -> list[dict[str, Any]]:
        """The evaluations of one model."""
        return [row for row in self.rows if row["model"] == model]


def checked(name: str) -> str:
    """Run id of the full run that checks what the changes of run ``name`` led to."""
    return hashlib.sha256(f"{name}:full".encode()).hexdigest()


def ledger() -> Ledger:
    """The ledger as it is now."""
    return Ledger(lake.rows("clue", "evaluation"))


def record(summary: RunSummary, version: str, as_of: datetime, inputs: Mapping[str, int]) -> None:
    """Append one evaluation; ``finished_at`` is its as-of: there is one clock."""
    row = {name: getattr(summary, name) for name in ("run_id", "model", "engine", "seconds", "how", "subjects", "why", "differences", *COUNTS)}
    row |= {"model_version": version, "as_of": as_of, "inputs": json.dumps(dict(sorted(inputs.items()))), "finished_at": as_of}
    lake.append("clue", "evaluation", pa.Table.from_pylist([row], EVALUATION), summary.run_id)


def mirror() -> int:
    """Bring ``ops.evaluation`` up to the lake's ledger; returns how many rows it lacked.

    Does nothing where no operational store was ever set up (a county on DuckDB alone). Raises ``ServiceUnavailable`` when there is
    one that does not answer: the clues are safe in the lake, and the next run mirrors what is missing.
    """
    if not operational.configured() or not (rows := lake.rows("clue", "evaluation")):
        return 0
    from sqlalchemy.dialects.postgresql import insert

    from jiandu import ops
    from jiandu.ops.tables import evaluation

    values = [{name: row[name] for name in evaluation.columns.keys() & row.keys()} | {"inputs": json.loads(row["inputs"])} for row in rows]
    with ops.transaction() as connection:
        return connection.execute(insert(evaluation).on_conflict_do_nothing().returning(evaluation.c.run_id), values).rowcount
