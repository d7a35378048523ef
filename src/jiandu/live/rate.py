"""Posts read a minute and how far behind a reader is: one row of ``ops.live_rate`` a minute and reader, which the live board shows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from jiandu import ops
from jiandu.ops.tables import live_rate

ADDED = ("posts", "findings", "dead")


class Minute:
    """Counts since the last writing; ``lag`` in messages, ``delay_ms`` from event time to the reader's clock for the newest post."""

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self.posts = self.findings = self.dead = self.lag = self.delay_ms = 0

    def delay(self, as_of: datetime, last_at: datetime | None) -> None:
        """How old the newest post was when it was read; clocks that run ahead count as none."""
        if last_at is not None:
            self.delay_ms = min(max(int((as_of - last_at).total_seconds() * 1000), 0), 2**31 - 1)

    def write(self, as_of: datetime) -> None:
        """Add the counts to the minute's row; a minute without posts has no row. Raises ``ServiceUnavailable``."""
        if not self.posts and not self.lag:
            return
        statement = insert(live_rate).values(
            minute=as_of.replace(second=0, microsecond=0), reader=self.reader, posts=self.posts, findings=self.findings, dead=self.dead, lag=self.lag,
            delay_ms=self.delay_ms,
        )
        more = {name: live_rate.c[name] + statement.excluded[name] for name in ADDED}
        last = {name: statement.excluded[name] for name in ("lag", "delay_ms")}
        with ops.transaction() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["minute", "reader"], set_=more | last))
        self.posts = self.findings = self.dead = 0
