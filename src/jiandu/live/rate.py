"""Posts read a minute and how far behind a reader is: one row of ``ops.live_rate`` a minute and reader, which the live board shows."""

from __future__ import annotations

import time
from datetime import datetime

from jiandu.behaviour.rates import write
from jiandu.clock import ZONE


class Minute:
    """Counts since the last writing; ``lag`` in messages, ``delay_ms`` from the sending of the newest post to its reading."""

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self.written: datetime | None = None
        self.posts = self.findings = self.dead = self.lag = self.delay_ms = 0

    def delay(self, sent_at: float) -> None:
        """How long ago, in wall-clock time, the newest post that was read was sent (epoch seconds)."""
        self.delay_ms = max(int((time.time() - sent_at) * 1000), 0)

    def write(self) -> None:
        """Add the counts to the present minute's row; zeros too, once: a gap in the chart is a reader that was not there. Raises ``ServiceUnavailable``.

        The minute is the service's life, in wall-clock time like its heartbeat, whatever the as-of.
        """
        minute = datetime.fromtimestamp(time.time() // 60 * 60, ZONE)
        if minute == self.written and not self.posts and not self.lag:
            return
        write(minute, self.reader, self.posts, self.findings, self.dead, self.delay_ms if self.posts else 0, self.lag)
        self.written = minute
        self.posts = self.findings = self.dead = 0
