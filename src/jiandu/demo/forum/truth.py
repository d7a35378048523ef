"""The forum's truth, apart from everything that is crawled: which posts belong to which story, and the rows of the answer key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jiandu import whole
from jiandu.demo.forum import PLATFORM
from jiandu.demo.forum.posts import Forum
from jiandu.demo.forum.stories import STORIES
from jiandu.demo.plants.stage import Answer

MODEL = "online_risk"
"""The model all live clues belong to."""


def post_keys(forum: Forum) -> dict[str, str]:
    """Story by key of every planted post."""
    return {f"{PLATFORM}:{post.post_id}": post.story for thread in forum.threads.values() for post in thread.posts if post.story}


def answers(forum: Forum) -> Iterator[Answer]:
    """One row a story: a truth is found when exactly one clue of its finding holds its posts, a decoy fires with any of its posts."""
    there = set(post_keys(forum).values())
    county = {post.story: thread.board.partition("-")[2] for thread in forum.threads.values() for post in thread.posts}
    for story in STORIES:
        if story.name in there:
            kind = "truth" if story.finding else "decoy"
            yield Answer(MODEL, story.finding, kind, story.name, f"story:{story.name}", f"story:{story.name}", county[story.name], story.note)


def write(forum: Forum, at: Path) -> Path:
    """Write story by post key to ``truth.json``; nothing but the score reads it."""
    path = at / "truth.json"
    whole.write(path, (json.dumps(post_keys(forum), ensure_ascii=False, indent=1) + "\n").encode())
    return path


def read(at: Path) -> dict[str, Any]:
    """Story by post key."""
    path = at / "truth.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}
