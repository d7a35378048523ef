"""Canal's flat messages: several rows a message, all values text, ``old`` with the previous values of changed columns.

Order of changes: ``es`` (the source's commit time, whole seconds) and, within it, ``ts`` (when Canal handled the change). Not
``id``: it counts batches and starts again at 1 with every restart of Canal, so that a later change would look older.
"""

from __future__ import annotations

from typing import Any

from jiandu.stream import logical
from jiandu.stream.change import BadMessage, Change, Layout, Message, Op, Row, skip, split_key_change
from jiandu.stream.payload import json_object, pop

OPS: dict[str, Op] = {"INSERT": "upsert", "UPDATE": "upsert", "DELETE": "delete"}
DELAY_BITS = 21
"""Handling delays up to 35 minutes are told apart; beyond that, changes of one second keep the order they arrive in."""


def decode(message: Message, layout: Layout) -> list[Change]:
    """One change a row of ``data``; DDL is skipped with a note. Raises ``BadMessage``."""
    if message.value is None:
        return [skip("tombstone")]
    body = json_object(message)
    kind = pop(message, body, "type", str).upper()
    millis = pop(message, body, "es", int)
    where = f"{pop(message, body, 'database', str)}.{pop(message, body, 'table', str)}"
    position, source_at = position_of(millis, body.get("ts")), logical.at_millis(millis)
    if layout.table and layout.table not in (where, where.partition(".")[2]):
        return [skip(f"table {where} is not meant", where, position, source_at)]
    if kind == "TRUNCATE":
        return [Change("truncate", {}, {}, position, source_at, where, note="TRUNCATE")]
    if body.get("isDdl") or (kind not in OPS and body.get("data") is None):
        return [skip(f"{kind}: {str(body.get('sql') or '').strip()}", where, position, source_at)]
    if kind not in OPS:
        raise BadMessage.of(message, f"unknown type {kind!r}", "Canal sends INSERT, UPDATE, DELETE and DDL")
    names = tuple(body.get("pkNames") or layout.key)
    changes: list[Change] = []
    for row, old in rows(message, body):
        key = {name: row[name] for name in names if name in row}
        before = {**row, **old} if old else None
        change = Change(OPS[kind], key, row, position, source_at, where, before=before, note=kind.lower())
        changes += split_key_change(change, names) if kind == "UPDATE" else [change]
    return changes


def rows(message: Message, body: dict[str, Any]) -> list[tuple[Row, Row]]:
    """Each row of ``data`` beside what ``old`` says of it."""
    data, old = pop(message, body, "data", list), body.get("old") or []
    if old and len(old) != len(data):
        raise BadMessage.of(message, f"data has {len(data)} rows, old has {len(old)}")
    old = old or [{}] * len(data)
    if not all(isinstance(row, dict) for row in data) or not all(row is None or isinstance(row, dict) for row in old):
        raise BadMessage.of(message, "data or old holds something that is not a row")
    return [({k: logical.text(v) for k, v in row.items()}, {k: logical.text(v) for k, v in (was or {}).items()}) for row, was in zip(data, old, strict=True)]


def position_of(millis: int, handled: Any) -> int:
    """Commit time, then handling delay, as one growing number."""
    delay = handled - millis if isinstance(handled, int) else 0
    return millis << DELAY_BITS | min(max(delay, 0), (1 << DELAY_BITS) - 1)
