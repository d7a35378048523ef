"""Debezium envelopes (PostgreSQL and MySQL connectors, others by time), with and without the schema around them.

``{before, after, source, op, ts_ms}``, op c/r/u/d/t/m; tombstones follow deletes; the message key names the key columns.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jiandu.stream import connect_schema, logical
from jiandu.stream.change import BadMessage, Change, Layout, Message, Row, skip, split_key_change
from jiandu.stream.payload import json_object, key_object, pop

UPSERTS = {"c": "insert", "r": "snapshot", "u": "update"}
NOT_A_SNAPSHOT = {None, "false", False}

FILE_BITS, POSITION_BITS, ROW_BITS = 18, 33, 12
"""MySQL's position packed into 63 bits: binlog file number, byte position, row within the event."""


def decode(message: Message, layout: Layout) -> list[Change]:
    """The changes of one message: none lost, a key change as delete and upsert. Raises ``BadMessage``."""
    if message.value is None:
        return [skip("tombstone")]
    body, schema = unwrapped(json_object(message))
    if body is None:
        return [skip("tombstone")]
    op = pop(message, body, "op", str)
    source = pop(message, body, "source", dict)
    where = table_of(source)
    position, source_at = position_of(message, source), committed_at(source, body)
    if op == "m":
        return [skip("logical decoding message", where, position, source_at)]
    if layout.table and layout.table not in (where, source.get("table")):
        return [skip(f"table {where} is not meant", where, position, source_at)]
    if op == "t":
        return [Change("truncate", {}, {}, position, source_at, where, note="TRUNCATE")]
    if op != "d" and op not in UPSERTS:
        raise BadMessage.of(message, f"unknown operation {op!r}", "Debezium knows c, r, u, d, t, m")
    before, _ = image(message, body, schema, "before", layout)
    after, flags = image(message, body, schema, "after", layout)
    key = message_key(message, layout) or key_of(after or before or {}, layout)
    snapshot = str(source.get("snapshot")) if source.get("snapshot") not in NOT_A_SNAPSHOT else "true" if op == "r" else ""
    if op == "d":
        if before is None and not key:
            raise BadMessage.of(message, "a delete with neither key nor before image", "give the table a primary key or REPLICA IDENTITY FULL")
        return [Change("delete", key, {**(before or {}), **key}, position, source_at, where, before=before, note="delete")]
    if after is None:
        raise BadMessage.of(message, f"operation {op!r} without an after image")
    change = Change("upsert", key, after, position, source_at, where, before=before, snapshot=snapshot, note=UPSERTS[op], flags=flags)
    return split_key_change(change, tuple(key)) if op == "u" else [change]


def unwrapped(body: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The payload and its schema; the schema is empty where the converter leaves it out."""
    if set(body) == {"schema", "payload"}:
        return body["payload"], body["schema"] or {}
    return body, {}


def image(message: Message, body: dict[str, Any], schema: dict[str, Any], part: str, layout: Layout) -> tuple[Row | None, dict[str, str]]:
    """One side of a change as text, with the flags of its columns."""
    raw = body.get(part)
    if raw is None:
        return None, {}
    if not isinstance(raw, dict):
        raise BadMessage.of(message, f"{part!r} is a {type(raw).__name__}, not a row", "check delivery.envelope of the contract")
    fields = connect_schema.fields_of(schema, part)
    row: Row = {}
    flags: dict[str, str] = {}
    for name, value in raw.items():
        try:
            kind = layout.types.get(name)
            row[name], flag = connect_schema.by_schema(value, fields[name], kind) if name in fields else logical.by_target(value, kind)
        except (ValueError, KeyError) as error:
            raise BadMessage.of(message, f"{part}.{name} does not fit its schema: {error}", "compare the connector's converters with the message") from error
        if flag:
            flags[name] = flag
    return row, flags


def message_key(message: Message, layout: Layout) -> Row:
    """The key columns as the message key names them; empty when the message has no key of that form."""
    found = key_object(message)
    if found is None:
        return {}
    body, schema = unwrapped(found)
    fields = {column["field"]: column for column in schema.get("fields", [])}
    if not isinstance(body, dict):
        return {}
    return {
        name: (connect_schema.by_schema(value, fields[name], layout.types.get(name)) if name in fields else logical.by_target(value, layout.types.get(name)))[0]
        for name, value in body.items()
    }


def key_of(row: Row, layout: Layout) -> Row:
    """The contract's key columns out of a row, for messages without a key of their own."""
    return {name: row[name] for name in layout.key if name in row}


def table_of(source: dict[str, Any]) -> str:
    """``schema.table`` where the source has schemas, else ``database.table``."""
    return ".".join(str(part) for part in (source.get("schema") or source.get("db"), source.get("table")) if part)


def position_of(message: Message, source: dict[str, Any]) -> int:
    """The place in the source's log, growing with every change of a key: PostgreSQL's lsn, MySQL's binlog file, position and row.

    Without either (old snapshots) the source's clock, which is smaller than any real binlog position.
    """
    if isinstance(source.get("lsn"), int):
        return int(source["lsn"])
    if source.get("file"):
        return binlog_position(message, str(source["file"]), int(source.get("pos") or 0), int(source.get("row") or 0))
    return int(source.get("ts_ms") or 0)


def binlog_position(message: Message, file: str, position: int, row: int) -> int:
    """``mysql-bin.000003``, 4711, row 2 as one growing number. Raises ``BadMessage`` for a file without a number."""
    number = file.rpartition(".")[2]
    if not number.isdigit() or int(number) >= 1 << FILE_BITS or position >= 1 << POSITION_BITS:
        raise BadMessage.of(message, f"binlog position {file}:{position} has no order", "expected a numbered file such as mysql-bin.000003")
    return int(number) << (POSITION_BITS + ROW_BITS) | position << ROW_BITS | min(row, (1 << ROW_BITS) - 1)


def committed_at(source: dict[str, Any], body: dict[str, Any]) -> datetime | None:
    """When the source committed the change; the connector's clock where the source gives none (old MySQL snapshots)."""
    if source.get("ts_us"):
        return logical.at_micros(int(source["ts_us"]))
    millis = source.get("ts_ms") or body.get("ts_ms")
    return logical.at_millis(int(millis)) if millis else None
