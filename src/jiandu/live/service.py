"""The always-on reader and the sender of first notices: each a process under the supervisor that waits for whatever is down and goes on."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from jiandu.errors import JianduError, ServiceUnavailable
from jiandu.keywords import Fresh
from jiandu.live import topics
from jiandu.live.consumer import Reader
from jiandu.stream import beat

log = logging.getLogger(__name__)

NAME = "live-posts"
EXPIRE_SECONDS = 3600.0
BEAT_SECONDS = 3.0
BACKOFF_SECONDS = (1.0, 2.0, 5.0, 10.0)
"""Waiting for a service that is down: quick at first, then every ten seconds."""


class Worker:
    """A reader and its patience: it starts over from the store after any failure, so that nothing is lost or told twice."""

    def __init__(self, now: Callable[[], datetime], stop: threading.Event, fresh: Fresh | None = None) -> None:
        self.now, self.stop = now, stop
        self.reader = Reader(now, fresh)
        self.beat = beat.Beat(NAME, "starting")
        self.failures, self.problem = 0, ""
        self.expired_at = float("-inf")

    def run(self, once: bool = False) -> None:
        """Read until told to stop; with ``once`` until everything that is there now was read and told, or the first problem."""
        done = False
        try:
            while not self.stop.is_set() and not done:
                try:
                    with beat.locked(NAME):
                        done = self.read(once)
                except JianduError as error:
                    if once:
                        raise
                    self.wait(error)
        finally:
            self.reader.close()
            self.say("stopped")

    def read(self, once: bool) -> bool:
        """Open the reader and step until something fails; True when all was read. Kafka's own errors become ``ServiceUnavailable``."""
        from kafka.errors import KafkaError

        try:
            self.say("starting", self.problem)
            self.reader.open()
            gc.collect()
            gc.freeze()  # the tables of the lexicons live as long as the process: walking them again and again would hold up posts
            return self.keep_reading(once)
        except KafkaError as error:
            raise ServiceUnavailable.at("Kafka", f"{type(error).__name__}: {error}", "jiandu status") from error
        finally:
            self.reader.close()

    def keep_reading(self, once: bool) -> bool:
        """Step and beat."""
        said = float("-inf")
        while not self.stop.is_set():
            count = self.reader.step(0.1 if once else 0.5)
            self.failures, self.problem = 0, ""
            if once and not count and not any(self.reader.lag().values()):
                if not self.reader.opened().grown:
                    return True
            elif time.monotonic() - said >= BEAT_SECONDS:
                self.say("reading")
                said = time.monotonic()
                self.expire()
        return False

    def expire(self) -> None:
        """Once an hour: what has no finding leaves the topics after 72 hours."""
        if time.monotonic() - self.expired_at >= EXPIRE_SECONDS:
            self.expired_at = time.monotonic()
            gone = topics.expire(self.now())
            log.info("expired: %s", ", ".join(f"{topic} {count}" for topic, count in gone.items()) or "nothing")

    def wait(self, error: JianduError) -> None:
        """Say why nothing is read, and wait. The posts wait too, in their topic."""
        seconds = BACKOFF_SECONDS[min(self.failures, len(BACKOFF_SECONDS) - 1)]
        self.failures, self.problem = self.failures + 1, str(error)
        log.warning("%s; trying again in %.0f s", error, seconds)
        until = time.monotonic() + seconds
        while not self.stop.is_set() and (left := until - time.monotonic()) > 0:
            self.say("waiting", str(error))
            self.stop.wait(min(left, BEAT_SECONDS))

    def say(self, state: str, problem: str = "") -> None:
        """Write the heartbeat. Lexicons that were edited badly and positions that retention overran are a problem of a reader that reads."""
        reader, own = self.reader, self.beat
        broken = [f"lexicons: {one}" for one in reader.fresh.problems]
        gap = [found] if (found := reader.gap()) else []
        own.state, own.problem = state, "; ".join([problem, *broken, *gap] if problem else [*broken, *gap])
        own.notes, own.dead = dict(reader.counts), reader.counts["dead"]
        own.next = {f"{partition.topic}:{partition.partition}": offset for partition, offset in reader.next.items()}
        own.last_message_at = reader.last_at.isoformat() if reader.last_at else own.last_message_at
        beat.write(own)


def run(now: Callable[[], datetime], once: bool = False, stop: threading.Event | None = None, fresh: Fresh | None = None) -> Worker:
    """Read posts and signals until ``stop`` is set (``once``: until their present end). Returns the worker."""
    worker = Worker(now, stop or threading.Event(), fresh)
    worker.run(once)
    return worker
