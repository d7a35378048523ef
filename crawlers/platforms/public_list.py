"""Public registers shown as a list of pages, each row linking to a page with label and value pairs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import ClassVar

import scrapy
from scrapy.http import Response, TextResponse

from crawlers.platforms.site import Site


class PublicList(Site, platform=True):
    """Walks ``list_path`` along ``next_link``, opens every ``detail_links`` and lands one row a page, with its address and SHA-256."""

    detail_links: ClassVar[str]
    next_link: ClassVar[str]
    pairs: ClassVar[str]
    """CSS of the elements that hold one label (first child) and one value (last child) each."""
    key: ClassVar[str]
    """Label without which a page is not a row."""

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """The first page of the list."""
        yield self.list_page(f"{self.address}{self.list_path}")

    def list_page(self, url: str) -> scrapy.Request:
        """A page of the list."""
        return scrapy.Request(url, callback=self.parse, errback=self.list_failed, priority=1)

    def links(self, listing: TextResponse) -> list[str]:
        """Where the rows of a page of the list lead."""
        return listing.css(self.detail_links).getall()  # type: ignore[no-any-return]

    def following(self, listing: TextResponse) -> list[str]:
        """The next page of the list, if there is one."""
        return listing.css(self.next_link).getall()[:1]  # type: ignore[no-any-return]

    def parse(self, response: TextResponse) -> Iterator[scrapy.Request]:
        """Rows of one page of the list, then the next page."""
        for link in self.read_list(self.links(response), 0):
            if self.own(url := response.urljoin(link)):
                yield scrapy.Request(url, callback=self.parse_row, errback=self.row_failed)
        for link in self.following(response):
            if self.own(url := response.urljoin(link)):
                yield self.list_page(url)

    def parse_row(self, response: Response) -> None:
        """One row: every label the page shows."""
        row = dict(self.read(response)) if isinstance(response, TextResponse) else {}
        if self.read_detail(response, bool(row.get(self.key)), self.key):
            self.land_row(row, response)

    def read(self, response: TextResponse) -> Iterator[tuple[str, str]]:
        """Label and value of each pair on a page; labels the contract does not know are for the ingest to refuse, not to drop here."""
        for pair in response.css(self.pairs):
            parts = [" ".join(part.css("::text").getall()).strip() for part in pair.xpath("./*")]
            if len(parts) == 2:
                yield parts[0].rstrip(":："), parts[1]
