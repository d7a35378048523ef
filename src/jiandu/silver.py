"""Silver: one version of one record a row, by valid time and load time; each delivery enters in one atomic commit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import SchemaMismatchError

from jiandu import lake
from jiandu.bronze import moment, stream
from jiandu.conform import TOMBSTONE, Staged
from jiandu.contracts.parsing import literal, quoted
from jiandu.errors import JianduError
from jiandu.history import IDENTITY, ORDER, outcomes_sql, timeline_sql

OUTCOMES = ("new", "changed", "unchanged", "late", "deleted")
NARROW = ("record_key", "valid_from", "position", "content_hash", "loaded_at", "delivery_id", "row_no", "valid_to", "superseded_at")
"""Columns a merge reads of the stored rows: the fields themselves stay on disk."""
FEW_KEYS = 500
FEW_DELIVERIES = 100


def current_sql() -> str:
    """The predicate of current rows (DuckDB and Spark): the record as it is now, deletions left out."""
    return "superseded_at IS NULL AND valid_to IS NULL AND outcome <> 'deleted'"


def as_known_sql(relation: str, loaded_until: datetime, engine: Literal["duckdb", "spark"] = "duckdb") -> str:
    """SQL of the versions of ``relation`` (a silver table) that held by what was loaded until an instant, inclusive.

    Same columns as silver; ``valid_to`` is recomputed and ``superseded_at`` NULL, so ``current_sql`` applies to the result.
    """
    text = loaded_until.astimezone(UTC).isoformat(sep=" ")
    until = f"TIMESTAMPTZ '{text}'" if engine == "duckdb" else f"TIMESTAMP '{text}'"
    known = f"(SELECT * FROM {relation} WHERE loaded_at <= {until})"
    kept = "k.* EXCLUDE (valid_to, superseded_at)" if engine == "duckdb" else "k.* EXCEPT (valid_to, superseded_at)"
    return f"""SELECT {kept}, t.ends AS valid_to, CAST(NULL AS {'TIMESTAMPTZ' if engine == 'duckdb' else 'TIMESTAMP'}) AS superseded_at
        FROM {known} k JOIN ({timeline_sql(f'{known} AS known')}) t
        ON {' AND '.join(f'k.{name} = t.{name}' for name in IDENTITY)}"""


def current(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """Make the current view ``<name>_current`` in DuckDB and return its name; ``None`` while there is no silver of it."""
    if not lake.view(connection, "silver", name, f"silver__{name}"):
        return None
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name}_current AS SELECT * FROM silver__{name} WHERE {current_sql()}")
    return f"{name}_current"


def as_known(connection: duckdb.DuckDBPyConnection, name: str, loaded_until: datetime) -> str | None:
    """Make view ``<name>_as_known`` of the versions known at an instant and return its name; ``None`` while there is no silver of it."""
    if not lake.view(connection, "silver", name, f"silver__{name}"):
        return None
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name}_as_known AS {as_known_sql(f'silver__{name}', loaded_until)}")
    return f"{name}_as_known"


def merge(staged: Staged, commit: str, chosen: str) -> dict[str, int]:
    """Bring the staged rows for which ``chosen`` (SQL) is true into silver, in one commit named ``commit``; returns rows by outcome.

    A commit that is there already changes nothing.
    """
    connection, name = staged.connection, staged.contract.id
    now, delivery_id = moment(staged.delivery.loaded_at), literal(staged.delivery.delivery_id)
    fields = "".join(f"{quoted(field)}, " for field in staged.contract.fields)
    connection.execute("DROP TABLE IF EXISTS fresh")
    connection.execute(f"""CREATE TEMP TABLE fresh AS
        SELECT record_key, valid_from, "position", content_hash, {now} AS loaded_at, {delivery_id} AS delivery_id, row_no, "#i"
        FROM staged WHERE {chosen}""")
    stored = gather(connection, name)
    decide(connection)
    inserted = f"""
        SELECT {fields}f.record_key, f.valid_from, CASE WHEN d.holds THEN d.ends END AS valid_to, f.loaded_at,
               CASE WHEN d.holds THEN CAST(NULL AS TIMESTAMPTZ) ELSE f.loaded_at END AS superseded_at, d.outcome, f."position", f.content_hash,
               f.delivery_id, f.row_no, s.row_hash, {literal(staged.contract.tier)} AS tier, {literal(staged.contract.sealed)} AS sealed
        FROM fresh f JOIN staged s USING ("#i") JOIN decided d USING ("#i")"""
    changed = f"""
        SELECT delivery_id, row_no, record_key, CASE WHEN holds THEN ends ELSE valid_to END AS valid_to,
               CASE WHEN holds THEN CAST(NULL AS TIMESTAMPTZ) ELSE coalesce(superseded_at, {now}) END AS superseded_at
        FROM decided WHERE NOT fresh AND ((superseded_at IS NULL) <> holds OR (holds AND ends IS DISTINCT FROM valid_to))"""
    connection.execute("DROP TABLE IF EXISTS changed")
    connection.execute(f"CREATE TEMP TABLE changed AS {changed}")
    for table in ("spoken", "several", "follows"):
        connection.execute(f"DROP TABLE {table}")
    try:
        if stored and connection.execute("SELECT 1 FROM changed LIMIT 1").fetchall():
            _rewrite(connection, name, inserted, commit)
        else:
            lake.append("silver", name, stream(connection, inserted), commit)
    except SchemaMismatchError as error:
        raise JianduError.at(staged.contract.path, f"a field changed its type: {str(error).splitlines()[0]}", "give the field a new name") from error
    counted = connection.execute("SELECT outcome, count(*) FROM decided WHERE fresh GROUP BY outcome").fetchall()
    return {outcome: int(number) for outcome, number in sorted(counted, key=lambda row: OUTCOMES.index(row[0]))}


def gather(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Temporary table ``spoken``: every row, stored or fresh, of the keys that the fresh rows touch. False while silver is empty."""
    stored = lake.view(connection, "silver", name, "stored")
    open_ended = "NULL::TIMESTAMPTZ AS valid_to, NULL::TIMESTAMPTZ AS superseded_at"
    fresh = f"SELECT {', '.join(quoted(column) for column in NARROW[:-2])}, {open_ended}, true AS fresh, \"#i\" FROM fresh"
    before = ""
    if stored:
        keys = [row[0] for row in connection.execute(f"SELECT DISTINCT record_key FROM fresh LIMIT {FEW_KEYS + 1}").fetchall()]
        # A short list of keys is pushed down to the files; a long one is a join.
        among = ", ".join(literal(key) for key in keys) if len(keys) <= FEW_KEYS else "SELECT record_key FROM fresh"
        narrow = ", ".join(quoted(column) for column in NARROW)
        before = f"SELECT {narrow}, false AS fresh, NULL::BIGINT AS \"#i\" FROM stored WHERE record_key IN ({among or 'NULL'}) UNION ALL "
    connection.execute("DROP TABLE IF EXISTS spoken")
    connection.execute(f"CREATE TEMP TABLE spoken AS {before}{fresh}")
    return stored


