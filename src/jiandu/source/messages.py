"""A file of change messages, read like the topic it was archived from: one message a line.

A line is either the message's value alone, or ``{"topic", "partition", "offset", "key", "value"}`` with key and value as JSON
objects or as JSON text. A line no change can be read from becomes a refused row with its reason; it holds up no other.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from jiandu.source.decoding import as_utf8, read_bytes
from jiandu.source.rows import LINE, REFUSED, ROW_NO, RawRows

if TYPE_CHECKING:
    from jiandu.contracts import Contract
    from jiandu.stream.change import Message

WRAPPED = {"offset", "value"}


def read(contract: Contract, path: Path) -> RawRows:
    """The changes of an archive in its order; ``#row_no`` is the line. Raises ``DeliveryHeld`` for an unreadable file."""
    from jiandu.stream.intake import Intake

    lines = as_utf8(read_bytes(path), contract.delivery.encoding, path).split(b"\n")
    batch = Intake(contract).batch(message(path.name, number, line) for number, line in enumerate(lines, 1) if line.strip())
    table = batch.raw_rows(contract).table
    if not batch.letters:
        return RawRows(table)
    refused = pa.table({
        ROW_NO: pa.array([letter.message.offset for letter in batch.letters], pa.int64()),
        REFUSED: pa.array([letter.what for letter in batch.letters], pa.string()),
        LINE: pa.array([(letter.message.value or b"").decode() for letter in batch.letters], pa.string()),
    })
    return RawRows(pa.concat_tables([table, refused], promote_options="default").sort_by(ROW_NO))


def message(name: str, number: int, line: bytes) -> Message:
    """A line as a message addressed ``file:0:line``; the topic's own offset is of no use to who looks for the line."""
    from jiandu.stream.change import Message

    try:
        body: Any = json.loads(line, parse_float=Decimal)
    except ValueError:
        return Message(name, 0, number, line)  # the envelope's decoder says what is wrong with it
    if not isinstance(body, dict) or not body.keys() >= WRAPPED:
        return Message(name, 0, number, line)
    value, key = body["value"], body.get("key")
    if value is None:
        return Message(name, 0, number, None)
    return Message(
        name, 0, number, value.encode() if isinstance(value, str) else line, key.encode() if isinstance(key, str) else None,
        body=None if isinstance(value, str) else value, key_body=None if isinstance(key, str) else key,
    )
