"""Each operator by small models of its own: boundary days, unknown answers, silent feeds; the same answers from Spark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from jiandu.collision import law, lint
from jiandu.collision.cases import instant, offered, run_cases
from jiandu.collision.engines import DuckEngine, SparkEngine
from jiandu.collision.evaluate import evaluate, prepare
from jiandu.collision.library import Loaded, load
from jiandu.settings import Settings, settings

FOLDER = Path(__file__).parent / "operators"
MODELS = sorted(path.stem for path in (FOLDER / "models").glob("*.yml"))


@pytest.fixture(autouse=True)
def content_of_tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The folder of this test is a content root beside the product."""
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(FOLDER)]))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize("name", MODELS)
def test_operator_answers_its_cases(name: str) -> None:
    assert lint.lint([name]) == []
    outcomes = list(run_cases(load([name])[0]))
    assert not [(outcome.case, outcome.wrong) for outcome in outcomes if outcome.wrong]


def test_reach_declares_that_it_reads_everything() -> None:
    """Whoever evaluates by changes must know which answers depend on rows that share no key with the anchor."""
    assert load(["reach"])[0].model.read_whole == {"linked": "civil__aid_household"}
    assert load(["overlap"])[0].model.read_whole == {}


def answers(loaded: Loaded, engine: DuckEngine | SparkEngine, duck: DuckEngine) -> list[Any]:
    """Every case's candidates from an engine, over the rows that ``duck`` holds."""
    found = []
    for case in loaded.model.cases:
        moment = instant(case.as_of or loaded.model.cases_as_of or settings().demo_as_of)  # type: ignore[arg-type]
        feeds = offered(loaded, case, duck, moment)
        if engine is not duck:
            for name in loaded.model.datasets:
                engine.put(name, duck.query(f"SELECT * FROM {name}"))
        found.append([vars(one) for one in evaluate(loaded.id, prepare(loaded.model, feeds, moment), engine, feeds, moment, every=True)])
    return found


@pytest.mark.parametrize("name", MODELS)
def test_an_operator_follows_from_its_evidence_alone(name: str) -> None:
    from jiandu.clue import replay

    loaded = load([name])[0]
    with closing(DuckEngine()) as whole, closing(DuckEngine()) as alone:
        for engine in (whole, alone):
            for table, rows in law.reference_tables().items():
                engine.put(table, rows)
        for case in loaded.model.cases:
            moment = instant(case.as_of or loaded.model.cases_as_of or settings().demo_as_of)  # type: ignore[arg-type]
            feeds = offered(loaded, case, whole, moment)
            compiled = prepare(loaded.model, feeds, moment)
            for found in evaluate(loaded.id, compiled, whole, feeds, moment, every=True):
                for data in loaded.model.datasets:
                    replay.fill(alone, data, [piece for piece in found.evidence if piece["dataset"] == data])
                again = evaluate(loaded.id, compiled, alone, feeds, moment, every=True)
                assert [one for one in again if one.clue_id == found.clue_id] == [found], case.name


@pytest.mark.stack
@pytest.mark.spark
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("name", MODELS)
def test_spark_gives_the_same_answers_and_evidence(name: str, spark: Settings) -> None:
    loaded = load([name])[0]
    with closing(SparkEngine()) as other:
        duck = DuckEngine()
        for table, rows in law.reference_tables().items():
            duck.put(table, rows)
            other.put(table, rows)
        assert answers(loaded, other, duck) == answers(loaded, duck, duck)
