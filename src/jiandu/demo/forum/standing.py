"""Live clues in terms of what was planted: a clue stands for the story its posts belong to, and for nothing when they belong to several."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, select

from jiandu.demo.forum import folder, truth


def anchors(connection: Connection, at: Path | None = None) -> dict[str, str]:
    """``story:<name>`` by clue. A second clue of a story, and one that mixes posts, get a name no story has: neither was planted."""
    from jiandu.ops.tables import live_post

    stories = truth.read(at or folder())
    of_clue: dict[str, set[str]] = {}
    for clue_id, key in connection.execute(select(live_post.c.clue_id, live_post.c.post_key).order_by(live_post.c.hit_id)):
        of_clue.setdefault(str(clue_id), set()).add(stories.get(str(key), f"post {key}"))
    named: dict[str, str] = {}
    for clue_id, told in of_clue.items():
        name = f"story:{next(iter(told))}" if len(told) == 1 else f"mixed: {', '.join(sorted(told)[:3])}"
        named[clue_id] = name if name not in named.values() else f"{name} again ({clue_id[:8]})"
    return named
