"""Rates of the stream: counts add up minute by minute, wait while PostgreSQL is away, and the live board's view shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jiandu import mart, ops
from jiandu.behaviour import rates
from jiandu.errors import ServiceUnavailable
from jiandu.settings import Settings

MINUTE = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
BATCH: list[dict[str, Any]] = [{"value": b"x", "sent_ms": 5}, {"value": None, "posts": 40, "dead": 2, "sent_ms": 7}]


def test_counts_add_up_and_the_view_shows_them(postgres: Settings, empty_ops: Callable[[], None]) -> None:
    empty_ops()
    rates.write(MINUTE, "behaviour", 40, 3, 1, 900)
    rates.write(MINUTE, "behaviour", 60, 2, 0, 700)
    rates.write(MINUTE, "behaviour", 0, 0, 0, 0, lag=12)
    rates.write(MINUTE, "consumer", 100, 5, 1, 8, lag=0)
    sql = (Path(mart.__file__).parent / "live.sql").read_text("utf-8")
    view = sql[sql.index("CREATE VIEW mart.live_stream"):].partition(";")[0].replace("mart.live_stream", "pg_temp.live_stream")
    with ops.transaction() as store:
        store.execute(text(view))
        shown = store.execute(text("SELECT reader_title, posts, findings, refused, lag_posts, delay_ms FROM live_stream ORDER BY reader")).fetchall()
    assert [tuple(row) for row in shown] == [("行为分析", 100, 5, 1, 12, 700), ("即时评分", 100, 5, 1, 0, 8)]


def test_counts_wait_while_the_store_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[Any, ...]] = []

    def away(*counts: Any) -> None:
        raise ServiceUnavailable.at("PostgreSQL", "gone")

    monkeypatch.setattr(rates, "write", away)
    held = rates.Rates()
    held.add(BATCH, 3)
    assert held.writing is not None
    held.writing.result()
    monkeypatch.setattr(rates, "write", lambda *counts: written.append(counts))
    held.told = 0.0
    held.add(BATCH, 1)
    held.writing.result()
    assert [counts[2:5] for counts in written] == [(80, 4, 4)]
    assert not any(held.counts.values())
