"""The ledger of deliveries in the operational store: every delivery once, completed after the store was down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jiandu import ingest, lake, ops, replay
from jiandu.clock import parse_as_of
from jiandu.errors import ServiceUnavailable
from jiandu.settings import Settings, settings

Land = Callable[[str, list[str]], Path]
NAME = "register__resident"
AS_OF = parse_as_of("2026-11-20")


def entries() -> list[Any]:
    from sqlalchemy import select

    from jiandu.ops.tables import delivery

    with ops.transaction() as connection:
        return list(connection.execute(select(delivery).order_by(delivery.c.delivered_on, delivery.c.source)).all())


def test_loaded_and_held_deliveries_are_entered_once(fresh_lake: Settings, land: Land) -> None:
    land("20261101", ["A1,在册,1,", ",在册,1,"])
    land("20261102", []).write_bytes(b"")
    for _ in range(2):
        ingest.ingest(NAME, None, AS_OF)
    loaded, held = entries()
    assert (loaded.status, loaded.rows_total, loaded.rows_silver, loaded.rows_quarantine, loaded.outcomes) == ("loaded", 2, 1, 1, {"new": 1})
    assert (loaded.contract, loaded.source, loaded.as_of) == (NAME, "register__resident_20261101.csv", AS_OF)
    assert (held.status, held.rows_total) == ("held", 0)
    assert "the file is empty" in held.reason
    replay.replay(NAME, AS_OF)
    assert entries()[0].rows_quarantine == 1


def test_a_store_that_is_down_loses_nothing(fresh_lake: Settings, land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    land("20261101", ["A1,在册,1,", ",在册,1,"])
    with monkeypatch.context() as patched:
        patched.setenv("JIANDU_POSTGRES_DSN", "postgresql://nobody@127.0.0.1:9/none")
        settings.cache_clear()
        with pytest.raises(ServiceUnavailable):
            ingest.ingest(NAME, None, AS_OF)
    settings.cache_clear()
    assert entries() == []
    [result] = ingest.ingest(NAME, None, AS_OF)
    assert result.status == "repeated"
    [entry] = entries()
    assert (entry.status, entry.rows_total, entry.rows_silver, entry.rows_quarantine) == ("loaded", 2, 1, 1)
    table = lake.open_table("bronze", NAME)
    assert table is not None
    assert table.version() == 0
