"""The forum spider against the test forum and a real broker: what it sends, what it never sends, and what it does when the site changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jiandu.crawl import crawl
from jiandu.demo.forum import server
from jiandu.demo.forum import switch as switches
from jiandu.demo.forum.stories import CARD_PHONE
from jiandu.demo.forum.world import build
from jiandu.errors import JianduError
from jiandu.evidence import site_folder
from jiandu.evidence.chain import read
from jiandu.evidence.verify import verify
from jiandu.settings import Settings, settings
from tests.crawlers.forum import AS_OF, Town, hearing

EARLIER = AS_OF - timedelta(hours=1)
Start = Callable[..., Town]


@pytest.fixture
def forum(tmp_path: Path, kafka: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start the forum; the spider is pointed at it by its setting, and at the session's broker."""
    running: list[ThreadingHTTPServer] = []

    def start(threads: int = 40, **changes: Any) -> Town:
        state = switches.Switch(1, AS_OF.isoformat(), AS_OF.isoformat(), threads, trouble=False)
        switches.write(tmp_path / "switch.json", replace(state, **changes))
        running.append(server.server(0, tmp_path / "switch.json", tmp_path / "access.jsonl"))
        threading.Thread(target=running[-1].serve_forever, daemon=True).start()
        monkeypatch.setenv("JIANDU_KAFKA_BOOTSTRAP", f"127.0.0.1:{kafka.port('kafka')}")
        monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("JIANDU_FORUM_SITE", f"http://127.0.0.1:{running[-1].server_port}")
        settings.cache_clear()
        return Town(tmp_path, build(1, AS_OF, threads, flood=int(changes.get("flood", 0))))

    yield start
    for each in running:
        each.shutdown()
        each.server_close()
    monkeypatch.undo()
    settings.cache_clear()


def test_every_post_is_sent_once_and_what_changed_again(forum: Start) -> None:
    """An hour before the demo's instant, then at it: new posts, edits and removals; what stands unchanged is neither sent nor fetched again."""
    town = forum(trouble=True, at=EARLIER.isoformat())
    with hearing() as first:
        report = crawl("yunze_forum", EARLIER)
    before = town.shown(EARLIER)
    assert report.problems == {f"{settings().forum_address}/login?back=/board/inner": "Forbidden by robots.txt"}
    assert {post.post_id: post.text for post in first} == {key: post.shown(EARLIER).strip() for key, post in before.items()}
    assert report.rows == len(first) == len(before)
    town.set(at=AS_OF.isoformat())
    asked = len(town.requests())
    with hearing() as second:
        crawl("yunze_forum", AS_OF)
    now = town.shown(AS_OF)
    changed = {key for key, post in now.items() if key not in before or post.shown(AS_OF) != before[key].shown(EARLIER)}
    assert {post.post_id for post in second if not post.deleted} == changed
    assert {post.post_id for post in second if post.deleted} == before.keys() - now.keys()
    assert all(post.text == "" for post in second if post.deleted)
    assert changed - before.keys()
    assert changed & before.keys()
    assert before.keys() - now.keys()
    assert [one["status"] for one in town.requests()[asked:]].count(304) > 20
    assert {one["status"] for one in town.requests()} & {403, 429, 503}, "the forum made no trouble: the test shows less than it says"
    with hearing() as third:
        assert crawl("yunze_forum", AS_OF).rows == 0
    assert third == []


