"""A thread's page as the forum spider hears it: whose words the title is, and whom nobody names."""

from __future__ import annotations

from html import escape
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from crawlers.platforms.forum import unnamed
from crawlers.spiders.yunze_forum import YunzeForum
from jiandu import keywords
from jiandu.crawl.landing import CrawlReport
from jiandu.live.post import Post
from jiandu.settings import settings
from tests.crawlers.conftest import AS_OF

LURE = "高价收电话卡，日结，学生优先"


class Heard(list[Post]):
    """What a crawl offers to the topic."""

    def offer(self, post: Post, changed_at: object = None) -> bool:
        self.append(post)
        return True


def heard(title: str, *words: str, page: int = 1, removed: tuple[int, ...] = ()) -> list[Post]:
    floors = "".join(
        f'<article class="floor{" removed" if number in removed else ""}" id="p{number}"><a class="who">人{number}</a>'
        f'<time datetime="{AS_OF.isoformat()}"></time><div class="words">{escape(one)}</div></article>'
        for number, one in enumerate(words)
    )
    body = f'<!doctype html><html><body><h1>{escape(title)}</h1><a class="in">云江市青澜区闲聊</a>{floors}</body></html>'
    spider: Any = YunzeForum(name="yunze_forum")
    spider.as_of, spider.report = AS_OF, CrawlReport("yunze_forum", spider.topic, AS_OF.isoformat())
    spider.seen_posts, spider.failed_threads, spider.read_threads, spider.posting = set(), set(), set(), Heard()
    list(spider.parse_thread(HtmlResponse(f"{spider.address}/thread/t1", body=body.encode(), encoding="utf-8"), page))
    assert spider.report.problems == {}
    return list(spider.posting)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANDU_HASH_KEY", "of these tests")
    settings.cache_clear()


def test_who_answers_a_lure_has_not_said_its_title() -> None:
    scorer = keywords.Scorer(keywords.load())
    posts = heard(LURE, "有意的联系", "楼主是骗子吧", "别信", "已经举报了")
    assert [post.title for post in posts] == [LURE, "", "", ""]
    assert [scorer.score(post.words).level > 0 for post in posts] == [True, False, False, False]
    assert [post.title for post in heard(LURE, "楼主是骗子吧", page=2)] == [""], "the first post of a later page opened nothing"
    assert [post.title for post in heard(LURE, "有意的联系", "别信", removed=(0,))] == [""], "nor did who moves up when the first post was removed"


def test_nobody_spoken_to_is_named_whether_or_not_they_post_here() -> None:
    [post] = heard("@小雨同学 在吗", "谢谢@人0同学，还有＠王某某：你好 @李四")
    assert (post.title, post.text) == ("@用户 在吗", "谢谢@用户，还有@用户：你好 @用户")


def test_addresses_of_mail_and_calls_to_everybody_are_no_names() -> None:
    same = ("写信到 kaka88@mail.example.com", "@所有人 高价收电话卡", "下午3点 @ 校门口")
    assert [unnamed(words) for words in same] == list(same)
    assert unnamed("abc@小雨") == "abc@用户"
    assert unnamed(f"@{'很' * 20}高价收电话卡").endswith("高价收电话卡")
