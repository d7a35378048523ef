"""What must hold over everybody taken for one person, not only between two records: one holder's numbers, and nothing a person said is different.

Two accepted pairs that share a record join three records. If the outer two bear different valid numbers, or a person said they are two,
one of the pairs is wrong though each looked right by itself. Pairs join from the surest to the weakest (Kruskal 1956), and one that would
bring such records together goes to a person instead. What comes out depends on the pairs alone: linking by changes and linking anew agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

from jiandu import lake
from jiandu.matching.bands import ACCEPT, DIFFERENT, EXACT, REVIEW, SAME, VERDICTS
from jiandu.matching.evidence import COMPARISONS

TWO_NUMBERS = "采信后会通过其他记录把有效证件号码不同的人连成一人"
SAID_DIFFERENT = "采信后会通过其他记录把人工认定不是同一人的记录连成一人"
JOINING = """
    WITH accepted AS (SELECT * FROM pairs WHERE band = 'accept'),
    shared AS (SELECT left_uid AS uid FROM accepted GROUP BY 1 HAVING count(*) > 1 UNION ALL SELECT right_uid FROM accepted GROUP BY 1 HAVING count(*) > 1)
    SELECT left_uid, right_uid, answer, match_kind, {bits} AS bits, l.id_no AS left_number, r.id_no AS right_number
    FROM accepted LEFT JOIN numbers_left AS l ON l.uid = left_uid LEFT JOIN numbers_right AS r ON r.uid = right_uid
    WHERE left_uid IN (FROM shared) OR right_uid IN (FROM shared)
"""
"""Accepted pairs that share a record with another: all others join two records and nobody else."""
SENT = f"""
    SELECT pairs.* REPLACE (
        CASE WHEN c.why IS NULL THEN band ELSE '{REVIEW}' END AS band, coalesce(c.why, reason) AS reason,
        CASE WHEN c.why IS NULL THEN explanation
             ELSE regexp_replace(explanation, '{VERDICTS[ACCEPT]}(（[^（）]*）)?', '{VERDICTS[REVIEW]}（' || c.why || '）') END AS explanation)
    FROM pairs LEFT JOIN cut AS c USING (left_uid, right_uid) ORDER BY left_uid, right_uid
"""


class Join(NamedTuple):
    """An accepted pair: the records, whether a person said so, how sure it is (compared from the left), and the valid number of each record."""

    left: str
    right: str
    is_said: bool
    sureness: tuple[float, ...]
    left_number: str | None
    right_number: str | None


@dataclass
class Cluster:
    """Records taken for one person so far, their valid numbers, and the records that a person said are somebody else."""

    uids: set[str]
    numbers: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)

    def speaks_against(self, other: Cluster, is_said: bool) -> str:
        """Why both cannot be one person; empty when they can. A person who said so has seen the numbers."""
        if self.others & other.uids or other.others & self.uids:
            return SAID_DIFFERENT
        return TWO_NUMBERS if not is_said and self.numbers and other.numbers and not self.numbers & other.numbers else ""

    def takes(self, other: Cluster) -> None:
        """Become both."""
        self.uids |= other.uids
        self.numbers |= other.numbers
        self.others |= other.others


def cut(joins: list[Join], different: Mapping[str, set[str]]) -> dict[tuple[str, str], str]:
    """Pairs that must not join, each with why. ``different``: record → records a person said are somebody else.

    What people said is joined first, whatever the numbers: whoever confirms that two are one person's has seen both. Where people contradict
    one another over several pairs, "different" outweighs, as it does over one.
    """
    place: dict[str, Cluster] = {}
    found: dict[tuple[str, str], str] = {}
    for join in sorted(joins, key=lambda one: (not one.is_said, [-part for part in one.sureness], one.left, one.right)):
        for uid, number in ((join.left, join.left_number), (join.right, join.right_number)):
            place.setdefault(uid, Cluster({uid}, {number} if number else set(), set(different.get(uid, ()))))
        first, second = place[join.left], place[join.right]
        if first is second:
            continue
        if why := first.speaks_against(second, join.is_said):
            found[join.left, join.right] = why
            continue
        if len(first.uids) < len(second.uids):
            first, second = second, first
        first.takes(second)
        for uid in second.uids:
            place[uid] = first
    return found


def consistent(pairs: pa.Table, left: pa.Table, right: pa.Table) -> pa.Table:
    """The pairs, of which those that would join what must stay apart went to review; sorted by ``left_uid``, ``right_uid``.

    ``left``, ``right``: the records with ``uid`` and ``id_no``.
    """
    kind = pairs["kind"][0].as_py() if pairs.num_rows else None
    if kind is None:
        return pairs
    bits = " + ".join(f"bits_{one.name}" for one in COMPARISONS[kind])
    with lake.glance() as duck:
        for name, table in (("pairs", pairs), ("numbers_left", left), ("numbers_right", right)):
            duck.register(name, table if name == "pairs" else table.select(["uid", "id_no"]))
        joins = [
            Join(left_uid, right_uid, answer == SAME, (float(match_kind == EXACT), weight), first, second)
            for left_uid, right_uid, answer, match_kind, weight, first, second in duck.sql(JOINING.format(bits=bits)).fetchall()
        ]
        different: dict[str, set[str]] = {}
        if joins:
            for one, other in duck.sql(f"SELECT left_uid, right_uid FROM pairs WHERE answer = '{DIFFERENT}' AND band <> '{ACCEPT}'").fetchall():
                different.setdefault(one, set()).add(other)
                different.setdefault(other, set()).add(one)
        if not (found := cut(joins, different)):
            return pairs
        duck.register("cut", pa.Table.from_pylist([{"left_uid": one, "right_uid": other, "why": why} for (one, other), why in found.items()]))
        return duck.sql(SENT).to_arrow_table().cast(pairs.schema)
