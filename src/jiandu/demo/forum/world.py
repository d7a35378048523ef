"""The forum's world: threads of chatter, and the stories planted among them. Same seed, instant and size, same world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from jiandu.demo.forum.chatter import nickname, sentence
from jiandu.demo.forum.posts import Forum, Thread, Written, boards
from jiandu.demo.forum.stories import CARD_PHONE, STORIES, Line, Story

SPREAD = timedelta(hours=60)
"""Chatter is younger than this: what a crawl of public posts looks back to."""
FIRST_STORY = 900_000
FLOOD = 990_000
"""Thread numbers of the stories, and of the flood, begin here."""


@dataclass
class Numbers:
    """Running numbers of posts."""

    last: int = 1_000_000

    def next(self) -> str:
        """The next one."""
        self.last += 1
        return f"p{self.last}"


def build(seed: int, as_of: datetime, threads: int, clean: bool = False, flood: int = 0) -> Forum:
    """The forum with so many threads of chatter, the stories unless ``clean``, and ``flood`` identical posts of a lure."""
    forum = Forum()
    for number in range(threads):
        thread = ordinary(Random(f"{seed} thread {number}"), number, as_of)
        forum.threads[thread.thread_id] = thread
    if not clean:
        numbers = Numbers(5_000_000)
        for place, story in enumerate(STORIES):
            for thread in planted(story, Random(f"{seed} story {story.name}"), FIRST_STORY + place * 100, as_of, numbers):
                forum.threads[thread.thread_id] = thread
    if flood:
        forum.threads[f"t{FLOOD}"] = flooded(seed, as_of, flood)
    return forum


def ordinary(draws: Random, number: int, as_of: datetime) -> Thread:
    """A thread of chatter: a few posts over some hours, now and then one edited or removed."""
    board = list(boards())[number % len(boards())]
    topic = board.partition("-")[0]
    when = as_of - timedelta(seconds=int(1200 + SPREAD.total_seconds() * draws.random() ** 2))
    posts: list[Written] = []
    for place in range(1 + min(39, int(draws.expovariate(0.22)))):
        fate = draws.random()
        text = sentence(draws, topic)
        posts.append(Written(
            f"p{2_000_000 + number * 100 + place}", nickname(draws), text, when,
            edited=(when + timedelta(minutes=9), f"{text}（更正：时间改了）") if fate < 0.03 else None,
            removed=when + timedelta(minutes=15) if 0.03 < fate < 0.05 else None,
            quotes=posts[-1].text if posts and fate > 0.9 else "", picture="/photo/any.jpg" if 0.5 < fate < 0.53 else "",
        ))
        when += timedelta(seconds=draws.randrange(60, 5400))
        if when >= as_of - timedelta(minutes=1):
            break
    return Thread(f"t{100_000 + number}", board, sentence(draws, topic)[:24], tuple(posts))


def planted(story: Story, draws: Random, first: int, as_of: datetime, numbers: Numbers) -> Iterator[Thread]:
    """The threads of a story, its lines in order of time; where an account's letter is the same, so is the account."""
    names = {letter: nickname(draws) for letter in sorted({line.who for line in story.lines})}
    county = draws.choice(sorted({board.partition("-")[2] for board in boards()}))
    written: dict[int, list[Written]] = {}
    for line in sorted(story.lines, key=lambda line: -line.before):
        written.setdefault(line.thread, []).append(post(story, line, names[line.who], as_of, numbers))
    for place, posts in sorted(written.items()):
        yield Thread(f"t{first + place}", f"{story.topic}-{county}", story.title, tuple(posts))


def post(story: Story, line: Line, account: str, as_of: datetime, numbers: Numbers) -> Written:
    """One line of a story as a post."""
    at = as_of - timedelta(minutes=line.before)
    return Written(
        numbers.next(), account, line.text, at, (at + timedelta(minutes=10), line.edited) if line.edited else None,
        at + timedelta(minutes=5) if line.removed else None, line.quotes, line.picture, story.name,
    )


def flooded(seed: int, as_of: datetime, count: int) -> Thread:
    """One thread of so many identical posts of a lure by twenty accounts."""
    draws = Random(f"{seed} flood")
    names = [nickname(draws) for _ in range(20)]
    text = f"高价收电话卡，学生也可以办，当天结钱，电话{CARD_PHONE}"
    start = as_of - timedelta(minutes=15)
    posts = (Written(f"p{8_000_000 + number}", names[number % 20], text, start + timedelta(milliseconds=50 * number), story="flood") for number in range(count))
    return Thread(f"t{FLOOD}", next(iter(boards())), "顶", tuple(posts))
