"""Which alerts travel together. Decided once, before the first try, and kept: a repeat is the same message with the same key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy import Connection, Row, bindparam, select, text, true, update

from jiandu.ops.tables import outbox

DIGEST_ALERTS = 200
"""More alerts than this in one group become several messages, so that none grows beyond what a gateway takes."""

LOCK = 7_216_043_992


def assign_messages(connection: Connection, model: str | None = None) -> int:
    """Give every waiting alert, of one model's clues if given, its message and return how many messages that makes.

    An urgent alert travels alone. The others of one office and model that wait at this moment become one update.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    mine = outbox.c.group_key.endswith(f":{model}", autoescape=True) if model else true()
    waiting = connection.execute(
        select(outbox.c.alert_id, outbox.c.channel, outbox.c.recipient, outbox.c.group_key, outbox.c.is_urgent)
        .where(outbox.c.message_key.is_(None), outbox.c.delivered_at.is_(None), outbox.c.dead_at.is_(None), mine)
        .order_by(outbox.c.channel, outbox.c.recipient, outbox.c.group_key, outbox.c.alert_id)
    ).all()
    messages = dict(_messages(waiting))
    if messages:
        statement = update(outbox).where(outbox.c.alert_id == bindparam("alert")).values(message_key=bindparam("message"))
        connection.execute(statement, [{"alert": alert, "message": key} for key, alerts in messages.items() for alert in alerts])
    return len(messages)


def _messages(waiting: Sequence[Row[tuple[str, str, str, str, bool]]]) -> Iterator[tuple[str, list[str]]]:
    for alert in waiting:
        if alert.is_urgent:
            yield alert.alert_id, [alert.alert_id]
    calm = [alert for alert in waiting if not alert.is_urgent]
    for (channel, _, _), group in groupby(calm, key=lambda alert: (alert.channel, alert.recipient, alert.group_key)):
        alerts = [alert.alert_id for alert in group]
        for start in range(0, len(alerts), DIGEST_ALERTS):
            yield _key(channel, alerts[start : start + DIGEST_ALERTS])


def _key(channel: str, alerts: list[str]) -> tuple[str, list[str]]:
    if len(alerts) == 1:
        return alerts[0], alerts
    digest = hashlib.sha256("\n".join(alerts).encode()).hexdigest()
    return f"group:{digest[:40]}:{channel}", alerts
