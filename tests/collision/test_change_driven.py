"""Evaluating what changed gives what evaluating everything gives: the same changes of the same clues, on drifting worlds, for every model."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from jiandu import content, lake
from jiandu.clock import ZONE
from jiandu.clue import store
from jiandu.clue.tables import ELEMENT, EVIDENCE, FINDING, LIVE
from jiandu.collision import run, runner
from jiandu.collision.datasets import dataset
from jiandu.collision.engines import DuckEngine, engine, versions
from jiandu.collision.evaluate import evaluate, prepare
from jiandu.collision.feeds import Feed
from jiandu.collision.library import Loaded, load
from jiandu.collision.runner import RunSummary
from jiandu.errors import JianduError
from jiandu.settings import Settings, settings

from .drifting import World

MODELS = sorted(content.units("models"))


@dataclass
class Full:
    """What full runs would have written: every anchor row evaluated each time, compared in memory."""

    loaded: Loaded
    engine: DuckEngine
    before: dict[str, dict[str, Any]] = field(default_factory=dict)
    written: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"finding": [], "element": [], "evidence": []})
    compiled: dict[Any, Any] = field(default_factory=dict)

    def evaluate(self, as_of: datetime, states: dict[str, Feed]) -> dict[str, int]:
        """One full run; returns how many clues did what."""
        model, inputs = self.loaded.model, versions(self.loaded.model.datasets)
        self.engine.offer(inputs)
        kind = (as_of.astimezone(ZONE).date(), tuple(name for name, state in states.items() if state.fresh))
        if kind not in self.compiled:
            self.compiled = {kind: prepare(model, states, as_of)}
        live = [row["anchor"] for row in self.before.values() if row["state"] in (*LIVE, "early", "suspended")]
        found = evaluate(self.loaded.id, self.compiled[kind], self.engine, states, as_of, live)
        changes = runner.compared(self.loaded, states, self.before, found, inputs, as_of, runner.run_id(self.loaded, as_of, inputs))
        for name, schema in (("finding", FINDING), ("element", ELEMENT), ("evidence", EVIDENCE)):
            rows = [{column: row.get(column) for column in schema.names} for row in getattr(changes, name)]
            self.written[name] += pa.Table.from_pylist(rows, schema).to_pylist()
        self.before.update({row["clue_id"]: row for row in changes.finding})
        return changes.counts


@dataclass
class Sides:
    """A lake whose clues are kept up by changes, beside full runs over the same rows. ``stale`` feeds are silent for both."""

    world: World
    patch: pytest.MonkeyPatch
    engine: str = "duckdb"
    as_of: datetime = field(init=False)
    stale: set[str] = field(default_factory=set)
    seen: list[RunSummary] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.as_of = self.world.day - timedelta(days=60)
        made = engine("duckdb")
        assert isinstance(made, DuckEngine)
        self.full = Full(self.world.loaded, made)
        self.patch.setattr(runner, "feeds", self.feeds)

    def feeds(self, names: list[str], as_of: datetime) -> dict[str, Feed]:
        """Feeds that delivered just now, but for the silent ones."""
        return {name: Feed(name, dataset(name).title, as_of, name not in self.stale, dataset(name).freshness_days) for name in names}

    def evaluate(self, how: str = "changes") -> RunSummary:
        """Evaluate at the present instant both ways; the counts agree."""
        model = self.world.loaded.model
        found = run([self.world.loaded.id], self.as_of, self.engine, how)[0]
        expected = self.full.evaluate(self.as_of, self.feeds(model.datasets, self.as_of))
        assert found.status == "evaluated"
        assert [getattr(found, {"open": "opened"}.get(name, name)) for name in expected] == list(expected.values()), (found, expected)
        self.seen.append(found)
        return found

    def same(self) -> bool:
        """Whether the clue tables hold what full runs would have written: changes, answers, evidence, hashes, names of runs."""
        tables = {name: lake.open_table("clue", name) for name in ("finding", "element", "evidence")}
        rows = {name: table.to_pyarrow_table().to_pylist() if table else [] for name, table in tables.items()}
        return all(sorted(rows[name], key=str) == sorted(written, key=str) for name, written in self.full.written.items())


@pytest.fixture
def sides(request: pytest.FixtureRequest, empty_lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sides:
    """A model's world, filled and evaluated once, with a home of its own."""
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    name, _, days = request.param.partition("@")  # model@days before its cases' day
    made = Sides(World(load([name])[0], 1), monkeypatch)
    made.as_of -= timedelta(days=int(days or 0))
    made.world.first()
    made.evaluate()
    return made


