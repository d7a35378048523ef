"""Replay of quarantine: refused rows tried again with today's contract; those that pass enter silver under their own delivery and row number."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from jiandu import contracts, lake, ledger, quarantine, silver
from jiandu.bronze import moment, stream
from jiandu.conform import Delivery, Staged, conform, open_connection, require_columns
from jiandu.contracts import Contract
from jiandu.contracts.parsing import literal
from jiandu.ingest import recount, writable
from jiandu.source.rows import LINE, RawRow, RawRows


@dataclass
class ReplayResult:
    """What became of the open rows of one delivery. ``open`` rows still break the contract."""

    contract: str
    delivery_id: str
    source: str
    tried: int
    accepted: int = 0
    open: int = 0
    silver: dict[str, int] = field(default_factory=dict)


def replay(contract_id: str, as_of: datetime, delivery_id: str | None = None) -> list[ReplayResult]:
    """Try every open row of a contract again (or of one delivery), oldest delivery first.

    Two commits a delivery, silver then quarantine; a crash between them is repaired by replaying again. Raises ``JianduError``.
    """
    contract = contracts.load(contract_id)
    quarantine.require_table(contract_id)
    with ledger.only_writer(contract_id), writable():
        return [_replay_delivery(contract, name, source, as_of) for name, source in waiting(contract_id, delivery_id)]


def waiting(contract_id: str, delivery_id: str | None) -> list[tuple[str, str]]:
    """Deliveries with open rows and where they came from, in the order of their loading."""
    with lake.duck() as connection:
        lake.view(connection, "quarantine", contract_id, "refused")
        query = """SELECT delivery_id, any_value(file) FROM refused WHERE replayed_at IS NULL AND (delivery_id = $1 OR $1 IS NULL)
            GROUP BY delivery_id ORDER BY min(loaded_at), min("position"), delivery_id"""
        return connection.execute(query, [delivery_id]).fetchall()


def _replay_delivery(contract: Contract, delivery_id: str, source: str, as_of: datetime) -> ReplayResult:
    with open_connection() as connection:
        rows, unreadable = open_rows(connection, contract.id, delivery_id)
        result = ReplayResult(contract.id, delivery_id, source, len(rows) + unreadable, open=len(rows) + unreadable)
        if not rows:
            return result
        delivered = RawRows.of(rows)
        require_columns(contract, delivered)
        staged = conform(connection, contract, delivered, Delivery(delivery_id, source, as_of, 0, as_of))
        passed = f"NOT {staged.breaks('fail')}"
        there = lake.view(connection, "silver", contract.id, "earlier")
        before = f"FROM earlier WHERE delivery_id = {literal(delivery_id)}" if there else "FROM staged WHERE false"
        connection.execute(f"CREATE TEMP TABLE accepted AS SELECT row_no, record_key, row_hash FROM staged WHERE {passed}")
        [(digest, count)] = connection.execute("SELECT string_agg(row_no || record_key, ',' ORDER BY row_no, record_key), count(*) FROM accepted").fetchall()
        if count:
            commit = "replay:" + hashlib.sha256(f"{delivery_id}\0{digest}".encode()).hexdigest()
            result.silver = silver.merge(staged, commit, f"{passed} AND (row_no, record_key) NOT IN (SELECT row_no, record_key {before})")
            _mark(staged, as_of)
            result.accepted, result.open = int(count), result.open - int(count)
    if result.accepted:
        ledger.recounted(delivery_id, *recount(contract.id, delivery_id))
    return result


def open_rows(connection: duckdb.DuckDBPyConnection, contract_id: str, delivery_id: str) -> tuple[list[RawRow], int]:
    """The open rows of a delivery as they came, and how many could never be split into cells and so cannot be replayed."""
    lake.view(connection, "quarantine", contract_id, "refused")
    query = """SELECT raw, row_no, op, "position", source_at FROM refused WHERE delivery_id = ? AND replayed_at IS NULL ORDER BY row_no"""
    found: list[tuple[dict[str, Any], int, Any, int, datetime]] = [
        (json.loads(raw), row_no, op, position, source_at)
        for raw, row_no, op, position, source_at in connection.execute(query, [delivery_id]).fetchall()
    ]
    rows = [RawRow(raw, row_no, op, position, source_at) for raw, row_no, op, position, source_at in found if LINE not in raw]
    return rows, len(found) - len(rows)


def _mark(staged: Staged, as_of: datetime) -> None:
    """Close the accepted rows in quarantine."""
    name = staged.contract.id
    query = f"SELECT {literal(staged.delivery.delivery_id)} AS delivery_id, row_no, row_hash, {moment(as_of)} AS replayed_at FROM accepted"
    rows: pa.RecordBatchReader = stream(staged.connection, query)
    same = " AND ".join(f"target.{column} = source.{column}" for column in ("delivery_id", "row_no", "row_hash"))
    same += f" AND target.delivery_id = {literal(staged.delivery.delivery_id)}"
    merge = DeltaTable(lake.uri("quarantine", name)).merge(rows, same, source_alias="source", target_alias="target")
    merge.when_matched_update({"replayed_at": "source.replayed_at"}).execute()

