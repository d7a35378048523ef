"""Who is who over all tables: records taken for one person share a number that stays through merges and splits.

A person's number is sha256 of the record it was founded on. When two persons turn out to be one, the number known longer survives and the
other points to it; when one turns out to be two, the part that holds the founding record keeps the number. Clues hang on the record of
the case, never on this number, so they follow by themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa

from jiandu import chains

SCHEMA = pa.schema([
    ("uid", pa.string()), ("person_id", pa.string()), ("founder", pa.string()), ("since", pa.timestamp("us", "UTC")), ("merged_into", pa.string()),
])
"""One row a record (``uid`` set), and one for each number that another took over (``uid`` empty, ``merged_into`` set)."""


def number(founder: str) -> str:
    """A person's number by the record it was founded on."""
    return hashlib.sha256(f"person|{founder}".encode()).hexdigest()[:24]


def components(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    """Records connected by pairs, in the order of their smallest record."""
    root: dict[str, str] = {}

    def find(uid: str) -> str:
        while root.setdefault(uid, uid) != uid:
            root[uid] = root[root[uid]]
            uid = root[uid]
        return uid

    for left, right in pairs:
        first, second = sorted((find(left), find(right)))
        root[second] = first
    found: dict[str, set[str]] = {}
    for uid in root:
        found.setdefault(find(uid), set()).add(uid)
    return [found[key] for key in sorted(found)]


def assign(pairs: Iterable[tuple[str, str]], known: pa.Table | None, as_of: datetime) -> pa.Table:
    """Numbers of all records that are in a pair now or had a number before. ``known``: what the last call gave."""
    before: list[dict[str, Any]] = known.to_pylist() if known is not None else []
    was: dict[str, dict[str, Any]] = {str(row["uid"]): row for row in before if row["uid"]}
    gone = {row["person_id"]: row for row in before if not row["uid"]}
    groups = components(pairs)
    groups += [{uid} for uid in sorted(set(was) - set().union(*groups))]
    claims = {row["person_id"]: (row["since"], row["founder"], row["person_id"]) for row in was.values()}
    rows, holder = list[dict[str, Any]](), dict[str, str]()
    for group in groups:
        # A number goes with the record it was founded on, or, where that record left no trace, with the group that has its first member.
        offered = sorted(claim for claim in {claims[was[uid]["person_id"]] for uid in group if uid in was} if _keeps(claim, group, was))
        since, founder, person = offered[0] if offered else _founded(group, claims, gone, as_of)
        rows += [{"uid": uid, "person_id": person, "founder": founder, "since": since, "merged_into": None} for uid in sorted(group)]
        holder |= {claim[2]: person for claim in offered[1:]}
    live = {row["person_id"] for row in rows}
    for person, row in gone.items():
        if person not in live:
            holder.setdefault(person, row["merged_into"])
    rows += [
        {"uid": None, "person_id": person, "founder": None, "merged_into": chains.last(person, holder),
         "since": claims[person][0] if person in claims else gone[person]["since"]}
        for person in sorted(set(holder) - live)
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def _keeps(claim: tuple[datetime, str, str], group: set[str], was: dict[str, dict[str, Any]]) -> bool:
    """Whether the group is the one that keeps this number: it holds the founder, or the smallest record that still has the number."""
    _, founder, person = claim
    if founder in was:
        return founder in group
    return min(uid for uid, row in was.items() if row["person_id"] == person) in group


def _founded(
    group: set[str], claims: dict[str, tuple[datetime, str, str]], gone: dict[str, dict[str, Any]], as_of: datetime,
) -> tuple[datetime, str, str]:
    """A person founded on the smallest record whose number nobody else has; one that had a number before a merge gets it back."""
    founder = next((uid for uid in sorted(group) if number(uid) not in claims), min(group))
    person = number(founder)
    return (gone[person]["since"] if person in gone else as_of), founder, person
