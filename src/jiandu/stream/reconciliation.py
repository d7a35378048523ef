"""Records that vanished without a delete: after a truncation, or while a connector had lost its place and took a new snapshot.

Never done by the stream itself. A truncation is often the first half of a reload, and records that seem to vanish would withdraw
clues or, worse, make "no such case was filed" true for a whole province: a person looks at the count and says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from jiandu import contracts, ingest, lake, silver
from jiandu.source.rows import RawRow
from jiandu.stream import broker, envelopes
from jiandu.stream.change import BadMessage, Change
from jiandu.stream.intake import Batch, layout_of
from jiandu.stream.replay import clear, letters, topic_of

SNAPSHOT_ENDS = {"last", "last_in_data_collection"}
HINTS = (b'"t"', b"TRUNCATE", b"last", b'"T"')
"""Bytes that every mark contains: the other messages need no decoding."""


@dataclass(frozen=True)
class Missing:
    """Current records whose last word is older than a mark in the topic after which the source had said everything again."""

    mark: str
    position: int
    source_at: datetime
    current: int
    keys: list[str]
    rows: list[str]
    """The delivered row of each, as JSON."""


def missing(contract_id: str) -> Missing | None:
    """What the newest mark leaves unconfirmed; ``None`` when the topic holds no mark."""
    contract = contracts.load(contract_id)
    found = newest_mark(contract_id)
    if found is None or found.source_at is None:
        return None
    with lake.duck() as connection:
        known = lake.view(connection, "silver", contract_id, "silver") and lake.view(connection, "bronze", contract_id, "bronze")
        rows: list[tuple[str, str]] = []
        current = 0
        if known:
            connection.execute(f"CREATE TEMP TABLE now AS SELECT record_key, delivery_id, row_no FROM silver WHERE {silver.current_sql()}")
            current = len(connection.execute("SELECT 1 FROM now").fetchall())
            rows = connection.execute(
                """SELECT record_key, any_value(b.raw) FROM now
                   JOIN (SELECT record_key, max(position) AS heard FROM silver GROUP BY record_key) USING (record_key)
                   JOIN bronze b USING (delivery_id, row_no) WHERE heard < ? AND b.op = 'upsert' GROUP BY record_key ORDER BY record_key""",
                [found.position],
            ).fetchall()
    note = "truncation" if found.op == "truncate" else "complete snapshot"
    return Missing(f"{note} of {contract.delivery.kafka.topic if contract.delivery.kafka else ''}", found.position, found.source_at, current,
                   [row[0] for row in rows], [row[1] for row in rows])


def newest_mark(contract_id: str) -> Change | None:
    """The truncation or end of a snapshot with the greatest position among the messages that the topic still holds."""
    contract = contracts.load(contract_id)
    layout, topic = layout_of(contract), topic_of(contract)
    envelope = contract.delivery.kafka.envelope if contract.delivery.kafka else ""
    marks: list[Change] = []
    client = broker.consumer(None)
    try:
        for message in broker.all_messages(client, topic):
            if message.value is None or not any(hint in message.value for hint in HINTS):
                continue
            try:
                changes = envelopes.decode(envelope, message, layout)
            except BadMessage:
                continue  # it stands in the dead letters
            marks += [change for change in changes if change.op == "truncate" or change.snapshot in SNAPSHOT_ENDS]
    finally:
        client.close()
    return max(marks, key=lambda change: change.position, default=None)


def delete(contract_id: str, found: Missing, as_of: datetime) -> int:
    """Delete the missing records as of the mark, in one delivery named after it, and clear the letters of older truncations."""
    contract = contracts.load(contract_id)
    batch = Batch([
        RawRow({name: value for name, value in json.loads(raw).items() if name in contract.columns}, number, "delete", found.position, found.source_at)
        for number, raw in enumerate(found.rows, 1)
    ])
    result = ingest.ingest_rows(contract, f"{topic_of(contract)}:reconcile:{found.position}", batch.raw_rows(contract), as_of)
    clear([letter for letter in letters(contract_id) if letter.what.startswith("TRUNCATE")])
    return int(result.silver.get("deleted", 0))
