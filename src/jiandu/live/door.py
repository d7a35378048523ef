"""The one writer of live clues: a batch of scored posts and behaviour signals becomes clues, journal, alerts and positions in one transaction.

Whatever ends the process, either all of a batch is in the store, its offsets included, or nothing of it; what the door remembers between
batches it reads from the store again. A post that comes twice, or is captured twice, is known by its key and its content.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from jiandu import ops
from jiandu.alert.channels import channels
from jiandu.behaviour import Signal
from jiandu.collision.identity import hash_key
from jiandu.keywords import Score, normalise
from jiandu.live import announcing, journal
from jiandu.live.campaign import REMEMBERED, Families, account_alias, comes_back, contact_alias, named, sketch
from jiandu.live.finding import division_of
from jiandu.live.journal import Campaign
from jiandu.live.judge import Judge
from jiandu.live.post import Post, content, encode
from jiandu.live.topics import KEEP
from jiandu.live.waiting import SIGNAL_POSTS, Waiting

QUIET_SECONDS = 3.0
"""A campaign that grew and then paused so long is told once more, with its final number of posts."""

CACHED = 20_000
SIGNALS_KEPT = 100
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scored:
    """A post with what its words say, and where it stood: ``topic:partition:offset``."""

    post: Post
    score: Score
    place: str


@dataclass
class Batch:
    """What one transaction carries: posts with a finding, deletions, signals, and the offsets behind them."""

    posts: list[Scored] = field(default_factory=list)
    deleted: list[tuple[Post, str]] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """Where signals stood, by their keys."""

    @property
    def matters(self) -> bool:
        """Whether it changes anything beside the offsets."""
        return bool(self.posts or self.deleted or self.signals)


@dataclass
class Told:
    """What became of a batch."""

    opened: int = 0
    changed: int = 0
    posts: int = 0
    alerts: int = 0


class Door:
    """Holds what it knows of campaigns; throw it away after any error and open another."""

    def __init__(self, now: datetime, remembered: int = REMEMBERED) -> None:
        self.key, self.reachable = hash_key(), channels()
        self.families = Families(remembered)
        self.campaigns: dict[str, Campaign] = {}
        self.aliases: dict[str, str] = {}
        self.versions: set[str] = set()
        with ops.transaction() as connection:
            for clue, sample in journal.samples(connection, remembered):
                if (made := sketch(sample)) is not None:
                    self.families.add(clue, made)
            self.waiting = Waiting(journal.late_signals(connection, now - KEEP))
            self.grown: dict[str, float] = dict.fromkeys(journal.untold(connection), 0.0)

    def quiet(self) -> list[str]:
        """Campaigns that grew since they were told, and grow no more."""
        before = time.monotonic() - QUIET_SECONDS
        return [clue for clue, at in self.grown.items() if at <= before]

    def apply(self, batch: Batch, judge: Judge, as_of: datetime, quiet: Collection[str] = ()) -> Told:
        """One batch into the store. Raises ``ServiceUnavailable`` when it does not answer; nothing of the batch is then kept."""
        if max(len(self.campaigns), len(self.aliases)) > CACHED:
            self.campaigns.clear()
            self.aliases.clear()
        self.waiting.drop(as_of - KEEP)
        with ops.transaction() as connection:
            told = _Turn(self, connection, judge, as_of).take(batch, quiet)
            journal.keep_offsets(connection, batch.offsets, as_of)
        return told


class _Turn:
    """One batch in its transaction."""

    def __init__(self, door: Door, connection: Connection, judge: Judge, as_of: datetime) -> None:
        self.door, self.connection, self.judge, self.as_of = door, connection, judge, as_of
        self.rows: list[Row] = []
        self.named: dict[str, str] = {}
        self.causes: dict[str, str] = {}
        self.signals: dict[str, tuple[Signal, bool]] = {}
        self.again: set[str] = set()
        self.heard: dict[str, datetime | None] = {}

    def take(self, batch: Batch, quiet: Collection[str]) -> Told:
        wanted = {one.post.key for one in batch.posts} | {post.key for post, _ in batch.deleted}
        known = journal.known_posts(self.connection, wanted | {key for one in batch.signals for key in one.post_keys[:SIGNAL_POSTS]})
        self.remember(batch, known, quiet)
        clue_of = {key: versions[-1][2] for key, versions in known.items()}
        hashes = {(key, version[0]) for key, versions in known.items() for version in versions}
        for one in batch.posts:
            self.post(one, clue_of, hashes)
        self.reopen()
        for post, place in batch.deleted:
            self.gone(post, place, clue_of, hashes)
        for signal in batch.signals:
            self.signal(signal, clue_of)
        self.late()
        journal.add_posts(self.connection, self.rows)
        journal.add_aliases(self.connection, self.named)
        for clue in quiet:
            self.causes.setdefault(clue, "more")
        opened, changed, alerts = self.tell()
        journal.keep_signals(self.connection, self.signals, self.as_of)
        return Told(opened, changed, len(self.rows), alerts)

    def remember(self, batch: Batch, known: Mapping[str, Sequence[tuple[str, str, str]]], quiet: Collection[str]) -> None:
        """Have the aliases and campaigns at hand that this batch may touch; two questions at most."""
        door = self.door
        asked = {alias for one in batch.posts for alias in self.own_aliases(one)} - door.aliases.keys()
        door.aliases |= journal.aliases(self.connection, asked)
        clues = {version[2] for versions in known.values() for version in versions} | set(quiet)
        clues |= {door.aliases[alias] for one in batch.posts for alias in self.own_aliases(one) if alias in door.aliases}
        self.load(clues)

    def load(self, clues: Collection[str]) -> None:
        self.door.campaigns |= journal.campaigns(self.connection, [clue for clue in clues if clue not in self.door.campaigns])

    def own_aliases(self, one: Scored) -> list[str]:
        """What may lead from a post to its campaign, the strongest first."""
        category = self.judge.category(one.score)
        contact = None if category in self.judge.dangers else contact_alias(one.score.contacts, category, self.door.key)
        return ([contact] if contact else []) + [account_alias(one.post.account, category)]

    def post(self, one: Scored, clue_of: dict[str, str], hashes: set[tuple[str, str]]) -> None:
        """Put one post into its campaign."""
        post = one.post
        if (same := (post.key, content(post))) in hashes:
            return
        hashes.add(same)
        clue = clue_of.get(post.key)
        if clue is None or self.is_other(self.door.campaigns[clue], one.score):
            clue = self.campaign_of(one)
        clue_of[post.key] = clue
        self.load([clue])
        campaign = self.door.campaigns[clue]
        if campaign.last_at and comes_back(campaign.last_at, post.posted_at, campaign.category in self.judge.dangers):
            self.again.add(clue)
        self.heard.setdefault(clue, campaign.heard_at)
        campaign.last_at, campaign.heard_at = max(post.posted_at, campaign.last_at or post.posted_at), self.as_of
        campaign.posts += 1
        campaign.level = max(campaign.level, one.score.level)
        hits = [{"lexicon": hit.lexicon, "category": hit.category, "term": hit.term, "tier": hit.tier, "start": hit.start, "end": hit.end, "weight": hit.weight}
                for hit in one.score.hits]
        self.row(clue, post, "seen", one.place, one.score.level, hits)
        self.causes.setdefault(clue, "post")

    def is_other(self, known: Campaign, score: Score) -> bool:
        """Whether a post was edited into a cry for help: that is another matter than its first words were."""
        category = self.judge.category(score)
        return category in self.judge.dangers and category != known.category

    def reopen(self) -> None:
        """Clues that their office had done with before these posts came."""
        for clue, at in journal.closed(self.connection, self.heard.keys()).items():
            if (before := self.heard[clue]) is not None and at > before:
                self.again.add(clue)

    def campaign_of(self, one: Scored) -> str:
        """The clue a new post belongs to; a campaign is made where there is none."""
        door, own = self.door, self.own_aliases(one)
        category = self.judge.category(one.score)
        contact = own[0] if len(own) > 1 else None
        # Two children's like words are two children in danger: their words are neither compared nor kept beside the post.
        text = "" if category in self.judge.dangers else normalise(one.post.words)
        made = sketch(text)
        clue = door.aliases.get(contact) if contact else None
        if clue is None and made is not None and (near := door.families.find(made)) is not None:
            self.load([near])
            # A text that is repeated with another contact is another campaign: contacts come first.
            if contact is None or not door.campaigns[near].anchor.startswith("contact|"):
                clue = near
        if clue is None and contact is None:
            clue = door.aliases.get(own[0])
        if clue is None:
            clue = named(own[0])
            door.campaigns[clue] = Campaign(clue, own[0], category, division_of(one.post.board), text[:2000])
            if made is not None:
                door.families.add(clue, made)
        for alias in own:
            if alias not in door.aliases:
                door.aliases[alias] = self.named[alias] = clue
        return clue

    def row(self, clue: str, post: Post, event: str, place: str, level: int, hits: list[Row]) -> None:
        body = encode(post)
        self.rows.append({
            "clue_id": clue, "post_key": post.key, "event": event, "row_hash": hashlib.sha256(body).hexdigest(), "body": body.decode(),
            "account": post.account, "thread_id": post.thread_id, "posted_at": post.posted_at, "level": level, "hits": hits,
            "lexicon_version": self.judge.version, "place": place, "arrived_at": self.as_of,
        })

    def gone(self, post: Post, place: str, clue_of: Mapping[str, str], hashes: set[tuple[str, str]]) -> None:
        """A post was deleted at its source: its clue notes it and keeps the capture. Of a post without a finding nothing is kept."""
        clue, same = clue_of.get(post.key), (post.key, content(post))
        if clue is None or same in hashes:
            return
        hashes.add(same)
        self.row(clue, post, "deleted", place, 0, [])
        self.causes[clue] = "deleted"

    def signal(self, signal: Signal, clue_of: Mapping[str, str]) -> None:
        """Behaviour reaches the clues of its posts that are known, and later those of the posts that are not."""
        clues = {clue_of[key] for key in signal.post_keys[:SIGNAL_POSTS] if key in clue_of}
        for clue in clues:
            self.attach(clue, signal)
        self.signals[signal.key] = (signal, not clues)
        self.door.waiting.add(signal, self.as_of)

    def attach(self, clue: str, signal: Signal) -> None:
        self.load([clue])
        campaign = self.door.campaigns[clue]
        if campaign.signals.get(signal.key) == signal:
            return
        campaign.signals[signal.key] = signal
        if len(campaign.signals) > SIGNALS_KEPT:
            del campaign.signals[min(campaign.signals.values(), key=lambda one: (one.window_end, one.key)).key]
            if signal.key not in campaign.signals:
                return
        if self.causes.get(clue) != "deleted":
            self.causes[clue] = "signal"

    def late(self) -> None:
        """Signals that came before a post: they reach its clue, also when they have reached another before."""
        here = {(row["clue_id"], signal.key): signal for row in self.rows for signal in self.door.waiting.naming(row["post_key"])}
        for (clue, _), signal in here.items():
            self.attach(clue, signal)
        found = {key for _, key in here}
        journal.arrived(self.connection, found - self.signals.keys())
        self.signals |= {key: (self.signals[key][0], False) for key in found & self.signals.keys()}

    def tell(self) -> tuple[int, int, int]:
        """Write the campaigns, and as changes those that have something to say."""
        door, now = self.door, time.monotonic()
        touched = [door.campaigns[clue] for clue in self.causes]
        news = [one for one in touched if self.is_news(one)]
        told = announcing.tell(self.connection, self.judge, news, self.causes, self.again, door.reachable, self.as_of, door.versions)
        for one in touched:
            if one.posts != one.told_posts:
                door.grown[one.clue_id] = now
            else:
                door.grown.pop(one.clue_id, None)
        journal.keep_campaigns(self.connection, touched, self.as_of)
        states = Counter(told.states)
        return states["open"], states["updated"] + states["reopened"], told.alerts

    def is_news(self, one: Campaign) -> bool:
        """A first post, one after a long time, another grade, a deletion, a signal, twice as many posts as told: then it is a change."""
        cause = self.causes[one.clue_id]
        grade = self.judge.grade(one.level, list(one.signals.values()))
        is_first = one.change_no == 0 or one.clue_id in self.again
        return is_first or cause in ("deleted", "signal", "more") or grade != one.grade or one.posts >= 2 * one.told_posts