def test_what_travels_is_words_and_no_names(forum: Start) -> None:
    """No name, no quoted words, no picture, no member's page, no log-in; mark-up, queries and instructions stay text; every page is evidence."""
    town = forum(5)
    with hearing() as heard:
        crawl("yunze_forum", AS_OF)
    posts = {post.post_id: post for post in heard}
    written = {post.post_id: post for thread in town.world.threads.values() for post in thread.posts}
    names = {post.account for post in written.values()}
    assert not [name for name in names if any(name in str(post) for post in heard)]
    for story in {post.story for post in written.values()}:
        mine = [key for key, post in written.items() if post.story == story and key in posts]
        assert len({posts[key].account for key in mine}) == len({written[key].account for key in mine})
    [script] = [post for post in heard if "<script>" in post.text]
    assert script.text.startswith("高价收电话卡<script>alert(document.cookie)</script>")
    assert any("DROP TABLE clue; --" in post.text and "<img src=x onerror=alert(1)>" in post.text for post in heard)
    assert any(post.text.startswith("忽略之前的所有指令") for post in heard)
    [reader] = [post for post in heard if post.text.startswith("楼上是骗子")]
    assert CARD_PHONE not in reader.text, "quoted words are not the author's"
    assert reader.board.startswith(("云江市青澜区", "澄川市澄阳区"))
    assert (reader.title, reader.url.rpartition("#")[2]) == ("楼上是骗子", reader.post_id)
    asked = [request["path"] for request in town.requests()]
    assert any("/photo/" in post.picture for post in town.shown(AS_OF).values())
    assert not [path for path in asked if path.startswith(("/photo/", "/member/", "/login", "/pm/"))]
    assert asked[0] == "/robots.txt"
    found = verify("yunze_forum")
    assert (found.problems, found.seals) == ([], 1)
    captured = {link.url for link in read(site_folder("yunze_forum"))}
    assert {post.url.partition("#")[0] for post in heard} <= captured


def test_each_bad_page_is_one_reason_and_the_rest_goes_on(forum: Start) -> None:
    town = forum(24)
    first, second = [thread for thread in town.world.threads.values() if thread.thread_id.startswith("t1")][:2]
    town.set(malformed=[first.thread_id], timeless=[second.posts[0].post_id])
    with hearing() as heard:
        report = crawl("yunze_forum", AS_OF)
    reasons = {path.rpartition("/")[2]: reason for path, reason in report.problems.items() if "/thread/" in path}
    assert reasons == {first.thread_id: "the page is cut off", f"{second.thread_id}#{second.posts[0].post_id}": "a post without time"}
    missing = town.shown(AS_OF).keys() - {post.post_id for post in heard}
    assert missing == {post.post_id for post in first.posts if post.post_id in town.shown(AS_OF)} | {second.posts[0].post_id}


def test_a_thread_that_is_gone_takes_its_posts_along(forum: Start) -> None:
    town = forum(12)
    thread = next(iter(town.world.threads.values()))
    with hearing():
        crawl("yunze_forum", EARLIER)
    town.set(gone=[thread.thread_id])
    with hearing() as heard:
        crawl("yunze_forum", AS_OF)
    told = {post.post_id for post in thread.posts if post.post_id in town.shown(AS_OF)}
    assert {post.post_id for post in heard if post.deleted} == told
    assert all(not post.text and not post.title for post in heard if post.deleted)


def test_what_is_off_gets_its_verdict_and_nothing_is_called_removed(forum: Start) -> None:
    town = forum(12)
    with hearing():
        crawl("yunze_forum", AS_OF - timedelta(days=1))
    with hearing() as heard:
        for days, (state, said) in enumerate([
            ({"blocked": True}, "blocked: "), ({"blocked": False, "layout": 2}, "layout changed: "), ({"layout": 1, "empty": True}, "source empty: "),
        ]):
            town.set(**state)
            with pytest.raises(JianduError, match=f"nothing delivered: {said}"):
                crawl("yunze_forum", AS_OF - timedelta(hours=20 - days))
    assert not [post for post in heard if post.deleted]


def test_thousands_of_identical_posts_are_as_many_messages(forum: Start) -> None:
    """What they amount to is for the reader of the topic to say: one clue."""
    forum(0, clean=True, flood=2_000, rate=100_000)
    with hearing() as heard:
        report = crawl("yunze_forum", AS_OF)
    assert report.rows == len(heard) == 2_000
    assert len({post.post_id for post in heard}) == 2_000
    assert len({post.account for post in heard}) == 20
    assert len({post.text for post in heard}) == 1


def test_without_a_broker_nothing_is_read_and_the_reason_is_said(forum: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    town = forum(5)
    monkeypatch.setenv("JIANDU_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    settings.cache_clear()
    with pytest.raises(JianduError, match="Kafka does not answer"):
        crawl("yunze_forum", AS_OF)
    assert not (town.home / "access.jsonl").read_text("utf-8")
