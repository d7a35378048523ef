"""A database of one test's own on the session's server, migrated: these tests drop schemas and kill connections."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from jiandu import ops
from jiandu.services import secrets
from jiandu.settings import Settings, settings


@pytest.fixture
def store(postgres: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """DSN of the database; settings point at it."""
    admin = create_engine(make_url(secrets.read(postgres)["superuser_dsn"]), isolation_level="AUTOCOMMIT")
    name = f"test_{uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    dsn = admin.url.set(database=name).render_as_string(hide_password=False)
    monkeypatch.setenv("JIANDU_POSTGRES_DSN", dsn)
    settings.cache_clear()
    ops.migrate()
    yield dsn
    ops.engine().dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
