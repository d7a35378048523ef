"""Dead letters of the live reader: what was refused, and what was understood and still failed, each with its own address and its reason."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy.exc import DBAPIError

from jiandu.behaviour import SignalRefused
from jiandu.live.post import DEAD, TOPIC, PostRefused
from jiandu.stream import dead
from jiandu.stream.change import Message
from jiandu.stream.dead import DeadLetter

log = logging.getLogger(__name__)

CONTRACT = "public posts"
SHOWN_BYTES = 2000
"""Of a refused message: it may be anybody's words, and huge."""


def place(record: Any) -> str:
    """``topic:partition:offset``."""
    return f"{record.topic}:{record.partition}:{record.offset}"


def letter(record: Any, error: PostRefused | SignalRefused) -> DeadLetter:
    """The letter of a message that was refused, with the beginning of it: a letter must fit where a huge message did not.

    Where the account is no hash nothing of it is kept: it is a person's name.
    """
    is_named = isinstance(error, PostRefused) and error.reason == "account"
    value = None if is_named else record.value and record.value[:SHOWN_BYTES]
    problem = error.problems[0]
    reason = f"{error.reason}: " if isinstance(error, PostRefused) else ""
    log.warning("%s → %s: %s", place(record), DEAD if record.topic == TOPIC else record.topic + dead.SUFFIX, problem.what[:120])
    message = Message(record.topic, record.partition, record.offset, value, record.key and record.key[:SHOWN_BYTES], record.timestamp or 0)
    return DeadLetter(CONTRACT, message, f"{reason}{problem.what}", problem.todo)


def refusal(at: str, value: bytes, who: str, error: Exception) -> DeadLetter:
    """The letter of a message that was understood and still failed; ``at``: ``topic:partition:offset`` of it."""
    topic, partition, offset = at.rsplit(":", 2)
    why = f"{'store' if isinstance(error, DBAPIError) else who}: {reason(error)}"
    log.error("%s → %s: %s", at, topic + dead.SUFFIX, why, exc_info=traced(error))
    return DeadLetter(CONTRACT, Message(topic, int(partition), int(offset), value[:SHOWN_BYTES]), why, f"read {at} again after a fix")


def reason(error: Exception) -> str:
    """One line of what failed. The store's own words end there: what follows are values of the row, which may be anybody's words."""
    found = str(error.orig) if isinstance(error, DBAPIError) else f"{type(error).__name__}: {error}"
    return (found.splitlines() or [""])[0][:200]


def traced(error: Exception) -> Exception | None:
    """The error for the log's traceback, unless it would print the values of a statement."""
    return None if isinstance(error, DBAPIError) else error
