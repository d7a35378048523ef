"""Where a stream goes on: read from the lake itself, so that data and position can never disagree.

A micro-batch is one delivery, ``topic:partition:first–last``. The greatest such name in bronze says what was read. A topic
that was deleted and made again counts its offsets from 0: its deliveries are named ``topic@2:…`` (generation 2), so that
they are not taken for repetitions of the old ones. Kafka forbids both ``:`` and ``@`` in topic names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from jiandu import lake

NAME = re.compile(r"(?P<topic>[^:@]+)(?:@(?P<generation>\d+))?:(?P<partition>\d+):(?P<first>\d+)–(?P<last>\d+)")


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


@dataclass(frozen=True, order=True)
class Span:
    """Offsets of one delivery, both inclusive; a later generation of a topic is greater than an earlier one."""

    generation: int
    last: int
    first: int

    def named(self, place: Place) -> str:
        """The delivery id."""
        topic = place.topic if self.generation == 1 else f"{place.topic}@{self.generation}"
        return f"{topic}:{place.partition}:{self.first}–{self.last}"


def parsed(delivery_id: str) -> tuple[Place, Span] | None:
    """The span a delivery id names; ``None`` for deliveries that are no part of a topic (files, replays)."""
    found = NAME.fullmatch(delivery_id)
    if found is None:
        return None
    return Place(found["topic"], int(found["partition"])), Span(int(found["generation"] or 1), int(found["last"]), int(found["first"]))


def spans(contract: str, topic: str) -> dict[Place, list[Span]]:
    """Every span of a topic that stands in bronze, sorted, by partition."""
    found: dict[Place, list[Span]] = {}
    with lake.duck() as connection:
        if not lake.view(connection, "bronze", contract, "bronze", ["delivery_id"]):
            return {}
        names = connection.execute("SELECT DISTINCT delivery_id FROM bronze WHERE starts_with(delivery_id, ?)", [topic]).fetchall()
    for (name,) in names:
        if (known := parsed(name)) and known[0].topic == topic:
            found.setdefault(known[0], []).append(known[1])
    return {place: sorted(listed) for place, listed in found.items()}


def stored_row(contract: str, delivery_id: str) -> tuple[int, int] | None:
    """Offset and position of the last row that a delivery left in bronze."""
    with lake.duck() as connection:
        if not lake.view(connection, "bronze", contract, "bronze", ["delivery_id", "row_no", "position"]):
            return None
        query = "SELECT row_no, position FROM bronze WHERE delivery_id = ? ORDER BY row_no DESC, position DESC LIMIT 1"
        found = connection.execute(query, [delivery_id]).fetchone()
    return None if found is None else (int(found[0]), int(found[1]))
