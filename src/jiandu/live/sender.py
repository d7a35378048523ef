"""First notices of live clues go out at once: whoever writes an alert wakes this, and each channel is sent by a thread of its own.

A relay that hangs holds up its own channel only. What cannot be delivered waits in the outbox as every alert does; the scheduled delivery
tries it again, and so does this.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

import psycopg

from jiandu import ops
from jiandu.alert.channels import Channel, channels
from jiandu.alert.delivery import deliver
from jiandu.errors import JianduError
from jiandu.live import MODEL
from jiandu.stream import beat

log = logging.getLogger(__name__)

NAME = "live-alerts"
WAKING = "jiandu_outbox"
LOOK_SECONDS = 5.0
"""How often the outbox is looked at unasked: tries that failed fall due, and a lost connection misses calls."""


def run(now: Callable[[], datetime], stop: threading.Event) -> None:
    """Send until ``stop`` is set. PostgreSQL may be away meanwhile. Whatever else ends one channel ends all, and is raised: the supervisor starts anew."""
    reachable = channels()
    waking = {channel.name: threading.Event() for channel in reachable}
    own = beat.Beat(NAME, "starting")
    with ThreadPoolExecutor(max(len(reachable), 1), "send") as pool:
        sending = [pool.submit(_send, one, waking[one.name], now, stop) for one in reachable]
        try:
            while not stop.is_set() and not any(one.done() for one in sending):
                _heard(own, waking, stop, sending)
        finally:
            stop.set()
            for event in waking.values():
                event.set()
            own.state = "stopped"
            beat.write(own)
    for ended in sending:
        ended.result()


def _heard(own: beat.Beat, waking: dict[str, threading.Event], stop: threading.Event, sending: Sequence[Future[None]]) -> None:
    """Listen until the connection is lost; the heartbeat says that it was, for the scheduled watch."""
    try:
        _listen(own, waking, stop, sending)
    except (JianduError, psycopg.Error) as error:
        own.state, own.problem = "waiting", str(error).splitlines()[0]
        beat.write(own)
        log.warning("%s; listening again in %.0f s", own.problem, LOOK_SECONDS)
        stop.wait(LOOK_SECONDS)


def _listen(own: beat.Beat, waking: dict[str, threading.Event], stop: threading.Event, sending: Sequence[Future[None]]) -> None:
    address = ops.dsn().replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True, connect_timeout=3) as connection:
        connection.execute(f"LISTEN {WAKING}")
        while not stop.is_set() and not any(one.done() for one in sending):
            own.state, own.problem = "listening", ""
            beat.write(own)
            for event in waking.values():
                event.set()  # also for what was written before anybody listened
            for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                pass


def _send(channel: Channel, waking: threading.Event, now: Callable[[], datetime], stop: threading.Event) -> None:
    """Deliver one channel whenever there is something."""
    while not stop.is_set():
        waking.wait()
        waking.clear()
        try:
            done = deliver(now(), [channel], MODEL)
        except JianduError as error:
            log.warning("%s: %s", channel.name, error)
            stop.wait(LOOK_SECONDS)
            continue
        if done.messages or done.failed:
            log.info("%s: %d messages, %d failed, %d waiting", channel.name, done.messages, done.failed, done.waiting)
