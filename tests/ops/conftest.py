"""A fresh, migrated operational store for one test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from jiandu import ops
from jiandu.settings import settings


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
