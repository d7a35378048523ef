"""How recent each feed is: an absence means something only while the agency keeps delivering."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from jiandu import heard, lake
from jiandu.clock import ZONE
from jiandu.collision.datasets import Dataset, dataset


@dataclass(frozen=True)
class Feed:
    """State of one feed at an as-of: ``latest`` is the newest delivery's date, None if there never was one."""

    name: str
    title: str
    latest: datetime | None
    fresh: bool
    freshness_days: float

    @property
    def reason(self) -> str:
        """Why an absence in it cannot be computed, in Chinese; empty while it is fresh."""
        if self.fresh:
            return ""
        if self.latest is None:
            return f"“{self.title}”尚无交付，不能据此认定未发生"
        day = self.latest.astimezone(ZONE).date()
        return f"“{self.title}”最近一次交付为{day:%Y-%m-%d}，已超过{self.freshness_days:g}天，不能据此认定未发生"


def feeds(names: Iterable[str], as_of: datetime) -> dict[str, Feed]:
    """The feeds of some data sets at an instant."""
    found = {}
    for data in map(dataset, names):
        latest = latest_delivery(data, as_of)
        fresh = latest is not None and as_of - latest <= timedelta(days=data.freshness_days)
        found[data.name] = Feed(data.name, data.title, latest, fresh, data.freshness_days)
    return found


def latest_delivery(data: Dataset, as_of: datetime) -> datetime | None:
    """How recent the newest delivery of a data set is; being told that there is nothing new counts as one."""
    return max(filter(None, (newest_row(data, as_of), heard.latest(data.name))), default=None)


def newest_row(data: Dataset, as_of: datetime) -> datetime | None:
    """How recent the newest delivered row of a data set is. A date after the day of ``as_of`` is a wrong one and proves nothing."""
    with lake.glance() as connection:
        if not lake.view(connection, "bronze" if data.layer == "silver" else data.layer, data.table, "deliveries", [data.recency]):
            return None
        dated = "WHERE source_at < ?" if data.recency == "source_at" else ""
        sql = f"SELECT max({data.recency}) AS latest FROM deliveries {dated}"
        found: list[datetime | None] = connection.sql(sql, params=[day_after(as_of)] if dated else None).to_arrow_table()["latest"].to_pylist()
    return found[0]


def day_after(as_of: datetime) -> datetime:
    """The midnight that ends the day of an instant."""
    return datetime.combine(as_of.astimezone(ZONE).date() + timedelta(days=1), time(), ZONE)
