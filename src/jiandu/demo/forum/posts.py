"""What the test forum holds: boards, threads, posts with their later edits and deletions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from jiandu.demo.places import counties

TOPICS = {"campus": "校园生活", "chat": "闲聊灌水", "market": "二手交易", "jobs": "兼职招聘", "traffic": "出行路况", "parents": "家长课堂"}
"""What is talked about, by the name in a board's address."""
PLACES = (0, 5)
"""The counties, by number, that have boards of their own."""
CLOSED = "inner"
"""A board behind a log-in; nobody of ours goes there."""


@cache
def boards() -> dict[str, str]:
    """Name of every public board by its id; the name begins with the place it is for, e.g. 云江市青澜区校园生活."""
    here = [counties()[number] for number in PLACES]
    return {f"{topic}-{county.code}": f"{county.city_name}{county.name}{name}" for county in here for topic, name in TOPICS.items()}


@dataclass(frozen=True)
class Written:
    """One post as its author wrote it. ``edited`` and ``removed`` are what became of it later; ``quotes`` is somebody else's words in it."""

    post_id: str
    account: str
    text: str
    at: datetime
    edited: tuple[datetime, str] | None = None
    removed: datetime | None = None
    quotes: str = ""
    picture: str = ""
    story: str = ""
    """The planted story it belongs to; empty for chatter."""

    def shown(self, now: datetime) -> str:
        """Its words as they stand at an instant."""
        return self.edited[1] if self.edited and self.edited[0] <= now else self.text


@dataclass(frozen=True)
class Thread:
    """A thread and its posts in order; the first one is its author's."""

    thread_id: str
    board: str
    title: str
    posts: tuple[Written, ...]
    removed: datetime | None = None

    def there(self, now: datetime) -> tuple[Written, ...]:
        """Posts written by then."""
        return tuple(post for post in self.posts if post.at <= now)


@dataclass
class Forum:
    """The whole forum: threads by id."""

    threads: dict[str, Thread] = field(default_factory=dict)

    def listed(self, board: str, now: datetime) -> list[Thread]:
        """Threads of a board as its list shows them at an instant: the last written in first."""
        there = [thread for thread in self.threads.values() if thread.board == board and thread.there(now) and not (thread.removed and thread.removed <= now)]
        return sorted(there, key=lambda thread: (thread.there(now)[-1].at, thread.thread_id), reverse=True)
