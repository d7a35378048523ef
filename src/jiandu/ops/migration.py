"""Bringing the schema up to date from inside the package; safe to repeat and under concurrent callers."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from jiandu.ops.connection import engine

SCHEMA = "ops"
LOCK = 7_216_043_991
"""Key of the advisory lock that lets one migrating process in at a time; any constant no other program uses."""


def migrate(revision: str = "head") -> str:
    """Apply the missing migrations in one transaction and return the revision now in force.

    Callers queue on an advisory lock, so two services starting together are safe. Raises ``ServiceUnavailable``
    when PostgreSQL does not answer.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext

    with engine().begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        return MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA}).get_current_revision() or ""
