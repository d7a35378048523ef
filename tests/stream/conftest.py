"""A content root with one contract a test topic, and messages as a real Debezium connector writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jiandu import lake, silver
from jiandu.clock import parse_as_of
from jiandu.settings import settings

AS_OF = parse_as_of("2026-11-20T08:00:00+08:00")
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)

FIELDS = """\
shop_no: {type: string, meaning: number of a shop}
stall_name: {type: string, meaning: name of a shop}
shop_capital_cny: {type: decimal, meaning: capital, unit: CNY}
shop_issued_date: {type: date, meaning: date of issue}
shop_expires_date: {type: date, meaning: date of expiry}
shop_changed_at: {type: timestamp, meaning: instant of the last change}
"""
CONTRACT = """\
title: 测试店铺
description: Shops of the tests.
owner: 测试
legal_basis: 测试
tier: internal
delivery: {delivery}
columns:
  no: {{field: shop_no}}
  name: {{field: stall_name}}
  capital: {{field: shop_capital_cny}}
  issued: {{field: shop_issued_date}}
  expires: {{field: shop_expires_date}}
  changed: {{field: shop_changed_at}}
key: [shop_no]
valid_from: {valid_from}
checks:
  - {{check: required, fields: [shop_no, stall_name]}}
expected: {{rows: [1, 1000000], freshness_days: 3}}
"""


@dataclass
class Shops:
    """The contract of a test's own topic."""

    root: Path
    contract: str
    topic: str

    def write(self, name: str, delivery: str, valid_from: str = "delivery") -> str:
        (self.root / "sources" / f"{name}.yml").write_text(CONTRACT.format(delivery=delivery, valid_from=valid_from))
        return name


@pytest.fixture
def shops(empty_lake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Shops:
    """A contract for a topic of this test alone, in an empty lake, as the only thing a reader finds."""
    root = tmp_path / "content"
    (root / "sources").mkdir(parents=True)
    (root / "fields.yml").write_text(FIELDS)
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(root)]))
    settings.cache_clear()
    topic = f"agency.test.shop.{request.node.name.replace('[', '_').replace(']', '')}"
    made = Shops(root, "test__shop", topic)
    made.write("test__shop", f"{{kind: kafka, kafka: {{topic: {topic}, envelope: debezium}}}}")
    return made


def row(no: str, name: str = "甲店", **more: Any) -> dict[str, Any]:
    """A row of the captured table, as the converter without schemas writes it."""
    return {"no": no, "name": name, "capital": "10.00", "issued": 20000, "expires": None, "changed": "2026-11-01T00:00:00Z"} | more


def change(op: str, lsn: int, after: dict[str, Any] | None = None, before: dict[str, Any] | None = None, **source: Any) -> bytes:
    """A Debezium value; the commit time follows the position."""
    at = int((BEGAN + timedelta(seconds=lsn)).timestamp() * 1_000_000)
    origin = {"connector": "postgresql", "schema": "shop", "table": "shop", "snapshot": "false", "lsn": lsn, "ts_ms": at // 1000, "ts_us": at} | source
    return json.dumps({"before": before, "after": after, "source": origin, "op": op}, ensure_ascii=False).encode()


def current(contract: str = "test__shop") -> dict[str, str]:
    """Names by key in the current view."""
    with lake.duck() as connection:
        view = silver.current(connection, contract)
        return dict(connection.execute(f"SELECT shop_no, stall_name FROM {view}").fetchall()) if view else {}


def counts(contract: str = "test__shop") -> dict[str, int]:
    """Rows of each layer; bronze must equal silver plus open quarantine."""
    found = {}
    with lake.duck() as connection:
        for layer in ("bronze", "silver", "quarantine"):
            known = lake.view(connection, layer, contract, layer)
            [(number,)] = connection.execute(f"SELECT count(*) FROM {layer}").fetchall() if known else [(0,)]
            found[layer] = int(number)
    assert found["bronze"] == found["silver"] + found["quarantine"]
    return found


@pytest.fixture
def at() -> Callable[[], datetime]:
    """The as-of of every batch."""
    return lambda: AS_OF
