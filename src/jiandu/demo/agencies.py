"""The agencies' own databases: filled from the generated province, and later changed as their clerks change them.

Both steps are safe to repeat: a database that already holds this province is left alone, so that change capture sees nothing new.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from jiandu.clock import ZONE
from jiandu.demo.record import contract, field_types
from jiandu.demo.render import rendered
from jiandu.errors import ServiceUnavailable, SetupError
from jiandu.services import secrets
from jiandu.settings import settings

if TYPE_CHECKING:
    import psycopg

SQL_TYPES = {"string": "text", "date": "date", "timestamp": "timestamptz"}
IGNORED_TYPES = {"jarq": "date"}
OPEN_DAYS = 120
"""Criminal cases younger than this are open: their closing date is infinity."""


@dataclass(frozen=True)
class Table:
    """A table of an agency: which data set it holds, in which database, under which name."""

    data_set: str
    database: str
    name: str

    @property
    def schema(self) -> str:
        """The schema it lies in."""
        return self.name.partition(".")[0]


POLICE = Table("police__criminal_case", "agency_police", "police.criminal_case")
CIVIL = Table("civil__aid_household", "agency_civil", "civil.aid_household")


def load(as_of: datetime, out: Path | None = None) -> dict[str, int]:
    """Create and fill both databases from ``out`` (default ``<home>/demo``). Returns the rows of each table.

    Raises ``SetupError`` while no province was generated, ``ServiceUnavailable`` when a database does not answer.
    """
    folder = (out or settings().home.resolve() / "demo") / "databases"
    counts = {}
    for table in (POLICE, CIVIL):
        source = folder / f"{table.data_set}.parquet"
        if not source.is_file():
            raise SetupError.at(str(source), "no province was generated", "jiandu demo generate")
        mark = hashlib.sha256(source.read_bytes()).hexdigest()
        with session(table.database) as agency:
            create(agency, table)
            if marked(agency, table, "load") != mark:
                fill(agency, table, delivered(table, pq.read_table(source), as_of))
                set_mark(agency, table, "load", mark)
                set_mark(agency, table, "changes", "")
            [(rows,)] = agency.execute(f"SELECT count(*) FROM {table.name}".encode()).fetchall()
        counts[table.name] = int(rows)
    return counts


def apply_changes(as_of: datetime) -> int:
    """What clerks did in the last hour before ``as_of``: inserts, updates, deletes, a new key, NULLs, finite and infinite dates.

    No planted truth or decoy changes its answer. Returns how many rows changed; a second call changes none.
    """
    from jiandu.demo.changes import CIVIL_CHANGES, POLICE_CHANGES

    changed = 0
    for table, statements in ((POLICE, POLICE_CHANGES), (CIVIL, CIVIL_CHANGES)):
        with session(table.database) as agency:
            if marked(agency, table, "changes") == "done":
                continue
            for number, statement in enumerate(statements):
                at = as_of.astimezone(ZONE).replace(hour=7, minute=number, second=0, microsecond=0)
                changed += agency.execute(statement.encode(), {"at": at}).rowcount
            set_mark(agency, table, "changes", "done")
    return changed


def session(database: str) -> psycopg.Connection:
    """A session as the agency's owner; one transaction, committed when the block ends without an error."""
    import psycopg

    dsn = secrets.read()[f"{database}_dsn"].replace("postgresql+psycopg://", "postgresql://")
    try:
        return psycopg.connect(dsn, connect_timeout=10, options="-c timezone=Asia/Shanghai")
    except psycopg.OperationalError as error:
        raise ServiceUnavailable.at(database, f"the database does not answer: {str(error).splitlines()[0]}", "jiandu up, jiandu status") from error


def columns(table: Table) -> dict[str, str]:
    """Column → SQL type, as the agency named them."""
    found = {}
    for name, column in contract(table.data_set)["columns"].items():
        found[name] = SQL_TYPES[field_types()[column["field"]]] if "field" in column else IGNORED_TYPES[name]
    return found


def key(table: Table) -> str:
    """The key column in the agency's words."""
    [field] = contract(table.data_set)["key"]
    return str(next(name for name, column in contract(table.data_set)["columns"].items() if column.get("field") == field))


def create(agency: psycopg.Connection, table: Table) -> None:
    """Schema, table and the table of marks, unless they are there."""
    body = ", ".join(f"{name} {kind}" for name, kind in columns(table).items())
    for statement in (
        f"CREATE SCHEMA IF NOT EXISTS {table.schema}",
        f"CREATE TABLE IF NOT EXISTS {table.name} ({body}, PRIMARY KEY ({key(table)}))",
        f"ALTER TABLE {table.name} REPLICA IDENTITY FULL",  # a change must carry the whole previous row
        f"CREATE INDEX IF NOT EXISTS {table.name.replace('.', '_')}_updated ON {table.name} (updated_at)",
        "CREATE SCHEMA IF NOT EXISTS demo",
        "CREATE TABLE IF NOT EXISTS demo.mark (name text PRIMARY KEY, value text NOT NULL)",
    ):
        agency.execute(statement.encode())


def delivered(table: Table, rows: pa.Table, as_of: datetime) -> pa.Table:
    """The rows in the agency's columns, as text."""
    text = rendered(table.data_set, rows)
    if "jarq" not in text.column_names:
        return text
    filed = rows.column("filed_date")
    young = pc.greater(filed, pa.scalar(as_of.date() - timedelta(days=OPEN_DAYS), pa.date32()))
    closed = pc.strftime(pc.add(filed.cast(pa.timestamp("s")), pa.scalar(100 * 86_400, pa.duration("s"))), format="%Y-%m-%d")
    with_closing: pa.Table = text.set_column(text.column_names.index("jarq"), "jarq", pc.if_else(young, pa.scalar("infinity"), closed))
    return with_closing


def fill(agency: psycopg.Connection, table: Table, rows: pa.Table) -> None:
    """Make the table hold exactly these rows, touching only what differs."""
    names, number = list(columns(table)), key(table)
    agency.execute(f"CREATE TEMP TABLE incoming (LIKE {table.name}) ON COMMIT DROP".encode())
    sink = io.BytesIO()
    pacsv.write_csv(rows.select(names), sink, pacsv.WriteOptions(include_header=False, quoting_style="needed"))
    with agency.cursor().copy(f"COPY incoming ({', '.join(names)}) FROM STDIN (FORMAT csv)".encode()) as copy:
        copy.write(sink.getvalue())
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name != number)
    agency.execute(f"DELETE FROM {table.name} t WHERE NOT EXISTS (SELECT FROM incoming i WHERE i.{number} = t.{number})".encode())
    agency.execute(
        f"INSERT INTO {table.name} AS t ({', '.join(names)}) SELECT {', '.join(names)} FROM incoming ON CONFLICT ({number}) DO UPDATE SET {updates} "
        f"WHERE ({', '.join(f't.{name}' for name in names)}) IS DISTINCT FROM ({', '.join(f'excluded.{name}' for name in names)})".encode(),
    )


def marked(agency: psycopg.Connection, table: Table, name: str) -> str:
    """What was noted about a table."""
    row = agency.execute("SELECT value FROM demo.mark WHERE name = %s", (f"{table.name} {name}",)).fetchone()
    return str(row[0]) if row else ""


def set_mark(agency: psycopg.Connection, table: Table, name: str, value: str) -> None:
    """Note something about a table."""
    agency.execute("INSERT INTO demo.mark VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (f"{table.name} {name}", value))
