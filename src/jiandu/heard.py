"""When a feed was last heard of without anything new: a file without rows, a table without changes, a topic read to its end.

Rows prove by themselves how recent their feed is. Silence proves it only where somebody asked and was told that there is nothing; that is
kept here, so that a quiet but healthy feed is not taken for a dead one, and an absence in it may still be computed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa

from jiandu import lake

TABLE = ("bronze", "_heard")
HEARD = pa.schema([("feed", pa.string()), ("heard_at", pa.timestamp("us", tz="UTC")), ("how", pa.string())])
OFTEN = timedelta(hours=6)
"""A feed heard of more recently than this is not written down again: freshness is counted in days."""


def record(feed: str, moment: datetime, how: str) -> bool:
    """Keep that ``feed`` was heard of at an instant, and how; whether it was worth keeping."""
    known = latest(feed)
    if known is not None and moment < known + OFTEN:
        return False
    row = {"feed": feed, "heard_at": moment, "how": how}
    return lake.append(*TABLE, pa.Table.from_pylist([row], HEARD), f"heard:{feed}:{moment.isoformat()}")


def moments(feed: str) -> list[datetime]:
    """Every instant at which a feed was heard of."""
    with lake.glance() as connection:
        if not lake.view(connection, *TABLE, "heard"):
            return []
        found: list[datetime] = connection.sql("SELECT heard_at FROM heard WHERE feed = $feed", params={"feed": feed}).to_arrow_table()["heard_at"].to_pylist()
    return found


def latest(feed: str, until: datetime | None = None) -> datetime | None:
    """The newest instant at which a feed was heard of, not later than ``until`` if given."""
    return max((moment for moment in moments(feed) if until is None or moment <= until), default=None)
