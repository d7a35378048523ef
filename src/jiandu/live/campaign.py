"""Which posts belong together: one campaign is one clue with its posts, however often a text is repeated.

A post belongs to the campaign of the contact it harvests, of one category; else to that of a near-duplicate text (rensa MinHash with LSH
over pairs of characters: Broder 1997; Leskovec et al., Mining of Massive Datasets, ch. 3); else to what its account posts of that category.
Who is in danger of their own hand is a person, not a campaign: their posts are joined by account alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from rensa import RMinHash, RMinHashLSH

from jiandu.collision.identity import clue_id, subject_id_hash
from jiandu.live import MODEL

CONTACT_ORDER = ("phone", "wechat", "qq", "url")
"""A number leads to a person sooner than an address does."""

PUBLIC_HOSTS = (
    "163.com", "alipay.com", "baidu.com", "bilibili.com", "douban.com", "douyin.com", "edu.cn", "gov.cn", "iqiyi.com", "jd.com", "kuaishou.com",
    "pinduoduo.com", "qq.com", "sina.com.cn", "sohu.com", "taobao.com", "tieba.com", "tmall.com", "toutiao.com", "weibo.com", "xiaohongshu.com", "zhihu.com",
)
"""Hosts that everybody names: alone they lead to nobody, and would tie strangers together. An address with a path on them is one page."""

HASHES = 128
BANDS = 32
LIKENESS = 0.6
"""Estimated Jaccard similarity of pairs of characters: five edits in a hundred characters stay well above, another text about the same is far below."""

SHINGLE = 2
"""Lures are a dozen characters long: longer pieces would hardly repeat after one edit."""

SHORTEST = 8
"""A text of fewer characters is a set phrase that many people use; it makes no family."""

REMEMBERED = 20_000
"""Families known at a time, the one seen longest ago is forgotten first. Contacts and accounts are kept in the store."""

RESTS, RESTS_IN_DANGER = timedelta(days=30), timedelta(days=1)
"""A post that is written so long after the last one of its clue is news to the office again; of a person in danger after a day."""


class Contact(Protocol):
    """What ``jiandu.keywords`` found to call or write to."""

    @property
    def kind(self) -> str: ...

    @property
    def value(self) -> str: ...


def contact_alias(contacts: Iterable[Contact], category: str, key: bytes) -> str | None:
    """``contact|<kind>|<keyed hash>|<category>`` of the contact that leads furthest, or ``None``: the number itself is no name of a clue."""
    known = [one for one in contacts if one.kind in CONTACT_ORDER and leads(one)]
    if not known:
        return None
    first = min(known, key=lambda one: CONTACT_ORDER.index(one.kind))
    return f"contact|{first.kind}|{subject_id_hash(first.value, key)[:32]}|{category}"


def leads(contact: Contact) -> bool:
    """Whether a contact leads to somebody: a number, an address with a path, a host that is not everybody's."""
    host, _, path = contact.value.partition("/")
    return contact.kind != "url" or bool(path) or not f".{host}".endswith(tuple(f".{known}" for known in PUBLIC_HOSTS))


def account_alias(account: str, category: str) -> str:
    """``account|<keyed hash>|<category>``."""
    return f"account|{account}|{category}"


def comes_back(last: datetime, posted_at: datetime, is_danger: bool) -> bool:
    """Whether a campaign whose newest post was written at ``last`` had come to rest before this one (event time)."""
    return posted_at - last >= (RESTS_IN_DANGER if is_danger else RESTS)


def named(anchor: str) -> str:
    """The clue of a campaign that begins with ``anchor`` (an alias): ``sha256(model, subject, anchor)`` as for every clue."""
    subject, _, _ = anchor.partition("|")
    return clue_id(MODEL, subject, anchor)


def sketch(text: str) -> RMinHash | None:
    """The MinHash of a normalised text; ``None`` for one too short to be anybody's own words."""
    if len(text) < SHORTEST:
        return None
    made = RMinHash(HASHES, 1)
    made.update([text[place:place + SHINGLE] for place in range(len(text) - SHINGLE + 1)])
    return made


class Families:
    """Near-duplicate texts of the campaigns seen last: a text in, the clue whose text it repeats out."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.remembered = remembered
        self.index = RMinHashLSH(LIKENESS, HASHES, BANDS)
        self.members: OrderedDict[int, tuple[str, RMinHash]] = OrderedDict()
        self.next = 0

    def __len__(self) -> int:
        return len(self.members)

    def find(self, made: RMinHash) -> str | None:
        """The clue of the most similar text at or above ``LIKENESS``; of equals the oldest."""
        best: tuple[float, int] | None = None
        for number in self.index.query(made):
            alike = made.jaccard(self.members[number][1])
            if alike >= LIKENESS and (best is None or (-alike, number) < best):
                best = (-alike, number)
        if best is None:
            return None
        self.members.move_to_end(best[1])
        return self.members[best[1]][0]

    def add(self, clue: str, made: RMinHash) -> None:
        """Remember the first text of a campaign; only that one, or a chain of small edits would tie everything together."""
        self.index.insert(self.next, made)
        self.members[self.next] = (clue, made)
        self.next += 1
        if len(self.members) > self.remembered:
            oldest, _ = self.members.popitem(last=False)
            self.index.remove(oldest)
