"""A signal: one thing that the posts of an account, a board or a campaign did together, and its form on Kafka."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from jiandu.errors import JianduError

Kind = Literal["burst", "campaign", "contacts", "threads", "words", "outlet"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TOPIC = "jiandu.signals"


class SignalRefused(JianduError):
    """A message of the topic that no signal can be read from."""


@dataclass(frozen=True, slots=True)
class Signal:
    """What posts of one subject did within one window of event time (aware instants, end excluded).

    ``value`` reaches ``threshold`` while it holds; late posts may raise the threshold (an account's own history), so a signal can be sent
    again with a value below it: then it is taken back. ``post_keys`` are ``platform:post_id`` of posts with a finding, the earliest first.
    The same signal sent again has the same ``key``; the last one counts.
    """

    kind: Kind
    subject: str
    window_start: datetime
    window_end: datetime
    value: float
    threshold: float
    post_keys: tuple[str, ...]
    sentence: str

    @property
    def holds(self) -> bool:
        """Whether the threshold is reached."""
        return self.value >= self.threshold

    @property
    def key(self) -> str:
        """What makes two messages the same signal: kind, subject and window."""
        return f"{self.kind}|{self.subject}|{self.window_start.isoformat()}"


def encode(signal: Signal) -> bytes:
    """The signal as JSON bytes; instants in ISO form with their offset."""
    body = asdict(signal) | {"window_start": signal.window_start.isoformat(), "window_end": signal.window_end.isoformat()}
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode()


def decode(value: bytes) -> Signal:
    """The signal of a message. Raises ``SignalRefused`` for anything else than exactly its fields."""
    try:
        body: dict[str, Any] = json.loads(value)
        start, end = (datetime.fromisoformat(body.pop(name)) for name in ("window_start", "window_end"))
        found = Signal(window_start=start, window_end=end, post_keys=tuple(map(str, body.pop("post_keys"))), **body)
        sound = found.kind in KINDS and start.tzinfo is not None and end.tzinfo is not None and float(found.value) >= 0 and float(found.threshold) >= 0
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SignalRefused.at(TOPIC, f"not a signal: {error}", "only the behaviour job writes this topic") from error
    if not sound:
        raise SignalRefused.at(TOPIC, "not a signal: unknown kind, an instant without offset or a negative number", "only the behaviour job writes this topic")
    return found
