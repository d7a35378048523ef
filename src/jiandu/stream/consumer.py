"""One contract's topic into the lake, exactly once in effect.

Each micro-batch is one delivery named after its offsets. Order of steps: dead letters are acknowledged, then the batch enters
bronze, silver and the ledger, then the group commits. Whatever fails, the reader starts over from what the lake holds: the last
delivery in bronze is ingested again under its own name (which completes it if it was cut short and changes nothing otherwise),
and reading goes on behind it. The group's commit only spares re-reading messages that left no row; it is believed only while the
lake still holds the delivery it was made after.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jiandu import contracts, ingest
from jiandu.errors import JianduError
from jiandu.stream import broker, compaction, dead
from jiandu.stream.change import Message
from jiandu.stream.dead import DeadLetter
from jiandu.stream.intake import Intake
from jiandu.stream.positions import Place, Span, spans, stored_row

if TYPE_CHECKING:
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition

    from jiandu.contracts import Contract

log = logging.getLogger(__name__)

LINGER_SECONDS = 0.4
"""How long a batch waits for more after its first message: each batch costs a commit in three tables."""

BATCH_MESSAGES = 5000


class Gap(JianduError):
    """Messages left the topic before they were read. Only a person can say that going on without them is right."""


@dataclass
class Progress:
    """How far a partition was read; offsets are those of the next message."""

    next: int
    generation: int = 1
    after: str = ""
    """The last delivery that left a row in bronze."""


class Reader:
    """Reads one contract's topic. ``now`` gives the as-of of a batch (the wall clock, or one fixed instant in demos and tests)."""

    def __init__(self, contract_id: str, now: Callable[[], datetime], accept_gap: bool = False) -> None:
        self.contract_id, self.now, self.accept_gap = contract_id, now, accept_gap
        self.progress: dict[TopicPartition, Progress] = {}
        self.last_at: datetime | None = None
        self.notes: dict[str, int] = {}
        self.dead = 0
        self.loads = 0
        self.client: KafkaConsumer | None = None
        self.letters: KafkaProducer | None = None

    def open(self) -> bool:
        """Connect, complete what was cut short, find where to go on. False while the topic does not exist.

        Raises ``ServiceUnavailable`` (try again later), ``Gap``, ``ContentError``.
        """
        self.close()
        self.contract: Contract = contracts.load(self.contract_id)
        self.intake = Intake(self.contract)
        self.topic = self.contract.delivery.kafka.topic if self.contract.delivery.kafka else ""
        self.client = broker.consumer(f"{broker.GROUP}.{self.contract_id}")
        partitions = broker.partitions_of(self.client, self.topic)
        if not partitions:
            return False
        admin = broker.admin()
        try:
            broker.ensure_topic(admin, self.topic + dead.SUFFIX, dead.COMPACTED)
        finally:
            admin.close()
        self.letters = broker.producer()
        known = spans(self.contract_id, self.topic)
        self.progress = {partition: self.resumed(partition, known.get(Place(self.topic, partition.partition), [])) for partition in partitions}
        self.client.assign(partitions)
        for partition, progress in self.progress.items():
            self.client.seek(partition, progress.next)
        return True

    def close(self) -> None:
        """Leave the broker; nothing is lost by it."""
        for client in (self.client, self.letters):
            if client is not None:
                client.close()
        self.client = self.letters = None

    def resumed(self, partition: TopicPartition, known: list[Span]) -> Progress:
        """Where a partition goes on, after completing its last delivery."""
        client = self.connected()
        first, end = client.beginning_offsets([partition])[partition], client.end_offsets([partition])[partition]
        if not known:
            return self.behind(partition, Progress(first), first)
        span = known[-1]
        place = Place(*partition)
        if not self.same_topic(partition, span, place, first, end):
            log.warning("%s: %s was made again; it is read from its beginning as generation %d", self.contract_id, self.topic, span.generation + 1)
            return Progress(first, span.generation + 1)
        progress = Progress(span.last + 1, span.generation, span.named(place))
        if first <= span.first:
            self.load(span.named(place), list(broker.messages_between(client, partition, span.first, span.last + 1)), send=False)
        return self.behind(partition, progress, first)

    def same_topic(self, partition: TopicPartition, span: Span, place: Place, first: int, end: int) -> bool:
        """Whether the offsets of the lake's last delivery still mean the same messages.

        A topic that was deleted and made again is told by its end, or by other content at the same offset.
        """
        if end <= span.last:
            return False
        if first > span.last:
            return True
        stored = stored_row(self.contract_id, span.named(place))
        if stored is None:
            return True
        offset, position = stored
        messages = list(broker.messages_between(self.connected(), partition, offset, offset + 1)) if offset >= first else []
        return not messages or any(row.position == position for row in self.intake.batch(messages).rows)

    def behind(self, partition: TopicPartition, progress: Progress, first: int) -> Progress:
        """Pass what the group says was read since without leaving a row, and refuse to pass what was never read."""
        committed = self.connected().committed(partition, metadata=True)
        if committed is not None and committed.offset > progress.next and _after(committed.metadata) == progress.after:
            progress.next = committed.offset
        if progress.next < first:
            what = f"offsets {progress.next}–{first - 1} of {partition.topic}:{partition.partition} were deleted by retention before they were read"
            if not self.accept_gap:
                raise Gap.at(self.contract_id, what, "take a new snapshot of the source, then jiandu stream run --accept-gap")
            log.error("%s: %s; going on without them as told", self.contract_id, what)
            progress.next = first
        return progress

    def step(self, wait_seconds: float = 1.0) -> int:
        """Read what has arrived, at most one batch a partition, into the lake. Returns the number of messages."""
        polled = self.gathered(wait_seconds)
        for partition, messages in polled.items():
            progress = self.progress[partition]
            delivery = Span(progress.generation, messages[-1].offset, messages[0].offset).named(Place(*partition))
            if self.load(delivery, messages, send=True):
                progress.after = delivery
                self.loads += 1
                if self.loads % compaction.FILES == 0:
                    compaction.compact(self.contract_id)
            progress.next = messages[-1].offset + 1
            self.commit(partition, progress)
        return sum(map(len, polled.values()))

    def gathered(self, wait_seconds: float) -> dict[TopicPartition, list[Message]]:
        """Messages by partition: the first to come and what follows within the linger time."""
        found: dict[TopicPartition, list[Message]] = {}
        until, wait = 0.0, wait_seconds
        while True:
            for partition, records in self.connected().poll(timeout_ms=int(wait * 1000)).items():
                found.setdefault(partition, []).extend(broker.message_of(record) for record in records)
            until = until or time.monotonic() + LINGER_SECONDS
            wait = until - time.monotonic()
            if not found or wait <= 0 or sum(map(len, found.values())) >= BATCH_MESSAGES:
                return found

    def load(self, delivery: str, messages: list[Message], send: bool) -> bool:
        """One batch into the lake; True when it left a row there. ``send=False`` completes a batch whose dead letters are out already."""
        batch = self.intake.batch(messages)
        if send:
            self.bury(batch.letters)
            for note, count in batch.notes.items():
                self.notes[note] = self.notes.get(note, 0) + count
        if batch.last_at and (self.last_at is None or batch.last_at > self.last_at):
            self.last_at = batch.last_at
        if not batch.rows:
            return False
        result = ingest.ingest_rows(self.contract, delivery, batch.raw_rows(self.contract), self.now())
        if result.status == "held" and send:
            # Every column fits by now, so the batch breaks a rule of its own (duplicates: fail): it must not stop the stream.
            self.bury([DeadLetter(self.contract_id, message, f"held with its batch {delivery}: {result.reason}") for message in messages])
            return False
        return True

    def bury(self, letters: list[DeadLetter]) -> None:
        """Send dead letters and wait for the broker's word."""
        if letters and self.letters is not None:
            self.dead += dead.send(self.letters, letters)
            for letter in letters:
                log.warning("%s → %s%s: %s", letter.message.where, letter.message.topic, dead.SUFFIX, letter.what)

    def commit(self, partition: TopicPartition, progress: Progress) -> None:
        """Tell the group how far the partition was read, and after which delivery."""
        from kafka import OffsetAndMetadata

        self.connected().commit({partition: OffsetAndMetadata(progress.next, json.dumps({"after": progress.after}), -1)})

    def lag(self) -> dict[TopicPartition, int]:
        """Messages not read yet, by partition."""
        ends = self.connected().end_offsets(list(self.progress))
        return {partition: max(ends[partition] - progress.next, 0) for partition, progress in self.progress.items()}

    def connected(self) -> KafkaConsumer:
        """The consumer of an open reader."""
        if self.client is None:
            raise RuntimeError("the reader is not open")
        return self.client


def _after(metadata: Any) -> str | None:
    try:
        return str(json.loads(metadata or "")["after"])
    except (ValueError, KeyError, TypeError):
        return None  # a commit of another program says nothing about the lake
