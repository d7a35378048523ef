"""A public post as it travels on Kafka: topic ``jiandu.posts``, key ``platform:post_id``, value a JSON object of exactly these fields.

The account is no name: whoever captures the post makes it, a keyed HMAC-SHA256 (first 32 hex characters), before anything is written.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

import msgspec

from jiandu.errors import JianduError, Problem

TOPIC = "jiandu.posts"
DEAD = "jiandu.posts.dead"

LARGEST_BYTES = 256 * 1024
"""A value beyond this is no post of a person; it is refused before it is parsed."""

LARGEST_TEXT = 20_000
"""Characters of ``text``; platforms end posts well below. ``title`` may have as many."""

LONGEST_NAME, LONGEST_URL = 200, 4000
FUTURE_MINUTES = 10
"""Clocks of platforms run a little ahead of ours; what is dated later than this is refused: it would win every comparison in event time."""

ACCOUNT_DIGITS = 32
ABSURD_YEARS = (1990, 2200)


class Post(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One public post, kept and sent in this one form. Instants are aware; ``posted_at`` is event time, ``seen_at`` the moment of capture.

    A decoder made for one shape reads a post in 2 µs where json and checks in Python take 35.
    """

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
    deleted: bool

    @property
    def key(self) -> str:
        """``platform:post_id``, the key on Kafka and the address of the post everywhere else."""
        return f"{self.platform}:{self.post_id}"

    @property
    def words(self) -> str:
        """What is scored: title and text."""
        return words(self.title, self.text)


def words(title: str, text: str) -> str:
    """What of a post is scored: its title, if it has one, and its text."""
    return f"{title}\n{text}" if title else text


def content(post: Post) -> str:
    """sha256 (hex) of a post without the moment of its capture: whoever looks again at the same words has seen nothing new."""
    return hashlib.sha256(ENCODER.encode((
        post.platform, post.post_id, post.thread_id, post.board, post.account, post.text, post.title, post.url, post.posted_at.timestamp(), post.deleted,
    ))).hexdigest()


def content_of(body: str) -> str:
    """See ``content``, of a post as it was kept."""
    return content(DECODER.decode(body))


DECODER = msgspec.json.Decoder(Post)
ENCODER = msgspec.json.Encoder()
HASH = re.compile(f"[0-9a-f]{{{ACCOUNT_DIGITS}}}").fullmatch
NUL = "\x00"


class PostRefused(JianduError):
    """A message that is no post; ``reason`` is one short word for counting: empty, huge, malformed, fields, account, time, characters, future."""

    def __init__(self, reason: str, what: str, todo: str = "look at what writes to jiandu.posts") -> None:
        self.reason = reason
        super().__init__(Problem(TOPIC, what, todo))


def encode(post: Post) -> bytes:
    """The post as the value of its message: its fields in their order, instants in ISO form with their offset. The same post, the same bytes."""
    return ENCODER.encode(post)


def decode(value: bytes | None) -> Post:
    """The post of a message's value. Raises ``PostRefused`` for whatever is not exactly one post."""
    if not value:
        raise PostRefused("empty", "the message has no value", "a deleted post is a post with deleted=true")
    if len(value) > LARGEST_BYTES:
        raise PostRefused("huge", f"{len(value):,} bytes, at most {LARGEST_BYTES:,} are a post", "attachments travel by their address only")
    try:
        post = DECODER.decode(value)
    except msgspec.ValidationError as error:
        raise PostRefused("fields", f"not exactly the fields of a post: {error}"[:200]) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PostRefused("malformed", f"no JSON in UTF-8: {error}"[:200]) from error
    check(post)
    if b"\\u0000" in value and any(NUL in word for word in (post.platform, post.post_id, post.thread_id, post.board, post.text, post.title, post.url)):
        raise PostRefused("characters", "a NUL character, which is no text and no store keeps")
    return post


def check(post: Post) -> None:
    """Raise ``PostRefused`` for fields of the right type that still are no post's."""
    if HASH(post.account) is None:
        raise PostRefused("account", "account is no keyed hash of 32 hex characters", "names never travel: hash them at capture")
    if not post.platform or not post.post_id:
        raise PostRefused("fields", "platform or post_id is empty")
    if max(len(post.platform), len(post.post_id), len(post.thread_id), len(post.board)) > LONGEST_NAME or len(post.url) > LONGEST_URL:
        raise PostRefused("fields", f"platform, post_id, thread_id and board have at most {LONGEST_NAME} characters, url {LONGEST_URL:,}")
    if len(post.text) > LARGEST_TEXT or len(post.title) > LARGEST_TEXT:
        raise PostRefused("huge", f"a text of {max(len(post.text), len(post.title)):,} characters, at most {LARGEST_TEXT:,}")
    for name, found in (("posted_at", post.posted_at), ("seen_at", post.seen_at)):
        if found.tzinfo is None:
            raise PostRefused("time", f"{name} has no offset: {found.isoformat()}", "write +08:00 at capture")
        if not ABSURD_YEARS[0] <= found.year < ABSURD_YEARS[1]:
            raise PostRefused("time", f"{name} lies in the year {found.year}", "seconds taken for milliseconds?")
