"""A public post as it travels on Kafka: topic ``jiandu.posts``, key ``platform:post_id``, value a JSON object of exactly these fields.

The account is no name: whoever captures the post makes it, a keyed HMAC-SHA256 (first 32 hex characters), before anything is written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from jiandu.errors import JianduError, Problem

TOPIC = "jiandu.posts"
SIGNALS = "jiandu.signals"
DEAD = "jiandu.posts.dead"

LARGEST_BYTES = 256 * 1024
"""A value beyond this is no post of a person; it is refused before it is parsed."""

LARGEST_TEXT = 20_000
"""Characters of ``text``; platforms end posts well below. ``title`` may have as many."""

ACCOUNT_DIGITS = 32
ABSURD_YEARS = (1990, 2200)


@dataclass(frozen=True, slots=True)
class Post:
    """One public post. Instants are aware; ``posted_at`` is event time, ``seen_at`` the moment of capture."""

    platform: str
    post_id: str
    thread_id: str
    board: str
    account: str
    text: str
    title: str
    url: str
    posted_at: datetime
    seen_at: datetime
    deleted: bool = False

    @property
    def key(self) -> str:
        """``platform:post_id``, the key on Kafka and the address of the post everywhere else."""
        return f"{self.platform}:{self.post_id}"


NAMES = tuple(field.name for field in fields(Post))
KNOWN = frozenset(NAMES)
MOMENTS = ("posted_at", "seen_at")
WORDS = tuple(name for name in NAMES if name not in {*MOMENTS, "deleted"})
NEEDED = ("platform", "post_id", "account")


class PostRefused(JianduError):
    """A message that is no post; ``reason`` is one short word for counting: ``huge``, ``not_json``, ``fields``, ``types``, ``time`` …"""

    def __init__(self, reason: str, what: str, todo: str = "look at what writes to jiandu.posts") -> None:
        self.reason = reason
        super().__init__(Problem(TOPIC, what, todo))


def encode(post: Post) -> bytes:
    """The post as the value of its message; instants in ISO form with their offset."""
    body: dict[str, Any] = {name: getattr(post, name) for name in NAMES}
    for name in MOMENTS:
        body[name] = body[name].isoformat()
    return json.dumps(body, ensure_ascii=False).encode("utf-8", errors="replace")


def decode(value: bytes | None) -> Post:
    """The post of a message's value. Raises ``PostRefused`` for whatever is not exactly one post."""
    if not value:
        raise PostRefused("empty", "the message has no value", "a deleted post is a post with deleted=true")
    if len(value) > LARGEST_BYTES:
        raise PostRefused("huge", f"{len(value):,} bytes, at most {LARGEST_BYTES:,} are a post", "attachments travel by their address only")
    try:
        body = json.loads(value)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise PostRefused("not_json", f"the value is not JSON in UTF-8: {type(error).__name__}: {error}"[:200]) from error
    if not isinstance(body, dict):
        raise PostRefused("not_json", f"the value is a JSON {type(body).__name__}, not an object")
    if body.keys() != KNOWN:
        missing, unknown = sorted(KNOWN - body.keys()), sorted(map(str, body.keys() - KNOWN))
        raise PostRefused("fields", f"missing {missing or 'none'}, unknown {unknown[:5] or 'none'}")
    return checked(body)


def checked(body: dict[str, Any]) -> Post:
    """A post of an object that has the right members. Raises ``PostRefused`` naming the first that has the wrong type or size."""
    for name in WORDS:
        if type(body[name]) is not str:
            raise PostRefused("types", f"{name} is a {type(body[name]).__name__}, not text")
    if type(body["deleted"]) is not bool:
        raise PostRefused("types", f"deleted is a {type(body['deleted']).__name__}, not true or false")
    for name in NEEDED:
        if not body[name]:
            raise PostRefused("types", f"{name} is empty")
    if len(body["account"]) != ACCOUNT_DIGITS or not set(body["account"]) <= set("0123456789abcdef"):
        raise PostRefused("account", "account is no keyed hash of 32 hex characters", "names never travel: hash them at capture")
    if max(len(body["text"]), len(body["title"])) > LARGEST_TEXT:
        raise PostRefused("huge", f"a text of {max(len(body['text']), len(body['title'])):,} characters, at most {LARGEST_TEXT:,}")
    for name in WORDS:
        if "\x00" in body[name] or not body[name].isprintable() and any("\ud800" <= sign <= "\udfff" for sign in body[name]):
            raise PostRefused("characters", f"{name} holds a NUL or half a surrogate pair, which is no text")
    for name in MOMENTS:
        body[name] = moment(name, body[name])
    return Post(**body)


def moment(name: str, value: Any) -> datetime:
    """An aware instant. Raises ``PostRefused`` for anything else."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise PostRefused("time", f"{name} is no ISO instant: {str(value)[:40]!r}") from error
    if found.tzinfo is None:
        raise PostRefused("time", f"{name} has no offset: {value!r}", "write +08:00 at capture")
    if not ABSURD_YEARS[0] <= found.year < ABSURD_YEARS[1]:
        raise PostRefused("time", f"{name} lies in the year {found.year}", "seconds taken for milliseconds?")
    return found
