"""The lean reader of public posts: each is scored as it comes, what has a finding goes through the door at once, the rest leaves no trace.

Offsets of batches with a finding are stored with it in one transaction; of silent stretches about once a second, for reading them again
changes nothing. When the store is down nothing is read on: the posts wait in the topic.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from jiandu import behaviour, ops
from jiandu.behaviour import SignalRefused
from jiandu.keywords import Fresh
from jiandu.live import journal, rate, topics
from jiandu.live.door import Batch, Door, Scored
from jiandu.live.judge import Judge
from jiandu.live.post import DEAD, FUTURE_MINUTES, SIGNALS, TOPIC, Post, PostRefused, decode
from jiandu.stream import broker, dead
from jiandu.stream.change import Message
from jiandu.stream.dead import DeadLetter

if TYPE_CHECKING:
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition

log = logging.getLogger(__name__)

LINGER_SECONDS = 0.004
"""Pause after a batch while posts keep coming: a few posts a turn cost one post more than many cost each. A single post never waits for it."""

POLL_SECONDS = 0.5
REMEMBER_SECONDS = 1.0
LOOK_SECONDS = 2.0
"""How often the partitions are listed again: a topic may be re-partitioned while it is read."""

SHOWN_BYTES = 2000
"""Of a refused message: it may be anybody's words, and huge."""

AHEAD = timedelta(minutes=FUTURE_MINUTES)
CONTRACT = "public posts"


