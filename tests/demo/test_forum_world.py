"""The forum's world and the stream of posts: the same for the same seed, true to its stories, and never more than a page should show."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from jiandu.clock import parse_as_of
from jiandu.demo.firehose import CAMPAIGN, Firehose
from jiandu.demo.forum import pages
from jiandu.demo.forum.posts import TOPICS, boards
from jiandu.demo.forum.stories import DECOYS, STORIES, TRUTHS
from jiandu.demo.forum.switch import Switch
from jiandu.demo.forum.world import build
from jiandu.live.post import decode, encode

AS_OF = parse_as_of("2026-11-20T08:00:00+08:00")
WORLD = build(1, AS_OF, 120)
POSTS = [post for thread in WORLD.threads.values() for post in thread.posts]


def test_the_same_seed_makes_the_same_forum() -> None:
    assert build(1, AS_OF, 20) == build(1, AS_OF, 20)
    assert build(2, AS_OF, 20) != build(1, AS_OF, 20)
    assert {key: thread for key, thread in build(1, AS_OF, 120).threads.items() if key in build(1, AS_OF, 20).threads} == build(1, AS_OF, 20).threads
    assert not [post for thread in build(1, AS_OF, 30, clean=True).threads.values() for post in thread.posts if post.story]


def test_chatter_is_varied_and_over_before_the_instant() -> None:
    chatter = [post for post in POSTS if not post.story]
    assert len(chatter) > 400
    assert len({post.text for post in chatter}) > 0.9 * len(chatter)
    assert len({post.post_id for post in POSTS}) == len(POSTS)
    assert all(AS_OF - timedelta(hours=72) < post.at < AS_OF for post in POSTS)
    assert {thread.board.partition("-")[0] for thread in WORLD.threads.values()} == set(TOPICS)


def test_every_story_is_told_by_its_accounts() -> None:
    for story in STORIES:
        mine = [post for post in POSTS if post.story == story.name]
        assert len(mine) == len(story.lines)
        assert len({post.account for post in mine}) == len({line.who for line in story.lines})
    assert all(story.finding for story in TRUTHS)
    assert not any(story.finding for story in DECOYS)


def test_what_is_still_to_come_is_not_shown() -> None:
    thread = next(thread for thread in WORLD.threads.values() if len(thread.posts) > 3)
    early = pages.Scene(Switch(1, AS_OF.isoformat(), thread.posts[1].at.isoformat(), 120), WORLD)
    page = pages.answer(early, f"/thread/{thread.thread_id}").body.decode()
    assert thread.posts[1].post_id in page
    assert thread.posts[2].post_id not in page


def test_nothing_a_member_wrote_leaves_its_escaping() -> None:
    scene = pages.Scene(Switch(1, AS_OF.isoformat(), AS_OF.isoformat(), 120), WORLD)
    bodies = [pages.answer(scene, f"/thread/{thread_id}").body.decode() for thread_id in WORLD.threads]
    assert not [body for body in bodies if "<script" in body or "<img src=x" in body]
    assert any("&lt;script&gt;alert(document.cookie)" in body for body in bodies)


def test_the_closed_board_leads_to_a_log_in() -> None:
    scene = pages.Scene(Switch(1, AS_OF.isoformat(), AS_OF.isoformat(), 120), WORLD)
    assert (pages.answer(scene, "/board/inner").status, pages.answer(scene, "/board/inner").location) == (302, "/login?back=/board/inner")
    assert "Disallow: /login" in pages.answer(scene, "/robots.txt").body.decode()
    assert pages.answer(scene, "/board/nowhere").status == pages.answer(scene, f"/board/{next(iter(boards()))}?page=x").status == 404


def test_a_stream_is_the_same_whatever_was_sent_before() -> None:
    one, other = (Firehose(3, AS_OF, 100, 5000, hits=0.02) for _ in range(2))
    assert [one.post(number) for number in (4999, 7, 49)] == [other.post(number) for number in (4999, 7, 49)]
    assert Firehose(4, AS_OF, 100, 5000).post(7) != one.post(7)
    assert decode(encode(one.post(7))) == one.post(7)
    assert (one.post(0).posted_at, AS_OF - one.post(4999).posted_at) == (AS_OF - timedelta(seconds=50), timedelta(seconds=0.01))


def test_a_stream_holds_its_share_of_campaigns_each_with_its_own_contact() -> None:
    stream = Firehose(3, AS_OF, 100, 5000, hits=0.02, texts=("今天天气不错",))
    campaigns = Counter(filter(None, map(stream.campaign, range(stream.count))))
    assert campaigns == {f"campaign:{number}": CAMPAIGN for number in range(5)}
    lures = {name: [stream.post(number) for number in range(stream.count) if stream.campaign(number) == name] for name in campaigns}
    assert all(1 < len({post.account for post in posts}) <= CAMPAIGN // 4 for posts in lures.values())
    digits = [{"".join(filter(str.isdigit, post.text))[-7:] for post in posts} for posts in lures.values()]
    assert all(not (first & second) for place, first in enumerate(digits) for second in digits[place + 1:])
    assert Counter(stream.post(number).text for number in range(500))["今天天气不错"] > 450
    assert not any(map(Firehose(3, AS_OF, 100, 500, hits=0).campaign, range(500)))
