"""The forum in the demo: its state, a crawl of it, some seconds of another platform's posts beside it, and the clues that stand afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from jiandu.demo.firehose import Firehose, send
from jiandu.demo.forum import THREADS, switch_file, truth
from jiandu.demo.forum.switch import Switch, read, write
from jiandu.demo.forum.world import build
from jiandu.demo.plants.stage import Answer

SPIDER = "yunze_forum"
RATE, POSTS, HITS = 500.0, 2000, 0.02
"""The stream beside the forum: posts a second, how many, and the share that belongs to its two campaigns."""


def stream(seed: int, as_of: datetime, clean: bool) -> Firehose:
    """The stream beside the forum."""
    return Firehose(seed, as_of, RATE, POSTS, 0.0 if clean else HITS)


def prepare(seed: int, as_of: datetime, at: Path, clean: bool = False) -> list[Answer]:
    """Make the forum show the world of (seed, instant), and leave its truth apart, both in the folder ``at``; rows of the answer key."""
    write(at / "switch.json", Switch(seed, as_of.isoformat(), as_of.isoformat(), THREADS, clean))
    world, beside = build(seed, as_of, THREADS, clean), stream(seed, as_of, clean)
    truth.write(world, beside, at, clean)
    return list(truth.answers(world, beside))


def watch(as_of: datetime, say: Callable[[str], None]) -> str:
    """Crawl the forum while other posts stream in, wait until the live reader has read all of them, and settle its clues into the lake."""
    from jiandu import live
    from jiandu.crawl import crawl
    from jiandu.live.catching_up import wait_until_read

    say("crawling")
    report = crawl(SPIDER, as_of)
    say("other posts stream in")
    switch = read(switch_file())
    beside = stream(switch.seed, as_of, switch.clean)
    seconds = send(beside.post, beside.count, beside.rate)
    say("waiting for the reader")
    waited = wait_until_read()
    say("settling")
    live.settle(as_of)
    clues = standing()
    return (f"{report.rows} posts of the forum, {beside.count:,} of a stream in {seconds:.1f} s, all read {waited:.1f} s later; "
            f"{len(clues)} live clues" + (f": {'; '.join(clues)}" if clues else ""))


def standing() -> list[str]:
    """One line a live clue: its grade and how many posts it rests on, the gravest first."""
    from sqlalchemy import func, select

    from jiandu import ops
    from jiandu.demo.score import STANDING
    from jiandu.ops.tables import clue, live_post

    posts = select(live_post.c.clue_id, func.count(live_post.c.post_key.distinct()).label("posts")).group_by(live_post.c.clue_id).subquery()
    rows = select(clue.c.finding, clue.c.severity, posts.c.posts).join(posts, posts.c.clue_id == clue.c.clue_id).where(clue.c.engine_state.in_(STANDING))
    order = ("red", "orange", "yellow", "blue")
    with ops.transaction() as connection:
        found = sorted(connection.execute(rows), key=lambda row: (order.index(row.severity), -row.posts, row.finding))
    return [f"{row.severity} {row.finding} ({row.posts} posts)" for row in found]