class Reader:
    """Reads posts and signals. ``now`` is the clock: the present, or one fixed instant in demos and tests."""

    def __init__(self, now: Callable[[], datetime], fresh: Fresh | None = None) -> None:
        self.now, self.fresh = now, fresh or Fresh()
        self.next: dict[TopicPartition, int] = {}
        self.judge = Judge.now(self.fresh.scorer)
        self.counts: Counter[str] = Counter()
        self.missed = 0
        self.last_at: datetime | None = None
        self.client: KafkaConsumer | None = None
        self.letters: KafkaProducer | None = None
        self.door: Door | None = None

    def open(self) -> None:
        """Connect, have the topics, find where to go on. Raises ``ServiceUnavailable``."""
        self.close()
        topics.ensure()
        self.door = Door(self.now())
        self.client = topics.consumer()
        self.letters = broker.producer()
        self.next = {}
        self.look()
        self.rate = rate.Minute("consumer")

    def close(self) -> None:
        """Leave the broker; nothing is lost by it."""
        for client in (self.client, self.letters):
            if client is not None:
                client.close()
        self.client = self.letters = self.door = None

    def look(self) -> None:
        """Take up partitions that are new, and those of topics that were made again."""
        client = self.connected()
        self.looked = time.monotonic()
        found = [partition for topic in (TOPIC, SIGNALS) for partition in topics.partitions(client, topic)]
        fresh = [partition for partition in found if partition not in self.next]
        ends = client.end_offsets(found)
        again = [partition for partition in found if partition in self.next and ends[partition] < self.next[partition]]
        if not fresh and not again:
            return
        with ops.transaction() as connection:
            stored = journal.offsets(connection)
        first = client.beginning_offsets(found)
        client.assign(found)
        for partition in found:
            place = self.next.get(partition, stored.get(tuple(partition), first[partition]))
            if place > ends[partition]:
                log.warning("%s:%d was made again; it is read from its beginning", *partition)
                place = first[partition]
            elif place < first[partition]:
                self.missed += first[partition] - place
                log.error("%s:%d: offsets %d–%d left the topic before they were read", *partition, place, first[partition] - 1)
                place = first[partition]
            self.next[partition] = place
            client.seek(partition, place)
        self.stored = {tuple(partition): offset for partition, offset in self.next.items()}
        self.stored_at = time.monotonic()

    def step(self, wait_seconds: float = POLL_SECONDS) -> int:
        """Read what has come, and put what has a finding through the door. Returns the number of messages.

        Raises ``ServiceUnavailable``; then the reader must be opened again and goes on where the store says.
        """
        polled = self.polled(wait_seconds)
        as_of = self.now()
        batch, letters = self.sorted_out((record for records in polled.values() for record in records), as_of)
        if letters and self.letters is not None:
            self.counts["dead"] += dead.send(self.letters, letters)
            self.rate.dead += len(letters)
        for partition, records in polled.items():
            self.next[partition] = records[-1].offset + 1
            if partition.topic == TOPIC:
                self.rate.delay(records[-1].timestamp / 1000)
        self.through(batch, as_of)
        count = sum(map(len, polled.values()))
        self.upkeep()
        if count:
            time.sleep(LINGER_SECONDS)
        return count

    def polled(self, wait_seconds: float) -> dict[TopicPartition, list[Any]]:
        """What the broker has; when retention has taken what was next, reading goes on at what is left, and says so."""
        from kafka.errors import OffsetOutOfRangeError

        try:
            found: dict[TopicPartition, list[Any]] = self.connected().poll(timeout_ms=int(wait_seconds * 1000))
            return found
        except OffsetOutOfRangeError:
            self.next = {}
            self.look()
            return {}

    def sorted_out(self, records: Iterable[Any], as_of: datetime) -> tuple[Batch, list[DeadLetter]]:
        """Messages as posts with a finding, deletions, signals, and letters for those that are none of them."""
        batch, letters, read = Batch(), list[DeadLetter](), list[tuple[Post, str]]()
        limit, posts = as_of + AHEAD, 0
        for record in records:
            try:
                if record.topic == SIGNALS:
                    batch.signals.append(behaviour.decode(record.value or b""))
                    continue
                posts += 1
                post = decode(record.value)
                if post.posted_at > limit or post.seen_at > limit:
                    late = max(post.posted_at, post.seen_at)
                    raise PostRefused("future", f"dated {late.isoformat()}, {late - as_of} ahead of the clock", "set the clock of the source or the crawler")
                (batch.deleted if post.deleted else read).append((post, place(record)))
            except (PostRefused, SignalRefused) as error:
                letters.append(letter(record, error))
        # Together: a call a post costs as much as the scoring.
        scores = self.scorer().score_many([post.words for post, _ in read])
        batch.posts = [Scored(post, score, at) for (post, at), score in zip(read, scores, strict=True) if score.level]
        if read:
            self.last_at = max(read[-1][0].posted_at, self.last_at or read[-1][0].posted_at)
        self.counts["posts"] += posts
        self.rate.posts += posts
        return batch, letters

    def scorer(self) -> Any:
        """The scorer in force; an edit of the lexicons makes a new judge."""
        scorer = self.fresh.scorer
        if scorer is not self.judge.scorer:
            self.judge = Judge.now(scorer)
            log.info("judged by version %s from now on", self.judge.version)
        return scorer

    def through(self, batch: Batch, as_of: datetime) -> None:
        """The batch through the door, with the offsets behind it."""
        door = self.opened()
        quiet = door.quiet()
        is_time = time.monotonic() - self.stored_at >= REMEMBER_SECONDS
        if not (batch.matters or quiet or is_time):
            return
        moved = {tuple(partition): offset for partition, offset in self.next.items() if self.stored.get(tuple(partition)) != offset}
        batch.offsets = moved
        if not batch.matters and not quiet:
            if moved:
                with ops.transaction() as connection:
                    journal.keep_offsets(connection, moved, as_of)
        else:
            self.carry(batch, as_of, quiet)
        self.stored |= moved
        self.stored_at = time.monotonic()

    def carry(self, batch: Batch, as_of: datetime, quiet: list[str]) -> None:
        """Apply; a batch that the store refuses for its content is applied piece by piece, and the piece it refuses is a dead letter."""
        try:
            told = self.opened().apply(batch, self.judge, as_of, quiet)
        except DBAPIError as error:
            log.warning("the store refused a batch: %s", error.orig)
            self.door = Door(as_of)
            self.piecemeal(batch, as_of)
            return
        self.count(told.opened, told.changed, told.posts, told.alerts)

    def piecemeal(self, batch: Batch, as_of: datetime) -> None:
        """Each post, deletion and signal on its own; the offsets last."""
        pieces = [Batch([one]) for one in batch.posts] + [Batch(deleted=[one]) for one in batch.deleted] + [Batch(signals=[one]) for one in batch.signals]
        for piece in [*pieces, Batch(offsets=batch.offsets)]:
            try:
                told = self.opened().apply(piece, self.judge, as_of)
                self.count(told.opened, told.changed, told.posts, told.alerts)
            except DBAPIError as error:
                self.door = Door(as_of)
                if self.letters is None or not piece.matters:
                    raise
                where = [one.place for one in piece.posts] + [at for _, at in piece.deleted] + [one.key for one in piece.signals]
                what = f"store: {str(error.orig).splitlines()[0][:200]}"
                message = Message(TOPIC, -1, -1, None, where[0].encode())
                self.counts["dead"] += dead.send(self.letters, [DeadLetter(CONTRACT, message, what, f"read {where[0]} again after a fix")])

    def count(self, opened: int, changed: int, posts: int, alerts: int) -> None:
        """Add up what was done."""
        self.counts.update(opened=opened, changed=changed, findings=posts, alerts=alerts)
        self.rate.findings += posts

    def upkeep(self) -> None:
        """Now and then: look for partitions, write the rate of the minute."""
        if time.monotonic() - self.looked >= LOOK_SECONDS:
            self.look()
            self.rate.lag = sum(self.lag().values())
            self.rate.write()

    def lag(self) -> dict[TopicPartition, int]:
        """Messages not read yet, by partition."""
        ends = self.connected().end_offsets(list(self.next))
        return {partition: max(ends[partition] - offset, 0) for partition, offset in self.next.items()}

    def connected(self) -> KafkaConsumer:
        """The client of an open reader."""
        if self.client is None:
            raise RuntimeError("the reader is not open")
        return self.client

    def opened(self) -> Door:
        """The door of an open reader."""
        if self.door is None:
            raise RuntimeError("the reader is not open")
        return self.door


def place(record: Any) -> str:
    """``topic:partition:offset``."""
    return f"{record.topic}:{record.partition}:{record.offset}"


def letter(record: Any, error: PostRefused | SignalRefused) -> DeadLetter:
    """The letter of a message that was refused, with the beginning of it: a letter must fit where a huge message did not."""
    value = record.value[:SHOWN_BYTES] if record.value else record.value
    problem = error.problems[0]
    reason = f"{error.reason}: " if isinstance(error, PostRefused) else ""
    log.warning("%s → %s: %s", place(record), DEAD if record.topic == TOPIC else record.topic + dead.SUFFIX, problem.what[:120])
    message = Message(record.topic, record.partition, record.offset, value, record.key and record.key[:SHOWN_BYTES], record.timestamp or 0)
    return DeadLetter(CONTRACT, message, f"{reason}{problem.what}", problem.todo)
