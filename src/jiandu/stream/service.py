"""The stream service: one thread a contract, each with its own reader, so that a broken contract or a slow topic stops no other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime

from jiandu import contracts
from jiandu.errors import JianduError, ServiceUnavailable
from jiandu.stream import beat, connector
from jiandu.stream.consumer import Gap, Reader

log = logging.getLogger(__name__)

BEAT_SECONDS = 3.0
CONNECTOR_SECONDS = 15.0
BACKOFF_SECONDS = (1.0, 2.0, 5.0, 10.0)
"""Waiting for a service that is down: quick at first, then every ten seconds."""


def stream_contracts(only: str | None = None) -> list[str]:
    """Ids of the contracts fed by a topic. Raises ``JianduError`` for one that is not."""
    if only is not None:
        if contracts.load(only).delivery.kind != "kafka":
            raise JianduError.at(only, "this contract is not fed by a topic", f"jiandu ingest {only}")
        return [only]
    return [name for name, contract in contracts.load_all().items() if contract.delivery.kind == "kafka"]


class Worker:
    """A reader and its patience: whatever is down, it waits and starts over from the lake."""

    def __init__(self, contract_id: str, now: Callable[[], datetime], stop: threading.Event, accept_gap: bool = False) -> None:
        self.reader, self.stop, self.once_done = Reader(contract_id, now, accept_gap), stop, False
        self.beat = beat.Beat(contract_id, "starting")
        self.failures = 0

    def run(self, once: bool = False) -> None:
        """Read until told to stop; with ``once`` until everything that is there now was read, or the first problem."""
        try:
            while not self.stop.is_set() and not self.once_done:
                try:
                    with beat.locked(self.beat.contract):
                        self.read(once)
                except JianduError as error:
                    if once:
                        raise
                    self.wait("gap" if isinstance(error, Gap) else "waiting", error)
        finally:
            self.reader.close()
            self.say("stopped")

    def read(self, once: bool) -> None:
        """Open the reader and step until something fails. Kafka's and the disk's own errors become ``ServiceUnavailable``."""
        from kafka.errors import KafkaError

        try:
            self.say("starting")
            if not self.reader.open():
                self.failures = 0  # the first message makes the topic: look again soon
                raise ServiceUnavailable.at(self.reader.topic, "the topic does not exist yet", "jiandu stream connector apply, or wait for its first message")
            self.keep_reading(once)
        except KafkaError as error:
            raise ServiceUnavailable.at(f"Kafka {self.reader.topic}", f"{type(error).__name__}: {error}", "jiandu status") from error
        except OSError as error:
            where = str(error.filename or "lake")
            raise ServiceUnavailable.at(where, f"{type(error).__name__}: {error}", "is the disk full or the path not writable?") from error
        finally:
            self.reader.close()

    def keep_reading(self, once: bool) -> None:
        """Step and beat."""
        self.say("reading")
        checked = time.monotonic()
        while not self.stop.is_set():
            count = self.reader.step()
            self.failures = 0
            if once and count == 0 and not any(self.reader.lag().values()):
                self.once_done = True
                return
            if time.monotonic() - checked >= BEAT_SECONDS:
                self.reader.lag()  # asks the broker: a silent topic and a dead broker look the same to poll()
                self.say("reading")
                checked = time.monotonic()

    def wait(self, state: str, error: JianduError) -> None:
        """Say why nothing is read, and wait."""
        seconds = BACKOFF_SECONDS[min(self.failures, len(BACKOFF_SECONDS) - 1)]
        self.failures += 1
        log.warning("%s: %s; trying again in %.0f s", self.beat.contract, error, seconds)
        until = time.monotonic() + seconds
        while not self.stop.is_set() and (left := until - time.monotonic()) > 0:
            self.say(state, str(error))
            self.stop.wait(min(left, BEAT_SECONDS))

    def say(self, state: str, problem: str = "") -> None:
        """Write the heartbeat."""
        reader = self.reader
        self.beat.state, self.beat.problem, self.beat.notes, self.beat.dead = state, problem, dict(reader.notes), reader.dead
        self.beat.next = {str(partition.partition): progress.next for partition, progress in reader.progress.items()}
        self.beat.last_message_at = reader.last_at.isoformat() if reader.last_at else self.beat.last_message_at
        beat.write(self.beat)


def run(
    now: Callable[[], datetime], only: str | None = None, once: bool = False, accept_gap: bool = False, stop: threading.Event | None = None,
) -> list[Worker]:
    """Read every topic until ``stop`` is set (``once``: until its present end). Returns the workers.

    Raises what ended a worker: with ``once`` its first problem, else only a fault of the program, which the supervisor restarts.
    """
    stop = stop or threading.Event()
    workers = [Worker(contract, now, stop, accept_gap) for contract in stream_contracts(only)]
    looked = time.monotonic()
    with ThreadPoolExecutor(max_workers=max(len(workers), 1), thread_name_prefix="stream") as pool:
        running = {pool.submit(worker.run, once) for worker in workers}
        for future in running:
            future.add_done_callback(lambda done: stop.set() if done.exception() else None)
        while wait(running, timeout=0.5).not_done:
            if not once and not stop.is_set() and time.monotonic() - looked > CONNECTOR_SECONDS:
                heal_connectors()
                looked = time.monotonic()
    for future in running:
        future.result()
    return workers


def heal_connectors() -> None:
    """Restart failed tasks: Connect leaves a failed task failed for ever, and itself looks healthy meanwhile."""
    try:
        for agency in connector.agencies(contracts.load_all().values()):
            found = connector.state(agency.connector)
            if "FAILED" in (found.state, *found.tasks):
                log.warning("connector %s: %s; restarting its failed tasks", found.name, found.problem)
                connector.restart(agency.connector)
    except JianduError as error:
        log.warning("connectors cannot be looked after: %s", error)