def drift(sides: Sides, batches: int) -> None:
    """Batches of changes; now and then some days pass, a feed falls silent or comes back, nothing arrives at all."""
    draw = sides.world.draw
    for number in range(batches):
        if number % 10 != 9:
            sides.world.batch()
        sides.as_of += timedelta(days=draw.choice((1, 3, 8, 15)), minutes=1) if number % 8 == 5 else timedelta(minutes=1)
        if number % 25 == 13:
            sides.stale = {draw.choice(sides.world.loaded.model.datasets)}
        elif number % 25 == 15:
            sides.stale = set()
        sides.evaluate()


def told(sides: Sides) -> Counter[str]:
    """How many clues did what, over all evaluations."""
    return Counter({name: sum(getattr(one, name) for one in sides.seen) for name in ("opened", "updated", "withdrawn", "reopened", "suspended")})


@pytest.mark.parametrize("sides", MODELS, indirect=True)
def test_fifty_batches_by_changes_or_in_full(sides: Sides) -> None:
    drift(sides, 50)
    assert sides.same()
    assert min(told(sides).values()) > 0, told(sides)
    by_changes = [one for one in sides.seen if one.how == "changes"]
    assert len(by_changes) >= 40, Counter(one.why for one in sides.seen)
    # A world of thirty is small: where the model looks far around (shops under one licence), a batch touches half of it.
    assert sum(one.subjects for one in by_changes) < len(by_changes) * sides.world.size * 3 / 4


