"""No request leaves the site a spider is approved for, wherever a link or a redirect leads."""

from __future__ import annotations

from typing import Any, Self

from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request


class Fence:
    """Asks the spider before every request. Scrapy's own filter knows the host alone, and lets through what must not be dropped as a repeat."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> Self:
        """Scrapy's way to make one."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises ``IgnoreRequest`` for an address that is not the site's; the spider has reported it then."""
        if not self.crawler.spider.own(request.url):
            raise IgnoreRequest(f"outside {self.crawler.spider.address}")
