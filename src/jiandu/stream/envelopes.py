"""Change envelopes: which module reads which, and one door for all of them."""

from __future__ import annotations

from collections.abc import Callable

from jiandu.errors import JianduError
from jiandu.stream import canal, debezium, maxwell, ogg
from jiandu.stream.change import Change, Layout, Message

Decoder = Callable[[Message, Layout], list[Change]]

ENVELOPES: dict[str, Decoder] = {"debezium": debezium.decode, "canal": canal.decode, "maxwell": maxwell.decode, "ogg": ogg.decode}


def decode(envelope: str, message: Message, layout: Layout | None = None) -> list[Change]:
    """The changes of one message, in order. Raises ``BadMessage`` for a message nothing can be read from."""
    if envelope not in ENVELOPES:
        raise JianduError.at(message.topic, f"unknown envelope {envelope!r}", f"one of {', '.join(ENVELOPES)}")
    return ENVELOPES[envelope](message, layout or Layout())
