"""What became of every alert: counts by channel, what waits and why, what is dead, and bringing the dead back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from jiandu import ops
from jiandu.ops.tables import attempt, outbox

ENTRY_COLUMNS = (
    "alert_id", "clue_id", "state", "channel", "recipient", "message_key", "is_urgent", "created_at", "attempts", "delivered_at", "dead_at", "last_error",
)
WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"


@dataclass(frozen=True)
class ChannelCount:
    """The outbox of one channel, counted."""

    channel: str
    delivered: int
    waiting: int
    dead: int
    messages: int
    """Messages taken; fewer than alerts delivered, for calm alerts travel together."""


def counts() -> list[ChannelCount]:
    """One row a channel that has alerts."""
    messages = (
        select(attempt.c.channel, func.count().label("messages")).where(attempt.c.is_delivered).group_by(attempt.c.channel).subquery()
    )
    statement = (
        select(
            outbox.c.channel,
            func.count(outbox.c.delivered_at).label(DELIVERED),
            func.count().filter(outbox.c.delivered_at.is_(None), outbox.c.dead_at.is_(None)).label(WAITING),
            func.count(outbox.c.dead_at).label(DEAD),
            func.coalesce(func.max(messages.c.messages), 0).label("messages"),
        )
        .outerjoin(messages, messages.c.channel == outbox.c.channel)
        .group_by(outbox.c.channel)
        .order_by(outbox.c.channel)
    )
    with ops.transaction() as connection:
        return [ChannelCount(**row._mapping) for row in connection.execute(statement)]


def entries(state: str | None, limit: int) -> list[dict[str, Any]]:
    """The newest ``limit`` alerts, of one state (waiting, delivered, dead) or of all, as the outbox knows them."""
    columns = [outbox.c[name] for name in ENTRY_COLUMNS]
    statement = select(*columns).order_by(outbox.c.created_at.desc(), outbox.c.alert_id).limit(limit)
    if state == DELIVERED:
        statement = statement.where(outbox.c.delivered_at.is_not(None))
    elif state == DEAD:
        statement = statement.where(outbox.c.dead_at.is_not(None))
    elif state == WAITING:
        statement = statement.where(outbox.c.delivered_at.is_(None), outbox.c.dead_at.is_(None))
    with ops.transaction() as connection:
        return [dict(row._mapping) for row in connection.execute(statement)]


def revive() -> int:
    """Let dead alerts be tried again from the beginning; how many there were. The ledger of tries stays."""
    with ops.transaction() as connection:
        alive = {"dead_at": None, "attempts": 0, "next_attempt_at": None}
        return connection.execute(update(outbox).where(outbox.c.dead_at.is_not(None)).values(alive)).rowcount
