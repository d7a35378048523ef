"""The lake: Delta tables found by path alone, written without a JVM by delta-rs, read by DuckDB here and by Spark elsewhere.

Tables stay at reader version 1 (no deletion vectors, no column mapping), so that every engine reads every table.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import TableNotFoundError

from jiandu.settings import settings

LAYERS = ("bronze", "silver", "quarantine", "match", "clue", "mart")
TABLE_PROPERTIES = {"delta.enableChangeDataFeed": "true", "delta.enableDeletionVectors": "false"}


def uri(layer: str, name: str) -> str:
    """Address of a table: ``<lake root>/<layer>/<name>``."""
    if layer not in LAYERS:
        raise ValueError(f"{layer!r} is not one of {LAYERS}")
    return f"{settings().lake_root}/{layer}/{name}"


def open_table(layer: str, name: str, version: int | datetime | None = None) -> DeltaTable | None:
    """The Delta table, at a version or an instant if given; ``None`` while nothing was ever written."""
    try:
        table = DeltaTable(uri(layer, name))
        if version is not None:
            table.load_as_version(version)
    except TableNotFoundError:
        return None
    return table


def tables(layer: str) -> list[str]:
    """Names of the tables of a layer, sorted; found by listing, not by a catalog."""
    import pyarrow.fs as fs

    filesystem, root = fs.FileSystem.from_uri(as_uri(f"{settings().lake_root}/{layer}"))
    entries = filesystem.get_file_info(fs.FileSelector(root, allow_not_found=True))
    return sorted(entry.base_name for entry in entries if entry.type == fs.FileType.Directory and not entry.base_name.startswith("_"))


def as_uri(path: str) -> str:
    """A plain absolute path as a ``file://`` address; addresses pass through."""
    return path if "://" in path else f"file://{path}"


def committed(layer: str, name: str, commit: str) -> bool:
    """Whether the commit named ``commit`` (a delivery id, a run id) is in the table already."""
    table = open_table(layer, name)
    return table is not None and table.transaction_version(commit) is not None


def append(layer: str, name: str, rows: pa.Table, commit: str) -> bool:
    """Append ``rows`` in one atomic commit named ``commit``; a commit that is there already changes nothing.

    Returns whether anything was written. The name travels in the Delta log as an application transaction, so that a
    crash between two tables of one delivery is repaired by running it again.
    """
    if committed(layer, name, commit):
        return False
    write_deltalake(
        uri(layer, name), rows, mode="append", schema_mode="merge", configuration=TABLE_PROPERTIES,
        commit_properties=commit_properties(commit),
    )
    return True


def commit_properties(commit: str) -> CommitProperties:
    """Properties that name a commit, for writers that do more than append."""
    return CommitProperties(app_transactions=[Transaction(commit, 1)], custom_metadata={"jiandu.commit": json.dumps(commit)})


def duck() -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own in the province's time zone, for work that sets options or makes tables."""
    return _at_home(duckdb.connect())


def glance() -> duckdb.DuckDBPyConnection:
    """A connection to this process's one DuckDB, for a look at a table: a DuckDB of its own costs more than the look.

    Temporary views and tables are the connection's own; anything else would be everybody's, so make nothing else and set nothing.
    """
    return _at_home(_one(os.getpid()).cursor())


@cache
def _one(process: int) -> duckdb.DuckDBPyConnection:
    # By process: what a fork inherits has lost its threads.
    return duckdb.connect()


def _at_home(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute("SET TimeZone = 'Asia/Shanghai'")
    return connection


def rows(layer: str, name: str) -> list[dict[str, Any]]:
    """Every row of a small table; none while it does not exist."""
    with glance() as connection:
        if not view(connection, layer, name, "whole"):
            return []
        found: list[dict[str, Any]] = connection.sql("SELECT * FROM whole").to_arrow_table().to_pylist()
    return found


def view(
    connection: duckdb.DuckDBPyConnection, layer: str, name: str, alias: str | None = None, columns: Sequence[str] = (), version: int | None = None,
) -> bool:
    """Make a lake table, at a version if given, visible to DuckDB as ``alias`` (default ``<layer>__<name>``); False while it does not exist.

    DuckDB reads the table's Parquet files itself, with column choice and filters pushed down to them. Not through Arrow: files that
    delta-rs rewrote in a merge call their texts string_view, which Arrow cannot compare with a string, so ``WHERE text = '…'`` fails.
    """
    table = open_table(layer, name, version)
    if table is None:
        return False
    shown = alias or f"{layer}__{name}"
    chosen = ", ".join(_quoted(column) for column in columns) or "*"
    files = ", ".join(_literal(file) for file in table.file_uris())
    named = f"SELECT * FROM {_empty(connection, table)} AS nothing"
    if table.metadata().partition_columns or (files and not table.table_uri.startswith("file://")):
        connection.register(f"{shown}__files", table.to_pyarrow_dataset())
        named = f"SELECT * FROM {_quoted(f'{shown}__files')}"
    elif files:
        # The empty table first: it holds the columns that no file has yet, for instance right after a contract gained one.
        named += f" UNION ALL BY NAME SELECT * FROM read_parquet([{files}], union_by_name = true)"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {_quoted(shown)} AS SELECT {chosen} FROM ({named})")
    return True


def hash_sql(*values: str) -> str:
    """SQL of a 63-bit number for one or several values, equal for equal ones of the same types; NULL where one is missing. DuckDB only."""
    return f"CASE WHEN {' AND '.join(f'({value}) IS NOT NULL' for value in values)} THEN CAST(hash({', '.join(values)}) >> 1 AS BIGINT) END"


def _empty(connection: duckdb.DuckDBPyConnection, table: DeltaTable) -> str:
    """A subquery with the table's columns and types and no rows."""
    shape = pa.schema(table.schema().to_arrow()).empty_table()
    connection.register("shape_of_table", shape)
    columns = connection.sql("FROM shape_of_table")
    typed = ", ".join(f"CAST(NULL AS {kind}) AS {_quoted(column)}" for column, kind in zip(columns.columns, columns.types, strict=True))
    connection.unregister("shape_of_table")
    return f"(SELECT {typed} WHERE false)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
