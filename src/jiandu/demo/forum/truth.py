"""The truth of public posts, apart from everything that is crawled: which posts belong to which story, and the rows of the answer key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from jiandu import whole
from jiandu.demo.firehose import CAMPAIGN, Firehose
from jiandu.demo.firehose import PLATFORM as STREAM
from jiandu.demo.forum import PLATFORM
from jiandu.demo.forum.posts import Forum
from jiandu.demo.forum.reports import STORY_REPORTS
from jiandu.demo.forum.stories import STORIES
from jiandu.demo.plants.stage import Answer

MODEL = "online_risk"
"""The model all live clues belong to."""


def post_keys(forum: Forum, beside: Firehose, clean: bool = False) -> dict[str, str]:
    """Story by key of every planted post: of the forum, of the stream beside it, of the reports about its campaigns."""
    found = {f"{PLATFORM}:{post.post_id}": post.story for thread in forum.threads.values() for post in thread.posts if post.story}
    found |= {f"{STREAM}:{beside.post(number).post_id}": story for number in range(beside.count) if (story := beside.campaign(number))}
    return found | ({} if clean else STORY_REPORTS)


def answers(forum: Forum, beside: Firehose) -> Iterator[Answer]:
    """One row a story: a truth is found when exactly one clue of its finding holds its posts, a decoy fires with any of its posts."""
    county = {post.story: thread.board.partition("-")[2] for thread in forum.threads.values() for post in thread.posts}
    for story in STORIES:
        if story.name in county:
            kind = "truth" if story.finding else "decoy"
            yield Answer(MODEL, story.finding, kind, story.name, f"story:{story.name}", f"story:{story.name}", county[story.name], story.note)
    hits = sum(bool(beside.campaign(number)) for number in range(beside.count))
    for number in range(-(-hits // CAMPAIGN)):
        name = f"story:campaign:{number}"
        yield Answer(MODEL, beside.story(number).finding, "truth", "campaign", name, name, "", "另一平台的帖文流中的同类诱骗，联系方式各不相同")


def write(forum: Forum, beside: Firehose, at: Path, clean: bool = False) -> Path:
    """Write story by post key to ``truth.json``; nothing but the score reads it."""
    path = at / "truth.json"
    whole.write(path, (json.dumps(post_keys(forum, beside, clean), ensure_ascii=False, indent=1) + "\n").encode())
    return path


def read(at: Path) -> dict[str, str]:
    """Story by post key; empty while no world was generated."""
    path = at / "truth.json"
    return {str(key): str(story) for key, story in json.loads(path.read_text("utf-8")).items()} if path.is_file() else {}
