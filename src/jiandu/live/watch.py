"""How the live reader is: alive, how far behind, what it found, what it refused; and the dead letters themselves."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kafka.errors import KafkaError

from jiandu.behaviour import TOPIC as SIGNALS
from jiandu.errors import ServiceUnavailable
from jiandu.live import sender
from jiandu.live.post import TOPIC
from jiandu.live.service import NAME
from jiandu.stream import beat, broker, dead
from jiandu.stream.dead import DeadLetter


@dataclass(frozen=True)
class Status:
    """The reader as others see it. ``lag`` in messages, by topic; ``counts`` since it started."""

    state: str
    problem: str
    lag: dict[str, int]
    dead_letters: int
    last_post_at: str
    counts: dict[str, int]

    @property
    def healthy(self) -> bool:
        """Whether it reads and nothing is wrong."""
        return self.state == "reading" and not self.problem

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        return asdict(self) | {"healthy": self.healthy}


def status() -> Status:
    """The reader of this home. Raises ``ServiceUnavailable`` when Kafka does not answer."""
    known = beat.read(NAME) or beat.Beat(NAME, "never started", "jiandu up --only live")
    state = known.state if known.alive or known.state == "never started" else "dead"
    problem = known.problem or ("" if state != "dead" else "it has not said anything for a minute; jiandu logs live")
    try:
        client = broker.consumer(None)
        try:
            ends = {partition: end for topic in (TOPIC, SIGNALS) for partition, end in client.end_offsets(broker.partitions_of(client, topic)).items()}
            letters = sum(1 for topic in (TOPIC, SIGNALS) for _ in broker.all_messages(client, topic + dead.SUFFIX))
        finally:
            client.close()
    except KafkaError as error:
        raise ServiceUnavailable.at("Kafka", f"{type(error).__name__}: {error}", "jiandu status") from error
    lag = dict.fromkeys((TOPIC, SIGNALS), 0)
    for partition, end in ends.items():
        lag[partition.topic] += max(end - known.next.get(f"{partition.topic}:{partition.partition}", 0), 0)
    return Status(state, problem, lag, letters, known.last_message_at, known.notes)


def sending() -> str:
    """What is wrong with the sender of first notices; empty if nothing."""
    known = beat.read(sender.NAME)
    if known is None:
        return "it was never started: jiandu up --only live"
    return known.problem if known.alive else f"it is {'stopped' if known.state == 'stopped' else 'dead'}; jiandu logs live"


def letters() -> list[DeadLetter]:
    """Refused messages of the last 72 hours, posts before signals, with the beginning of what they held."""
    client = broker.consumer(None)
    try:
        return [letter for topic in (TOPIC, SIGNALS) for letter in dead.read(client, topic)]
    finally:
        client.close()
