"""Every answer of a site becomes a WARC record in the site's chain, before anything else looks at it."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response

from jiandu.evidence.recorder import Answer, Recorder


class Recording:
    """Downloader middleware next to the wire. The crawl's clock starts at its as-of and runs with the machine's."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> Recording:
        """For Scrapy."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Record an answer. One from the cache of this very crawl is in the chain already."""
        if "cached" in response.flags:
            return response
        spider = self.crawler.spider
        recorder: Recorder = spider.recorder
        before = request.meta.get("cached_response")
        body = before.body if response.status == 304 and before is not None else response.body
        sha256 = hashlib.sha256(body).hexdigest()
        request.meta["sha256"] = sha256
        spider.report.robots_answers += urlsplit(request.url).path == "/robots.txt"
        spider.report.statuses[str(response.status)] = spider.report.statuses.get(str(response.status), 0) + 1
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name in response.headers for value in response.headers.getlist(name)]
        recorder.add(
            Answer(response.url, response.status, phrase(response.status), headers, response.body, sha256, request.meta.get("shown", "")),
            clock_of(spider.as_of, spider.began),
        )
        return response


    def process_exception(self, request: Request, exception: Exception) -> None:
        """Count what got no answer at all."""
        if not isinstance(exception, IgnoreRequest):
            self.crawler.spider.report.unanswered += 1


def phrase(status: int) -> str:
    """The reason phrase of a status; HTTP/2 and odd servers send none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def clock_of(as_of: datetime, began: float) -> datetime:
    """The crawl's clock now."""
    return as_of + timedelta(seconds=int(time.monotonic() - began))
