"""Over everybody taken for one person: no two valid numbers, nobody a person said is somebody else; whatever the order of the pairs."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from jiandu.identifiers.resident_id import check_digit
from jiandu.matching import clusters, persons
from jiandu.matching.bands import Bands
from jiandu.matching.clusters import SAID_DIFFERENT, TWO_NUMBERS, Join, cut
from jiandu.matching.linkage import JUDGED, link
from jiandu.matching.model import expected
from jiandu.matching.normalise import normalise

DAY = datetime(2026, 11, 20, tzinfo=UTC)
HOME = {
    "name": "王伟", "birth_date": "1980-01-01", "gender": "男", "phone": "16000000012",
    "address": "云泽省云江市青澜区清溪镇白石村1组2号", "county_code": "990101",
}
FIRST, SECOND = (f"99010119800101{n}" + check_digit(f"99010119800101{n}") for n in ("001", "003"))


def linked(left: list[dict[str, Any]], right: list[dict[str, Any]], judged: pa.Table | None = None) -> list[dict[str, Any]]:
    fields = ("key", "id_no", *HOME)
    sides = [normalise(pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in fields])), side) for rows, side in ((left, "l"), (right, "r"))]
    pairs, _ = link(*sides, expected(), Bands(), judged=judged)
    rows: list[dict[str, Any]] = clusters.consistent(pairs, *sides).to_pylist()
    return rows


def test_an_entry_without_a_number_does_not_join_two_holders_of_different_numbers() -> None:
    left = [HOME | {"key": "P1", "id_no": FIRST}, HOME | {"key": "P2", "id_no": SECOND, "phone": None}]
    found = {row["left_key"]: row for row in linked(left, [HOME | {"key": "E", "id_no": None}]) if row["right_key"] == "E"}
    assert found["P1"]["band"] == "accept", "the surer pair stays"
    assert (found["P2"]["band"], found["P2"]["reason"]) == ("review", TWO_NUMBERS)
    assert f"须人工核对（{TWO_NUMBERS}）" in found["P2"]["explanation"]
    assert "达到采信标准" not in found["P2"]["explanation"]


def test_a_third_record_does_not_join_what_a_person_said_is_different() -> None:
    left = [HOME | {"key": "P1", "id_no": None}, HOME | {"key": "P2", "id_no": None}]
    right = [HOME | {"key": "E1", "id_no": FIRST}, HOME | {"key": "E2", "id_no": FIRST, "phone": None}]
    apart = [{"left_uid": "l|P1", "right_uid": "r|E1", "answer": "different", "people": 1, "answered_at": 9}]
    found = {(row["left_key"], row["right_key"]): row for row in linked(left, right, pa.Table.from_pylist(apart, JUDGED))}
    accepted = [pair for pair, row in found.items() if row["band"] == "accept"]
    named = {row["uid"]: row["person_id"] for row in persons.assign([(f"l|{one}", f"r|{other}") for one, other in accepted], None, DAY).to_pylist()}
    assert len(accepted) == 2
    assert named.get("l|P1") != named.get("r|E1") or named.get("l|P1") is None
    assert [row["reason"] for row in found.values() if row["band"] == "review"] == [SAID_DIFFERENT]


def test_who_says_two_numbers_are_one_persons_has_seen_both() -> None:
    said = Join("l|P", "r|E", True, (0.0, 1.0), FIRST, SECOND)
    weak, strong = Join("l|Q", "r|E", False, (0.0, 30.0), SECOND, SECOND), Join("l|P", "r|F", False, (1.0, 30.0), "X", "X")
    assert cut([said, weak], {}) == {}
    assert cut([said, weak, strong._replace(left_number=FIRST)], {}) == {("l|P", "r|F"): TWO_NUMBERS}
    assert cut([said, said._replace(left="l|Q")], {"l|P": {"l|Q"}}) == {("l|Q", "r|E"): SAID_DIFFERENT}, "people contradict one another"


PAIR = st.tuples(st.sampled_from("abcd"), st.sampled_from("uvwx"), st.booleans(), st.integers(0, 3))


@given(pairs=st.lists(PAIR, max_size=12, unique_by=lambda one: one[:2]), numbers=st.dictionaries(st.sampled_from("abcduvwx"), st.sampled_from("123")),
       apart=st.sets(st.tuples(st.sampled_from("abcd"), st.sampled_from("uvwx")), max_size=3), order=st.randoms(use_true_random=False))
@examples(max_examples=200, deadline=None)
def test_constraints_hold_over_every_cluster(
    pairs: list[tuple[str, str, bool, int]], numbers: dict[str, str], apart: set[tuple[str, str]], order: random.Random,
) -> None:
    joins = [Join(one, other, said, (0.0, float(weight)), numbers.get(one), numbers.get(other)) for one, other, said, weight in pairs
             if (one, other) not in apart and (said or numbers.get(one, numbers.get(other)) == numbers.get(other, numbers.get(one)))]
    different: dict[str, set[str]] = {}
    for one, other in apart:
        different.setdefault(one, set()).add(other)
        different.setdefault(other, set()).add(one)
    found = cut(joins, different)
    kept = [join for join in joins if (join.left, join.right) not in found]
    for group in persons.components((join.left, join.right) for join in kept):
        assert not [pair for pair in apart if set(pair) <= group]
        seen = {numbers[uid] for uid in group if uid in numbers}
        assert len(seen) <= 1 + sum(join.is_said for join in kept if join.left in group), "only a person joins two numbers"
    mixed = list(joins)
    order.shuffle(mixed)
    assert cut(mixed, different) == found
    if not apart and not any(join.is_said for join in joins) and len(set(numbers.values())) < 2:
        assert not found


@pytest.mark.parametrize("n", [0, 3])
def test_pairs_that_share_nothing_are_left_alone(n: int) -> None:
    people = [HOME | {"key": str(place), "id_no": None, "phone": f"1600000001{place}", "address": f"清溪镇白石村{place}组9号"} for place in range(n)]
    assert [row["band"] for row in linked(people, people) if row["left_key"] == row["right_key"]] == ["accept"] * n
