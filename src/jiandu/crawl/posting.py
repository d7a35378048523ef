"""Posts on their way from a public page to the topic: each once, again only when its words changed, and once more when the site removed it.

What was sent is remembered by number and a keyed hash of the words, never by the words (``<home>/crawl/<spider>/posts.sqlite``), and
forgotten when the last change of its words is older than the window a crawl looks back to. It is written down after the broker
acknowledged: a crawl killed in between sends those posts again, and their reader knows them by their key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from jiandu.collision.identity import hash_key, subject_id_hash
from jiandu.errors import ServiceUnavailable
from jiandu.live.post import TOPIC, Post, encode
from jiandu.settings import settings
from jiandu.stream import broker

WINDOW = timedelta(hours=72)
"""What is older is not sent: a post without a finding may not be kept longer (interfaces: juveniles)."""
AT_ONCE = 200
"""Posts between acknowledgements written down; a kill costs at most these being sent twice."""
COLUMNS = "post_id TEXT PRIMARY KEY, thread_id TEXT, board TEXT, account TEXT, url TEXT, posted_at TEXT, changed_at TEXT, mark TEXT, removed INTEGER"


class Posting:
    """The way of one spider's posts. Raises ``ServiceUnavailable`` when no broker answers.

    ``since``: what changed before is forgotten; the window's beginning, or with ``resumes`` the last change that was sent, if that is earlier.
    """

    def __init__(self, spider: str, as_of: datetime, resumes: bool = False) -> None:
        self.as_of, self.sent = as_of, 0
        self.producer = broker.producer()
        path = settings().home.resolve() / "crawl" / spider / "posts.sqlite"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.index = sqlite3.connect(path)
        self.index.execute(f"CREATE TABLE IF NOT EXISTS sent ({COLUMNS})")
        [last] = self.index.execute("SELECT max(changed_at) FROM sent").fetchone()
        self.is_new = last is None
        self.since = min(as_of - WINDOW, datetime.fromisoformat(last)) if resumes and last else as_of - WINDOW
        self.index.execute("DELETE FROM sent WHERE changed_at < ?", (utc(self.since),))
        self.pending: list[tuple[Any, Post, datetime]] = []

    def offer(self, post: Post, changed_at: datetime | None = None) -> bool:
        """Send a post unless it was sent with these words; whether it was sent. ``changed_at``: when its words last changed, if ever."""
        known = self.index.execute("SELECT mark FROM sent WHERE post_id = ? AND removed = 0", (post.post_id,)).fetchone()
        if known and known[0] == self.mark(post):
            return False
        self._send(post, changed_at or post.posted_at)
        return True

    def threads(self) -> list[tuple[str, str]]:
        """Threads that hold posts sent before and not removed since: id and the address of one of their posts."""
        return self.index.execute("SELECT thread_id, min(url) FROM sent WHERE removed = 0 GROUP BY thread_id").fetchall()

    def withdraw(self, platform: str, whole: Collection[str], seen: Collection[str]) -> int:
        """Send as removed what earlier crawls saw in threads that were read to their end (``whole``) and this one did not; how many."""
        gone = [(post, at) for post, at in self._known(platform) if post.thread_id in whole and post.post_id not in seen]
        for post, at in gone:
            self._send(post, at)
        return len(gone)

    def flush(self) -> None:
        """Wait until the broker holds everything sent, then write it down. Raises ``ServiceUnavailable`` for what it refused."""
        from kafka.errors import KafkaError

        try:
            for future, _, _ in self.pending:
                future.get(timeout=30)
        except KafkaError as error:
            raise ServiceUnavailable.at(TOPIC, f"Kafka did not take the posts: {error}", "crawl again, what was not taken is sent then") from error
        self.index.executemany("INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [self._row(post, at) for _, post, at in self.pending])
        self.index.commit()
        self.pending.clear()

    def close(self) -> None:
        """Send what is left and leave."""
        self.flush()
        self.producer.close()
        self.index.close()

    def mark(self, post: Post) -> str:
        """A keyed hash of a post's words."""
        return subject_id_hash(f"{post.title}\x1f{post.text}", hash_key())

    def _send(self, post: Post, changed_at: datetime) -> None:
        self.pending.append((self.producer.send(TOPIC, key=post.key.encode(), value=encode(post)), post, changed_at))
        self.sent += 1
        if len(self.pending) >= AT_ONCE:
            self.flush()

    def _row(self, post: Post, changed_at: datetime) -> tuple[Any, ...]:
        at = utc(post.posted_at), utc(max(post.posted_at, changed_at))
        return post.post_id, post.thread_id, post.board, post.account, post.url, *at, self.mark(post), int(post.deleted)

    def _known(self, platform: str) -> Iterator[tuple[Post, datetime]]:
        """Posts sent before and not removed since, as their removal is told: without words; and when those last changed."""
        self.flush()
        query = "SELECT post_id, thread_id, board, account, url, posted_at, changed_at FROM sent WHERE removed = 0 ORDER BY post_id"
        for post_id, thread_id, board, account, url, posted_at, changed_at in self.index.execute(query).fetchall():
            gone = Post(platform, post_id, thread_id, board, account, "", "", url, datetime.fromisoformat(posted_at), self.as_of, deleted=True)
            yield gone, datetime.fromisoformat(changed_at)


def utc(at: datetime) -> str:
    """An instant as it is kept: comparable as text."""
    return at.astimezone(UTC).isoformat()
