"""A signal: one thing that the posts of an account, a board or a campaign did together, and its form on Kafka."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal, get_type_hints

import msgspec

from jiandu.errors import JianduError

Kind = Literal["burst", "campaign", "contacts", "threads", "words", "outlet"]
TOPIC = "jiandu.signals"
TODO = "only the behaviour job writes this topic"
LARGEST_BYTES = 1024 * 1024
"""A value beyond this is no signal; it is refused before it is parsed."""

NUL = "\x00"


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


WIRE = msgspec.json.Decoder(msgspec.defstruct("Wire", list(get_type_hints(Signal).items()), forbid_unknown_fields=True), strict=True)
"""The fields of ``Signal`` as they are read: nothing of another type or beside them passes."""


def decode(value: bytes) -> Signal:
    """The signal of a message. Raises ``SignalRefused`` for anything else than exactly its fields."""
    if len(value) > LARGEST_BYTES:
        raise SignalRefused.at(TOPIC, f"not a signal: {len(value):,} bytes, at most {LARGEST_BYTES:,} are one", TODO)
    try:
        signal = Signal(**msgspec.structs.asdict(WIRE.decode(value)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SignalRefused.at(TOPIC, f"not a signal: {error}"[:200], TODO) from error
    if signal.window_start.tzinfo is None or signal.window_end.tzinfo is None or signal.value < 0 or signal.threshold < 0:
        raise SignalRefused.at(TOPIC, "not a signal: an instant without offset or a negative number", TODO)
    if any(NUL in word for word in (signal.subject, signal.sentence, *signal.post_keys)):
        raise SignalRefused.at(TOPIC, "not a signal: a NUL character, which is no text and no store keeps", TODO)
    return signal
