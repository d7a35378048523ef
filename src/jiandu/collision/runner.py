"""One pass of the models: evaluate, compare with the clue store, write the changes. Safe to repeat: the same state of the data is evaluated once."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from jiandu.clock import ZONE
from jiandu.clue import store
from jiandu.clue.tables import LIVE
from jiandu.collision import archive, evaluations, grounds, library
from jiandu.collision.dependencies import Dependencies
from jiandu.collision.engines import Engine, check_name, engine, versions
from jiandu.collision.evaluate import evaluate, prepare
from jiandu.collision.feeds import Feed, feeds
from jiandu.collision.pinned import held
from jiandu.errors import JianduError, Problem, ServiceUnavailable


@dataclass(frozen=True)
class RunSummary:
    """What one model did in one pass.

    ``status``: ``evaluated``; ``repeated`` when this state of data, model and day was evaluated before; ``outdated`` when a later
    as-of was evaluated already, so that this one may change nothing. ``stale`` names the feeds too old to prove an absence.
    """

    model: str
    title: str
    run_id: str
    status: str
    engine: str
    as_of: str
    opened: int = 0
    updated: int = 0
    withdrawn: int = 0
    reopened: int = 0
    kept: int = 0
    suspended: int = 0
    early: int = 0
    stale: tuple[str, ...] = ()
    seconds: float = 0.0
    edited: bool = False
    """The file has changed since the edition that ran was activated."""

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        return asdict(self)


def run(models: Sequence[str] | None, as_of: datetime, engine_name: str = "spark") -> list[RunSummary]:
    """Run the named models (None: all) at an instant and write what changed.

    A model that is malformed or fails does not keep the others from running; all failures are raised together at the end. Raises
    ``ServiceUnavailable`` when Spark or the operational store does not answer.
    """
    check_name(engine_name)
    loaded, problems = library.load_active(models)
    summaries: list[RunSummary] = []
    made: Engine | None = None
    with ExitStack() as stack:
        stack.enter_context(store.one_writer())
        names = list(dict.fromkeys(name for one in loaded for name in one.model.datasets))
        # Feeds first: what arrives between the two looks belongs to the next pass, never the other way round.
        states, pinned = feeds(names, as_of), versions(names)
        for one in loaded:
            inputs = {name: pinned[name] for name in one.model.datasets}
            known = evaluations.status(one.id, one.version, as_of, inputs)
            if known is not None:
                summaries.append(RunSummary(one.id, one.model.title, run_id(one, as_of, inputs), known, engine_name, as_of.isoformat(), edited=one.edited))
                continue
            made = made or stack.enter_context(closing(engine(engine_name)))
            try:
                summaries.append(_evaluated(one, made, as_of, inputs, states))
            except ServiceUnavailable:
                raise
            except JianduError as error:
                problems += [Problem(f"{one.id}: {problem.where}", problem.what, problem.todo) for problem in error.problems]
    evaluations.mirror()
    if problems:
        raise JianduError(problems)
    return summaries


def _evaluated(loaded: library.Loaded, made: Engine, as_of: datetime, inputs: Mapping[str, int], feeds_now: Mapping[str, Feed]) -> RunSummary:
    started = time.perf_counter()
    states = {name: feeds_now[name] for name in loaded.model.datasets}
    changes = assessed(loaded, made, as_of, inputs, states)
    return written(loaded, changes, made.name, as_of, inputs, states, started)


def assessed(loaded: library.Loaded, made: Engine, as_of: datetime, inputs: Mapping[str, int], states: Mapping[str, Feed]) -> store.Changes:
    """What a model would change in the clue store; nothing is written."""
    model = loaded.model
    before = store.latest(loaded.id)
    live = [row["anchor"] for row in before.values() if row["state"] in (*LIVE, "early", "suspended")]
    with held(loaded.pinned):
        made.offer(inputs)
        candidates = evaluate(loaded.id, prepare(model, states, as_of), made, states, as_of, live)
        depends = Dependencies(model)
        elements = {finding.id: depends.elements(finding) for finding in model.findings}
        stamp = {"run_id": run_id(loaded, as_of, inputs), "model_version": loaded.version, "as_of": as_of}
        # An anchor row that is no longer seen ends its clue only if its agency still delivers.
        gone: store.Verdict = "fails" if states[model.anchor.data].fresh else "unknown"
        return store.compare(before, candidates, elements, stamp, gone, grounds.basis(model, states, inputs))


def written(
    loaded: library.Loaded, changes: store.Changes, engine_name: str, as_of: datetime, inputs: Mapping[str, int], states: Mapping[str, Feed], started: float,
    activated_by: str = "",
) -> RunSummary:
    """Write a model's changes, archive its version, and enter the evaluation in the ledger. Safe to repeat after a crash.

    A model never activated is activated by its first run; ``activated_by`` makes this edition the active one. The activation comes before
    the clues: a crash between the two is completed by the next run.
    """
    identity, counts = run_id(loaded, as_of, inputs), changes.counts
    with held(loaded.pinned):
        archive.keep(loaded.id, loaded.model, loaded.path, as_of)
    if activated_by or not archive.activations(loaded.id):
        archive.activate(loaded.id, loaded.edition, loaded.version, as_of, activated_by or "first run", identity, counts)
    store.write(changes, identity)
    summary = RunSummary(
        loaded.id, loaded.model.title, identity, "evaluated", engine_name, as_of.isoformat(), counts["open"], counts["updated"], counts["withdrawn"],
        counts["reopened"], counts["kept"], counts["suspended"], counts["early"], stale(states), round(time.perf_counter() - started, 3),
        loaded.edited,
    )
    evaluations.record(summary, loaded.version, as_of, inputs)
    return summary


def run_id(loaded: library.Loaded, as_of: datetime, inputs: Mapping[str, int]) -> str:
    """Name of a run: the same model, day and data have the same one, so that a repeat after a crash completes it."""
    text = json.dumps([loaded.id, loaded.version, as_of.astimezone(ZONE).isoformat(), dict(sorted(inputs.items()))])
    return hashlib.sha256(text.encode()).hexdigest()


def stale(states: Mapping[str, Feed]) -> tuple[str, ...]:
    """Names of the feeds too old for an absence to mean anything."""
    return tuple(name for name, feed in states.items() if not feed.fresh)