def decide(connection: duckdb.DuckDBPyConnection) -> None:
    """Temporary table ``decided``: which rows of ``spoken`` hold, until when, and the outcome of the fresh ones.

    The law of ``history`` is asked where it is needed. Two plain cases, nearly all rows of a register, need no sorting: a record of a
    single row, and one row that is later than everything known of its record, which is only compared with the current version.
    """
    connection.execute("DROP TABLE IF EXISTS several")
    connection.execute("DROP TABLE IF EXISTS follows")
    connection.execute("DROP TABLE IF EXISTS decided")
    connection.execute("""CREATE TEMP TABLE follows AS
        SELECT record_key, count(*) FILTER (fresh) = 1 AND count(*) FILTER (NOT fresh) = 0 AS alone,
               count(*) FILTER (fresh) = 1 AND min(valid_from) FILTER (fresh) > max(valid_from) FILTER (NOT fresh) AS after_all
        FROM spoken GROUP BY record_key""")
    connection.execute("CREATE TEMP TABLE several AS SELECT s.* FROM spoken s JOIN follows k USING (record_key) WHERE NOT alone AND after_all IS NOT TRUE")
    same = " AND ".join(f"t.{name} = r.{name}" for name in IDENTITY)
    narrow = ", ".join(f"r.{quoted(name)}" for name in ("#i", "delivery_id", "row_no", "record_key", "valid_to", "superseded_at", "fresh"))
    is_current = "NOT l.fresh AND l.superseded_at IS NULL AND l.valid_to IS NULL"
    connection.execute(f"""CREATE TEMP TABLE decided AS
        SELECT {narrow}, true AS holds, NULL::TIMESTAMPTZ AS ends, CASE WHEN content_hash = {TOMBSTONE} THEN 'deleted' ELSE 'new' END AS outcome
        FROM spoken r JOIN follows k USING (record_key) WHERE alone
        UNION ALL
        SELECT {narrow}, r.content_hash <> l.content_hash AS holds, NULL AS ends,
               CASE WHEN r.content_hash = {TOMBSTONE} THEN 'deleted' WHEN r.content_hash = l.content_hash THEN 'unchanged' ELSE 'changed' END AS outcome
        FROM spoken r JOIN follows k USING (record_key) JOIN spoken l USING (record_key) WHERE after_all AND r.fresh AND {is_current}
        UNION ALL
        SELECT {narrow.replace('r.', 'l.')}, true AS holds, r.valid_from AS ends, NULL AS outcome
        FROM spoken r JOIN follows k USING (record_key) JOIN spoken l USING (record_key)
        WHERE after_all AND r.fresh AND {is_current} AND r.content_hash <> l.content_hash
        UNION ALL
        SELECT {narrow}, t.row_no IS NOT NULL AS holds, t.ends, o.outcome
        FROM several r LEFT JOIN ({timeline_sql('several')}) t ON {same}
        LEFT JOIN ({outcomes_sql('several', TOMBSTONE)}) o ON r.fresh AND o.row_no = r.row_no AND o.record_key = r.record_key""")