@pytest.mark.stack
@pytest.mark.spark
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("name", MODELS)
def test_three_batches_where_spark_does_the_full_runs(
    name: str, spark: Settings, empty_ops: Callable[[], None], empty_lake: Settings, monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty_ops()
    made = Sides(World(load([name])[0], 3), monkeypatch, "spark")
    made.world.first()
    assert made.evaluate().engine == "spark"
    for _ in range(3):
        made.world.batch()
        made.as_of += timedelta(minutes=1)
        assert made.evaluate().how == "changes"
    proof = run([name], made.as_of, "spark", "full")[0]
    assert (proof.how, proof.engine, proof.differences) == ("full", "spark", 0)
    assert made.same()


def test_a_model_is_the_same_one_in_every_process(tmp_path: Path) -> None:
    told = "from jiandu.collision import change_driven, library; print(change_driven.plan(library.load(['payment_after_death'])[0], None).digest)"
    digests = {
        subprocess.run([sys.executable, "-c", told], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize("seed", range(2, 12))
@pytest.mark.parametrize("sides", MODELS, indirect=True)
def test_a_thousand_batches(sides: Sides, seed: int) -> None:
    sides.world.draw.seed(f"{sides.world.loaded.id}:{seed}")
    drift(sides, 100)
    assert sides.same()
    assert min(told(sides).values()) > 0, told(sides)


@pytest.mark.parametrize("sides", ["work_safety_accident@80", "nonlitigation_execution@80"], indirect=True)
def test_time_alone_brings_a_clue_on_its_day(sides: Sides) -> None:
    for _ in range(12):
        sides.as_of += timedelta(days=9)
        sides.evaluate()
    assert sides.same()
    assert {one.how for one in sides.seen[1:]} == {"changes"}
    assert sum(one.opened for one in sides.seen[1:]) > 0
    assert sum(one.subjects for one in sides.seen[1:]) < 3 * sides.world.size


@pytest.mark.parametrize("sides", ["payment_after_death"], indirect=True)
def test_a_crash_after_the_rows_moved_on_loses_nothing(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store.write

    def failing(*_: Any) -> None:
        raise JianduError.at("disk", "full", "")

    for number in range(12):
        sides.world.batch()
        sides.as_of += timedelta(minutes=1)
        if number % 3 == 0:  # the rows are where they should be, the clues are not
            monkeypatch.setattr(store, "write", failing)
            with pytest.raises(JianduError):
                run([sides.world.loaded.id], sides.as_of, "duckdb")
            monkeypatch.setattr(store, "write", real)
        assert sides.evaluate().how == "changes"
    assert sides.same()
    assert told(sides)["opened"] > 0


@pytest.mark.parametrize("sides", ["payment_after_death"], indirect=True)
@pytest.mark.parametrize("lost", ["*", "models.sqlite", "social__pension_payment.sqlite", "torn"])
def test_lost_files_are_made_anew_from_the_lake(sides: Sides, lost: str) -> None:
    kept = settings().home / "collision"
    for path in kept.glob("*.sqlite" if lost == "torn" else lost):
        if lost == "torn":
            path.write_bytes(b"SQLite format 3\x00 torn")
        else:
            path.unlink()
    for how in ("full", "changes"):
        sides.world.batch()
        sides.as_of += timedelta(minutes=1)
        assert sides.evaluate().how == how
    assert sides.same()


@pytest.mark.parametrize("sides", ["payment_after_death"], indirect=True)
def test_rows_made_anew_in_the_lake_are_read_anew(sides: Sides) -> None:
    table = lake.open_table("silver", "civil__death")
    assert table is not None
    rows = table.to_pyarrow_table()
    shutil.rmtree(table.table_uri.removeprefix("file://"))
    write_deltalake(lake.uri("silver", "civil__death"), rows.slice(0, rows.num_rows // 2), configuration=lake.TABLE_PROPERTIES)
    sides.as_of += timedelta(minutes=1)
    assert sides.evaluate().why.startswith("first evaluation")
    assert sides.same()


@pytest.mark.parametrize("sides", ["payment_after_death"], indirect=True)
def test_a_full_run_proves_the_changes_and_finds_what_they_missed(sides: Sides) -> None:
    name = sides.world.loaded.id
    for _ in range(3):
        sides.world.batch()
        sides.as_of += timedelta(minutes=1)
        assert sides.evaluate().how == "changes"
    proof = run([name], sides.as_of, "duckdb", "full")[0]
    assert (proof.how, proof.status, proof.differences) == ("full", "evaluated", 0)
    assert run([name], sides.as_of, "duckdb", "full")[0].status == "repeated"
    sides.world.batch()
    sides.as_of += timedelta(minutes=1)
    assert sides.evaluate().how == "changes"
    with sqlite3.connect(settings().home / "collision" / "social__pension_payment.sqlite") as file:
        file.execute("DELETE FROM rows")  # what must never happen: rows that are not those of the lake
    anchors = list(sides.world.now["civil__death"])
    sides.world.deliver("civil__death", [sides.world.now["civil__death"][key] | {"registered_date": date(2026, 1, 1)} for key in anchors], [])
    sides.as_of += timedelta(minutes=1)
    wrong = run([name], sides.as_of, "duckdb", "full")[0]
    assert wrong.differences > 0
    sides.as_of += timedelta(minutes=1)
    assert run([name], sides.as_of, "duckdb")[0].why.startswith("first evaluation")


@pytest.mark.parametrize("sides", ["payment_after_death"], indirect=True)
def test_another_version_or_another_writer_makes_the_next_run_a_full_one(sides: Sides, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sides.as_of += timedelta(minutes=1)
    assert sides.evaluate().subjects == 0
    sides.as_of += timedelta(minutes=1)
    home = settings().home
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "another"))
    settings.cache_clear()
    sides.evaluate("full")
    monkeypatch.setenv("JIANDU_HOME", str(home))
    settings.cache_clear()
    sides.as_of += timedelta(minutes=1)
    assert sides.evaluate().why == "another evaluation was written since"
    sides.as_of += timedelta(minutes=1)
    assert sides.evaluate().how == "changes"
