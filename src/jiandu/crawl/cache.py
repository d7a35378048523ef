"""What earlier crawls hold of a site: an unchanged page is asked for with its ETag, and a crawl that was killed goes on where it stopped.

Scrapy's HTTP cache with three differences. Bodies are the kept pages themselves, found by SHA-256. Within one crawl (also one that
was killed and resumed) a page is asked for once; any other crawl asks the site again, because what a cache says of today is no evidence.
And no error of the site is ever answered from the cache: a site that is down must look down.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from scrapy.downloadermiddlewares.httpcache import HttpCacheMiddleware
from scrapy.extensions.httpcache import RFC2616Policy
from scrapy.http import Headers, Request, Response
from scrapy.responsetypes import responsetypes

from jiandu.crawl.landing import keep, kept
from jiandu.settings import settings

COMMIT_EVERY = 50
"""Pages between commits; a kill costs at most these, and asks for them again."""


class Revalidate(HttpCacheMiddleware):
    """Scrapy's middleware, without recovering from errors by showing an old page."""

    DOWNLOAD_EXCEPTIONS = ()  # type: ignore[assignment]


class AskAgain(RFC2616Policy):
    """Only pages of this very crawl are fresh; only a 304 confirms an older one."""

    def is_cached_response_fresh(self, cachedresponse: Response, request: Request) -> bool:
        """Whether this crawl asked already; otherwise the request becomes conditional."""
        if "this-crawl" in cachedresponse.flags:
            return True
        self._set_conditional_validators(request, cachedresponse)
        return False

    def is_cached_response_valid(self, cachedresponse: Response, response: Response, request: Request) -> bool:
        """Whether the site confirmed the page."""
        return bool(response.status == 304)

    def should_cache_response(self, response: Response, request: Request) -> bool:
        """Pages that were there. Errors are asked for again."""
        return bool(response.status == 200)


class KeptPages:
    """Storage: which page an address showed last, and in which crawl; one SQLite file a site."""

    def __init__(self, configuration: Any) -> None:
        self.crawl = str(configuration.get("JIANDU_CRAWL_ID"))

    def open_spider(self, spider: Any) -> None:
        """Open the site's index."""
        path = settings().home.resolve() / "crawl" / spider.name / "pages.sqlite"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.index = sqlite3.connect(path)
        self.index.execute("PRAGMA journal_mode=WAL")
        self.index.execute("PRAGMA synchronous=NORMAL")
        self.index.execute("CREATE TABLE IF NOT EXISTS page (url TEXT PRIMARY KEY, crawl TEXT, headers TEXT, sha256 TEXT)")
        self.pending = 0

    def close_spider(self, spider: Any) -> None:
        """Close it."""
        self.index.commit()
        self.index.close()

    def retrieve_response(self, spider: Any, request: Request) -> Response | None:
        """The page last kept of an address, flagged when this crawl kept it; ``None`` when there is none."""
        row = self.index.execute("SELECT crawl, headers, sha256 FROM page WHERE url = ?", (request.url,)).fetchone() if request.method == "GET" else None
        body = kept(row[2]) if row else None
        if not row or body is None:
            return None
        headers = Headers({name: value for name, value in json.loads(row[1])})
        kind = responsetypes.from_args(headers=headers, url=request.url, body=body)
        return kind(url=request.url, status=200, headers=headers, body=body, flags=["this-crawl"] if row[0] == self.crawl else [])

    def store_response(self, spider: Any, request: Request, response: Response) -> None:
        """Note what an address shows."""
        if request.method != "GET":
            return
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name in response.headers for value in response.headers.getlist(name)]
        row = (request.url, self.crawl, json.dumps(headers), keep(response.body))
        self.index.execute("INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?)", row)
        self.pending += 1
        if self.pending >= COMMIT_EVERY:
            self.index.commit()
            self.pending = 0