def _rewrite(connection: duckdb.DuckDBPyConnection, name: str, inserted: str, commit: str) -> None:
    """Insert the new rows and update the ends of old ones in one commit."""
    if lake.committed("silver", name, commit):
        return
    table = DeltaTable(lake.uri("silver", name))
    deliveries = [row[0] for row in connection.execute(f"SELECT DISTINCT delivery_id FROM changed LIMIT {FEW_DELIVERIES + 1}").fetchall()]
    same = " AND ".join(f"target.{column} = source.{column}" for column in IDENTITY)
    if len(deliveries) <= FEW_DELIVERIES:  # lets delta-rs skip the files of all other deliveries
        same += f" AND target.delivery_id IN ({', '.join(literal(delivery) for delivery in deliveries)})"
    rows: pa.RecordBatchReader = stream(connection, f"{inserted} UNION ALL BY NAME SELECT * FROM changed")
    new = [column.name for column in rows.schema]
    (
        table.merge(rows, same, source_alias="source", target_alias="target", merge_schema=True, commit_properties=lake.commit_properties(commit))
        .when_matched_update({"valid_to": "source.valid_to", "superseded_at": "source.superseded_at"})
        .when_not_matched_insert({quoted(column): f"source.{quoted(column)}" for column in new})
        .execute()
    )


__all__ = ["ORDER", "OUTCOMES", "as_known", "as_known_sql", "current", "current_sql", "merge"]
