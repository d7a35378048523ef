"""The tables of the door: what it asks of the store and what it writes there. Every function works within the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from jiandu.behaviour import Signal
from jiandu.behaviour import decode as decoded_signal
from jiandu.behaviour import encode as encoded_signal
from jiandu.live.finding import About
from jiandu.live.post import content_of
from jiandu.ops.tables import answer, clue, live_alias, live_campaign, live_change, live_lexicon, live_offset, live_post, live_signal

Row = dict[str, Any]
DECIDING = 50
"""Posts that a change keeps as its evidence, the gravest and then the earliest; the others are counted."""

COUNTED = text("""
    SELECT clue_id, count(DISTINCT post_key) FILTER (WHERE event = 'seen') AS posts, count(DISTINCT account) AS accounts,
           count(DISTINCT (split_part(post_key, ':', 1), thread_id)) AS threads, count(DISTINCT post_key) FILTER (WHERE event = 'deleted') AS deleted,
           array_agg(DISTINCT split_part(post_key, ':', 1) ORDER BY split_part(post_key, ':', 1)) AS platforms,
           min(posted_at) AS first_at, max(posted_at) AS last_at, max(level) AS level, max(arrived_at) AS seen_until
    FROM ops.live_post WHERE clue_id = ANY(:clues) GROUP BY clue_id
""")
CHOSEN = text("""
    SELECT clue_id, array_agg(hit_id ORDER BY hit_id) AS hits
    FROM (SELECT clue_id, hit_id, row_number() OVER (PARTITION BY clue_id, event ORDER BY level DESC, hit_id) AS place
          FROM ops.live_post WHERE clue_id = ANY(:clues)) AS ranked
    WHERE place <= :most GROUP BY clue_id
""")


CAMPAIGN = [column.name for column in live_campaign.columns if column.name not in ("signals", "updated_at")]
REMEMBERED = [*CAMPAIGN, "last_at", "heard_at"]
CLOSED = ("排除", "已整改", "跟踪复查", "提起诉讼")
"""States of work in which nobody looks for new posts of a clue by themselves (see ``jiandu.clue.answer``)."""


@dataclass
class Campaign:
    """What the door remembers of a campaign between two changes. ``posts`` counts versions of posts, ``told_posts`` those at its last change.

    ``last_at``: when its newest post was written; ``heard_at``: the reader's clock at the post that came last.
    """

    clue_id: str
    anchor: str
    category: str
    division_code: str
    sample: str
    change_no: int = 0
    posts: int = 0
    told_posts: int = 0
    level: int = 0
    grade: int = 0
    signals: dict[str, Signal] = field(default_factory=dict)
    last_at: datetime | None = None
    heard_at: datetime | None = None


def known_posts(connection: Connection, keys: Collection[str]) -> dict[str, list[tuple[str, str, str]]]:
    """(content, event, clue) of every version of these posts that has a finding, oldest first; content as ``post.content``."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    if keys:
        wanted = select(live_post.c.post_key, live_post.c.body, live_post.c.event, live_post.c.clue_id).where(live_post.c.post_key == func.any(list(keys)))
        for row in connection.execute(wanted.order_by(live_post.c.hit_id)):
            found.setdefault(row.post_key, []).append((content_of(row.body), row.event, row.clue_id))
    return found


def aliases(connection: Connection, names: Collection[str]) -> dict[str, str]:
    """The clues that these aliases lead to."""
    if not names:
        return {}
    return {row.alias: row.clue_id for row in connection.execute(select(live_alias).where(live_alias.c.alias == func.any(list(names))))}


def campaigns(connection: Connection, clues: Collection[str]) -> dict[str, Campaign]:
    """These campaigns as they stand."""
    if not clues:
        return {}
    wanted = live_campaign.c.clue_id == func.any(list(clues))
    seen = select(live_post.c.clue_id, func.max(live_post.c.posted_at).label("last_at"), func.max(live_post.c.arrived_at).label("heard_at"))
    last = seen.where(live_post.c.clue_id == func.any(list(clues)), live_post.c.event == "seen").group_by(live_post.c.clue_id).subquery()
    both = select(live_campaign, last.c.last_at, last.c.heard_at).outerjoin(last, last.c.clue_id == live_campaign.c.clue_id)
    return {row["clue_id"]: campaign(row) for row in connection.execute(both.where(wanted)).mappings()}


def campaign(row: RowMapping) -> Campaign:
    """A campaign of its row."""
    known = (decoded_signal(json.dumps(one).encode()) for one in row["signals"])
    return Campaign(**{name: row[name] for name in REMEMBERED}, signals={one.key: one for one in known})


def closed(connection: Connection, clues: Collection[str]) -> dict[str, datetime]:
    """Of these clues those whose office is done with them, and when it last said so."""
    if not clues:
        return {}
    said = select(answer.c.clue_id, func.max(answer.c.answered_at).label("at")).join(clue, clue.c.clue_id == answer.c.clue_id)
    done = said.where(answer.c.clue_id == func.any(list(clues)), clue.c.work_state.in_(CLOSED)).group_by(answer.c.clue_id)
    return {row.clue_id: row.at for row in connection.execute(done)}


