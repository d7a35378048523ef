"""What every spider shares, whatever the kind of its site: a stated purpose, one host, evidence, a report, and one delivery at the end."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import urlsplit

import scrapy
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from jiandu import clock
from jiandu.crawl import approval
from jiandu.crawl.landing import CrawlReport, keep
from jiandu.errors import JianduError
from jiandu.evidence.recorder import Recorder
from jiandu.settings import settings


class Site(scrapy.Spider):
    """A spider of one site. A platform (a kind of site) subclasses it with ``platform=True``; a spider adds where to look."""

    name: str
    contract: ClassVar[str]
    address: ClassVar[str]
    legal_basis: ClassVar[str]
    purpose: ClassVar[str]
    list_path: ClassVar[str]
    shop_path: ClassVar[str] = ""
    """Address of one shop's page with ``{id}``, on platforms of shops."""
    adds: ClassVar[tuple[str, ...]] = ("page_url", "page_sha256")
    """Columns that no page shows: the platform adds them to a row."""

    def __init_subclass__(cls, platform: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        missing = [name for name in ("contract", "address", "legal_basis", "purpose", "list_path") if not getattr(cls, name, "")]
        if missing and not platform:
            raise JianduError.at(cls.__name__, f"a spider must state its {', '.join(missing)}", "no site is read without purpose and legal basis")

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> Site:
        """Bind the spider to its own, approved host and to the as-of of the crawl."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.as_of = clock.parse_as_of(crawler.settings.get("JIANDU_AS_OF"))
        approval.require(cls.address, spider.as_of)
        host = urlsplit(cls.address).hostname or ""
        spider.allowed_domains = [host]
        if host in approval.LOOPBACK:  # politeness spares other people's servers, this one is ours
            spider.download_delay = settings().crawl_loopback_delay
            crawler.settings.set("AUTOTHROTTLE_ENABLED", False, priority="spider")
            crawler.settings.set("JIANDU_FIRST_PAUSE", 0.2, priority="spider")
        spider.shop = crawler.settings.get("JIANDU_SHOP") or ""
        if spider.shop and not cls.shop_path:
            raise JianduError.at(cls.name, "lists no shops, so that none can be looked at alone", "jiandu crawl " + cls.name)
        spider.report = CrawlReport(spider.name, cls.contract, spider.as_of.isoformat(), crawler.settings.getbool("JIANDU_SHARED"), spider.shop)
        spider.rows, spider.began = [], time.monotonic()
        spider.recorder = Recorder(spider.name, spider.as_of, crawler.settings.get("USER_AGENT"))
        return spider

    def own(self, url: str) -> bool:
        """Whether an address belongs to the site the legal basis covers; others are reported, never opened."""
        if url.startswith(f"{self.address}/"):
            return True
        self.report.problems[url] = f"outside {self.address}, not opened"
        return False

    def land_row(self, row: dict[str, Any], response: Response, url: str = "") -> None:
        """One row more: what the page shows, its address and the hash of its kept bytes."""
        self.rows.append({**row, "page_url": url or response.url, "page_sha256": keep(response.body)})

    def read_list(self, found: Iterable[str], entries_there: int) -> list[str]:
        """Count a page of a list; a page that holds entries of which none is recognised says that the layout changed."""
        recognised = list(found)
        self.report.pages += 1
        self.report.lists += 1
        self.report.listed += len(recognised)
        self.report.unread_lists += bool(entries_there and not recognised)
        return recognised

    def read_detail(self, response: Response, complete: bool, missing: str) -> bool:
        """Count a page that should give a row; one without what makes a row is reported."""
        self.report.pages += 1
        self.report.details += 1
        if not complete:
            self.report.blockless += 1
            self.report.problems[response.url] = f"the page shows no {missing}"
        return complete

    def row_failed(self, failure: Failure) -> None:
        """A page that cannot be had is reported; the rest goes on."""
        self.report.problems[failure.request.url] = self.why(failure)  # type: ignore[attr-defined]

    def list_failed(self, failure: Failure) -> None:
        """A page of the list that cannot be had: the crawl has no end and delivers nothing."""
        self.report.reason = f"{failure.request.url}: {self.why(failure)}"  # type: ignore[attr-defined]

    def why(self, failure: Failure) -> str:
        """The reason a request failed, in one line."""
        if failure.check(HttpError):
            return f"HTTP {failure.value.response.status}"
        said = failure.getErrorMessage().strip()
        if failure.check(IgnoreRequest):
            self.report.forbidden += "robots.txt" in said
            return "redirected without end" if "redirections" in said else said
        return f"{failure.type.__name__}: {said}"

    def closed(self, reason: str) -> None:
        """Say it when the crawl was cut short; what was read lands when the monitors have looked at it."""
        if reason != "finished":
            self.report.reason = self.report.reason or f"the crawl was cut short ({reason})"
