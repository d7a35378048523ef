"""What a captured PostgreSQL database needs, done by its owner: publication, heartbeat table, grants, full row images.

The capture role itself stays least privileged: it may replicate, read the captured tables and update the heartbeat, no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiandu.errors import ServiceUnavailable
from jiandu.stream.connector import Agency, capture_dsn

if TYPE_CHECKING:
    import psycopg

ROLE = "cdc"


def statements(agency: Agency) -> list[str]:
    """The SQL for the owner of the database, each statement safe to repeat; for a database administrator to read and run."""
    schemas = sorted({table.partition(".")[0] for table in (*agency.tables, agency.heartbeat)})
    tables = ", ".join((*agency.tables, agency.heartbeat))
    return [
        f"CREATE TABLE IF NOT EXISTS {agency.heartbeat} (id int PRIMARY KEY, at timestamptz)",
        f"INSERT INTO {agency.heartbeat} VALUES (1, now()) ON CONFLICT (id) DO NOTHING",
        *(f"GRANT USAGE ON SCHEMA {schema} TO {ROLE}" for schema in schemas),
        *(f"GRANT SELECT ON {table} TO {ROLE}" for table in agency.tables),
        f"GRANT SELECT, UPDATE ON {agency.heartbeat} TO {ROLE}",
        # Without it a change carries no previous row and no unchanged large value.
        *(f"ALTER TABLE {table} REPLICA IDENTITY FULL" for table in agency.tables),
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = '{agency.slot}') THEN CREATE PUBLICATION {agency.slot}; END IF; END $$",
        f"ALTER PUBLICATION {agency.slot} SET TABLE {tables}",
    ]


def ensure(agency: Agency, owner_dsn: str) -> None:
    """Run the statements as the owner. Raises ``ServiceUnavailable`` when the database does not answer."""
    with connected(owner_dsn) as owner:
        for statement in statements(agency):
            owner.execute(statement.encode())


def drop_slot(agency: Agency) -> bool:
    """Drop the replication slot of a deleted connector; False when there is none. Changes until the next snapshot are lost with it."""
    with connected(capture_dsn(agency)) as session:
        found = session.execute("SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s", (agency.slot,)).fetchone()
        if found is None:
            return False
        session.execute("SELECT pg_drop_replication_slot(%s)", (agency.slot,))
        return True


def connected(dsn: str) -> psycopg.Connection:
    """An autocommit session."""
    import psycopg

    plain = dsn.replace("postgresql+psycopg://", "postgresql://")
    try:
        return psycopg.connect(plain, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise ServiceUnavailable.at(plain.rpartition("@")[2], f"the database does not answer: {str(error).splitlines()[0]}", "jiandu status") from error
