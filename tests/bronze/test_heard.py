"""A quiet feed is not a dead one: what was asked and had nothing new is as recent as its answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from jiandu import heard, ingest, lake
from jiandu.clock import parse_as_of
from jiandu.collision.feeds import feeds
from jiandu.settings import Settings

NAME = "register__resident"
AS_OF = parse_as_of("2026-11-20")


def test_a_file_without_rows_keeps_its_feed_fresh(land: Callable[[str, list[str]], Path]) -> None:
    land("20260901", ["A1,在册,1.5,说明"])
    ingest.ingest(NAME, None, AS_OF)
    assert not feeds([NAME], AS_OF)[NAME].fresh
    land("20261119", [])
    [_, result] = ingest.ingest(NAME, None, AS_OF)
    assert (result.status, result.rows) == ("loaded", 0)
    state = feeds([NAME], AS_OF)[NAME]
    assert state.fresh
    assert state.latest is not None
    assert state.latest.date() == date(2026, 11, 19)
    assert not feeds([NAME], AS_OF + timedelta(days=60))[NAME].fresh


def test_being_told_again_within_hours_is_not_written_down(empty_lake: Settings) -> None:
    assert heard.record(NAME, AS_OF, "no rows")
    assert not heard.record(NAME, AS_OF, "no rows")
    assert not heard.record(NAME, AS_OF + timedelta(hours=1), "no rows")
    assert heard.record(NAME, AS_OF + timedelta(days=1), "no rows")
    assert heard.latest(NAME) == AS_OF + timedelta(days=1)
    assert heard.latest(NAME, AS_OF + timedelta(hours=12)) == AS_OF
    assert heard.latest("another") is None
    assert "_heard" not in lake.tables("bronze")
