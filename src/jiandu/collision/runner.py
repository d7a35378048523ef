"""One pass of the models: evaluate, compare with the clue store, write the changes. Safe to repeat: the same state of the data is evaluated once."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from jiandu.clock import ZONE
from jiandu.clue import store
from jiandu.collision import archive, evaluations, grounds, library
from jiandu.collision.change_driven import Asked, Keeper, kept_up, ready
from jiandu.collision.ended import LakeRecords
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
    ``how``: ``changes`` or ``full``, with ``why`` it was full where changes would do; ``subjects`` anchor rows were evaluated.
    ``differences`` counts the clues a full run found otherwise than the changes before it: more than none is a defect.
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
    how: str = ""
    subjects: int = 0
    why: str = ""
    differences: int = 0
    edited: bool = False
    """The file has changed since the edition that ran was activated."""

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        return asdict(self)


def run(models: Sequence[str] | None, as_of: datetime, engine_name: str = "spark", how: str = "changes") -> list[RunSummary]:
    """Run the named models (None: all) at an instant and write what changed.

    ``how``: by ``changes`` where that is enough, or ``full``: every anchor row; a full run of a model that is kept up by changes does
    both and compares. A model that is malformed or fails does not keep the others from running; all failures are raised together at the
    end. Raises ``ServiceUnavailable`` when Spark or the operational store does not answer.
    """
    check_name(engine_name)
    if how not in ("changes", "full"):
        raise JianduError.at("how", f"{how!r} is no way to evaluate", "changes or full")
    loaded, problems = library.load_active(models)
    summaries: list[RunSummary] = []
    with ExitStack() as stack:
        stack.enter_context(store.one_writer())
        names = list(dict.fromkeys(name for one in loaded for name in one.model.datasets))
        # Feeds first: what arrives between the two looks belongs to the next pass, never the other way round.
        states, pinned = feeds(names, as_of), versions(names)
        this = _Pass(stack, as_of, engine_name, how, evaluations.ledger(), states, pinned, archive.turns())
        waiting: list[library.Loaded] = []
        for one in loaded:
            name = this.name(one)
            known = this.ledger.status(one.id, name, as_of, how)
            if known is None:
                waiting.append(one)
            else:
                summaries.append(RunSummary(one.id, one.model.title, name, known, engine_name, as_of.isoformat(), edited=one.edited))
        for one in this.begun(waiting):
            try:
                with held(one.pinned):
                    summaries.append(this.evaluated(one))
            except ServiceUnavailable:
                raise
            except JianduError as error:
                problems += [Problem(f"{one.id}: {problem.where}", problem.what, problem.todo) for problem in error.problems]
    evaluations.mirror()
    if problems:
        raise JianduError(problems)
    return summaries


@dataclass
class _Pass:
    """One pass: the state of feeds and data it sees, and the engine once a full evaluation needs one."""

    stack: ExitStack
    as_of: datetime
    engine_name: str
    how: str
    ledger: evaluations.Ledger
    states: Mapping[str, Feed]
    pinned: Mapping[str, int]
    turns: Mapping[str, int]
    made: Engine | None = None
    keeper: Keeper | None = None

    def begun(self, waiting: list[library.Loaded]) -> list[library.Loaded]:
        """The same models, with the rows they read brought up to date where changes are followed."""
        if waiting and (self.how == "changes" or kept_up()):
            self.keeper = self.stack.enter_context(closing(Keeper()))
            # A full run that was asked for builds nothing: it proves what is kept up already.
            self.keeper.begin(waiting if self.how == "changes" else [one for one in waiting if one.id in self.keeper.files.book.models()], self.pinned)
        return waiting

    def inputs(self, loaded: library.Loaded) -> dict[str, int]:
        """The versions of what a model reads."""
        return {name: self.pinned[name] for name in loaded.model.datasets}

    def evaluated(self, loaded: library.Loaded) -> RunSummary:
        """Evaluate one model and write what changed: the clues, then the ledger, then the book of changes."""
        states, passes = {name: self.states[name] for name in loaded.model.datasets}, self.ledger.of(loaded.id)
        keeper = self.keeper if self.keeper and loaded.id in self.keeper.plans else None
        why = keeper.full(loaded, states, self.as_of, passes) if keeper else "asked for"
        if keeper and not why:
            return self._changes(loaded, states, keeper, passes) if self.how == "changes" else self._checked(loaded, states, keeper, passes)
        if self.how == "full":
            keeper, why = None, "asked for"
        wakes, summary = self._full(loaded, states, keeper, self.name(loaded), why)
        if keeper:
            keeper.evaluated(loaded, states, self.as_of, summary.run_id, len(passes) + 1, wakes)
        return summary

    def name(self, loaded: library.Loaded) -> str:
        """Name of the evaluation of a model in this pass."""
        return run_id(loaded, self.as_of, self.inputs(loaded), self.turns.get(loaded.id, 1))

    def _changes(self, loaded: library.Loaded, states: Mapping[str, Feed], keeper: Keeper, passes: Sequence[store.Row]) -> RunSummary:
        started, name = time.perf_counter(), self.name(loaded)
        found = keeper.changes(loaded, states, self.as_of)
        changes = self._compared(loaded, states, found.before, found.candidates, name)
        changes.counts["kept"] += found.kept
        summary = self._written(loaded, states, changes, Told(name, started, "changes", found.subjects))
        keeper.evaluated(loaded, states, self.as_of, name, len(passes) + 1, found.wakes)
        return summary

    def _full(
        self, loaded: library.Loaded, states: Mapping[str, Feed], keeper: Keeper | None, name: str, why: str, checks: bool = False,
    ) -> tuple[list[tuple[int, date]], RunSummary]:
        started, before = time.perf_counter(), store.latest(loaded.id)
        live = store.watched(before)
        self.made = made = self.made or self.stack.enter_context(closing(engine(self.engine_name)))
        made.offer(self.inputs(loaded))
        candidates = evaluate(loaded.id, ready(Asked.of(loaded, states, self.as_of))[0], made, states, self.as_of, live)
        subjects: int = made.query(f"SELECT COUNT(*) AS subjects FROM {loaded.model.anchor.data}")["subjects"][0].as_py()
        wakes = keeper.wakes(loaded, states, made, self.as_of) if keeper else []
        changes = self._compared(loaded, states, before, candidates, name)
        told = Told(name, started, "full", subjects, why, len(changes.finding) if checks else 0)
        return wakes, self._written(loaded, states, changes, told)

    def _checked(self, loaded: library.Loaded, states: Mapping[str, Feed], keeper: Keeper, passes: Sequence[store.Row]) -> RunSummary:
        """Changes first, then everything: what the full run still finds is a difference, is written, and makes what was kept be made anew."""
        if self.name(loaded) not in {row["run_id"] for row in passes}:
            first = self._changes(loaded, states, keeper, passes)
            passes = [*passes, {"run_id": first.run_id}]
        name = evaluations.checked(self.name(loaded))
        _, summary = self._full(loaded, states, None, name, "asked for", checks=True)
        if summary.differences:
            keeper.doubt(loaded)
        else:
            keeper.evaluated(loaded, states, self.as_of, name, len(passes) + 1, [])
        return summary

    def _compared(
        self, loaded: library.Loaded, states: Mapping[str, Feed], before: Mapping[str, store.Row], candidates: Sequence[store.Candidate], name: str,
    ) -> store.Changes:
        passes = self.ledger.of(loaded.id)
        since = json.loads(max(passes, key=lambda row: row["as_of"])["inputs"]) if passes else {}
        return compared(loaded, states, before, candidates, self.inputs(loaded), self.as_of, name, since)

    def _written(self, loaded: library.Loaded, states: Mapping[str, Feed], changes: store.Changes, told: Told) -> RunSummary:
        made = self.engine_name if told.how == "full" else "duckdb"
        return written(loaded, changes, made, self.as_of, self.inputs(loaded), states, told)


@dataclass(frozen=True)
class Told:
    """What is said of one evaluation beside its clues."""

    run_id: str
    started: float
    how: str
    subjects: int
    why: str = ""
    differences: int = 0


def compared(
    loaded: library.Loaded, states: Mapping[str, Feed], before: Mapping[str, store.Row], candidates: Sequence[store.Candidate], inputs: Mapping[str, int],
    as_of: datetime, name: str, since: Mapping[str, int] | None = None,
) -> store.Changes:
    """The changes of the clue store that lead to these candidates; ``since`` as in ``LakeRecords``."""
    stamp = {"run_id": name, "model_version": loaded.version, "as_of": as_of}
    records = LakeRecords(loaded.model.anchor.data, inputs, before, since or {})
    return grounds.comparison(loaded.model, states, grounds.basis(loaded.model, states, inputs))(before, candidates, run=stamp, records=records)


def assessed(loaded: library.Loaded, made: Engine, as_of: datetime, inputs: Mapping[str, int], states: Mapping[str, Feed]) -> store.Changes:
    """What a full evaluation of a model would change in the clue store; nothing is written."""
    before = store.latest(loaded.id)
    live = store.watched(before)
    with held(loaded.pinned):
        made.offer(inputs)
        candidates = evaluate(loaded.id, prepare(loaded.model, states, as_of), made, states, as_of, live)
        return compared(loaded, states, before, candidates, inputs, as_of, run_id(loaded, as_of, inputs, archive.turn(loaded.id, loaded.edition)))


def written(
    loaded: library.Loaded, changes: store.Changes, engine_name: str, as_of: datetime, inputs: Mapping[str, int], states: Mapping[str, Feed], told: Told,
    activated_by: str = "",
) -> RunSummary:
    """Write a model's changes, archive its version, and enter the evaluation in the ledger. Safe to repeat after a crash.

    A model never activated is activated by its first run; ``activated_by`` makes this edition the active one. The activation comes before
    the clues: a crash between the two is completed by the next run.
    """
    counts = changes.counts
    with held(loaded.pinned):
        archive.keep(loaded.id, loaded.version, loaded.edition, loaded.model, loaded.path, as_of)
    if activated_by or not archive.activations(loaded.id):
        archive.activate(loaded.id, loaded.edition, loaded.version, as_of, activated_by or "first run", told.run_id, counts)
    store.write(changes, told.run_id)
    summary = RunSummary(
        loaded.id, loaded.model.title, told.run_id, "evaluated", engine_name, as_of.isoformat(), counts["open"], counts["updated"],
        counts["withdrawn"], counts["reopened"], counts["kept"], counts["suspended"], counts["early"], stale(states),
        round(time.perf_counter() - told.started, 3), told.how, told.subjects, told.why, told.differences, loaded.edited,
    )
    evaluations.record(summary, loaded.version, as_of, inputs)
    return summary


def run_id(loaded: library.Loaded, as_of: datetime, inputs: Mapping[str, int], turn: int = 1) -> str:
    """Name of a run: the same model, day and data have the same one, so that a repeat after a crash completes it.

    ``turn`` is the number of the activation the model runs under: an edition that comes back after another one runs anew.
    """
    text = json.dumps([loaded.id, loaded.version, as_of.astimezone(ZONE).isoformat(), dict(sorted(inputs.items())), *([turn] if turn > 1 else [])])
    return hashlib.sha256(text.encode()).hexdigest()


def stale(states: Mapping[str, Feed]) -> tuple[str, ...]:
    """Names of the feeds too old for an absence to mean anything."""
    return tuple(name for name, feed in states.items() if not feed.fresh)
