"""A delivery's rows against its contract, column-wise in DuckDB: cleaned, typed, checked, keyed; the staged rows every layer is filled from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jiandu import lake
from jiandu.contracts import Contract
from jiandu.contracts.checking import Rule, rules, verdict_column
from jiandu.contracts.parsing import quoted, text_column, values
from jiandu.contracts.shape import Valid
from jiandu.errors import DeliveryHeld, JianduError, Problem
from jiandu.fields import Field, load_fields
from jiandu.identifiers import column_cleaner, valid_column
from jiandu.settings import settings
from jiandu.source.rows import LINE, MOMENT, OP, POSITION, REFUSED, ROW_NO, SOURCE_AT, SYSTEM, TYPES, RawRows

MASK_BITS = 60
TOMBSTONE = 0
"""Content hash of a deletion: two deletions in a row say the same thing."""


@dataclass(frozen=True)
class Delivery:
    """What is known of a delivery besides its rows. ``position`` and ``source_at`` stand in for rows that bring none of their own."""

    delivery_id: str
    source: str
    loaded_at: datetime
    position: int
    source_at: datetime
    byte_size: int = 0


@dataclass
class Staged:
    """Temporary table ``staged`` of a connection: every row of a delivery, typed, with a bit for each rule it breaks; ``incoming`` until released."""

    connection: duckdb.DuckDBPyConnection
    contract: Contract
    delivery: Delivery
    fields: dict[str, Field]
    rules: list[Rule]
    raw: str
    """SQL of a row's raw text over table ``incoming``: it is made twice rather than kept, for it is most of a delivery's bulk."""
    rows: int = 0
    refused: int = 0
    duplicates: int = 0
    warnings: dict[str, int] = field(default_factory=dict)

    def release(self) -> None:
        """Let go of the delivered texts; only ``staged`` remains."""
        self.connection.unregister("incoming")

    def breaks(self, severity: str) -> str:
        """SQL that is true for rows which break any rule of a severity."""
        masks: dict[int, int] = {}
        for number, rule in enumerate(self.rules):
            if rule.severity == severity:
                masks[number // MASK_BITS] = masks.get(number // MASK_BITS, 0) | 1 << (number % MASK_BITS)
        return "(" + (" OR ".join(f"(m{word} & {mask}) <> 0" for word, mask in masks.items()) or "false") + ")"


def open_connection() -> duckdb.DuckDBPyConnection:
    """A DuckDB connection that spills to the home folder instead of growing without bound."""
    connection = lake.duck()
    folder = settings().home / "tmp" / "duckdb"
    connection.execute("SET memory_limit = '2GB'")
    connection.execute(f"SET temp_directory = '{str(folder).replace(chr(39), chr(39) * 2)}'")
    return connection


def require_columns(contract: Contract, rows: RawRows, hint: str = "") -> None:
    """Raise ``DeliveryHeld`` naming every unknown and every missing column. Deletions may carry nothing but the key."""
    if not len(rows):
        return
    only_deletes = OP in rows.table.column_names and pc.all(pc.equal(rows.table[OP], "delete")).as_py()
    needed = [name for name, column in contract.columns.items() if not column.optional]
    if only_deletes:
        needed = [contract.column_of(name) for name in contract.key if name not in contract.constants]
    missing = [name for name in needed if name not in rows.names]
    unknown = [name for name in rows.names if name not in contract.columns]
    said = [f"no column {', '.join(missing)}"] if missing else []
    said += [f"unknown column {', '.join(unknown)}"] if unknown else []
    if said:
        todo = hint or f"map or ignore it in {contract.path}" if unknown else f"ask the agency, or mark it optional in {contract.path}"
        raise DeliveryHeld(Problem(contract.id, "; ".join(said), hint or todo))


def conform(connection: duckdb.DuckDBPyConnection, contract: Contract, rows: RawRows, delivery: Delivery) -> Staged:
    """Stage all rows of a delivery. Raises ``DeliveryHeld`` for duplicates where the contract forbids them."""
    fields = load_fields()
    staged = Staged(connection, contract, delivery, fields, rules(contract, fields), raw_sql(rows.names))
    connection.register("incoming", incoming(contract, rows, delivery))
    connection.execute("DROP TABLE IF EXISTS staged")
    try:
        connection.execute(f"CREATE TEMP TABLE staged AS {staging_sql(staged)}")
    except duckdb.ConversionException as error:
        raise JianduError.at(contract.path, f"a check or a value does not compute: {error}", "write it so that no row can make it fail") from error
    count(staged)
    if contract.duplicates == "fail" and staged.duplicates:
        raise DeliveryHeld(Problem(contract.id, f"{staged.duplicates} rows repeat a key of the same delivery", "the contract says duplicates: fail"))
    return staged


def incoming(contract: Contract, rows: RawRows, delivery: Delivery) -> pa.Table:
    """Delivered text as ``@column``, cleaned text as ``=field``, verdicts on identifiers as ``?n``, and the system columns filled in."""
    table = rows.table.combine_chunks()
    count = len(table)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {"#i": pa.array(np.arange(count), pa.int64())}
    for name in SYSTEM:
        columns[name] = table[name].cast(TYPES[name]) if name in table.column_names else pa.nulls(count, TYPES[name])
    columns[OP] = pc.fill_null(columns[OP], "upsert")
    columns[POSITION] = pc.fill_null(columns[POSITION], delivery.position)
    columns[SOURCE_AT] = pc.fill_null(columns[SOURCE_AT], pa.scalar(delivery.source_at, MOMENT))
    for name in rows.names:
        columns[f"@{name}"] = table[name]
    for name, column in contract.columns.items():
        if column.field:
            there = name in table.column_names
            columns[text_column(column.field)] = cleaned(table[name], column.clean, column.nulls) if there else pa.nulls(count, pa.string())
    for number, check in enumerate(contract.checks):
        if isinstance(check, Valid):
            columns[verdict_column(number)] = valid_column(check.as_, columns[text_column(check.field)])
    return pa.table(columns)


def cleaned(column: pa.ChunkedArray, kind: str, nulls: list[str]) -> pa.Array:
    """A delivered column cleaned; words for "nothing" become null."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    if len(array) == array.null_count:
        return pa.nulls(len(array), pa.string())
    result = column_cleaner(kind)(array)
    if nulls:
        words = pa.array([unicodedata.normalize("NFKC", word).strip() for word in nulls])
        result = pc.if_else(pc.is_in(result, words), pa.scalar(None, pa.string()), result)
    return result


