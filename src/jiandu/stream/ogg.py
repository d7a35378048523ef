"""Oracle GoldenGate's JSON: ``{table, op_type, op_ts, pos, primary_keys, before, after}``, op I/U/D/T.

``pos`` (trail file and offset) grows with every change. ``op_ts`` has no zone: it is the source's clock, taken as the
province's. An update may carry only the columns that changed; the before image fills what it can, the rest is ``partial``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jiandu.clock import ZONE
from jiandu.stream import logical
from jiandu.stream.change import MAX_POSITION, BadMessage, Change, Layout, Message, Row, skip, split_key_change
from jiandu.stream.payload import json_object, pop

OPS = {"I": "insert", "U": "update", "D": "delete"}


def decode(message: Message, layout: Layout) -> list[Change]:
    """The change of one message. Raises ``BadMessage``."""
    if message.value is None:
        return [skip("tombstone")]
    body = json_object(message)
    op, where = pop(message, body, "op_type", str), pop(message, body, "table", str)
    position, source_at = position_of(message, pop(message, body, "pos", str)), committed_at(message, pop(message, body, "op_ts", str))
    if layout.table and layout.table not in (where, where.rpartition(".")[2]):
        return [skip(f"table {where} is not meant", where, position, source_at)]
    if op == "T":
        return [Change("truncate", {}, {}, position, source_at, where, note="TRUNCATE")]
    if op not in OPS:
        raise BadMessage.of(message, f"unknown op_type {op!r}", "OGG sends I, U, D, T")
    before, after = image(message, body, "before"), image(message, body, "after")
    names = tuple(body.get("primary_keys") or layout.key)
    if op == "D":
        gone = before or after
        if gone is None:
            raise BadMessage.of(message, "a delete without a before image")
        return [Change("delete", {name: gone[name] for name in names if name in gone}, gone, position, source_at, where, before=before, note="delete")]
    if after is None:
        raise BadMessage.of(message, f"op_type {op!r} without an after image")
    row = {**(before or {}), **after}
    key = {name: row[name] for name in names if name in row}
    change = Change("upsert", key, row, position, source_at, where, before=before, note=OPS[op], partial=op == "U")
    return split_key_change(change, names) if op == "U" else [change]


def image(message: Message, body: dict[str, Any], part: str) -> Row | None:
    """One side of a change as text."""
    raw = body.get(part)
    if raw is not None and not isinstance(raw, dict):
        raise BadMessage.of(message, f"{part!r} is a {type(raw).__name__}, not a row")
    return None if raw is None else {name: logical.text(value) for name, value in raw.items()}


def position_of(message: Message, pos: str) -> int:
    """The trail position as a number."""
    if not pos.isdigit() or int(pos) > MAX_POSITION:
        raise BadMessage.of(message, f"pos {pos!r} is no trail position")
    return int(pos)


def committed_at(message: Message, shown: str) -> datetime:
    """``2020-05-13 15:40:06.000000`` as an instant."""
    try:
        moment = datetime.fromisoformat(shown)
    except ValueError as error:
        raise BadMessage.of(message, f"op_ts {shown!r} is no time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
