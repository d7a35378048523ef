"""Forums: boards list threads, threads show posts, page by page. Every post goes to the topic of public posts as soon as it is read.

Only what anybody sees without logging in, looked back to for three days; accounts become keyed hashes here, pictures are not fetched
(an illegal one must never be stored), and quoted words are not the author's.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any, ClassVar

import scrapy
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawlers.platforms.site import Site
from jiandu import clock
from jiandu.crawl.accounts import account_hash
from jiandu.crawl.landing import report_written
from jiandu.crawl.posting import WINDOW, Posting
from jiandu.errors import ServiceUnavailable
from jiandu.live.post import Post

LONGEST_LIST = 2_000
"""Pages of one list or thread after which it is given up as endless."""
GONE = (404, 410)
MENTION = re.compile(r"(?:(?<![A-Za-z0-9._%+-])[@＠]|[@＠](?![A-Za-z0-9-]+[.][A-Za-z]))(?!所有人|全体成员)[^\s@＠，。：:、；;！!？?（）()]{1,20}")
"""Whom somebody speaks to, whether or not that account posts here; no address of e-mail and no call to everybody. Names end at twenty characters."""


class Forum(Site, platform=True):
    """A spider says where things stand: CSS on the page of boards, of a board's threads, of a thread's posts."""

    topic = "jiandu.posts"
    board_links: ClassVar[str]
    entries: ClassVar[str]
    """Every entry of a list of threads, in whatever form: where these are there and none is a thread, the layout changed."""
    threads: ClassVar[str]
    thread_link: ClassVar[str]
    """Below a thread's entry, as is ``last_written``, the instant of its newest post."""
    last_written: ClassVar[str]
    next_page: ClassVar[str]
    thread_pattern: ClassVar[str]
    """The thread's number in its address."""
    title: ClassVar[str]
    """The thread's title: words of who opened it, so only that first post has it; who answers a lure has not said it."""
    floors: ClassVar[str]
    """Every post of a page, removed ones that keep their place too: the first of a thread's first page opened it."""
    board_name: ClassVar[str]
    posts: ClassVar[str]
    """Every post of a page that was not removed; all below it are relative: number, account, words, when written, when changed."""
    post_id: ClassVar[str]
    account: ClassVar[str]
    words: ClassVar[str]
    written: ClassVar[str]
    edited: ClassVar[str]
    quotes: ClassVar[str] = "blockquote"

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """The boards, and the threads of earlier crawls: one that is listed no more may have been removed."""
        self.seen_posts: set[str] = set()
        self.failed_threads: set[str] = set()
        self.read_threads: set[str] = set()
        self.listed_threads: set[str] = set()
        self.posting: Posting | None = None
        try:
            self.posting = Posting(self.name, self.as_of)
        except ServiceUnavailable as error:
            self.report.reason = str(error)
            return
        yield scrapy.Request(f"{self.address}{self.list_path}", callback=self.parse, errback=self.list_failed, priority=2)
        for _, url in self.posting.threads():
            yield self.thread_page(url.partition("#")[0].partition("?")[0], -1)

    def parse(self, response: TextResponse) -> Iterator[scrapy.Request]:
        """The first page of every board that shows its threads to everybody."""
        links = [url for link in response.css(self.board_links).getall() if self.own(url := response.urljoin(link))]
        self.report.pages += 1
        if not links:
            self.report.lists, self.report.unread_lists = 1, 1
        for url in links:
            yield scrapy.Request(url, callback=self.parse_list, errback=self.row_failed, priority=1, cb_kwargs={"number": 1})

    def links(self, listing: TextResponse) -> list[str]:
        """Threads of a page of a list that were written in lately."""
        return [link for link, last in self.told(listing) if last is None or last >= self.since]

    def told(self, listing: TextResponse) -> Iterator[tuple[str, datetime | None]]:
        """Every thread of a page of a list and when it was last written in."""
        for entry in listing.css(self.threads):
            if link := entry.css(self.thread_link).get():
                yield link, instant(entry.css(self.last_written).get())

    def following(self, listing: TextResponse) -> list[str]:
        """The next page of a list or thread."""
        return listing.css(self.next_page).getall()[:1]  # type: ignore[no-any-return]

    def parse_list(self, response: TextResponse, number: int) -> Iterator[scrapy.Request]:
        """Threads of a page; the list goes on while its threads are young enough (the newest stand first)."""
        every, young = [link for link, _ in self.told(response)], self.links(response)
        self.read_list(every, len(response.css(self.entries)))
        fresh = [url for link in young if (url := response.urljoin(link)) not in self.listed_threads and self.own(url)]
        self.listed_threads.update(fresh)
        yield from (self.thread_page(url) for url in fresh)
        if (young and not fresh) or number >= LONGEST_LIST:
            self.report.problems[response.url] = f"the list has no end: its page {number} names no thread that was not there before"
        elif young and len(young) == len(every):
            for link in self.following(response):
                if self.own(url := response.urljoin(link)):
                    yield scrapy.Request(url, callback=self.parse_list, errback=self.row_failed, priority=1, cb_kwargs={"number": number + 1})

    def thread_page(self, url: str, priority: int = 0, number: int = 1) -> scrapy.Request:
        """A page of a thread."""
        return scrapy.Request(url, callback=self.parse_thread, errback=self.thread_failed, priority=priority, cb_kwargs={"number": number})

    def parse_thread(self, response: TextResponse, number: int) -> Iterator[scrapy.Request]:
        """Posts of a page, each sent if it is new, and the pages after it."""
        if not self.is_whole(response):
            self.failed_threads.add(self.thread_id(response.url))
            return
        found = list(self.read(response))
        opener = response.css(self.floors).css(self.post_id).get() if number == 1 else None
        for post_id, told in found:
            self.hear(post_id, told, response, post_id == opener)
        self.read_threads.add(self.thread_id(response.url))
        if number >= LONGEST_LIST:
            self.report.problems[response.url] = f"the thread has no end after {number} pages"
            return
        for link in self.following(response):
            if self.own(url := response.urljoin(link)):
                yield self.thread_page(url, number=number + 1)

    def is_whole(self, response: Response) -> bool:
        """Whether a page is a page of a thread to its end; one that is cut off would make half a sentence somebody's words.

        A thread without posts is one all the same: every one of them was removed.
        """
        page = isinstance(response, TextResponse) and bool(response.css(self.posts) or response.css(self.board_name))
        if not self.read_detail(response, page and b"</html" in response.body, "post"):
            self.report.problems[response.url] = "the page is cut off" if page else "the page shows no post"
            return False
        return True

    def read(self, response: TextResponse) -> Iterator[tuple[str, dict[str, Any]]]:
        """Number and content of each post of a page; the account as its hash. A post that lacks something is reported and left out."""
        for post in response.css(self.posts):
            post_id, name, at = post.css(self.post_id).get(), post.css(self.account).get(), instant(post.css(self.written).get())
            if not (post_id and name and at and post.css(self.words)):
                lacks = "number" if not post_id else "account" if not name else "time" if not at else "words"
                self.report.problems[f"{response.url}#{post_id or ''}"] = f"a post without {lacks}"
                self.failed_threads.add(self.thread_id(response.url))
                continue
            parts = post.css(self.words).xpath(f".//text()[not(ancestor::{self.quotes})]").getall()
            text = unnamed("".join(parts).strip())
            edited = instant(post.css(self.edited).get())
            yield post_id, {"account": account_hash(self.name, name), "text": text, "posted_at": at.isoformat(), "changed_at": (edited or at).isoformat()}

    def hear(self, post_id: str, told: dict[str, Any], response: TextResponse, is_opener: bool) -> None:
        """One post on its way, if it was written or changed lately; the thread's title with the post that opened it."""
        self.seen_posts.add(post_id)
        changed_at = datetime.fromisoformat(told["changed_at"])
        if self.posting is None or changed_at < self.since:
            return
        board, title = (" ".join((response.css(where).get() or "").split()) for where in (self.board_name, self.title))
        title = unnamed(title) if is_opener else ""
        self.report.rows += self.posting.offer(Post(
            self.name, post_id, self.thread_id(response.url), board, told["account"], told["text"], title, f"{response.url}#{post_id}",
            datetime.fromisoformat(told["posted_at"]), self.as_of, deleted=False,
        ), changed_at)

    def thread_failed(self, failure: Failure) -> None:
        """A thread that is there no more is one whose posts were removed; any other failure says nothing about them."""
        url = failure.request.url  # type: ignore[attr-defined]
        if failure.check(HttpError) and failure.value.response.status in GONE:
            self.report.pages += 1
            self.read_threads.add(self.thread_id(url))
            return
        self.failed_threads.add(self.thread_id(url))
        self.row_failed(failure)

    def thread_id(self, url: str) -> str:
        """The thread's number."""
        found = re.search(self.thread_pattern, url)
        return found[1] if found else url

    @property
    def since(self) -> datetime:
        """What is older is not looked at."""
        return self.as_of - WINDOW

    def hand_over(self) -> None:
        """Removals, once the whole site was walked; then the report. The posts are on the topic already."""
        if self.posting is not None:
            if not self.report.reason:
                self.report.rows += self.posting.withdraw(self.name, self.read_threads - self.failed_threads, self.seen_posts)
            self.posting.close()
        self.report.delivery = "" if self.report.reason else self.topic
        report_written(self.report, self.as_of)


def unnamed(words: str) -> str:
    """Words without the names of those they speak to: nobody's business, and no name travels."""
    return MENTION.sub("@用户", words)


def instant(told: str | None) -> datetime | None:
    """An instant as a page's mark-up tells it; without an offset it is the province's time. ``None`` for anything else."""
    try:
        found = datetime.fromisoformat((told or "").strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=clock.ZONE)
