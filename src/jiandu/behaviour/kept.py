"""A post that the executors kept, and what behaviour sees of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from jiandu.behaviour.observation import Observation, event_time
from jiandu.collision.identity import hash_key, subject_id_hash
from jiandu.keywords import normalise
from jiandu.live.post import TOPIC, Post, content, decode


@dataclass(frozen=True, slots=True)
class Kept:
    """One message with its post and score. ``contacts`` are ``kind:keyed hash``: numbers in clear end here, the lake has none but in the words."""

    partition: int
    offset: int
    value: bytes
    post: Post
    level: int
    categories: tuple[str, ...]
    contacts: tuple[str, ...]
    terms: tuple[str, ...]
    version: str
    is_late: bool = False
    """Whether it came too far behind the watermark of its day to count; a restart judges it as it was judged."""

    @classmethod
    def of(cls, row: dict[str, Any]) -> Kept:
        """From a row of ``scoring.SCHEMA`` that has a value; its contacts are in clear there."""
        key = hash_key()
        return cls(
            row["partition"], row["offset"], row["value"], decode(row["value"]), row["level"], tuple(row["categories"]),
            tuple(sorted(hashed(contact, key) for contact in row["contacts"])), tuple(row["terms"]), row["version"],
        )

    @property
    def place(self) -> str:
        """``topic:partition:offset``."""
        return f"{TOPIC}:{self.partition}:{self.offset}"

    @property
    def capture_sha256(self) -> str:
        """The hash of the capture: of the message's bytes, as the source's side wrote them."""
        return hashlib.sha256(self.value).hexdigest()

    @property
    def content(self) -> tuple[str, str]:
        """What makes two captures the same: the post and the hash of all it says, but not when it was seen; a second look is no second version."""
        return self.post.key, content(self.post)

    def observation(self, ahead_seconds: int) -> Observation:
        """What behaviour remembers."""
        post = self.post
        return Observation(
            post.key, post.platform, post.account, post.board, post.thread_id, event_time(post.posted_at, post.seen_at, ahead_seconds), post.seen_at,
            self.level, self.categories, self.contacts, normalise(post.words),
        )


def hashed(contact: str, key: bytes) -> str:
    """``kind:keyed hash`` of ``kind:value``: equal contacts stay equal, the number itself is in no signal."""
    kind, _, value = contact.partition(":")
    return f"{kind}:{subject_id_hash(value, key)[:32]}"
