"""The generated province on DuckDB: every planted truth is found, no decoy fires, and the clean life around them stays silent."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from jiandu.clock import parse_as_of
from jiandu.clue import show
from jiandu.clue.tables import LIVE
from jiandu.collision import run
from jiandu.settings import Settings, settings
from tests.collision.conftest import DELIVERED

AS_OF = parse_as_of(Settings().demo_as_of)
pytestmark = pytest.mark.timeout(1500)  # the first test makes the province: a minute, ten on a crowded machine


def test_every_truth_is_found_and_nothing_else_fires(in_province: Any) -> None:
    summaries = run(DELIVERED, AS_OF, "duckdb")
    assert {summary.status for summary in summaries} <= {"evaluated", "repeated"}
    assert not [summary.stale for summary in summaries if summary.stale]
    found = {(row["model"], row["anchor"]): row["finding"] for row in show.current(states=LIVE)}
    # Live clues come of posts, not of deliveries: the forum's own test finds those.
    key = [row for row in in_province.key if row["model"] in DELIVERED]
    truths = {(row["model"], row["anchor"]): row for row in key if row["kind"] == "truth"}
    decoys = {(row["model"], row["anchor"]): row for row in key if row["kind"] == "decoy"}
    early = {(row["model"], row["anchor"]): row["finding"] for row in in_province.key if row["kind"] == "early"}
    warned = {(row["model"], row["anchor"]): row["finding"] for row in show.current(states=["early"])}
    assert early.items() <= warned.items(), "not warned of"
    assert not early.keys() & found.keys(), "accused before anything was overdue"
    assert min(Counter(model for model, _ in truths).values()) >= 100
    assert min(Counter(model for model, _ in decoys).values()) >= 100
    assert not Counter(row["variety"] for key, row in truths.items() if found.get(key) != row["finding"]), "truths missed"
    assert not Counter(row["variety"] for key, row in decoys.items() if key in found), "decoys fired"
    assert not Counter((model, finding) for (model, anchor), finding in found.items() if (model, anchor) not in truths), "nobody planted these"


def test_nothing_fires_where_nothing_was_planted(clean_province: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clean baseline: every model looks at real rows of every data set, decides, and finds nobody."""
    monkeypatch.setenv("JIANDU_LAKE_URI", str(clean_province.lake))
    settings.cache_clear()
    summaries = run(DELIVERED, AS_OF, "duckdb")
    assert {summary.status for summary in summaries} == {"evaluated"}
    assert min(summary.subjects for summary in summaries) >= 20, "nothing to look at proves nothing"
    assert not [summary.stale for summary in summaries if summary.stale]
    assert clean_province.key == []
    assert not Counter((row["model"], row["finding"], row["state"]) for row in show.current(states=[*LIVE, "suspended"]))


def test_a_second_run_creates_nothing(in_province: Any) -> None:
    run(DELIVERED, AS_OF, "duckdb")
    before = show.current()
    assert {summary.status for summary in run(DELIVERED, AS_OF, "duckdb")} == {"repeated"}
    assert show.current() == before


def test_minors_and_sealed_records_are_kept_apart(in_province: Any) -> None:
    run(DELIVERED, AS_OF, "duckdb")
    rows = show.current(["police_case_not_converted"])
    assert {row["line"] for row in rows if row["finding"] == "juvenile"} == {"juvenile"}
    assert {row["line"] for row in rows if row["finding"] != "juvenile"} == {"criminal"}
    assert {(row["tier"], row["sealed"]) for row in rows} == {("sensitive", True)}


def test_no_clue_carries_a_person_s_number(in_province: Any) -> None:
    run(DELIVERED, AS_OF, "duckdb")
    for row in show.current():
        columns = ("subject_key", "anchor", "subject_id_hash", "sentence", "clue_id")
        assert not [row[name] for name in columns if row[name] and any(part.isdigit() and len(part) >= 17 for part in [row[name]])]
        assert row["subject_id_hash"] is None or len(row["subject_id_hash"]) == 64
