"""What happens with each micro-batch: captures into the lake, posts into memory, signals onto Kafka, words counted, the rate told.

It runs in one Python process beside the Spark driver (``foreachBatch``). Memory needs no store of its own: it is rebuilt from the captures in
the lake, which are its only input; a batch that Spark repeats after a kill finds its captures there and sends the same signals again.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from jiandu.behaviour import outlets, rising
from jiandu.behaviour.capture import Captures
from jiandu.behaviour.judging import Reported
from jiandu.behaviour.kept import Kept
from jiandu.behaviour.memory import Memory
from jiandu.behaviour.rates import Rates
from jiandu.behaviour.rules import rules
from jiandu.behaviour.signal import TOPIC, Signal, encode
from jiandu.clock import parse_as_of
from jiandu.collision.identity import hash_key
from jiandu.errors import ServiceUnavailable
from jiandu.live.post import FUTURE_MINUTES
from jiandu.settings import settings

log = logging.getLogger(__name__)
REPORTS_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Batches:
    """The function for ``foreachBatch``. It is pickled to the server, so it holds only text: the settings of the job and its clock's fixed instant."""

    variables: Mapping[str, str]
    as_of: str | None = None

    def __call__(self, frame: Any, number: int) -> None:
        """One batch: a frame of ``scoring.SCHEMA``. Raises what keeps it from being done; Spark then stops and the job begins it again."""
        if WORKERS.get("variables") != self.variables:
            os.environ.update(self.variables)
            settings.cache_clear()
            WORKERS.update(variables=self.variables, worker=Worker())
        WORKERS["worker"].take(frame.toArrow().to_pylist(), parse_as_of(self.as_of))


WORKERS: dict[str, Any] = {}
"""This process's one worker, made at its first batch."""


@dataclass
class Worker:
    """Everything one process holds between batches."""

    captures: Captures = field(default_factory=Captures)
    memory: Memory = field(init=False)
    told: Mapping[str, Reported] = field(init=False)
    rates: Rates = field(default_factory=Rates)
    words: rising.Surfaced = field(init=False)
    send: Callable[[Sequence[Signal]], None] = field(default_factory=lambda: Sender())
    reports_at: datetime | None = None
    begun: bool = False

    def __post_init__(self) -> None:
        self.told = outlets.told()
        self.memory, self.words = Memory(rules(), self.told), rising.Surfaced(rules())

    def take(self, rows: Sequence[dict[str, Any]], clock: datetime) -> list[Signal]:
        """Do one batch; returns the signals sent."""
        latest = clock + timedelta(minutes=FUTURE_MINUTES)
        sent = [Kept.of(row) for row in rows if row["value"] is not None]
        kept = [one for one in sent if max(one.post.posted_at, one.post.seen_at) <= latest]  # the live consumer makes the others dead letters
        findings = [one for one in kept if one.level > 0]
        changed = [] if self.begun else self._restored({(one.post.key, one.capture_sha256) for one in findings}, clock)
        changed += self._reported(clock)
        seen = self._seen(findings)
        self.captures.keep([replace(one, is_late=self.memory.is_late(what)) for one, what in zip(findings, seen, strict=True)], clock)
        changed += self.memory.add(seen, clock)
        changed = list({signal.key: signal for signal in changed}.values())  # what held at the restart may have been taken back since
        self.send(changed)
        if self.memory.reported != self.told:
            self.told = dict(self.memory.reported)
            outlets.tell(self.told)
        self.words.take(self._seen(kept), kept, clock)
        self.rates.add(rows, len(findings), len(sent) - len(kept))
        return changed

    def _seen(self, posts: Sequence[Kept]) -> list[Any]:
        ahead = rules().ahead_seconds
        return [one.observation(ahead) for one in posts]

    def _restored(self, these: set[tuple[str, str]], clock: datetime) -> list[Signal]:
        """Memory as it was before this batch. What holds is sent again: a kill may have come between the lake and Kafka.

        Only of the last commit may this batch be the repetition; what lies further back, as after a lost checkpoint, is taken up as it was judged.
        """
        posts = self.captures.restore(clock - timedelta(hours=rules().keep_hours * 2))
        last = self.captures.last
        before = [one for one, batch in posts if not one.is_late and not (batch == last and (one.post.key, one.capture_sha256) in these)]
        self.begun = True
        self.memory.add(self._seen(before), clock)
        log.info("%d posts with a finding taken up from the lake", len(before))
        return self.memory.signals()

    def _reported(self, clock: datetime) -> list[Signal]:
        """The reported outlets, looked up once a minute of the clock, and what that changes: also for posts that memory has forgotten."""
        if self.reports_at is not None and clock - self.reports_at < REPORTS_EVERY:
            return []
        self.reports_at = clock
        before, now = self.memory.reported, outlets.reported(clock, hash_key())
        turned = before.keys() ^ now.keys()
        changed = self.memory.report(now)
        posts = self._seen(self.captures.of_contacts(turned))
        return changed + outlets.turned(turned, posts, now, self.memory.horizon, rules().outlet)


class Sender:
    """Signals onto their topic, each acknowledged before the batch is done. Raises ``ServiceUnavailable`` for what the broker did not take."""

    def __init__(self) -> None:
        from jiandu.stream import broker

        self.producer = broker.producer()

    def __call__(self, signals: Sequence[Signal]) -> None:
        from kafka.errors import KafkaError

        try:
            sent = [self.producer.send(TOPIC, key=signal.key.encode(), value=encode(signal)) for signal in signals]
            for future in sent:  # a flush alone waits, and says nothing of what was refused
                future.get(timeout=30)
        except KafkaError as error:
            raise ServiceUnavailable.at(TOPIC, f"Kafka did not take the signals: {error}", "the batch is done again and sends them again") from error
