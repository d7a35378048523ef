"""Publication: each mart is copied beside the one in use, then all are switched in one short transaction.

Screens therefore never see a half-written table, nor two tables of different builds.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
from psycopg import sql

from jiandu import lake, ops
from jiandu.clock import ZONE
from jiandu.errors import JianduError, Problem
from jiandu.mart.transform import Mart

SCHEMA = "mart"
READER = "bi_reader"
"""The role Superset connects as: it may read this schema and nothing else."""

LIVE_VIEWS = Path(__file__).parent / "live.sql"
TYPES = {
    "string": "text", "date": "date", "timestamp": "timestamp", "bigint": "bigint", "int": "integer", "double": "double precision", "boolean": "boolean",
}
"""Spark type of a mart column → PostgreSQL type. Another type is refused: a screen could not show it. Instants are published
as the province's wall clock: Superset shows whatever carries a zone in UTC."""


def publish(marts: list[Mart]) -> dict[str, int]:
    """Replace the published marts by the lake's and renew the live views. Returns rows by mart.

    Raises ``JianduError`` naming every column that the yml promises and the table lacks, or the reverse, before
    anything is changed, and ``ServiceUnavailable`` when PostgreSQL does not answer.
    """
    tables = {mart.name: read(mart) for mart in marts}
    problems = [problem for mart in marts for problem in disagreements(mart, tables[mart.name])]
    if problems:
        raise JianduError(problems)
    ops.migrate()  # the live views stand on schema ops
    connection: Any = ops.engine().raw_connection()
    try:
        cursor = connection.driver_connection.cursor()
        cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('jiandu.mart.publish'))")
        for mart in marts:
            copy(cursor, mart, tables[mart.name])
        switch(cursor, [mart.name for mart in marts])
        connection.commit()
    finally:
        connection.close()  # back to the pool, which rolls back what was not committed
    return {name: table.num_rows for name, table in tables.items()}


def read(mart: Mart) -> pa.Table:
    """The mart as it stands in the lake."""
    table = lake.open_table("mart", mart.name)
    if table is None:
        raise JianduError.at(lake.uri("mart", mart.name), "dbt reported this mart as built, but no table is there", "check lake_root")
    return table.to_pyarrow_table()


def disagreements(mart: Mart, table: pa.Table) -> list[Problem]:
    """Columns on which the mart's yml and its table disagree, or whose type no screen can show."""
    where = f"dbt_project/models/marts/{mart.name}.yml"
    missing = [Problem(where, f"column {name} is described but not built") for name in mart.columns if name not in table.column_names]
    extra = [Problem(where, f"column {name} is built but not described") for name in table.column_names if name not in mart.columns]
    odd = [Problem(where, f"column {name}: data_type {kind!r} is not one of {', '.join(TYPES)}") for name, kind in mart.columns.items() if kind not in TYPES]
    return missing + extra + odd


def copy(cursor: Any, mart: Mart, table: pa.Table) -> None:
    """Load the mart into ``<name>__next``; CSV keeps null (nothing) and the empty string (quotes) apart."""
    from pyarrow import csv

    target = sql.Identifier(SCHEMA, f"{mart.name}__next")
    columns = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(TYPES[kind])) for name, kind in mart.columns.items())
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(target))
    cursor.execute(sql.SQL("CREATE TABLE {} ({})").format(target, columns))
    buffer = io.BytesIO()
    csv.write_csv(wall_clock(table.select(list(mart.columns))), buffer, csv.WriteOptions(include_header=False))
    with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(target)) as stream:
        stream.write(buffer.getvalue())


def wall_clock(table: pa.Table) -> pa.Table:
    """Instants as local time without a zone."""
    import pyarrow.compute as pc

    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            local = pc.local_timestamp(table.column(index).cast(pa.timestamp("us", str(ZONE))))
            table = table.set_column(index, field.name, local)
    return table


def switch(cursor: Any, names: list[str]) -> None:
    """Put the loaded tables in the place of the published ones, drop marts that are no more, renew live views and the reader's rights."""
    cursor.execute("SELECT table_name FROM information_schema.views WHERE table_schema = %s", (SCHEMA,))
    for (view,) in cursor.fetchall():
        cursor.execute(sql.SQL("DROP VIEW IF EXISTS {} CASCADE").format(sql.Identifier(SCHEMA, view)))  # one view may stand on another
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s AND right(tablename, 6) <> '__next'", (SCHEMA,))
    for (table,) in cursor.fetchall():
        cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(SCHEMA, table)))
    for name in names:
        cursor.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(sql.Identifier(SCHEMA, f"{name}__next"), sql.Identifier(name)))
    cursor.execute(LIVE_VIEWS.read_text("utf-8"))
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (READER,))
    if cursor.fetchone() is None:
        raise JianduError.at("PostgreSQL", f"role {READER} does not exist, so no screen could read the marts", f"CREATE ROLE {READER} LOGIN, or jiandu up")
    cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(SCHEMA), sql.Identifier(READER)))
    cursor.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(sql.Identifier(SCHEMA), sql.Identifier(READER)))
