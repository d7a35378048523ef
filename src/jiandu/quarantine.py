"""Quarantine: rows that break their contract, with reason and original row number; replayed once the contract or the data is right."""

from __future__ import annotations

import pyarrow as pa
from deltalake import write_deltalake

from jiandu import bronze, lake
from jiandu.conform import MASK_BITS, Staged, broken, typed_sql
from jiandu.contracts.parsing import literal
from jiandu.errors import JianduError


def append(staged: Staged, repair: bool = False) -> int:
    """Write the refused rows of a delivery, one row each with its first broken rule and all reasons; returns how many.

    ``repair``: an earlier run stopped half-way; its refusals are replaced, for the contract may have changed since.
    """
    name, delivery_id = staged.contract.id, staged.delivery.delivery_id
    rows = refusals(staged) if staged.refused else None
    if repair and lake.committed("quarantine", name, delivery_id):
        table = lake.open_table("quarantine", name)
        if table is not None:
            table.delete(f"delivery_id = {literal(delivery_id)}")
        if rows is not None:
            write_deltalake(lake.uri("quarantine", name), rows, mode="append", schema_mode="merge")
    elif rows is not None:
        lake.append("quarantine", name, rows, delivery_id)
    return staged.refused


def refusals(staged: Staged) -> pa.RecordBatchReader:
    """The refused rows in bronze's shape with ``column``, ``rule``, ``reason`` and ``replayed_at``, as record batches."""
    failing = [(number, rule) for number, rule in enumerate(staged.rules) if rule.severity == "fail"]
    bit = {number: f"(m{number // MASK_BITS} & {1 << number % MASK_BITS}) <> 0" for number, _ in failing}
    first = " ".join(f"WHEN {bit[number]} THEN {number}" for number, _ in failing)
    reasons = ", ".join(f"CASE WHEN {broken(rule)} THEN {rule.reason} END" for _, rule in failing)
    names = " ".join(f"WHEN {number} THEN {literal(rule.name)}" for number, rule in failing)
    columns = " ".join(f"WHEN {number} THEN {literal(rule.column)}" for number, rule in failing)
    chosen = f"WHERE \"#i\" IN (SELECT \"#i\" FROM staged WHERE {staged.breaks('fail')})"
    query = f"""
        SELECT {bronze.columns(staged)}, CASE broken_first {columns} END AS "column", CASE broken_first {names} END AS rule,
               reason, CAST(NULL AS TIMESTAMPTZ) AS replayed_at
        FROM (SELECT *, concat_ws('；', {reasons}) AS reason, {staged.raw} AS raw FROM ({typed_sql(staged.contract, staged.fields, chosen)}))
        JOIN (SELECT "#i", CASE {first} END AS broken_first FROM staged WHERE {staged.breaks('fail')}) USING ("#i")"""
    return bronze.stream(staged.connection, query)


def require_table(name: str) -> None:
    """Raise ``JianduError`` when nothing of a contract was ever refused."""
    if lake.open_table("quarantine", name) is None:
        raise JianduError.at(name, "nothing in quarantine", "jiandu quarantine list shows all")


def summary() -> list[tuple[str, str, str, str, int]]:
    """Open rows of all contracts: contract, delivery id, file, first broken rule, number of rows."""
    found: list[tuple[str, str, str, str, int]] = []
    with lake.duck() as connection:
        for name in lake.tables("quarantine"):
            if lake.view(connection, "quarantine", name, "refused"):
                query = """SELECT delivery_id, file, rule, count(*) FROM refused WHERE replayed_at IS NULL
                    GROUP BY ALL ORDER BY min(loaded_at), delivery_id, count(*) DESC"""
                found += [(name, *row) for row in connection.execute(query).fetchall()]
    return found


def refused_rows(name: str, delivery_id: str = "", limit: int = 50, replayed: bool = False) -> list[dict[str, object]]:
    """Refused rows of one contract, oldest first: delivery_id, file, row_no, column, rule, reason, raw, loaded_at, replayed_at.

    ``delivery_id`` may be the beginning of one. Raises ``JianduError`` when nothing was ever refused.
    """
    require_table(name)
    columns = ("delivery_id", "file", "row_no", "column", "rule", "reason", "raw", "loaded_at", "replayed_at")
    with lake.duck() as connection:
        lake.view(connection, "quarantine", name, "refused")
        query = f"""SELECT {', '.join(f'"{column}"' for column in columns)} FROM refused WHERE starts_with(delivery_id, ?) AND (replayed_at IS NULL OR ?)
            ORDER BY loaded_at, delivery_id, row_no LIMIT ?"""
        return [dict(zip(columns, row, strict=True)) for row in connection.execute(query, [delivery_id, replayed, limit]).fetchall()]
