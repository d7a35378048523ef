"""Evaluating only what changed: the anchors that new data touch and those whose clock ran out, with the same statement as a full run.

A model is kept up by changes while nothing but data and days moves. Another version, other law, a feed that fell silent or came back, an
evaluation somebody else wrote: each makes the next evaluation a full one, and the summary says why.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa

from jiandu import lake
from jiandu.clock import ZONE
from jiandu.clue import store
from jiandu.clue.store import Candidate, Row
from jiandu.clue.tables import LIVE
from jiandu.collision import law, touched
from jiandu.collision.book import Known
from jiandu.collision.clockwork import Clock, clock
from jiandu.collision.compile import Compiled, compile_model
from jiandu.collision.datasets import dataset
from jiandu.collision.engines import DuckEngine, Engine, engine
from jiandu.collision.evaluate import evaluate, prepare
from jiandu.collision.feeds import Feed
from jiandu.collision.library import Loaded
from jiandu.collision.origins import Unclear
from jiandu.collision.pinned import held
from jiandu.collision.reach import Reach, follow
from jiandu.errors import JianduError
from jiandu.settings import settings

FEW = 20_000
SHARE = 5
"""More anchors than ``FEW`` and than one in ``SHARE`` are evaluated in full: reading everything is quicker then."""
CHAIN = "clue__chain"


@dataclass(frozen=True)
class Plan:
    """How one model can be kept up: its reach, or ``why`` not; ``digest`` of all that makes its answers beside data and day."""

    digest: str
    reach: Reach | None
    why: str


@dataclass(frozen=True)
class Partial:
    """What a change-driven evaluation found: the clues it may have changed, and how many stand that it did not look at."""

    before: dict[str, Row]
    candidates: list[Candidate]
    kept: int
    subjects: int
    wakes: list[tuple[int, date]]


def kept_up() -> bool:
    """Whether this machine keeps any model up by changes."""
    return folder().exists()


def folder() -> Path:
    """Where the rows by key and the book of models lie."""
    return settings().home.resolve() / "collision"


class Keeper:
    """One pass over the keyed files of this machine's home."""

    def __init__(self) -> None:
        self.files = touched.Files(folder())
        self.plans: dict[str, Plan] = {}

    def close(self) -> None:
        """Let the files go."""
        self.files.close()

    def begin(self, models: Sequence[Loaded], pinned: Mapping[str, int]) -> None:
        """Plan some models and bring the rows they read to the pinned versions. Raises ``JianduError`` when the files cannot be written."""
        try:
            known = self.files.book.models()
            for loaded in models:
                with held(loaded.pinned):
                    self.plans[loaded.id] = plan(loaded, known.get(loaded.id))
            self.files.advance([one.reach for one in self.plans.values() if one.reach is not None], pinned)
        except (sqlite3.Error, OSError) as error:
            what = f"the rows by key cannot be kept: {error}"
            raise JianduError.at(str(self.files.folder), what, "make room or the folder writable, or run with --full") from error

    def full(self, loaded: Loaded, states: Mapping[str, Feed], as_of: datetime, passes: Sequence[Row]) -> str:
        """Why the model has to be evaluated in full; empty when changes are enough. ``passes`` is what the ledger tells of it."""
        mine, known = self.plans[loaded.id], self.files.book.models().get(loaded.id)
        day = as_of.astimezone(ZONE).date()
        if mine.reach is None:
            return mine.why
        if known is None:
            return "first evaluation by changes, or its rows had to be read anew"
        if known.digest != mine.digest:
            return "the model, the law or a contract changed"
        if known.passes != len(passes) or known.run not in {row["run_id"] for row in passes}:
            return "another evaluation was written since"
        if known.fresh != fresh(states):
            return "a feed fell silent or came back"
        if known.day != day and (daily := ready(Asked.of(loaded, states, as_of))[1].daily):
            return f"a new day: {daily[0]}"
        due, rows = len(self.files.book.due(loaded.id, day)), self.files.rows(mine.reach.anchor.data)
        return f"{due} anchors are due" if due > FEW and due * SHARE > rows.count() else ""

    def changes(self, loaded: Loaded, states: Mapping[str, Feed], as_of: datetime) -> Partial:
        """Evaluate what is due."""
        reach, day = self.plans[loaded.id].reach, as_of.astimezone(ZONE).date()
        assert reach is not None
        due = self.files.book.due(loaded.id, day)
        if not due:
            return Partial({}, [], store.standing(loaded.id), 0, [])
        around = self.files.neighbourhood(reach, due)
        before = store.latest(loaded.id, around.anchors)
        live = store.watched(before)
        made = engine("duckdb")
        assert isinstance(made, DuckEngine)
        try:
            touched.show(around, reach.anchor.data, made)
            compiled, hours = ready(Asked.of(loaded, states, as_of, apart=True))
            if all(feed.fresh for feed in states.values()):
                made.keep(CHAIN, hours.chain())
                compiled, due_rows = Materialised(**vars(compiled)), CHAIN
            else:
                due_rows = f"({hours.chain()})"
            candidates = evaluate(loaded.id, compiled, made, states, as_of, live)
            wakes = hashed(made.query(hours.due(due_rows)), made.connection)
        finally:
            made.close()
        others = store.standing(loaded.id) - sum(row["state"] in LIVE for row in before.values())
        return Partial(before, candidates, others, len(around.own), wakes)

    def wakes(self, loaded: Loaded, states: Mapping[str, Feed], made: Engine, as_of: datetime) -> list[tuple[int, date]]:
        """When time alone makes each anchor due again, after a full evaluation."""
        _, hours = ready(Asked.of(loaded, states, as_of))
        if not hours.flips or hours.daily:
            return []
        with lake.glance() as connection:
            return hashed(made.query(hours.due(f"({hours.chain()})")), connection)

    def evaluated(
        self, loaded: Loaded, states: Mapping[str, Feed], as_of: datetime, run: str, passes: int, wakes: Sequence[tuple[int, date]],
    ) -> None:
        """The clues of the model are written and in the ledger: nothing of it waits any more."""
        mine = self.plans[loaded.id]
        if mine.reach is not None:
            known = Known(mine.digest, as_of.astimezone(ZONE).date(), fresh(states), run, passes, mine.reach)
            self.files.book.evaluated(loaded.id, known, wakes)

    def doubt(self, loaded: Loaded) -> None:
        """A full run found otherwise: forget the model and make the rows it reads anew."""
        self.files.book.forget([loaded.id])
        for name in loaded.model.datasets:
            self.files.drop(name)


