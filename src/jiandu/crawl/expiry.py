"""Pages of public posts that hold no finding are not kept longer than three days."""

from __future__ import annotations

import json
from datetime import datetime

from jiandu.crawl import spiders
from jiandu.crawl.posting import WINDOW
from jiandu.evidence.expiry import expire


def expire_pages(as_of: datetime) -> dict[str, int]:
    """Erase captures of every forum last seen three days before ``as_of``, except of threads with a post that led to a clue; records by site.

    Raises ``ServiceUnavailable`` when the operational store does not answer: without it nobody knows what must stay.
    """
    keep = pages_with_a_finding()
    return {spider.name: expire(spider.name, keep, as_of - WINDOW, as_of) for spider in spiders() if spider.topic}


def pages_with_a_finding() -> set[str]:
    """Addresses of the pages on which posts of live clues were seen."""
    from sqlalchemy import select

    from jiandu import ops
    from jiandu.ops.tables import live_post

    with ops.transaction() as connection:
        bodies: list[str] = list(connection.scalars(select(live_post.c.body)))
    return {str(json.loads(body)["url"]).partition("#")[0] for body in bodies}
