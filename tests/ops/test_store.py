"""The operational store: migrations repeat, race and equal the tables the program uses; errors say what to do."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import InternalError, ProgrammingError

from jiandu import ops
from jiandu.clue.publish import publish
from jiandu.errors import ServiceUnavailable
from jiandu.ops import connection as ops_connection
from jiandu.ops.tables import METADATA
from jiandu.settings import settings

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)


def test_migrations_are_safe_to_repeat(store: str) -> None:
    assert ops.migrate() == ops.migrate() == "0004"


def test_concurrent_first_migrations_queue(store: str) -> None:
    with ops.engine().begin() as connection:
        connection.execute(text("DROP SCHEMA ops CASCADE"))
    program = "from jiandu import ops; print(ops.migrate())"

    def run(_: int) -> str:
        return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(run, range(3))) == ["0004"] * 3


def test_migrated_schema_is_what_the_program_expects(store: str) -> None:
    with ops.engine().connect() as connection:
        options = {
            "version_table_schema": "ops", "include_schemas": True, "compare_server_default": True,
            "include_name": lambda name, kind, parents: name == "ops" if kind == "schema" else name != "alembic_version",
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=options), METADATA) == []


@pytest.mark.parametrize("statement", ["UPDATE ops.audit SET actor = 'x'", "DELETE FROM ops.audit"])
def test_the_audit_trail_cannot_be_rewritten(store: str, statement: str) -> None:
    with ops.transaction() as connection:
        connection.execute(text("INSERT INTO ops.audit (actor, action, object_kind, object_id) VALUES ('p', 'read', 'clue', 'c')"))
    with pytest.raises((InternalError, ProgrammingError), match="append-only"), ops.transaction() as connection:
        connection.execute(text(statement))


def test_silent_server_is_one_clear_error_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANDU_POSTGRES_DSN", "postgresql://someone:hidden-word@127.0.0.1:1/jiandu")
    monkeypatch.setattr(ops_connection, "TRIES", 2)
    settings.cache_clear()
    try:
        with pytest.raises(ServiceUnavailable, match="PostgreSQL does not answer") as caught:
            ops.engine()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert "hidden-word" not in str(caught.value)
    assert caught.value.problems[0].todo


def lose_the_server(store: str) -> None:
    """Write a row, then lose the connection before the commit."""
    with ops.transaction() as connection:
        connection.execute(text("INSERT INTO ops.audit (actor, action, object_kind, object_id) VALUES ('q', 'read', 'clue', 'lost')"))
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        other = create_engine(make_url(store).set(drivername="postgresql+psycopg"))
        with other.begin() as killer:
            killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        connection.execute(text("SELECT 1"))


def test_connection_lost_inside_a_transaction_keeps_nothing(store: str) -> None:
    with pytest.raises(ServiceUnavailable):
        lose_the_server(store)
    with ops.transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM ops.audit WHERE object_id = 'lost'")).scalar_one() == 0


def test_store_without_tables_says_how_to_make_them(store: str) -> None:
    with ops.engine().begin() as connection:
        connection.execute(text("DROP SCHEMA ops CASCADE"))
    with pytest.raises(ServiceUnavailable, match="jiandu up"):
        publish(AS_OF)
