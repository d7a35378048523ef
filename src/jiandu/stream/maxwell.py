"""Maxwell's messages: ``{database, table, type, ts, xid, xoffset, data, old}``, one row each.

Order of changes: the binlog position and ``xoffset`` where Maxwell writes them (``output_binlog_position=true``, recommended);
without it ``ts``, whole seconds, and within a second the offset: ``xid`` is given when a transaction begins, so the later of two
changes may carry the smaller one.
"""

from __future__ import annotations

from typing import Any

from jiandu.stream import logical
from jiandu.stream.change import BadMessage, Change, Layout, Message, Op, Row, skip, split_key_change
from jiandu.stream.debezium import binlog_position
from jiandu.stream.payload import json_object, pop

OPS: dict[str, Op] = {"insert": "upsert", "update": "upsert", "delete": "delete", "bootstrap-insert": "upsert"}

OFFSET_BITS = 30


def decode(message: Message, layout: Layout) -> list[Change]:
    """The change of one message; schema changes and bootstrap marks are skipped with a note. Raises ``BadMessage``."""
    if message.value is None:
        return [skip("tombstone")]
    body = json_object(message)
    kind = pop(message, body, "type", str)
    seconds = pop(message, body, "ts", int)
    source_at = logical.at_millis(seconds if seconds > 10**11 else seconds * 1000)  # a schema change carries milliseconds
    where = ".".join(str(body[name]) for name in ("database", "table") if body.get(name))
    if layout.table and layout.table not in (where, body.get("table")):
        return [skip(f"table {where} is not meant", where, 0, source_at)]
    if kind not in OPS:
        if kind.startswith(("bootstrap-", "table-", "database-")):
            return [skip(f"{kind}: {body.get('sql') or ''}".rstrip(": "), where, 0, source_at)]
        raise BadMessage.of(message, f"unknown type {kind!r}", "Maxwell sends insert, update, delete, bootstrap-*, table-*, database-*")
    position = position_of(message, body, seconds)
    row = values(message, pop(message, body, "data", dict))
    old = values(message, body.get("old") or {})
    names = tuple(body.get("primary_key_columns") or layout.key)
    key = {name: row[name] for name in names if name in row}
    snapshot = "true" if kind == "bootstrap-insert" else ""
    change = Change(OPS[kind], key, row, position, source_at, where, before={**row, **old} if old else None, snapshot=snapshot, note=kind)
    return split_key_change(change, names) if kind == "update" else [change]


def values(message: Message, row: Any) -> Row:
    """A row as text."""
    if not isinstance(row, dict):
        raise BadMessage.of(message, f"a row is a {type(row).__name__}")
    return {name: logical.text(value) for name, value in row.items()}


def position_of(message: Message, body: dict[str, Any], seconds: int) -> int:
    """Binlog file, position and row within the transaction as one growing number; else the second of the commit and the offset."""
    file, _, place = str(body.get("position") or "").rpartition(":")
    if file and place.isdigit():
        return binlog_position(message, file, int(place), int(body.get("xoffset") or 0))
    return seconds << OFFSET_BITS | message.offset & ((1 << OFFSET_BITS) - 1)
