"""Waiting for the live reader: what was sent is read, and what it found stands in the store and in its journal."""

from __future__ import annotations

import time

from sqlalchemy import select

from jiandu import ops
from jiandu.errors import ServiceUnavailable
from jiandu.live import journal
from jiandu.live.post import TOPIC
from jiandu.ops.tables import live_offset
from jiandu.stream import broker

LOOK_SECONDS = 0.05


def wait_until_read(patience: float = 60) -> float:
    """Seconds until the live reader stood behind the last post there was, and had told of every campaign that grew.

    Raises ``ServiceUnavailable`` when it does not get there within ``patience``.
    """
    client = broker.consumer(None)
    ends = {partition.partition: end for partition, end in client.end_offsets(broker.partitions_of(client, TOPIC)).items()}
    client.close()
    began = time.monotonic()
    while unread := sum(max(0, end - read_to().get(partition, 0)) for partition, end in ends.items()):
        if time.monotonic() - began > patience:
            raise ServiceUnavailable.at("live", f"{unread} posts are unread after {patience:.0f} s", "jiandu live status; jiandu logs live")
        time.sleep(LOOK_SECONDS)
    seconds = time.monotonic() - began
    while grown() and time.monotonic() - began < patience:  # told of a moment after its last post, so that a burst is one change
        time.sleep(LOOK_SECONDS)
    return seconds


def read_to() -> dict[int, int]:
    """Where the reader goes on, by partition; everything before it left its clues in the store."""
    with ops.transaction() as connection:
        rows = connection.execute(select(live_offset.c.partition, live_offset.c.next).where(live_offset.c.topic == TOPIC))
        return {row.partition: row.next for row in rows}


def grown() -> list[str]:
    """Campaigns that have more posts than their last change told of."""
    with ops.transaction() as connection:
        return journal.untold(connection)