def samples(connection: Connection, most: int) -> list[tuple[str, str]]:
    """Clue and text of the campaigns that changed last, the oldest of them first."""
    newest = select(live_campaign.c.clue_id, live_campaign.c.sample).order_by(live_campaign.c.updated_at.desc(), live_campaign.c.clue_id).limit(most)
    return [(row.clue_id, row.sample) for row in connection.execute(newest)][::-1]


def untold(connection: Connection) -> list[str]:
    """Campaigns that grew since their last change."""
    return list(connection.scalars(select(live_campaign.c.clue_id).where(live_campaign.c.posts != live_campaign.c.told_posts)))


def counted(connection: Connection, chosen: Sequence[Campaign]) -> dict[str, tuple[About, list[int]]]:
    """What the posts of campaigns add up to now, and which of them decide."""
    clues = [one.clue_id for one in chosen]
    hits = {row.clue_id: list(row.hits) for row in connection.execute(CHOSEN, {"clues": clues, "most": DECIDING})}
    named = {one.clue_id: one for one in chosen}
    found: dict[str, tuple[About, list[int]]] = {}
    for row in connection.execute(COUNTED, {"clues": clues}).mappings():
        one = named[row["clue_id"]]
        moments = {name: row[name].isoformat() for name in ("first_at", "last_at", "seen_until")}
        numbers = {name: row[name] for name in ("posts", "accounts", "threads", "deleted", "level")}
        found[one.clue_id] = (About(one.anchor, one.category, one.division_code, platforms=list(row["platforms"]), **numbers, **moments), hits[one.clue_id])
    return found


def add_posts(connection: Connection, rows: Sequence[Row]) -> None:
    """Keep posts with a finding, and words that they were deleted."""
    if rows:
        connection.execute(insert(live_post), rows)


def add_aliases(connection: Connection, names: Mapping[str, str]) -> None:
    """Remember where aliases lead; the first word stands."""
    if names:
        connection.execute(upsert(live_alias).on_conflict_do_nothing(), [{"alias": alias, "clue_id": led} for alias, led in names.items()])


def keep_campaigns(connection: Connection, changed: Iterable[Campaign], as_of: datetime) -> None:
    """Write campaigns as they stand now."""
    rows = [
        {**{name: getattr(one, name) for name in CAMPAIGN},
         "signals": [json.loads(encoded_signal(signal)) for _, signal in sorted(one.signals.items())], "updated_at": as_of}
        for one in changed
    ]
    if rows:
        statement = upsert(live_campaign)
        moved = {name: statement.excluded[name] for name in ("change_no", "posts", "told_posts", "level", "grade", "signals", "updated_at")}
        connection.execute(statement.on_conflict_do_update(index_elements=["clue_id"], set_=moved), rows)


def add_changes(connection: Connection, rows: Sequence[Row]) -> None:
    """Append to the journal."""
    if rows:
        connection.execute(insert(live_change), rows)


def keep_signals(connection: Connection, signals: Mapping[str, tuple[Signal, bool]], as_of: datetime) -> None:
    """The last word of each signal, and whether it still waits for a post."""
    if signals:
        statement = upsert(live_signal)
        last = {name: statement.excluded[name] for name in ("body", "is_waiting", "arrived_at")}
        rows: list[Row] = [
            {"signal_key": key, "body": json.loads(encoded_signal(one)), "is_waiting": waits, "arrived_at": as_of} for key, (one, waits) in signals.items()
        ]
        connection.execute(statement.on_conflict_do_update(index_elements=["signal_key"], set_=last), rows)


def late_signals(connection: Connection, since: datetime) -> list[tuple[Signal, datetime]]:
    """Signals that came since an instant, with when they came, the oldest first."""
    wanted = select(live_signal.c.body, live_signal.c.arrived_at).where(live_signal.c.arrived_at >= since)
    rows = connection.execute(wanted.order_by(live_signal.c.arrived_at, live_signal.c.signal_key))
    return [(decoded_signal(json.dumps(row.body).encode()), row.arrived_at) for row in rows]


def arrived(connection: Connection, keys: Collection[str]) -> None:
    """A post of these signals came."""
    if keys:
        came = live_signal.c.signal_key == func.any(list(keys))
        connection.execute(update(live_signal).where(came, live_signal.c.is_waiting).values(is_waiting=False))


def offsets(connection: Connection) -> dict[tuple[str, int], int]:
    """The next offset of every partition that was ever read."""
    return {(row.topic, row.partition): row.next for row in connection.execute(select(live_offset))}


def keep_offsets(connection: Connection, moved: Mapping[tuple[str, int], int], as_of: datetime) -> None:
    """Where reading goes on."""
    if moved:
        statement = upsert(live_offset)
        ahead = {name: statement.excluded[name] for name in ("next", "updated_at")}
        rows: list[Row] = [{"topic": topic, "partition": partition, "next": offset, "updated_at": as_of} for (topic, partition), offset in moved.items()]
        connection.execute(statement.on_conflict_do_update(index_elements=["topic", "partition"], set_=ahead), rows)


def keep_lexicon(connection: Connection, version: str, content: str, as_of: datetime) -> None:
    """Keep what posts were judged by, once a version."""
    connection.execute(upsert(live_lexicon).values(version=version, content=content, first_used_at=as_of).on_conflict_do_nothing())
