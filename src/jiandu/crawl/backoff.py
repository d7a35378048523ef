"""When a site asks to be left in peace (429, 503, 403) the whole crawl pauses, and goes on more slowly; a site that keeps refusing is left."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Request, Response

REFUSED = frozenset({403, 429})
PAUSE_FOR = frozenset({403, 429, 503})
LONGEST = 120.0
"""Seconds; a site that asks for more is left for today by the retries running out."""
PATIENCE = 12
"""Refusals in a row after which the site has made itself clear."""


class Backoff(RetryMiddleware):
    """Scrapy's retries, each after the pause the site asked for (``Retry-After``) or a growing one of our own."""

    def __init__(self, configuration: Any) -> None:
        super().__init__(configuration)
        self.until, self.in_a_row = 0.0, 0
        self.leaving: asyncio.Future[None] | None = None
        self.first_pause = configuration.getfloat("JIANDU_FIRST_PAUSE")

    async def process_request(self, request: Request) -> None:
        """Wait while the site rests."""
        while (wait := self.until - time.monotonic()) > 0:
            await asyncio.sleep(wait)

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Pause and retry, or give up the site."""
        self.in_a_row = self.in_a_row + 1 if response.status in REFUSED else 0
        if response.status in PAUSE_FOR and "cached" not in response.flags:
            self.until = max(self.until, time.monotonic() + self.pause(request, response))
        if self.in_a_row >= PATIENCE and self.leaving is None and self.crawler.engine:
            self.leaving = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="refused"))
        if self.leaving:
            return response
        return super().process_response(request, response)

    def pause(self, request: Request, response: Response) -> float:
        """Seconds to leave the site alone."""
        asked = (response.headers.get("Retry-After") or b"").decode("latin-1")
        growing = self.first_pause * 2 ** int(request.meta.get("retry_times", 0))
        return min(LONGEST, float(asked) if asked.isdigit() else growing)
