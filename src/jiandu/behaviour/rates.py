"""How many posts the job reads a minute and how far behind it is: rows of ``ops.live_rate``, for the chart of the live board.

This is the life of a service, so it is in wall-clock time, as the heartbeats are (``jiandu.stream.beat``).
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from jiandu import ops
from jiandu.errors import ServiceUnavailable

log = logging.getLogger(__name__)
READER = "behaviour"
EVERY_SECONDS = 5.0


class Rates:
    """Counts between two writes, which go by a thread of their own: while PostgreSQL is away counts wait, batches do not."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.newest_ms = 0
        self.told = 0.0
        self.writer = ThreadPoolExecutor(1, "rates")
        self.writing: Future[None] | None = None

    def add(self, rows: Sequence[dict[str, Any]], findings: int, dead: int = 0) -> None:
        """Count a batch (rows of ``scoring.SCHEMA``), and write what has been counted if the last write is some seconds ago."""
        counts = [row for row in rows if row["value"] is None]
        self.counts.update(posts=sum(row["posts"] for row in counts), dead=sum(row["dead"] for row in counts) + dead, findings=findings)
        self.newest_ms = max([self.newest_ms, *(row["sent_ms"] or 0 for row in counts)])
        if time.monotonic() - self.told >= EVERY_SECONDS and self.counts["posts"] and (self.writing is None or self.writing.done()):
            self.told = time.monotonic()
            self.writing = self.writer.submit(self._tell, Counter(self.counts), self.newest_ms)

    def _tell(self, counts: Counter[str], newest_ms: int) -> None:
        now = datetime.now(UTC)
        delay = max(0, int(now.timestamp() * 1000) - newest_ms) if newest_ms else 0
        try:
            write(now.replace(second=0, microsecond=0), READER, counts["posts"], counts["findings"], counts["dead"], delay)
        except ServiceUnavailable as error:
            log.warning("rates wait: %s", error)
        else:
            self.counts.subtract(counts)


def write(minute: datetime, reader: str, posts: int, findings: int, dead: int, delay_ms: int, lag: int | None = None) -> None:
    """Add counts to a reader's minute; ``lag`` in messages and ``delay_ms`` are the latest ones, an unknown lag stays. Raises ``ServiceUnavailable``."""
    from sqlalchemy import func
    from sqlalchemy.dialects.postgresql import insert

    from jiandu.ops.tables import live_rate as rate

    counts = {"posts": posts, "findings": findings, "dead": dead}
    row = insert(rate).values(minute=minute, reader=reader, delay_ms=delay_ms, lag=lag or 0, **counts)
    changed: dict[str, Any] = {name: rate.c[name] + func.coalesce(row.excluded[name], 0) for name in counts}
    changed |= {"delay_ms": row.excluded.delay_ms} if posts or lag is None else {}
    changed |= {"lag": row.excluded.lag} if lag is not None else {}
    with ops.transaction() as store:
        store.execute(row.on_conflict_do_update(index_elements=[rate.c.minute, rate.c.reader], set_=changed))
