"""Takeaway platforms that serve pages: everything is found by CSS, by XPath (an expression that begins with ``//``), or by the label it stands under."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy.http import Response, TextResponse

from crawlers.platforms.shops import Licences, Shops


class ShopPages(Shops, platform=True):
    """A spider says which elements hold what; ``shows`` maps columns to them, several texts are joined by 、."""

    city_links: ClassVar[str]
    list_entries: ClassVar[str]
    """Every entry of a list page, in whatever form: where these are there and ``shop_links`` finds none, the layout changed."""
    shop_links: ClassVar[str]
    last_page: ClassVar[str]
    """The number of pages of a list; their addresses are built from it by ``page_parameter``."""
    page_parameter: ClassVar[str] = "page"
    flags: ClassVar[dict[str, str]]
    """Columns that say 是 when the element is there, 否 otherwise."""

    def cities(self, response: TextResponse) -> Iterator[str]:
        """Links to the cities."""
        yield from response.css(self.city_links).getall()

    def links(self, listing: TextResponse) -> list[str]:
        """Links to the shops."""
        return listing.css(self.shop_links).getall()  # type: ignore[no-any-return]

    def entries(self, listing: TextResponse) -> int:
        """Elements of the list."""
        return len(listing.css(self.list_entries))

    def following(self, listing: TextResponse) -> list[str]:
        """The pages after the first, built from their number; each later page only names the one after it, should the list have grown."""
        last, parts = int(listing.css(self.last_page).get() or 1), urlsplit(listing.url)
        here = re.search(rf"(?<![^&]){self.page_parameter}=(\d+)", parts.query)
        number = int(here[1]) if here else 1
        wanted = range(2, last + 1) if number == 1 else range(number + 1, min(number + 1, last) + 1)
        others = [pair for pair in parts.query.split("&") if pair and not pair.startswith(f"{self.page_parameter}=")]
        return [f"{parts.path}?{'&'.join([*others, f'{self.page_parameter}={page}'])}" for page in wanted]

    def shop_id(self, response: Response) -> str:
        """From the address."""
        found = re.search(re.escape(self.shop_path).replace(r"\{id\}", r"([\w-]+)"), response.url)
        return found[1] if found else response.url

    def read(self, response: TextResponse) -> Iterator[tuple[str, Any]]:
        """Every column of ``shows`` and ``flags``; an element that is not there gives an empty column."""
        for column, where in self.shows.items():
            yield column, "、".join(text.strip() for text in at(response, where).getall()) or None
        for column, where in self.flags.items():
            yield column, "是" if at(response, where) else "否"

    def licences(self, response: TextResponse) -> Licences:
        """Photos, number, link."""
        pictures = {column: link for column, where in self.photos().items() if (link := response.css(where).get())}
        number = re.search(r"[A-Z]+\d{6,}", response.css(self.licence_number).get() or "")
        return Licences(pictures, number[0] if number else "", response.css(self.licence_link).get() or "")


def at(response: TextResponse, where: str) -> Any:
    """The elements an expression finds; one that ends with a colon is the label of a list of terms (dt) whose description (dd) is meant."""
    if where.endswith("："):
        return response.xpath("//dt[.=$label]/../dd/text()", label=where.removesuffix("："))
    return response.xpath(where) if where.startswith("//") else response.css(where)
