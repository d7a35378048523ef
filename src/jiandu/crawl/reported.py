"""Reports of hotlines and platforms on their way to the same door as public posts: their words are scored by the same lexicons.

They come as files and are in silver first, checked like any agency's rows; what came there since the last time, however old the report, is sent
to the topic of posts once, again when its words were corrected. The body that took a report stands for the platform, the account complained
about for the account.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from jiandu import lake, silver
from jiandu.clock import ZONE
from jiandu.collision.law import division_names
from jiandu.crawl.accounts import account_hash
from jiandu.crawl.feeds import FEEDS
from jiandu.crawl.posting import WINDOW, Posting
from jiandu.live.post import Post

log = logging.getLogger(__name__)


def send(as_of: datetime) -> dict[str, int]:
    """Send the reports that came since the last time, the first time those of three days; how many of each feed were new.

    Raises ``ServiceUnavailable`` when no broker answers.
    """
    sent = {}
    for feed in FEEDS:
        posting = Posting(feed, as_of, resumes=True)
        found, older = reports(feed, as_of, posting.since)
        sent[feed] = sum(posting.offer(one, loaded_at) for one, loaded_at in found)
        posting.close()
        if (late := sum(one.posted_at <= as_of - WINDOW for one, _ in found)):
            log.info("%s: %d reports are older than three days and came late", feed, late)
        if older and posting.is_new:
            log.warning("%s: %d reports came here more than three days before any was sent; nobody scores them", feed, older)
    return sent


def reports(feed: str, as_of: datetime, since: datetime) -> tuple[list[tuple[Post, datetime]], int]:
    """Reports of a feed as posts with when they came, oldest first, as silver holds them now; and how many came before ``since``."""
    with lake.glance() as connection:
        if not lake.view(connection, "silver", feed, "reports"):
            return [], 0
        # A report dated ahead of its delivery waits for its time.
        came = "(loaded_at >= ? OR reported_at > ?)"
        known = f"FROM reports WHERE {silver.current_sql()} AND NOT sealed AND reported_at <= ?"
        found = connection.execute(f"SELECT * {known} AND {came} ORDER BY reported_at, report_no", [as_of, since, as_of - WINDOW])
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        [(older,)] = connection.execute(f"SELECT count(*) {known} AND NOT {came}", [as_of, since, as_of - WINDOW]).fetchall()
    return [(post(feed, row, as_of), row["loaded_at"]) for row in rows], older


def post(feed: str, row: dict[str, Any], as_of: datetime) -> Post:
    """One report as a post."""
    whom = row.get("reported_account_hash") or row.get("outlet_phone") or row["report_no"]
    reported_at = row["reported_at"] if row["reported_at"].tzinfo else row["reported_at"].replace(tzinfo=ZONE)
    return Post(
        feed, row["report_no"], row["report_no"], place(row.get("county_code")), account_hash(feed, whom), row["report_text"], "",
        row.get("page_url") or "", reported_at, as_of, deleted=False,
    )


def place(county_code: str | None) -> str:
    """Where it was reported from, in words: city and county; empty when that is not known."""
    names = division_names()
    return "".join(names.get(code, "") for code in (f"{county_code[:4]}00", county_code)) if county_code else ""
