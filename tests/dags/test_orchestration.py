"""The as-of of a run, and what a task does with what Jiandu refuses."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from airflow.sdk.exceptions import AirflowFailException

from jiandu import clock, lake, orchestration, schedule
from jiandu.errors import ContentError, Problem, ServiceUnavailable
from jiandu.orchestration import steps
from jiandu.settings import Settings


def event(as_of: str) -> Any:
    return SimpleNamespace(extra={"as_of": as_of})


def test_a_parameter_beats_the_events() -> None:
    context = {"params": {"as_of": "2026-11-20T08:00:00+08:00"}, "triggering_asset_events": {"a": [event("2026-12-01T00:00:00+08:00")]}}
    assert orchestration.as_of(context) == datetime(2026, 11, 20, 8, tzinfo=clock.ZONE)


def test_the_latest_event_counts() -> None:
    context = {"triggering_asset_events": {"a": [event("2026-11-19T08:00:00+08:00")], "b": [event("2026-11-20T08:00:00+08:00")]}}
    assert orchestration.as_of(context).isoformat() == "2026-11-20T08:00:00+08:00"


def test_a_service_that_is_away_is_retried() -> None:
    with pytest.raises(ServiceUnavailable), steps.final():
        raise ServiceUnavailable.at("postgres", "does not answer")


def test_what_jiandu_refuses_fails_at_once_with_its_reason() -> None:
    with pytest.raises(AirflowFailException, match=r"x\.yml:3: wrong"), steps.final():
        raise ContentError(Problem("x.yml:3", "wrong"))


def test_a_pass_waits_for_loading_sources_but_not_for_ever() -> None:
    asked: list[str] = []

    def count(dag_id: str, states: list[str]) -> int:
        asked.append(dag_id)
        return 0 if len(asked) > 2 else 1

    steps.settle({"ti": SimpleNamespace(get_dr_count=count)}, patience=30)
    assert len(asked) == 3 + len([dag_id for source in schedule.listed() if source.kind != "kafka" for dag_id in source.dag_ids])
    steps.settle({"ti": SimpleNamespace(get_dr_count=lambda dag_id, states: 1)}, patience=0)


def test_a_pass_is_told_from_another_by_instant_and_data(empty_lake: Settings) -> None:
    first = steps.inputs(datetime(2026, 11, 20, 8, tzinfo=clock.ZONE))
    assert steps.inputs(datetime(2026, 11, 20, 8, tzinfo=clock.ZONE)) == first
    assert steps.inputs(datetime(2026, 11, 21, 8, tzinfo=clock.ZONE)) != first
    lake.append("silver", "justice__penalty", pa.table({"penalty_doc_no": ["a"]}), "one")
    assert steps.inputs(datetime(2026, 11, 20, 8, tzinfo=clock.ZONE)) != first


def test_a_broken_contract_keeps_a_dag_that_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "a__b.yml"
    broken.write_text("title: [", "utf-8")
    source = schedule.read("a__b", broken)
    assert (source.kind, source.schedule) == (schedule.BROKEN, None)
    assert "a__b.yml" in source.doc
