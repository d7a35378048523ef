"""A fresh store, real receivers, and changes of clues as the engine writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jiandu import lake
from jiandu.alert.receivers import Receivers
from jiandu.services import secrets
from jiandu.settings import Settings, settings

AS_OF = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
FINDING = {
    "model": "nonlitigation_execution", "model_title": "行政非诉执行监督", "model_version": "1",
    "finding": "not_applied", "finding_title": "应申请强制执行而未申请",
    "sentence": "青澜区市场监督管理局对测试人甲罚款八万元，期满未缴，未见申请强制执行。",
    "subject_kind": "organisation", "subject_key": "91990101MA0TEST00X", "subject_name": "云江市测试商贸有限公司", "subject_id_hash": "f" * 64,
    "anchor": "云青市监罚字〔2026〕12号", "occurred_on": date(2026, 3, 2), "clock_start_on": date(2026, 3, 9), "deadline_on": date(2026, 10, 9),
    "overdue_days": 42, "county_code": "990101", "city_code": "990100", "procuratorate_code": "990101",
    "supervised_body": "青澜区市场监督管理局", "supervised_body_level": "县", "line": "administrative", "severity": "orange",
    "computable": True, "confidence": 1.0, "document_type": "检察建议", "data_as_of": AS_OF, "as_of": AS_OF, "content_hash": "c",
    "tier": "internal", "sealed": False,
}
KINDS = {str: pa.string(), int: pa.int32(), bool: pa.bool_(), float: pa.float64(), date: pa.date32(), datetime: pa.timestamp("us", "UTC")}
SCHEMA = pa.schema(
    [("clue_id", pa.string()), ("change_no", pa.int32()), ("run_id", pa.string()), ("state", pa.string())]
    + [(name, KINDS[type(value)]) for name, value in FINDING.items()]
)


@pytest.fixture
def store(fresh_lake: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """An empty lake and store, and a home of the test's own: what receivers took lies there."""
    monkeypatch.setenv("JIANDU_POSTGRES_DSN", secrets.read()["postgres_dsn"])
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    return settings()


@pytest.fixture
def receivers(store: Settings) -> Iterator[Receivers]:
    """Both receivers, up."""
    running = Receivers()
    yield running
    running.stop()


@pytest.fixture
def finding() -> dict[str, Any]:
    """The columns of a synthetic clue that do not vary."""
    return dict(FINDING)


@pytest.fixture
def change(store: Settings) -> Callable[..., str]:
    """Write one change of a synthetic clue to ``clue.finding``; returns the clue id."""

    def write(name: str = "clue-a", change_no: int = 1, state: str = "open", copies: int = 1, **columns: Any) -> str:
        row = FINDING | {"clue_id": sha256(name.encode()).hexdigest(), "change_no": change_no, "state": state, "run_id": f"{name}-{change_no}"} | columns
        rows = [row | {"clue_id": sha256(f"{name}{number or ''}".encode()).hexdigest()} for number in range(copies)]
        lake.append("clue", "finding", pa.Table.from_pylist(rows, schema=SCHEMA), commit=f"{name}-{change_no}")
        return str(row["clue_id"])

    return write
