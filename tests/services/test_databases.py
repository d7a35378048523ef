"""Who may see what in the embedded PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from jiandu.services import databases, secrets
from jiandu.settings import Settings


def dsn(config: Settings, user: str, database: str) -> str:
    kept = secrets.read(config)
    return f"postgresql://{user}:{kept[f'{user}_password']}@127.0.0.1:{config.port('postgres')}/{database}"


@pytest.fixture
def tables(postgres: Settings) -> Iterator[Settings]:
    """A published mart, a table of the store and an agency's table, each made by its owner after the roles."""
    statements = {
        ("jiandu", "jiandu"): ["CREATE TABLE mart.clue_count AS SELECT 7 AS n", "CREATE SCHEMA private", "CREATE TABLE private.clue AS SELECT 1 AS n"],
        ("agency_police", "agency_police"): ["CREATE SCHEMA trial", "CREATE TABLE trial.criminal_case (no text PRIMARY KEY)"],
    }
    for (user, database), lines in statements.items():
        with psycopg.connect(dsn(postgres, user, database)) as connection:
            for line in lines:
                connection.execute(line)
    yield postgres
    with databases.connect(postgres, "jiandu") as connection:
        connection.execute("DROP SCHEMA private CASCADE")
        connection.execute("DROP TABLE mart.clue_count")
    with databases.connect(postgres, "agency_police") as connection:
        connection.execute("DROP SCHEMA trial CASCADE")


def test_screens_read_marts_and_nothing_else(tables: Settings) -> None:
    with psycopg.connect(dsn(tables, "bi_reader", "jiandu"), autocommit=True) as reader:
        assert reader.execute("SELECT n FROM clue_count").fetchone() == (7,), "mart is its search path"
        for forbidden in ("SELECT * FROM private.clue", "DELETE FROM mart.clue_count", "CREATE TABLE mart.mine (n int)", "CREATE TABLE public.mine (n int)"):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
                reader.execute(forbidden)


def test_change_capture_follows_its_agency_and_nobody_else(tables: Settings) -> None:
    with psycopg.connect(dsn(tables, "cdc", "agency_police"), autocommit=True) as follower:
        assert follower.execute("SELECT count(*) FROM trial.criminal_case").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            follower.execute("INSERT INTO trial.criminal_case VALUES ('1')")
        assert follower.execute("SHOW wal_level").fetchone() == ("logical",)
        replication = follower.execute("SELECT rolreplication, rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    assert replication == (True, False)


@pytest.mark.parametrize(("user", "database"), [
    ("agency_civil", "jiandu"), ("agency_civil", "agency_police"), ("bi_reader", "agency_civil"), ("cdc", "jiandu"), ("bi_reader", "superset"),
])
def test_each_database_is_closed_to_the_others(postgres: Settings, user: str, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(dsn(postgres, user, database))


def test_a_wrong_password_is_refused(postgres: Settings) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://postgres:x@127.0.0.1:{postgres.port('postgres')}/postgres")


def test_repeating_changes_nothing(postgres: Settings) -> None:
    databases.ensure(postgres)
    databases.ensure(postgres)
