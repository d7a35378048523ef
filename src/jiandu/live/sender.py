"""First notices of live clues go out at once: whoever writes an alert wakes this, and each channel is sent by a thread of its own.

A relay that hangs holds up its own channel only. What cannot be delivered waits in the outbox as every alert does; the scheduled delivery
tries it again, and so does this.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

import psycopg

from jiandu import ops
from jiandu.alert.channels import Channel, channels
from jiandu.alert.delivery import deliver
from jiandu.errors import JianduError
from jiandu.live import MODEL

log = logging.getLogger(__name__)

WAKING = "jiandu_outbox"
LOOK_SECONDS = 5.0
"""How often the outbox is looked at unasked: tries that failed fall due, and a lost connection misses calls."""


def run(now: Callable[[], datetime], stop: threading.Event) -> None:
    """Send until ``stop`` is set. PostgreSQL may be away meanwhile."""
    reachable = channels()
    waking = {channel.name: threading.Event() for channel in reachable}
    threads = [threading.Thread(target=_send, args=(one, waking[one.name], now, stop), name=f"send-{one.name}") for one in reachable]
    for thread in threads:
        thread.start()
    while not stop.is_set():
        try:
            _listen(waking, stop)
        except (JianduError, psycopg.Error) as error:
            log.warning("%s; listening again in %.0f s", str(error).splitlines()[0], LOOK_SECONDS)
            stop.wait(LOOK_SECONDS)
    for event in waking.values():
        event.set()
    for thread in threads:
        thread.join()


def _listen(waking: dict[str, threading.Event], stop: threading.Event) -> None:
    address = ops.dsn().replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True, connect_timeout=3) as connection:
        connection.execute(f"LISTEN {WAKING}")
        while not stop.is_set():
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
