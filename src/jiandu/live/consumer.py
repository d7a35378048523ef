"""The lean reader of public posts: each is scored as it comes, what has a finding goes through the door at once, the rest leaves no trace.

Offsets of batches with a finding are stored with it in one transaction; of silent stretches about once a second, for reading them again
changes nothing. When the store is down nothing is read on: the posts wait in the topic.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from jiandu import behaviour, ops
from jiandu.behaviour import TOPIC as SIGNALS
from jiandu.behaviour import SignalRefused
from jiandu.errors import JianduError
from jiandu.keywords import Fresh
from jiandu.live import journal, last_good, rate, topics
from jiandu.live.door import Batch, Door, Scored
from jiandu.live.judge import Judge
from jiandu.live.letters import letter, place, reason, refusal, traced
from jiandu.live.post import FUTURE_MINUTES, TOPIC, Post, PostRefused, decode, encode
from jiandu.stream import broker, dead
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

TOLD_FOR = timedelta(days=1)
NOT_OF_CONTENT = (JianduError, OSError, MemoryError)
"""What no message is to blame for: a service that is away, content that is broken, a machine at its end. All else is laid to the message."""

AHEAD = timedelta(minutes=FUTURE_MINUTES)


class Reader:
    """Reads posts and signals. ``now`` is the clock: the present, or one fixed instant in demos and tests."""

    def __init__(self, now: Callable[[], datetime], fresh: Fresh | None = None) -> None:
        self.now, self.fresh = now, fresh or Fresh(kept=last_good.lexicons)
        self.next: dict[TopicPartition, int] = {}
        self.judge = Judge.now(self.fresh.scorer)
        self.counts: Counter[str] = Counter()
        self.missed = 0
        self.missed_at: datetime | None = None
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
                self.missed, self.missed_at = self.missed + first[partition] - place, self.now()
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
                    batch.signals.append(signal := behaviour.decode(record.value or b""))
                    batch.places[signal.key] = place(record)
                    continue
                posts += 1
                post = decode(record.value)
                if post.posted_at > limit or post.seen_at > limit:
                    late = max(post.posted_at, post.seen_at)
                    raise PostRefused("future", f"dated {late.isoformat()}, {late - as_of} ahead of the clock", "set the clock of the source or the crawler")
                (batch.deleted if post.deleted else read).append((post, place(record)))
            except (PostRefused, SignalRefused) as error:
                letters.append(letter(record, error))
            except NOT_OF_CONTENT:
                raise
            except Exception as error:  # noqa: BLE001 whatever it is, the letter carries it and the log its traceback
                letters.append(refusal(place(record), record.value or b"", "reader", error))
        batch.posts = self.scored(read, letters)
        if read:
            self.last_at = max(read[-1][0].posted_at, self.last_at or read[-1][0].posted_at)
        self.counts["posts"] += posts
        self.rate.posts += posts
        return batch, letters

    def scored(self, read: Sequence[tuple[Post, str]], letters: list[DeadLetter]) -> list[Scored]:
        """The posts with a finding. A post that the scorer fails at is a dead letter: it must not hold up all the others for ever."""
        scorer = self.scorer()
        try:
            # Together: a call a post costs as much as the scoring.
            scores = scorer.score_many([post.words for post, _ in read])
            return [Scored(post, score, at) for (post, at), score in zip(read, scores, strict=True) if score.level]
        except NOT_OF_CONTENT:
            raise
        except Exception:
            log.exception("the scorer failed at one of %d posts; each is scored on its own", len(read))
        found = []
        for post, at in read:
            try:
                score = scorer.score(post.words)
            except NOT_OF_CONTENT:
                raise
            except Exception as error:  # noqa: BLE001 as above
                letters.append(refusal(at, encode(post), "scorer", error))
                continue
            if score.level:
                found.append(Scored(post, score, at))
        return found

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
        """Apply; a batch that fails for its content is applied piece by piece, and the piece that fails is a dead letter."""
        try:
            told = self.opened().apply(batch, self.judge, as_of, quiet)
        except NOT_OF_CONTENT:
            raise
        except Exception as error:
            log.warning("a batch failed and is applied piece by piece: %s", reason(error), exc_info=traced(error))
            self.door = Door(as_of)
            self.piecemeal(batch, as_of)
            return
        self.count(told.opened, told.changed, told.posts, told.alerts)

    def piecemeal(self, batch: Batch, as_of: datetime) -> None:
        """Each post, deletion and signal on its own; the offsets last."""
        pieces = [(Batch([one]), one.place, encode(one.post)) for one in batch.posts]
        pieces += [(Batch(deleted=[one]), one[1], encode(one[0])) for one in batch.deleted]
        pieces += [(Batch(signals=[one]), batch.places[one.key], behaviour.encode(one)) for one in batch.signals]
        for piece, at, value in pieces:
            try:
                told = self.opened().apply(piece, self.judge, as_of)
                self.count(told.opened, told.changed, told.posts, told.alerts)
            except NOT_OF_CONTENT:
                raise
            except Exception as error:
                self.door = Door(as_of)
                if self.letters is None:
                    raise
                self.counts["dead"] += dead.send(self.letters, [refusal(at, value, "door", error)])
        self.opened().apply(Batch(offsets=batch.offsets), self.judge, as_of)

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

    def gap(self) -> str:
        """What retention took before it was read, for a day: by then somebody has heard of it, or nobody will. Empty if nothing."""
        if self.missed_at is None or self.now() - self.missed_at >= TOLD_FOR:
            self.missed, self.missed_at = 0, None
            return ""
        return f"{self.missed} messages left the topics before they were read (noticed {self.missed_at:%Y-%m-%d %H:%M})"

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
