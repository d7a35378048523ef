"""What tests of collisions share: rows delivered as agencies would, and the generated province in a lake of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jiandu import content, contracts, matching
from jiandu.clock import ZONE, parse_as_of
from jiandu.contracts import Contract
from jiandu.ingest import ingest, ingest_rows
from jiandu.settings import Settings, settings
from jiandu.source.rows import RawRow

Deliver = Callable[..., None]
AS_OF = parse_as_of(Settings().demo_as_of)
CRAWLED = "takeaway_licence"
"""The model whose shops are crawled, not delivered: ``tests/demo/test_takeaway_flow.py`` follows it from the pages to the clues."""
DELIVERED = [name for name in content.units("models") if name != CRAWLED]

DEATH = {
    "death_no": "SW1", "person_name": "李四", "person_id_no": "990101194001010011", "death_date": date(2026, 5, 20), "registered_date": date(2026, 5, 30),
    "county_code": "990101",
}
PENSION = {
    "payment_no": "YL1", "person_name": "李四", "person_id_no": "990101194001010011", "insurance_type": "城乡居民", "pay_month": "2026-06",
    "paid_cny": 240, "county_code": "990101", "agency_name": "青澜区居民养老保险中心",
}
"""A registered death and the pension of the month after it: what most tests of a clue's life begin with."""


def raw_of(contract: Contract, row: dict[str, Any]) -> dict[str, Any]:
    """A row of fields as its agency writes it: delivered names, mapped words, units of the file; columns not given are empty."""
    raw: dict[str, Any] = {}
    for name, column in contract.columns.items():
        value = row.get(column.field)
        if value is not None and column.map:
            value = next(word for word, meaning in column.map.items() if meaning == value)
        if value is not None and column.unit == "wan":
            value = Decimal(str(value)) / 10000
        raw[name] = "、".join(value) if isinstance(value, list) else value.isoformat() if isinstance(value, (date, datetime)) else value
    return raw


def deliver_rows(data: str, rows: Sequence[dict[str, Any]], day: datetime, name: str = "") -> None:
    """Deliver rows of a data set dated ``day``; ``name`` makes a second delivery of the same day another one."""
    contract = contracts.load(data)
    made = [RawRow(raw_of(contract, row), number, "upsert", number, row.get("updated_at") or day) for number, row in enumerate(rows, 1)]
    result = ingest_rows(contract, f"{data}:{day.isoformat()}:{name}", made, day)
    assert result.status == "loaded", result.reason
    assert not result.quarantined, result


@pytest.fixture
def deliver(empty_lake: Settings) -> Deliver:
    """Deliver rows into an empty lake."""
    return deliver_rows


@pytest.fixture
def small_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of model ``overpaid``, in a content root of this test's own: it may be edited, and no change of the product's models moves it."""
    shutil.copytree(Path(__file__).parent / "small", tmp_path / "small")
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(tmp_path / "small")]))
    settings.cache_clear()
    return tmp_path / "small" / "models" / "overpaid.yml"


@dataclass(frozen=True)
class Province:
    """The generated province: where its lake is, and its answer key."""

    lake: Path
    key: list[dict[str, Any]]


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    """The province at scale 1 through its real deliveries, in silver, with the parties matched; about a minute."""
    return delivered(tmp_path_factory.mktemp("province"), 1.0)


@pytest.fixture(scope="session")
def clean_province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    """A smaller province in which nothing was planted: life as it should be."""
    return delivered(tmp_path_factory.mktemp("clean"), 0.3, clean=True)


def delivered(folder: Path, scale: float, clean: bool = False) -> Province:
    """A province generated, delivered and matched in a lake of its own."""
    from jiandu.demo.generate import generate

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIANDU_LAKE_URI", str(folder / "lake"))
        patch.setenv("JIANDU_LANDING", str(folder / "landing"))
        settings.cache_clear()
        generate(scale, 1, AS_OF, folder / "demo", folder / "landing", clean)
        for name, contract in contracts.load_all().items():
            if contract.delivery.kind == "file":
                ingest(name, None, AS_OF)
        for path in sorted((folder / "demo" / "databases").glob("*.parquet")):
            rows = pq.read_table(path).to_pylist()
            deliver_rows(path.stem, [{**row, "updated_at": row["updated_at"].replace(tzinfo=ZONE)} for row in rows], AS_OF)
        matching.run(AS_OF)
    settings.cache_clear()
    key = [json.loads(line) for line in (folder / "demo" / "answer_key.jsonl").read_text("utf-8").splitlines()]
    return Province(folder / "lake", [row for row in key if row["model"] in DELIVERED])


@pytest.fixture
def in_province(province: Province, monkeypatch: pytest.MonkeyPatch) -> Province:
    """The lake of the province is the lake of this test; what is written to its clue tables stays."""
    monkeypatch.setenv("JIANDU_LAKE_URI", str(province.lake))
    settings.cache_clear()
    return province
