"""A fresh store, real receivers, and changes of clues as the engine writes them."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, make_url, text

from jiandu import lake, ops
from jiandu.alert.receivers import Receivers
from jiandu.settings import PORTS, settings

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


@pytest.fixture(scope="session")
def postgres() -> str:
    """Until the shared fixture exists: a server named by the environment."""
    if "JIANDU_POSTGRES_DSN" not in os.environ:
        pytest.skip("no PostgreSQL")
    return os.environ["JIANDU_POSTGRES_DSN"]


@pytest.fixture
def store(postgres: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """DSN of a database of this test's own, migrated; settings point at it and at an empty home."""
    admin = create_engine(make_url(postgres).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    name = f"test_{uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    dsn = make_url(postgres).set(database=name).render_as_string(hide_password=False)
    monkeypatch.setenv("JIANDU_POSTGRES_DSN", dsn)
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    ops.migrate()
    yield dsn
    ops.engine().dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture(scope="session")
def free_ports() -> int:
    """A base from which the webhook and mail offsets are free."""
    for base in range(41000, 47000, 97):
        try:
            for offset in (PORTS["webhook"], PORTS["smtp"]):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", base + offset))
        except OSError:
            continue
        return base
    raise AssertionError("no free ports")


@pytest.fixture
def province(store: str, free_ports: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store whose channels lead to ports of this test's own, where nobody listens yet."""
    monkeypatch.setenv("JIANDU_PORT_BASE", str(free_ports))
    settings.cache_clear()
    return store


@pytest.fixture
def receivers(province: str) -> Iterator[Receivers]:
    """Both receivers, up."""
    running = Receivers()
    yield running
    running.stop()


@pytest.fixture
def finding() -> dict[str, Any]:
    """The columns of a synthetic clue that do not vary."""
    return dict(FINDING)


@pytest.fixture
def change(store: str) -> Callable[..., str]:
    """Write one change of a synthetic clue to ``clue.finding``; returns the clue id."""

    def write(name: str = "clue-a", change_no: int = 1, state: str = "open", **columns: Any) -> str:
        row = FINDING | {"clue_id": sha256(name.encode()).hexdigest(), "change_no": change_no, "state": state, "run_id": f"{name}-{change_no}"} | columns
        lake.append("clue", "finding", pa.Table.from_pylist([row], schema=SCHEMA), commit=f"{name}-{change_no}")
        return str(row["clue_id"])

    return write