@dataclass(frozen=True)
class Materialised(Compiled):
    """A compiled model whose last step is a table already."""

    def sql(self, every: bool = False) -> str:
        """See ``Compiled.sql``."""
        return self.chosen(CHAIN, every)


def elsewhere(compiled: Compiled) -> Compiled:
    """The model with its anchor rows read from the touched ones; lookups of the same data set still see all rows there are."""
    first, *rest = compiled.steps
    return replace(compiled, steps=(replace(first, source=touched.ANCHORS), *rest))


def plan(loaded: Loaded, known: Known | None) -> Plan:
    """How a model can be kept up. What was found out before is used again while nothing moved."""
    # Sets have an order of their own in each process: told as sorted lists.
    data = [[(key, sorted(value) if isinstance(value, frozenset) else value) for key, value in vars(dataset(name)).items()] for name in loaded.model.datasets]
    text = json.dumps([loaded.version, loaded.model.model_dump_json(), data, settings().province, law_digest(), code_digest()])
    digest = hashlib.sha256(text.encode()).hexdigest()
    if known is not None and known.digest == digest:
        return Plan(digest, known.reach, "")
    try:
        return Plan(digest, follow(compile_model(loaded.model, date(2000, 1, 1), lambda _: True)), "")
    except Unclear as reason:
        return Plan(digest, None, f"the model looks at {reason}")


@cache
def code_digest() -> str:
    """Digest of the program that compiles and evaluates: another one may answer otherwise."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))).hexdigest()


def law_digest() -> str:
    """Digest of every file of the law: divisions and procuratorates are part of a clue too."""
    return _law_digest(law.stamped(law.files("")))


@cache
def _law_digest(stamps: tuple[tuple[Path, int], ...]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path, _ in stamps)).hexdigest()


def fresh(states: Mapping[str, Feed]) -> tuple[str, ...]:
    """The feeds that are recent enough."""
    return tuple(sorted(name for name, feed in states.items() if feed.fresh))


def hashed(found: pa.Table, connection: duckdb.DuckDBPyConnection) -> list[tuple[int, date]]:
    """Anchors and days with the anchors as hashes."""
    connection.register("found", found)
    rows: list[tuple[int, date]] = connection.execute(f"SELECT coalesce({lake.hash_sql('anchor')}, 0), day FROM found").fetchall()
    return rows


@dataclass(frozen=True)
class Asked:
    """What a compiled model depends on; ``apart`` reads the anchor rows from the touched ones."""

    model: str
    version: str
    law: str
    day: date
    fresh: tuple[str, ...]
    apart: bool
    loaded: Loaded = field(compare=False)
    states: Mapping[str, Feed] = field(compare=False)
    as_of: datetime = field(compare=False)

    @staticmethod
    def of(loaded: Loaded, states: Mapping[str, Feed], as_of: datetime, apart: bool = False) -> Asked:
        """What is asked of a model at an instant."""
        day = as_of.astimezone(ZONE).date()
        return Asked(loaded.id, loaded.version, law_digest(), day, fresh(states), apart, loaded, states, as_of)


@lru_cache(maxsize=64)
def ready(asked: Asked) -> tuple[Compiled, Clock]:
    """A model compiled with its clock, which runs as if every feed were fresh: it may call too early, never too late."""
    compiled = prepare(asked.loaded.model, asked.states, asked.as_of)
    hours = compiled if len(asked.fresh) == len(asked.states) else compile_model(asked.loaded.model, asked.day, lambda _: True)
    return (elsewhere(compiled), clock(elsewhere(hours))) if asked.apart else (compiled, clock(hours))
