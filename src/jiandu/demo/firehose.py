"""A stream of public posts for the demo and for measuring: ordinary chatter or real texts, with planted campaigns and decoys at stated shares.

Deterministic by seed and as-of: post number i is the same whatever is sent before it. Event times run up to the as-of at the stated rate.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random

from jiandu.demo.forum.chatter import sentence
from jiandu.demo.forum.posts import boards
from jiandu.demo.forum.stories import DECOYS, TRUTHS, Story
from jiandu.errors import JianduError
from jiandu.live.post import TOPIC, Post, encode
from jiandu.stream import broker

PLATFORM = "firehose"
CONTACTS = {"phone_cards": "19912340066", "vapes": "800123457", "money_mules": "paofen7788"}
"""Campaigns of the stream: stories of the forum that share a contact, which is replaced by one of the campaign's own."""
CAMPAIGN = 20
"""Posts of one campaign, by a quarter as many accounts."""
TICK = 0.05
"""Seconds between bursts of sending."""


@dataclass(frozen=True)
class Firehose:
    """``count`` posts at ``rate`` a second; ``hits`` and ``decoys`` are shares of posts. ``texts`` take the place of our own chatter, in turn."""

    seed: int
    as_of: datetime
    rate: float
    count: int
    hits: float = 0.001
    decoys: float = 0.01
    texts: Sequence[str] = ()

    @cached_property
    def boards(self) -> list[tuple[str, str]]:
        """Topic and name of every board."""
        return [(board.partition("-")[0], name) for board, name in boards().items()]

    @cached_property
    def every(self) -> int:
        """A hit is every so manieth post; 0: none."""
        return round(1 / self.hits) if self.hits else 0

    def campaign(self, number: int) -> str:
        """The campaign a post belongs to; empty for other posts."""
        return f"campaign:{number // self.every // CAMPAIGN}" if self.every and number % self.every == self.every - 1 else ""

    def post(self, number: int) -> Post:
        """Post ``number``, from 0."""
        draws = Random(self.seed << 40 | number)
        at = self.as_of - timedelta(seconds=(self.count - number) / self.rate)
        topic, board = self.boards[draws.randrange(len(self.boards))]
        account = draws.getrandbits(128)
        if self.campaign(number):
            text, account = self.lure(number // self.every, draws)
        elif draws.random() < self.decoys:
            text = draws.choice(draws.choice(DECOYS).lines).text
        else:
            text = self.texts[number % len(self.texts)] if self.texts else sentence(draws, topic)
        post_id = f"{self.seed}-{self.as_of:%Y%m%d%H%M%S}-{number:09d}"
        thread, url = f"{self.seed}-{number // 7}", f"https://firehose.example/{post_id}"
        return Post(PLATFORM, post_id, thread, board, f"{account:032x}", text, "", url, at, at, deleted=False)

    def story(self, campaign: int) -> Story:
        """The story of the forum whose words a campaign uses."""
        names = list(CONTACTS)
        return next(story for story in TRUTHS if story.name == names[campaign % len(names)])

    def lure(self, hit: int, draws: Random) -> tuple[str, int]:
        """Words and account of the campaign's next post."""
        campaign = hit // CAMPAIGN
        story = self.story(campaign)
        known = CONTACTS[story.name]
        mine = f"{known[:3]}{(self.seed * 7919 + campaign * 104_729 + 1) % 10 ** (len(known) - 3):0{len(known) - 3}d}"
        line = story.lines[hit % len(story.lines)]
        account = Random(f"{self.seed} {campaign} {draws.randrange(CAMPAIGN // 4)}").getrandbits(128)
        return (line.edited or line.text).replace(known, mine), account


def send(posts: Callable[[int], Post], count: int, rate: float, tell: Callable[[int], None] = lambda sent: None) -> float:
    """Send posts 0 … count-1 to the topic at ``rate`` a second of real time; the seconds it took. Raises ``ServiceUnavailable`` without a broker."""
    producer = broker.producer()
    began, sent = time.monotonic(), 0
    while sent < count:
        due = min(count, int((time.monotonic() - began + TICK) * rate))
        for number in range(sent, due):
            one = posts(number)
            producer.send(TOPIC, key=one.key.encode(), value=encode(one))
        sent = max(sent, due)
        tell(sent)
        time.sleep(max(0.0, began + sent / rate - TICK - time.monotonic()))
    producer.flush()
    producer.close()
    return time.monotonic() - began


def texts_of(path: Path, column: str) -> Iterator[str]:
    """The texts of a column of a CSV file in UTF-8. Raises ``JianduError`` for a file without it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if column not in (reader.fieldnames or ()):
            raise JianduError.at(str(path), f"no column {column!r}", f"columns: {', '.join(reader.fieldnames or ())}")
        yield from (row[column] for row in reader if row[column].strip())
