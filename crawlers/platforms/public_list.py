"""Public registers shown as a list of pages, each row linking to a page with label and value pairs.

A spider is this class plus where to look. It must say which contract it delivers to, and the purpose and the legal basis of reading
the site: a spider without them does not start.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

import scrapy
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from jiandu import clock
from jiandu.crawl.landing import CrawlReport, keep, land
from jiandu.errors import JianduError

LOOPBACK_DELAY = 0.005
"""Seconds between requests to a site on this machine: politeness spares other people's servers, this one is ours."""


class PublicList(scrapy.Spider):
    """Walks ``list_path`` along ``next_link``, opens every ``detail_links`` and lands one row a page, with its address and SHA-256."""

    name: str
    contract: ClassVar[str]
    address: ClassVar[str]
    legal_basis: ClassVar[str]
    purpose: ClassVar[str]
    list_path: ClassVar[str]
    detail_links: ClassVar[str]
    next_link: ClassVar[str]
    pairs: ClassVar[str]
    """CSS of the elements that hold one label (first child) and one value (last child) each."""
    key: ClassVar[str]
    """Label without which a page is not a row."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        missing = [name for name in ("contract", "address", "legal_basis", "purpose", "list_path") if not getattr(cls, name, "")]
        if missing:
            raise JianduError.at(cls.__name__, f"a spider must state its {', '.join(missing)}", "no site is read without purpose and legal basis")

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> PublicList:
        """Bind the spider to its own host and to the as-of of the crawl."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        host = urlsplit(cls.address).hostname or ""
        spider.allowed_domains = [host]
        if host == "127.0.0.1":
            spider.download_delay = LOOPBACK_DELAY
            crawler.settings.set("AUTOTHROTTLE_ENABLED", False, priority="spider")
        spider.as_of = clock.parse_as_of(crawler.settings.get("JIANDU_AS_OF"))
        spider.report = CrawlReport(spider.name, cls.contract, spider.as_of.isoformat())
        spider.rows = []
        return spider

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """The first page of the list."""
        yield self.list_page(f"{self.address}{self.list_path}")

    def list_page(self, url: str) -> scrapy.Request:
        """A page of the list; when it fails the crawl has no end and delivers nothing."""
        return scrapy.Request(url, callback=self.parse, errback=self.list_failed, priority=1)

    def parse(self, response: TextResponse) -> Iterator[scrapy.Request]:
        """Rows of one page of the list, then the next page."""
        self.report.pages += 1
        for link in response.css(self.detail_links).getall():
            if self.own(url := response.urljoin(link)):
                yield scrapy.Request(url, callback=self.parse_row, errback=self.row_failed)
        if (following := response.css(self.next_link).get()) and self.own(url := response.urljoin(following)):
            yield self.list_page(url)

    def own(self, url: str) -> bool:
        """Whether an address belongs to the site the legal basis covers; others are reported, never opened."""
        if url.startswith(f"{self.address}/"):
            return True
        self.report.problems[url] = f"outside {self.address}, not opened"
        return False

    def parse_row(self, response: Response) -> None:
        """One row: every label the page shows, its address and the hash of its kept bytes."""
        self.report.pages += 1
        row = dict(self.read(response)) if isinstance(response, TextResponse) else {}
        if not row.get(self.key):
            self.report.problems[response.url] = f"the page shows no {self.key}"
            return
        self.rows.append({**row, "page_url": response.url, "page_sha256": keep(response.body)})

    def read(self, response: TextResponse) -> Iterator[tuple[str, str]]:
        """Label and value of each pair on a page; labels the contract does not know are for the ingest to refuse, not to drop here."""
        for pair in response.css(self.pairs):
            parts = [" ".join(part.css("::text").getall()).strip() for part in pair.xpath("./*")]
            if len(parts) == 2:
                yield parts[0].rstrip(":："), parts[1]

    def row_failed(self, failure: Failure) -> None:
        """A page that cannot be had is reported; the rest goes on."""
        self.report.problems[failure.request.url] = why(failure)  # type: ignore[attr-defined]

    def list_failed(self, failure: Failure) -> None:
        """A page of the list that cannot be had ends the crawl without a delivery."""
        self.report.reason = f"{failure.request.url}: {why(failure)}"  # type: ignore[attr-defined]

    def closed(self, reason: str) -> None:
        """Land what was read, unless the crawl was cut short."""
        if reason != "finished":
            self.report.reason = self.report.reason or f"the crawl was cut short ({reason})"
        land(self.report, self.rows, self.as_of)


def why(failure: Failure) -> str:
    """The reason a request failed, in one line."""
    if failure.check(HttpError):
        return f"HTTP {failure.value.response.status}"
    return f"{failure.type.__name__}: {failure.getErrorMessage()}".strip()
