"""The ledger of evaluations reaches the operational store, also when the store was away while the models ran."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from jiandu import ops
from jiandu.clock import parse_as_of
from jiandu.clue import show
from jiandu.collision import run
from jiandu.collision.library import load
from jiandu.errors import ServiceUnavailable
from jiandu.ops.tables import evaluation
from jiandu.settings import Settings, settings

DAY = parse_as_of("2026-11-20T08:00:00+08:00")
DEATH = {
    "death_no": "SW1", "person_name": "李四", "person_id_no": "990101194001010011", "death_date": date(2026, 5, 20), "registered_date": date(2026, 5, 30),
    "county_code": "990101",
}
PENSION = {
    "payment_no": "YL1", "person_name": "李四", "person_id_no": "990101194001010011", "insurance_type": "城乡居民", "pay_month": date(2026, 6, 1),
    "paid_cny": 240, "county_code": "990101", "agency_name": "青澜区居民养老保险中心",
}


def test_ledger_is_mirrored_once_the_store_answers(
    postgres: Settings, empty_ops: Callable[[], None], deliver: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty_ops()
    deliver("civil__death", [DEATH], DAY)
    deliver("social__pension_payment", [{**PENSION, "pay_month": "2026-06"}], DAY)
    monkeypatch.setenv("JIANDU_POSTGRES_DSN", "postgresql://jiandu@127.0.0.1:1/jiandu")
    settings.cache_clear()
    with pytest.raises(ServiceUnavailable):
        run(["payment_after_death"], DAY, "duckdb")
    assert [row["finding"] for row in show.current()] == ["overpaid"]
    monkeypatch.delenv("JIANDU_POSTGRES_DSN")
    settings.cache_clear()
    for _ in range(2):
        assert run(["payment_after_death"], DAY, "duckdb")[0].status == "repeated"
    with ops.transaction() as connection:
        rows = connection.execute(select(evaluation)).mappings().all()
    assert [(row["model"], row["opened"], row["as_of"]) for row in rows] == [("payment_after_death", 1, DAY)]
    assert set(rows[0]["inputs"]) == set(load(["payment_after_death"])[0].model.datasets)
