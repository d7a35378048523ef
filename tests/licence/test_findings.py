"""The takeaway model on a planted set: at least 100 shops a finding, decoys, unread pictures; precision and recall of each finding."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest

from jiandu.clue.store import Candidate
from jiandu.collision import law
from jiandu.collision.datasets import EVIDENCE, dataset, empty_sql
from jiandu.collision.engines import DuckEngine
from jiandu.collision.evaluate import evaluate, prepare
from jiandu.collision.feeds import Feed
from jiandu.collision.library import load

from .planted import AS_OF, Planted
from .stories import DECOYS, TRUTHS, told

EACH = 104


@pytest.fixture(scope="module")
def planted() -> Planted:
    return told(EACH)


@pytest.fixture(scope="module")
def found(planted: Planted) -> list[Candidate]:
    """The model's answers over the planted rows."""
    [loaded], engine = load(["takeaway_licence"]), DuckEngine()
    for name, table in law.reference_tables().items():
        engine.put(name, table)
    feeds = {}
    for data in map(dataset, loaded.model.datasets):
        engine.connection.execute(f"CREATE OR REPLACE TABLE {data.name} AS {empty_sql(data)}")
        rows = [{"sealed": False, "delivery_id": "planted", "row_no": number, "row_hash": f"{number:064d}", **row,
                 "record_key": "|".join(str(row.get(name, "")) for name in data.key)} for number, row in enumerate(planted.rows[data.name])]
        columns = {name: [row.get(name) for row in rows] for name in [*data.columns, *EVIDENCE] if any(name in row for row in rows)}
        engine.connection.register("incoming", pa.table(columns))
        engine.connection.execute(f"INSERT INTO {data.name} BY NAME SELECT * FROM incoming")
        engine.connection.unregister("incoming")
        feeds[data.name] = Feed(data.name, data.title, AS_OF, True, data.freshness_days)
    return evaluate(loaded.id, prepare(loaded.model, feeds, AS_OF), engine, feeds, AS_OF, every=True, with_evidence=False)


def test_each_finding_is_found_and_nothing_else_is(planted: Planted, found: list[Candidate]) -> None:
    clues = {one.finding["anchor"]: one.finding["finding"] for one in found if one.finding}
    wanted, made, right = Counter(planted.truth.values()), Counter(clues.values()), Counter[str]()
    for anchor, finding in clues.items():
        right[finding] += planted.truth.get(anchor) == finding
    assert len(wanted) == len(TRUTHS) == 8
    assert min(wanted.values()) >= 100
    table = {finding: (right[finding] / made[finding], right[finding] / wanted[finding]) for finding in sorted(wanted)}
    assert all(precision >= 0.95 and recall >= 0.95 for precision, recall in table.values()), table
    assert set(made) == set(wanted)


def test_a_shop_has_one_clue_on_however_many_platforms_it_is(planted: Planted, found: list[Candidate]) -> None:
    both = Counter(row["shop_name"].partition("（")[0] for row in planted.rows["platform__takeaway_shop"])
    assert max(both.values()) == 4, "some shops are on two platforms, twice captured"
    shops = Counter(one.finding["anchor"].partition(":")[2][1:] for one in found if one.finding)
    assert set(shops.values()) == {1}


def test_what_could_not_be_read_is_not_computed_and_accuses_nobody(planted: Planted, found: list[Candidate]) -> None:
    verdicts = {one.anchor: one.verdict for one in found}
    assert planted.undecided
    assert {verdicts.get(anchor, "none") for anchor in planted.undecided} == {"unknown"}


def test_decoys_are_many(planted: Planted) -> None:
    shops = {row["shop_name"].partition("（")[0] for row in planted.rows["platform__takeaway_shop"]}
    assert len(shops) - len(planted.truth) >= len(DECOYS) * EACH // 2
