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
