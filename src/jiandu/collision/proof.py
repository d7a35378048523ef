"""The proof that clues kept up by changes are those of a full run: both, side by side, and whatever differs is said aloud."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from jiandu import lake
from jiandu.collision import evaluations, runner
from jiandu.collision.runner import RunSummary
from jiandu.errors import JianduError, Problem, ServiceUnavailable

NAMED = 20
"""Clues of one model named in one error; the others are counted."""


def prove(models: Sequence[str] | None, as_of: datetime, engine_name: str) -> list[RunSummary]:
    """Bring the clues up to ``as_of`` by changes, evaluate everything in full beside them, and compare; returns the full runs.

    The clues of the full run stand afterwards, and what was kept is made anew. Raises ``JianduError`` naming each model and clue that
    differed, also when the comparison was made by an earlier call at the same instant, beside the models that could not run;
    ``ServiceUnavailable`` when Spark or the operational store does not answer.
    """
    problems: list[Problem] = []
    summaries: list[RunSummary] = []
    for how in ("changes", "full"):
        try:
            summaries = runner.run(models, as_of, engine_name, how)
        except ServiceUnavailable:
            raise
        except JianduError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    problems += disagreements(as_of, models)
    if problems:
        raise JianduError(problems)
    return summaries


def disagreements(as_of: datetime, models: Collection[str] | None = None) -> list[Problem]:
    """What full runs at an instant found otherwise than the changes before them: one problem a model, naming its clues."""
    problems = []
    for row in evaluations.ledger().rows:
        if row["as_of"] != as_of.astimezone(UTC) or not row["differences"] or (models and row["model"] not in models):
            continue
        clues = written(row["run_id"])
        told = ", ".join(clues[:NAMED]) + (f" … {len(clues) - NAMED} more" if len(clues) > NAMED else "")
        what = f"a full run finds {row['differences']} clues otherwise than the changes led to: {told}"
        todo = "the clues are those of the full run now; look at them with jiandu clue show, and report what led there: it is a defect"
        problems.append(Problem(row["model"], what, todo))
    return problems


def written(run_id: str) -> list[str]:
    """The clues a run changed, each with the state it gave them."""
    with lake.glance() as connection:
        if not lake.view(connection, "clue", "finding", "finding", ["clue_id", "run_id", "state"]):
            return []
        rows = connection.execute("SELECT clue_id, state FROM finding WHERE run_id = ? ORDER BY clue_id", [run_id]).fetchall()
    return [f"{clue_id[:12]} ({state})" for clue_id, state in rows]
