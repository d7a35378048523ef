"""Roles and databases inside the embedded PostgreSQL: each with its own owner, none open to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiandu.services import secrets
from jiandu.settings import Settings

if TYPE_CHECKING:
    import psycopg

OWNERS = {"jiandu": "jiandu_password", "airflow": "airflow_db_password", "superset": "superset_db_password",
          "agency_police": "agency_police_password", "agency_civil": "agency_civil_password"}
"""Database → the secret of the role of the same name that owns it."""


def ensure(config: Settings) -> None:
    """Make roles, databases and grants that are missing; safe to repeat. Passwords are set to those of the secret file."""
    kept = secrets.read(config)
    with connect(config, "postgres") as server:
        for name, password in OWNERS.items():
            role(server, name, kept[password])
        role(server, "bi_reader", kept["bi_reader_password"])
        role(server, "cdc", kept["cdc_password"], "REPLICATION")
        existing = {row[0] for row in server.execute("SELECT datname FROM pg_database").fetchall()}
        for name in OWNERS:
            if name not in existing:
                server.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
            server.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        server.execute("GRANT CONNECT ON DATABASE jiandu TO bi_reader")
        server.execute("GRANT CONNECT ON DATABASE agency_police TO cdc")
    with connect(config, "jiandu") as store:
        grant_marts(store)
    with connect(config, "agency_police") as agency:
        # What the agency's owner makes later can be followed by the change-data role, and by nobody else.
        agency.execute("ALTER DEFAULT PRIVILEGES FOR ROLE agency_police GRANT USAGE ON SCHEMAS TO cdc")
        agency.execute("ALTER DEFAULT PRIVILEGES FOR ROLE agency_police GRANT SELECT ON TABLES TO cdc")


def grant_marts(store: psycopg.Connection) -> None:
    """Screens read schema ``mart`` and nothing else, whatever tables are published there later."""
    store.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    store.execute("CREATE SCHEMA IF NOT EXISTS mart AUTHORIZATION jiandu")
    store.execute("GRANT USAGE ON SCHEMA mart TO bi_reader")
    store.execute("GRANT SELECT ON ALL TABLES IN SCHEMA mart TO bi_reader")
    store.execute("ALTER DEFAULT PRIVILEGES FOR ROLE jiandu IN SCHEMA mart GRANT SELECT ON TABLES TO bi_reader")
    store.execute("ALTER ROLE bi_reader IN DATABASE jiandu SET search_path = mart")
    store.execute("ALTER ROLE bi_reader SET default_transaction_read_only = on")


def role(server: psycopg.Connection, name: str, password: str, extra: str = "") -> None:
    """A login role with this password."""
    from psycopg import sql

    known = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    statement = sql.SQL("{} ROLE {} LOGIN {} PASSWORD {}").format(
        sql.SQL("ALTER" if known else "CREATE"), sql.Identifier(name), sql.SQL(extra), sql.Literal(password),
    )
    server.execute(statement)


def connect(config: Settings, database: str) -> psycopg.Connection:
    """A superuser's autocommit connection to a database of the embedded server."""
    import psycopg

    dsn = secrets.read(config)["superuser_dsn"].replace("postgresql+psycopg://", "postgresql://")
    return psycopg.connect(dsn.rsplit("/", 1)[0] + "/" + database, autocommit=True, connect_timeout=5)
