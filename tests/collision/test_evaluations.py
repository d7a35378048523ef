"""The ledger of evaluations reaches the operational store, also when the store was away while the models ran."""

from __future__ import annotations

from collections.abc import Callable
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

from .conftest import DEATH, PENSION

DAY = parse_as_of("2026-11-20T08:00:00+08:00")


def test_ledger_is_mirrored_once_the_store_answers(
    postgres: Settings, empty_ops: Callable[[], None], deliver: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty_ops()
    deliver("civil__death", [DEATH], DAY)
    deliver("social__pension_payment", [PENSION], DAY)
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
