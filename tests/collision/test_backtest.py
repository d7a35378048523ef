"""Backtest: each date sees what had been loaded by then and nothing else; funnel, yield, and two editions side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from jiandu.cli import application, mount
from jiandu.clock import parse_as_of
from jiandu.collision import backtest, run
from jiandu.errors import JianduError

MODEL = "overpaid"
FIRST = parse_as_of("2026-09-07T08:00:00+08:00")


def death(number: int, died: date = date(2026, 5, 20)) -> dict[str, Any]:
    """A death registered."""
    return {
        "death_no": f"SW{number}", "person_name": "李四", "person_id_no": f"99010119400101001{number}", "death_date": died,
        "registered_date": date(2026, 7, 6), "county_code": "990101",
    }


def pension(number: int, paid: int, refunded: int | None = None) -> dict[str, Any]:
    """A month paid."""
    return {
        "payment_no": f"YL{number}", "person_name": "李四", "person_id_no": f"99010119400101001{number}", "insurance_type": "城乡居民", "pay_month": "2026-06",
        "paid_cny": paid, "refunded_cny": refunded, "county_code": "990101", "agency_name": "青澜区居民养老保险中心",
    }


def week(number: int) -> datetime:
    """The morning of a later week."""
    return FIRST + timedelta(weeks=number)


@pytest.fixture
def history(small_model: Path, deliver: Callable[..., None]) -> None:
    """Four weeks of deliveries: a death that came to light late, a correction of what was paid, a refund."""
    deliver("civil__death", [death(1), death(9, date(2026, 6, 30))], week(0), "w0")
    deliver("social__pension_payment", [pension(1, 240), pension(2, 240), pension(9, 240)], week(0), "w0")
    # Valid since May, loaded in the third week: a backtest that looks ahead finds SW2 two weeks too early.
    deliver("civil__death", [death(2)], week(2), "w2")
    deliver("social__pension_payment", [pension(1, 60000)], week(2), "w2")  # a correction: red only from then on
    deliver("social__pension_payment", [pension(1, 60000), pension(2, 240, 240)], week(3), "w3")
    deliver("civil__death", [death(1)], week(3), "w3")


def days(found: backtest.Backtest, track: int = 0) -> dict[date, tuple[int, int, int, int]]:
    """Date → standing, opened, updated, withdrawn."""
    return {day.day: (day.standing, day.opened, day.updated, day.withdrawn) for day in found.tracks[track].days}


@pytest.mark.usefixtures("history")
def test_nothing_is_seen_before_it_was_loaded() -> None:
    found = backtest.backtest(MODEL, date(2026, 8, 31), date(2026, 9, 28), "week")
    assert days(found) == {
        date(2026, 8, 31): (0, 0, 0, 0), date(2026, 9, 7): (1, 1, 0, 0), date(2026, 9, 14): (0, 0, 0, 0), date(2026, 9, 21): (2, 1, 0, 0),
        date(2026, 9, 28): (1, 0, 0, 1),
    }
    [track] = found.tracks
    assert [(day.suspended, day.reopened) for day in track.days] == [(0, 0), (0, 0), (1, 0), (0, 1), (0, 0)], "in the second week nobody delivered"
    assert track.first_found == {"SW1": date(2026, 9, 7), "SW2": date(2026, 9, 21)}
    assert track.days[0].stale == ("civil__death", "social__pension_payment"), "nothing had been delivered yet"


@pytest.mark.usefixtures("history")
def test_a_row_dated_in_the_future_keeps_no_silent_feed_fresh(deliver: Callable[..., None]) -> None:
    ahead = {"updated_at": week(500)}
    deliver("civil__death", [death(1), {**death(9), **ahead}], week(1), "ahead")
    [track] = backtest.backtest(MODEL, date(2026, 9, 14), date(2026, 9, 14)).tracks
    assert track.days[0].stale == ("social__pension_payment",)
    [track] = backtest.backtest(MODEL, date(2026, 12, 14), date(2026, 12, 14)).tracks
    assert "civil__death" in track.days[0].stale


@pytest.mark.usefixtures("history")
def test_a_date_of_the_past_equals_the_run_of_that_day(deliver: Callable[..., None]) -> None:
    deliver("social__pension_payment", [pension(9, 240)], week(4), "w4")
    deliver("civil__death", [death(1)], week(4), "w4")
    found = backtest.backtest(MODEL, date(2026, 9, 7), date(2026, 10, 5), "day")
    assert len(found.tracks[0].days) == 29
    live = run([MODEL], parse_as_of("2026-10-05"), "duckdb")[0]
    last = found.tracks[0].days[-1]
    assert (last.standing, last.stale) == (live.opened, live.stale)


@pytest.mark.usefixtures("history")
def test_the_funnel_counts_unknown_apart() -> None:
    [track] = backtest.backtest(MODEL, date(2026, 9, 7), date(2026, 9, 14), "week").tracks
    funnel = track.days[0].funnels[0]
    assert (funnel.anchors, [(step.element, step.met, step.unknown) for step in funnel.steps], funnel.first) == (2, [("overpaid", 1, 0)], 1)
    silent = backtest.backtest(MODEL, date(2027, 3, 1), date(2027, 3, 1)).tracks[0].days[0]
    assert [(step.met, step.unknown) for step in silent.funnels[0].steps] == [(0, 3)]
    assert (silent.standing, silent.unknown) == (0, 3)


@pytest.mark.usefixtures("history")
def test_yield_against_known_outcomes(tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text("anchor,outcome\nSW1,属实\nSW2,排除\nSW7,属实\n", "utf-8")
    outcome = backtest.backtest(MODEL, date(2026, 9, 7), date(2026, 9, 28), truth=truth).tracks[0].outcome
    assert outcome is not None
    assert (outcome.found, outcome.confirmed, outcome.excluded, outcome.missed) == (2, 1, 1, 1)
    assert (outcome.precision, outcome.recall) == (0.5, 0.5)
    truth.write_text("anchor,outcome\nSW1,maybe\n", "utf-8")
    with pytest.raises(JianduError, match=r"truth.csv:2"):
        backtest.backtest(MODEL, date(2026, 9, 7), date(2026, 9, 28), truth=truth)


@pytest.mark.usefixtures("history")
def test_candidate_and_active_edition_side_by_side(small_model: Path) -> None:
    run([MODEL], parse_as_of("2026-10-05"), "duckdb")
    small_model.write_text(small_model.read_text("utf-8").replace("test: value > 0", "test: value > 1000"), "utf-8")
    found = backtest.backtest(MODEL, date(2026, 9, 7), date(2026, 9, 28), "week", "active")
    assert [track.label for track in found.tracks] == ["file", "active"]
    assert [day[0] for day in days(found, 0).values()] == [0, 0, 1, 1]
    assert [day[0] for day in days(found, 1).values()] == [1, 0, 2, 1]
    assert found.only == {"file": (), "active": ("SW2",)}


def test_dates_count_back_from_the_last_one() -> None:
    assert list(backtest.dates(date(2026, 1, 15), date(2026, 3, 31), "month")) == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert list(backtest.dates(date(2026, 3, 1), date(2026, 3, 15), "week")) == [date(2026, 3, 1), date(2026, 3, 8), date(2026, 3, 15)]
    assert len(list(backtest.dates(date(2024, 12, 1), date(2026, 1, 1), "month"))) == 14
    with pytest.raises(JianduError, match="is after"):
        backtest.dates(date(2026, 3, 2), date(2026, 3, 1), "day")


@pytest.mark.usefixtures("history")
def test_command() -> None:
    mount()
    arguments = ["model", "backtest", MODEL, "--from", "2026-09-07", "--to", "2026-09-28"]
    said = json.loads(CliRunner().invoke(application, ["--json", *arguments]).output)
    assert [day["standing"] for day in said["tracks"][0]["days"]] == [1, 0, 2, 1]
    assert "2026-09-21" in CliRunner().invoke(application, arguments).output
