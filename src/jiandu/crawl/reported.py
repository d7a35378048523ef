"""Reports of hotlines and platforms on their way to the same door as public posts: their words are scored by the same lexicons.

They come as files and are in silver first, checked like any agency's rows; what was reported lately is sent to the topic of posts once, again
when its words were corrected. The body that took a report stands for the platform, the account complained about for the account.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from jiandu import lake, silver
from jiandu.clock import ZONE
from jiandu.collision.law import division_names
from jiandu.crawl.accounts import account_hash
from jiandu.crawl.feeds import FEEDS
from jiandu.crawl.posting import WINDOW, Posting
from jiandu.live.post import Post


def send(as_of: datetime) -> dict[str, int]:
    """Send what was reported in the three days before ``as_of``; how many reports of each feed were new.

    Raises ``ServiceUnavailable`` when no broker answers.
    """
    sent = {}
    for feed in FEEDS:
        posting = Posting(feed, as_of)
        sent[feed] = sum(posting.offer(post) for post in reports(feed, as_of))
        posting.close()
    return sent


def reports(feed: str, as_of: datetime) -> Iterator[Post]:
    """Reports of a feed as posts, oldest first: those of the window, as silver holds them now."""
    with lake.glance() as connection:
        if not lake.view(connection, "silver", feed, "reports"):
            return
        query = f"SELECT * FROM reports WHERE {silver.current_sql()} AND NOT sealed AND reported_at > ? AND reported_at <= ? ORDER BY reported_at, report_no"
        found = connection.execute(query, [as_of - WINDOW, as_of])
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    for row in rows:
        yield post(feed, row, as_of)


def post(feed: str, row: dict[str, Any], as_of: datetime) -> Post:
    """One report as a post."""
    whom = row.get("reported_account_hash") or row.get("outlet_phone") or row["report_no"]
    reported_at = row["reported_at"] if row["reported_at"].tzinfo else row["reported_at"].replace(tzinfo=ZONE)
    return Post(
        feed, row["report_no"], row["report_no"], place(row.get("county_code")), account_hash(feed, whom), row["report_text"], "",
        row.get("page_url") or "", reported_at, as_of,
    )


def place(county_code: str | None) -> str:
    """Where it was reported from, in words: city and county; empty when that is not known."""
    names = division_names()
    return "".join(names.get(code, "") for code in (f"{county_code[:4]}00", county_code)) if county_code else ""