def staging_sql(staged: Staged) -> str:
    """The SELECT that types, checks and keys every incoming row."""
    contract = staged.contract
    if contract.valid_from == "delivery":
        valid_from = quoted(SOURCE_AT)
    else:  # a deletion that brings no valid time of its own takes effect when it was made
        valid_from = f"COALESCE(CAST({quoted(contract.valid_from)} AS TIMESTAMPTZ), {quoted(SOURCE_AT)})"
    key = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in contract.key)
    content = ", ".join(f"'{name}=' || CAST({quoted(name)} AS VARCHAR)" for name in contract.fields)
    hashed = f"CAST(md5_number_lower(concat_ws(chr(31), {content})) >> 1 AS BIGINT)"
    fields = "".join(f"{quoted(name)}, " for name in contract.fields)
    return f"""
        SELECT "#i", {quoted(ROW_NO)} AS row_no, {quoted(OP)} AS op, {quoted(POSITION)} AS "position", {quoted(SOURCE_AT)} AS source_at,
               sha256({staged.raw}) AS row_hash, {fields}{masks(staged.rules)},
               concat_ws('|', {key}) AS record_key, {valid_from} AS valid_from,
               CASE WHEN {quoted(OP)} = 'delete' THEN {TOMBSTONE} ELSE {hashed} END AS content_hash
        FROM ({typed_sql(contract, staged.fields)})"""


def raw_sql(names: list[str]) -> str:
    """A delivered row as JSON text, names as delivered, as SQL over the incoming rows; the text itself of a row that could not be split."""
    made = ", ".join(f"{quoted(name)} := {quoted('@' + name)}" for name in names)
    good = f"CAST(to_json(struct_pack({made})) AS VARCHAR)" if names else "'{}'"
    return f"CASE WHEN {quoted(REFUSED)} IS NULL THEN {good} ELSE CAST(json_object('{LINE}', {quoted(LINE)}) AS VARCHAR) END"


def typed_sql(contract: Contract, fields: dict[str, Field], where: str = "") -> str:
    """The incoming rows with their typed fields."""
    typed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in values(contract, fields).items())
    return f"SELECT incoming.*, {typed} FROM incoming {where}"


def broken(rule: Rule) -> str:
    """SQL that is true where a row breaks a rule. Only the first asks rows that could not be split; most do not ask deletions, which may carry a key alone."""
    if rule.name == "cells":
        return f"({rule.broken})"
    asked = f"{quoted(REFUSED)} IS NULL" + ("" if rule.deletes else f" AND {quoted(OP)} <> 'delete'")
    return f"({asked} AND ({rule.broken}))"


def masks(listed: list[Rule]) -> str:
    """One bit a rule, sixty to a column ``m0``, ``m1`` …"""
    words = []
    for start in range(0, len(listed), MASK_BITS):
        bits = " + ".join(f"CASE WHEN {broken(rule)} THEN {1 << bit} ELSE 0 END" for bit, rule in enumerate(listed[start : start + MASK_BITS]))
        words.append(f"CAST({bits} AS BIGINT) AS m{start // MASK_BITS}")
    return ", ".join(words)


def count(staged: Staged) -> None:
    """Fill in the numbers: rows, refused rows, repeated keys, warnings by rule."""
    warned = [(number, rule) for number, rule in enumerate(staged.rules) if rule.severity == "warn"]
    tallies = "".join(f", count(*) FILTER ((m{number // MASK_BITS} & {1 << number % MASK_BITS}) <> 0)" for number, _ in warned)
    fail = staged.breaks("fail")
    query = f"SELECT count(*), count(*) FILTER ({fail}), count(*) FILTER (NOT {fail}){tallies} FROM staged"
    row = staged.connection.execute(query).fetchall()[0]
    staged.rows, staged.refused = int(row[0]), int(row[1])
    staged.warnings = {rule.name: int(number) for (_, rule), number in zip(warned, row[3:], strict=True) if number}
    distinct = f"SELECT count(*) FROM (SELECT DISTINCT record_key, valid_from, \"position\" FROM staged WHERE NOT {fail})"
    staged.duplicates = int(row[2]) - int(staged.connection.execute(distinct).fetchall()[0][0])
    low, high = staged.contract.expected.rows
    if not low <= staged.rows <= high and staged.contract.delivery.kind in ("file", "crawl"):
        staged.warnings["expected_rows"] = staged.rows
