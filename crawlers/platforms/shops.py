"""Takeaway platforms: shops listed by city, each with its licences as photos, as text, or a click deeper.

The walk is the same for pages and for interfaces: cities, pages of each city's list built from their parameters, shops, the page
of their licences, their photos. A kind of platform says how one answer is read (``shop_pages``, ``shop_api``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import scrapy
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawlers.platforms.site import Site
from jiandu.crawl.landing import LARGEST_PICTURE, keep

PICTURES = ("许可证图片", "营业执照图片")
LONGEST_LIST = 2_000
"""Pages of one city's list after which it is given up as endless."""


@dataclass
class Draft:
    """A row while its licences are still being fetched: ``pending`` are columns and addresses of pictures, ``url`` is what a person opens."""

    row: dict[str, Any]
    page: Response
    url: str
    pending: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Licences:
    """What an answer shows of a shop's licences: pictures by column, a number as text, or the address of the page that shows them."""

    pictures: dict[str, str] = field(default_factory=dict)
    number: str = ""
    deeper: str = ""


class Shops(Site, platform=True):
    """Walks every city's list and lands one row a shop, pictures by hash."""

    platform: ClassVar[str]
    """Name of the platform as the public knows it."""
    list_path: ClassVar[str] = "/"
    legal_basis: ClassVar[str] = "《电子商务法》第十五条；《网络餐饮服务食品安全监督管理办法》第九条；《网络数据安全管理条例》第十八条"
    purpose: ClassVar[str] = "licences that delivery shops must show are checked against the registers"
    food_picture: ClassVar[str]
    business_picture: ClassVar[str]
    """Where the photos' addresses stand."""
    licence_number: ClassVar[str]
    licence_link: ClassVar[str]
    """Where the number stands as text, and where the page of the licences is linked."""
    shows: ClassVar[dict[str, str]]
    """Column → where its text stands."""
    key: ClassVar[str] = "店名"
    adds: ClassVar[tuple[str, ...]] = (*Site.adds, "平台", "门店编号", "采集时间", "证照链接层级", "公示证号", *PICTURES)

    def cities(self, response: TextResponse) -> Iterator[str]:
        """First list page of every city."""
        raise NotImplementedError

    def links(self, listing: TextResponse) -> list[str]:
        """Shops on a page of a list."""
        raise NotImplementedError

    def entries(self, listing: TextResponse) -> int:
        """How many entries the page holds, in whatever form."""
        raise NotImplementedError

    def following(self, listing: TextResponse) -> list[str]:
        """Further pages of the same list."""
        raise NotImplementedError

    def shop_id(self, response: Response) -> str:
        """The shop's number on its platform."""
        raise NotImplementedError

    def read(self, response: TextResponse) -> Iterator[tuple[str, Any]]:
        """Column and value of what a shop's page shows."""
        raise NotImplementedError

    def licences(self, response: TextResponse) -> Licences:
        """The licences an answer shows."""
        raise NotImplementedError

    def shown_at(self, response: Response) -> str:
        """The address a person opens to see the shop."""
        return str(response.url)

    def photos(self) -> dict[str, str]:
        """Column of a photo → where its address stands."""
        return dict(zip(PICTURES, (self.food_picture, self.business_picture), strict=True))

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """The cities; or the one shop that is looked at again."""
        self.seen: set[str] = set()
        if self.shop:
            url = f"{self.address}{self.shop_path.format(id=self.shop)}"
            yield scrapy.Request(url, callback=self.parse_shop, errback=self.row_failed, meta=self.meta_of(url))
            return
        yield scrapy.Request(f"{self.address}{self.list_path}", callback=self.parse, errback=self.list_failed, priority=2)

    def parse(self, response: TextResponse) -> Iterator[scrapy.Request]:
        """The first list page of every city; a site that names no city is not the one we know."""
        cities = [url for link in self.cities(response) if self.own(url := response.urljoin(link))]
        self.report.pages += 1
        if not cities:
            self.report.lists, self.report.unread_lists = 1, 1
        yield from (self.list_page(url, 1) for url in cities)

    def list_page(self, url: str, number: int) -> scrapy.Request:
        """A page of a city's list."""
        return scrapy.Request(url, callback=self.parse_list, errback=self.list_failed, priority=1, cb_kwargs={"number": number})

    def parse_list(self, response: TextResponse, number: int) -> Iterator[scrapy.Request]:
        """Its shops and the pages after it. A list that only repeats itself, or never ends, is left with a reason; its shops are known."""
        found = self.read_list(self.links(response), self.entries(response))
        fresh = [url for link in found if (url := response.urljoin(link)) not in self.seen]
        self.seen.update(fresh)
        for url in fresh:
            if self.own(url):
                yield scrapy.Request(url, callback=self.parse_shop, errback=self.row_failed, meta=self.meta_of(url))
        if (found and not fresh) or number >= LONGEST_LIST:
            self.report.problems[response.url] = f"the list has no end: its page {number} names no shop that was not there before"
            return
        for link in self.following(response):
            if self.own(url := response.urljoin(link)):
                yield self.list_page(url, number + 1)

    def meta_of(self, url: str) -> dict[str, str]:
        """What the evidence should know of a request."""
        return {}

    def parse_shop(self, response: Response) -> scrapy.Request | None:
        """A shop's page: its row, then its licences."""
        row = dict(self.read(response)) if isinstance(response, TextResponse) else {}
        if not self.read_detail(response, bool(row.get(self.key)), self.key):
            return None
        whole = {**dict.fromkeys(self.adds), **row, "平台": self.platform, "门店编号": self.shop_id(response), "采集时间": self.as_of.isoformat()}
        for name in Site.adds:
            del whole[name]
        return self.with_licences(Draft(whole, response, self.shown_at(response)), response, self.licences(response), 0)

    def parse_licences(self, response: Response, draft: Draft) -> scrapy.Request | None:
        """The page of a shop's licences, one click deeper."""
        shown = self.licences(response) if isinstance(response, TextResponse) else Licences()
        self.read_detail(response, bool(shown.pictures or shown.number), "证照")
        return self.with_licences(draft, response, shown, 1)

    def licences_failed(self, failure: Failure) -> scrapy.Request | None:
        """The page of a shop's licences cannot be had: the row says that there is a link, and no more."""
        self.row_failed(failure)
        return self.next_picture(failure.request.cb_kwargs["draft"])  # type: ignore[attr-defined]

    def with_licences(self, draft: Draft, response: Response, shown: Licences, depth: int) -> scrapy.Request | None:
        """What an answer shows of the licences, or the way to them. A link is lawful (电子商务法 15) wherever it leads: its depth stands in the row
        even where nothing is found behind it, so that nobody takes the shop for one that shows nothing.
        """
        if shown.pictures or shown.number:
            there = {column for column, _ in draft.pending}
            draft.row |= {"证照链接层级": depth, "公示证号": shown.number or None}
            draft.pending += [(column, response.urljoin(link)) for column, link in shown.pictures.items() if column not in there]
        # A business licence beside the link is not all there is: the food licence may be behind it.
        if shown.deeper and depth == 0 and not shown.number and PICTURES[0] not in shown.pictures:
            draft.row["证照链接层级"] = 1
            if self.own(url := response.urljoin(shown.deeper)):
                return scrapy.Request(url, self.parse_licences, errback=self.licences_failed, cb_kwargs={"draft": draft}, dont_filter=True)
        return self.next_picture(draft)

    def next_picture(self, draft: Draft) -> scrapy.Request | None:
        """The next photo of a row, or the row itself. A photo that cannot be had stands in it by what came instead, be it nothing: the page shows one,
        and reading it says that it cannot be read.
        """
        while draft.pending:
            column, url = draft.pending.pop(0)
            if self.own(url):
                kwargs, most = {"draft": draft, "column": column}, {"download_maxsize": LARGEST_PICTURE}
                return scrapy.Request(url, self.parse_picture, errback=self.picture_failed, cb_kwargs=kwargs, meta=most, dont_filter=True)
            draft.row[column] = keep(b"")
        self.land_row(draft.row, draft.page, draft.url)
        return None

    def picture_failed(self, failure: Failure) -> scrapy.Request | None:
        """A photo that cannot be had: too large, gone, refused."""
        self.row_failed(failure)
        kwargs = failure.request.cb_kwargs  # type: ignore[attr-defined]
        kwargs["draft"].row[kwargs["column"]] = keep(failure.value.response.body if failure.check(HttpError) else b"")
        return self.next_picture(kwargs["draft"])

    def parse_picture(self, response: Response, draft: Draft, column: str) -> scrapy.Request | None:
        """A photo's bytes, whatever they are: reading them, and saying that they are none, is another step's work."""
        self.report.pages += 1
        draft.row[column] = keep(response.body)
        return self.next_picture(draft)
