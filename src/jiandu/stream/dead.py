"""Dead letters: what could not be applied waits in ``<topic>.dead`` with its reason, and the stream goes on.

The key of a dead letter is ``topic:partition:offset`` of the message and the topic is compacted: one message has one dead
letter, however often it was read. The letter holds the message whole, so that it can be replayed after a fix.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from jiandu.errors import ServiceUnavailable
from jiandu.stream.change import Message

if TYPE_CHECKING:
    from kafka import KafkaConsumer, KafkaProducer

SUFFIX = ".dead"
COMPACTED = {"cleanup.policy": "compact", "retention.ms": "-1"}


@dataclass(frozen=True)
class DeadLetter:
    """One message that was not applied: what is wrong and what a person can do about it."""

    contract: str
    message: Message
    what: str
    todo: str = ""

    def packed(self) -> bytes:
        """The letter as JSON; parts of the message that are no UTF-8 text travel as base64."""
        body = asdict(self) | {"message": asdict(self.message) | {"value": pack(self.message.value), "key": pack(self.message.key)}}
        return json.dumps(body, ensure_ascii=False).encode()

    @classmethod
    def unpacked(cls, data: bytes) -> DeadLetter:
        """The letter of ``packed``."""
        body = json.loads(data)
        message = body["message"] | {"value": unpack(body["message"]["value"]), "key": unpack(body["message"]["key"])}
        return cls(body["contract"], Message(**message), body["what"], body["todo"])


def pack(part: bytes | None) -> dict[str, str] | None:
    """Bytes as text, or as base64 where they are none."""
    if part is None:
        return None
    try:
        return {"text": part.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(part).decode()}


def unpack(part: dict[str, str] | None) -> bytes | None:
    """The bytes of ``pack``."""
    if part is None:
        return None
    return part["text"].encode() if "text" in part else base64.b64decode(part["base64"])


def send(producer: KafkaProducer, letters: Iterable[DeadLetter]) -> int:
    """Send letters and wait until the broker has them all; only then may their offsets be passed. Returns how many.

    Raises ``ServiceUnavailable`` when the broker does not take one: the batch is then tried again as a whole.
    """
    from kafka.errors import KafkaError

    try:
        sent = [producer.send(letter.message.topic + SUFFIX, key=letter.message.where.encode(), value=letter.packed()) for letter in letters]
        producer.flush()
        for future in sent:
            future.get(timeout=30)
    except KafkaError as error:
        raise ServiceUnavailable.at("Kafka", f"a dead letter could not be written: {error}", "jiandu status") from error
    return len(sent)


def read(consumer: KafkaConsumer, topic: str, contract: str | None = None) -> list[DeadLetter]:
    """The dead letters of a topic, one a message, in order; only those of one contract if given."""
    from jiandu.stream.broker import all_messages

    found: dict[str, DeadLetter | None] = {}
    for message in all_messages(consumer, topic + SUFFIX):
        address = (message.key or b"").decode()
        found[address] = DeadLetter.unpacked(message.value) if message.value else None
    letters = [letter for letter in found.values() if letter is not None and contract in (None, letter.contract)]
    return sorted(letters, key=lambda letter: (letter.message.partition, letter.message.offset))
