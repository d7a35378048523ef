"""Takeaway platforms that draw their pages by a script from a JSON interface: everything is found by JMESPath in its answers.

The empty page and its script are captured once a crawl, so that evidence can be shown as a person saw it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

import scrapy
from scrapy.http import Response, TextResponse

from crawlers.platforms.shops import Licences, Shops


class ShopApi(Shops, platform=True):
    """A spider says which members hold what; ``shows`` maps columns to them, lists are joined by 、, true and false become 是 and 否."""

    shell: ClassVar[tuple[str, ...]]
    """Page and scripts that draw what the interface tells."""
    city_codes: ClassVar[str]
    city_list: ClassVar[str]
    """Address of a city's list with ``{city}`` and ``{offset}``."""
    shop_ids: ClassVar[str]
    listed: ClassVar[str]
    """How many shops the interface says a list has."""
    next_offset: ClassVar[str]
    shown_path: ClassVar[str]
    """Address a person opens, with ``{id}``."""

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """The page as such, then the cities."""
        for path in self.shell:
            yield scrapy.Request(f"{self.address}{path}", callback=self.parse_shell, errback=self.row_failed, priority=3)
        async for request in super().start():
            yield request

    def parse_shell(self, response: Response) -> None:
        """Kept as evidence; nothing is read from it."""
        self.report.pages += 1

    def cities(self, response: TextResponse) -> Iterator[str]:
        """The lists of the cities."""
        yield from (self.city_list.format(city=code, offset=0) for code in response.jmespath(self.city_codes).getall())

    def links(self, listing: TextResponse) -> list[str]:
        """Addresses of the shops."""
        return [self.shop_path.format(id=one) for one in listing.jmespath(self.shop_ids).getall()]

    def entries(self, listing: TextResponse) -> int:
        """What the interface says the list has."""
        return int(listing.jmespath(self.listed).get() or 0)

    def following(self, listing: TextResponse) -> list[str]:
        """The next stretch of the list."""
        offset = listing.jmespath(self.next_offset).get()
        city = listing.url.partition("city=")[2].partition("&")[0]
        return [] if offset is None else [self.city_list.format(city=city, offset=int(offset))]

    def shop_id(self, response: Response) -> str:
        """From the address."""
        return str(urlsplit(response.url).path.rpartition("/")[2])

    def meta_of(self, url: str) -> dict[str, str]:
        """Evidence of an answer is shown on the page a person opens."""
        return {"shown": f"{self.address}{self.shown_path.format(id=url.rpartition('/')[2])}"}

    def shown_at(self, response: Response) -> str:
        """The page, not the interface."""
        return str(response.meta["shown"])

    def read(self, response: TextResponse) -> Iterator[tuple[str, Any]]:
        """Every column of ``shows``; a member that is not there gives an empty column."""
        for column, where in self.shows.items():
            found = response.jmespath(where).getall()
            yield column, "、".join(told(value) for value in found) or None

    def licences(self, response: TextResponse) -> Licences:
        """Photos, number, link."""
        pictures = {column: link for column, where in self.photos().items() if (link := response.jmespath(where).get())}
        return Licences(pictures, response.jmespath(self.licence_number).get() or "", response.jmespath(self.licence_link).get() or "")


def told(value: Any) -> str:
    """A member as the contract writes it."""
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)
