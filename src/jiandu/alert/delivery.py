"""Sending what waits in the outbox, at least once: the other side takes the message, then the row says so.

A crash between the two repeats the message under the same key. Tries are counted in the outbox and spaced further and further
by the clock of the database; after ``MAX_ATTEMPTS`` an alert is dead, which the ledger shows, except that urgent ones never die.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, case, func, insert, select, text, update

from jiandu import ops
from jiandu.alert.channels import Channel, SendFailed, channels
from jiandu.alert.grouping import assign_messages
from jiandu.alert.message import compose
from jiandu.ops.tables import attempt, outbox

MAX_ATTEMPTS = 20
FIRST_PAUSE_S = 5
LONGEST_PAUSE_S = 900
"""Twenty tries with pauses doubling from 5 s to 15 min span about three hours."""

FAILURES_OF_A_DEAD_CHANNEL = 3
"""After so many failures in a row the rest of this run is not tried over that channel: it is down, and a time-out costs ten seconds."""

DUE = text("""
    SELECT message_key, channel FROM ops.outbox AS waiting
    WHERE delivered_at IS NULL AND dead_at IS NULL AND message_key IS NOT NULL
      AND channel = ANY(:channels) AND (CAST(:model AS text) IS NULL OR right(group_key, length(:model) + 1) = ':' || :model)
    GROUP BY message_key, channel
    HAVING coalesce(max(next_attempt_at) <= clock_timestamp(), true) AND NOT bool_or(EXISTS (
        -- What was said first about a clue arrives first.
        SELECT FROM ops.outbox AS earlier
        WHERE earlier.clue_id = waiting.clue_id AND earlier.channel = waiting.channel AND earlier.change_no < waiting.change_no
          AND earlier.message_key IS DISTINCT FROM waiting.message_key AND earlier.delivered_at IS NULL AND earlier.dead_at IS NULL))
    ORDER BY bool_or(is_urgent) DESC, min(created_at), message_key
""")


@dataclass(frozen=True)
class DeliverSummary:
    """What one run did and what is left: messages sent and failed in this run; alerts delivered in it, waiting and dead after it."""

    messages: int
    alerts: int
    failed: int
    waiting: int
    dead: int

    def as_dict(self) -> dict[str, int]:
        """For machine-readable output."""
        return asdict(self)


def deliver(as_of: datetime, over: Sequence[Channel] | None = None, model: str | None = None) -> DeliverSummary:
    """Group what waits, send what is due, and say what is left; only ``over`` some channels and of clues of ``model`` if given.

    ``as_of`` becomes ``delivered_at`` of what is taken. Nothing is raised for a receiver that is down: its alerts wait for the next
    run. Raises ``ServiceUnavailable`` when PostgreSQL does not answer.
    """
    with ops.transaction() as connection:
        assign_messages(connection, model)
    done = _Run({channel.name: channel for channel in (channels() if over is None else over)}, as_of, model)
    while done.round():
        pass  # a later word about a clue falls due once the earlier one has arrived
    with ops.transaction() as connection:
        left = select(func.count().filter(outbox.c.dead_at.is_(None)), func.count().filter(outbox.c.dead_at.is_not(None)))
        waiting, dead = connection.execute(left.where(outbox.c.delivered_at.is_(None))).one()
    return DeliverSummary(done.messages, done.alerts, done.failed, waiting, dead)


class _Run:
    """One pass over the outbox: counts, and which channels turned out to be down."""

    def __init__(self, by_name: Mapping[str, Channel], as_of: datetime, model: str | None) -> None:
        self.by_name, self.as_of, self.only = by_name, as_of, {"channels": list(by_name), "model": model}
        self.messages = self.alerts = self.failed = 0
        self.failures: Counter[str] = Counter()

    def round(self) -> bool:
        """Try every message due now; whether any was taken."""
        with ops.transaction() as connection:
            due: list[tuple[str, str]] = [(row.message_key, row.channel) for row in connection.execute(DUE, self.only)]
        before = self.messages
        for key, channel in due:
            if channel in self.by_name and self.failures[channel] < FAILURES_OF_A_DEAD_CHANNEL:
                self._try(key, self.by_name[channel])
        return self.messages > before

    def _try(self, key: str, channel: Channel) -> None:
        with ops.transaction() as connection:
            # Another process may be sending the same message: its rows are locked until it is through.
            rows = connection.execute(select(outbox).where(outbox.c.message_key == key).with_for_update(skip_locked=True)).all()
            if not rows or any(row.delivered_at is not None for row in rows):
                return
            try:
                channel.send(compose(key, [dict(row._mapping) for row in rows]))
            except SendFailed as failure:
                self.failures[channel.name] += 1
                self.failed += 1
                _record_failure(connection, key, rows, str(failure))
                return
            self.failures[channel.name] = 0
            self.messages += 1
            self.alerts += len(rows)
            _record_success(connection, key, rows, self.as_of)


def _record_success(connection: Connection, key: str, rows: Sequence[Row[tuple[object, ...]]], as_of: datetime) -> None:
    taken = {"attempts": outbox.c.attempts + 1, "delivered_at": as_of, "last_error": None, "next_attempt_at": None}
    connection.execute(update(outbox).where(outbox.c.message_key == key).values(taken))
    _record_attempt(connection, key, rows, None)


def _record_failure(connection: Connection, key: str, rows: Sequence[Row[tuple[object, ...]]], error: str) -> None:
    pause = func.least(LONGEST_PAUSE_S, FIRST_PAUSE_S * func.power(2, outbox.c.attempts))
    is_over = (outbox.c.attempts + 1 >= MAX_ATTEMPTS) & ~outbox.c.is_urgent
    connection.execute(
        update(outbox).where(outbox.c.message_key == key).values(
            attempts=outbox.c.attempts + 1, last_error=error,
            next_attempt_at=func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, pause),
            dead_at=case((is_over, func.clock_timestamp())),
        )
    )
    _record_attempt(connection, key, rows, error)


def _record_attempt(connection: Connection, key: str, rows: Sequence[Row[tuple[object, ...]]], error: str | None) -> None:
    first = rows[0]._mapping
    connection.execute(
        insert(attempt).values(
            message_key=key, channel=first["channel"], recipient=first["recipient"], alerts=len(rows), is_delivered=error is None, error=error
        )
    )
