"""One model, two engines: Spark and DuckDB give identical clues, answers and evidence over the same lake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jiandu import lake
from jiandu.clock import parse_as_of
from jiandu.collision import run
from jiandu.settings import Settings, settings
from tests.collision.conftest import CRAWLED, Deliver
from tests.licence import planted, stories

AS_OF = parse_as_of(Settings().demo_as_of)
VOLATILE = {"run_id"}
LEDGER = ("evaluation",)


def tables() -> dict[str, list[dict[str, Any]]]:
    """The clue tables without what names the run, sorted."""
    found = {}
    for name in ("finding", "element", "evidence"):
        table = lake.open_table("clue", name)
        assert table is not None
        rows = [{key: value for key, value in row.items() if key not in VOLATILE} for row in table.to_pyarrow_table().to_pylist()]
        found[name] = sorted(rows, key=lambda row: str(sorted(row.items(), key=lambda item: item[0])))
    return found


@pytest.mark.stack
@pytest.mark.spark
@pytest.mark.timeout(1500)
def test_both_engines_find_the_same(in_province: Any, spark: Settings, empty_ops: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty_ops()
    results = {}
    for engine in ("duckdb", "spark"):
        # The same silver under two lakes: only the clue tables differ.
        root = tmp_path / engine
        root.mkdir()
        for layer in ("bronze", "silver", "match"):
            (root / layer).symlink_to(in_province.lake / layer)
        monkeypatch.setenv("JIANDU_LAKE_URI", str(root))
        settings.cache_clear()
        summaries = run(None, AS_OF, engine)
        assert {summary.status for summary in summaries} == {"evaluated"}
        results[engine] = tables()
    for name in ("finding", "element", "evidence"):
        assert results["duckdb"][name] == results["spark"][name]
    assert len(results["spark"]["finding"]) >= 500


HOLDER = {"operator_name": "某店", "county_code": "990103"}
UNTOLD: dict[str, dict[str, Any]] = {
    "platform__licence_reading": {"reading_detail": "{}", "unreadable_reason": "无法辨认"}, "market__food_licence": {"page_url": "-", "page_sha256": "-"},
    "market__small_catering": HOLDER, "market__prepackaged_filing": HOLDER,
}
"""What the contracts ask for and the planted rows do not tell."""


def shops_in_the_lake(deliver: Deliver, each: int) -> planted.Planted:
    """The planted shops, ``each`` a story, delivered as their contracts say."""
    told = stories.told(each)
    for name, rows in told.rows.items():
        deliver(name, [UNTOLD.get(name, {}) | row for row in rows], planted.AS_OF)
    return told


def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> dict[str, list[dict[str, Any]]]:
    """The clue tables of the takeaway model by one engine, over the same silver."""
    root, lake_root = tmp_path / engine, settings().lake_root
    root.mkdir()
    for layer in ("bronze", "silver"):
        (root / layer).symlink_to(Path(lake_root) / layer)
    with monkeypatch.context() as patch:
        patch.setenv("JIANDU_LAKE_URI", str(root))
        settings.cache_clear()
        [summary] = run([CRAWLED], planted.AS_OF, engine)
        assert (summary.status, summary.stale) == ("evaluated", ())
        result = tables()
    settings.cache_clear()
    return result


def test_the_lake_gives_every_planted_shop(deliver: Deliver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engines are compared on is no empty set: of every finding there are clues."""
    truth = shops_in_the_lake(deliver, 6).truth
    clues = {row["anchor"]: row["finding"] for row in found(tmp_path, monkeypatch, "duckdb")["finding"]}
    assert clues == truth
    assert len(set(clues.values())) == len(stories.TRUTHS)


@pytest.mark.stack
@pytest.mark.spark
@pytest.mark.timeout(1500)
def test_both_engines_find_the_same_shops(
    spark: Settings, empty_ops: Callable[[], None], deliver: Deliver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty_ops()
    shops_in_the_lake(deliver, 6)
    results = {engine: found(tmp_path, monkeypatch, engine) for engine in ("duckdb", "spark")}
    assert len(results["spark"]["finding"]) >= 6 * len(stories.TRUTHS)
    for name in ("finding", "element", "evidence"):
        assert results["duckdb"][name] == results["spark"][name]
