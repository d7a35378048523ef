"""A match kept up by changes equals linking everything anew, and person numbers stay, whatever comes, goes or is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from jiandu.identifiers.resident_id import check_digit
from jiandu.matching import kept, persons, statements
from jiandu.matching.bands import Bands
from jiandu.matching.kept import Kept
from jiandu.matching.linkage import JUDGED, link
from jiandu.matching.model import expected
from jiandu.matching.normalise import normalise

DAY = datetime(2026, 11, 20, tzinfo=UTC)
WEIGHTS, BANDS = expected(), Bands(two_people_above=100_000)
FIELDS = ("name", "id_no", "birth_date", "gender", "phone", "address", "county_code", "seen_on", "died_on", "consequence")


def number(day: str, sequence: int) -> str:
    stem = f"990101{day.replace('-', '')}{sequence:03d}"
    return stem + check_digit(stem)


DAYS = ["1980-01-01", "1980-01-02", "1990-05-05"]
NUMBERS = [number(day, sequence) for day in DAYS for sequence in (1, 2)]
RECORD = st.fixed_dictionaries({
    "name": st.sampled_from(["王伟", "王玮", "李娜", "李娜（曾用名李芳）", "李芳", None]),
    "id_no": st.sampled_from([*NUMBERS, NUMBERS[0][:17] + ("1" if NUMBERS[0][17] != "1" else "2"), None, None]),
    "birth_date": st.sampled_from([*DAYS, None]), "gender": st.sampled_from(["男", None]), "phone": st.sampled_from(["16000000012", "16000000034", None]),
    "address": st.sampled_from(["云泽省云江市青澜区清溪镇白石村1组2号", "云泽省云江市青澜区清溪镇白石村3组4号", None]), "county_code": st.just("990101"),
    "seen_on": st.just("2026-01-01"), "died_on": st.sampled_from([None, None, "2020-01-01"]), "consequence": st.sampled_from(["5", "500000"]),
})
WORLD = st.fixed_dictionaries({
    "left": st.dictionaries(st.sampled_from([f"P{n}" for n in range(6)]), RECORD, max_size=6),
    "right": st.dictionaries(st.sampled_from([f"E{n}" for n in range(6)]), RECORD, max_size=6),
    "judged": st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 5)), st.sampled_from(["same", "different", "unsure"]), max_size=2),
})


def records(rows: dict[str, dict[str, Any]], dataset: str) -> pa.Table:
    listed = [{"uid": f"{dataset}|{key}", "dataset": dataset, "key": key, "stamp": str(row), **row} for key, row in sorted(rows.items())]
    return pa.Table.from_pylist(listed, pa.schema([(name, pa.string()) for name in ("uid", "dataset", "key", "stamp", *FIELDS)]))


def said(world: dict[str, Any]) -> pa.Table:
    rows = [{"left_uid": f"l|P{p}", "right_uid": f"r|E{e}", "answer": answer, "people": 1} for (p, e), answer in sorted(world["judged"].items())]
    return pa.Table.from_pylist(rows, JUDGED)


@given(worlds=st.lists(WORLD, min_size=2, max_size=4))
@examples(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_following_changes_equals_linking_anew(worlds: list[dict[str, Any]]) -> None:
    hub, statements.HUB = statements.HUB, 2  # so that keys become too common and cease to be
    statements.HUBS = statements.HUBS.replace(f"> {hub}", "> 2")
    try:
        with TemporaryDirectory() as folder:
            file = Kept(Path(folder), WEIGHTS, BANDS)
            for world in worlds:
                left, right, judged = records(world["left"], "l"), records(world["right"], "r"), said(world)
                file.update(left, right, judged)
                anew, _ = link(normalise(left), normalise(right), WEIGHTS, BANDS, judged=judged)
                assert file.pairs().to_pylist() == anew.to_pylist()
            assert file.update(left, right, judged).scored == 0
            file.close()
    finally:
        statements.HUB, statements.HUBS = hub, statements.HUBS.replace("> 2", f"> {hub}")


def test_a_new_entry_scores_only_the_parties_it_could_be(tmp_path: Path) -> None:
    base = {"gender": None, "county_code": "990101", "seen_on": None, "died_on": None, "consequence": None, "phone": None, "address": None}
    left = {f"P{n}": {**base, "name": f"王{chr(0x4E00 + n)}", "id_no": None, "birth_date": f"19{50 + n % 50}-01-0{1 + n % 9}"} for n in range(200)}
    file = Kept(tmp_path, WEIGHTS, BANDS)
    file.update(records(left, "l"), records({"E0": left["P0"]}, "r"))
    moved = file.update(records(left, "l"), records({"E0": left["P0"], "E7": left["P7"]}, "r"))
    assert (moved.left, moved.right) == (0, 1)
    assert moved.scored < 5
    assert {(row["left_key"], row["right_key"]) for row in file.pairs().to_pylist()} >= {("P0", "E0"), ("P7", "E7")}
    file.close()


def test_the_file_is_made_anew_when_divisions_change_and_a_spill_folder_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Kept(tmp_path, WEIGHTS, BANDS)
    first.close()
    spill = tmp_path / f"{first.path.name}.tmp"
    spill.mkdir()
    (spill / "left-over").touch()
    monkeypatch.setattr(kept.divisions, "merged", lambda: {"990101": "990102"})
    second = Kept(tmp_path, WEIGHTS, BANDS)
    second.close()
    assert second.path != first.path
    assert not first.path.exists()
    assert not spill.exists()
    (tmp_path / f"{second.path.name}.tmp").mkdir()
    monkeypatch.setattr(kept, "folder", lambda: tmp_path)
    kept.drop()
    assert not list(tmp_path.iterdir())


def ids(table: pa.Table) -> dict[str, str]:
    return {row["uid"]: row["person_id"] for row in table.to_pylist() if row["uid"]}


def test_numbers_survive_a_merge_and_a_split() -> None:
    first = persons.assign([("a", "b"), ("c", "d")], None, DAY)
    apart = ids(first)
    assert apart["a"] == apart["b"] != apart["c"] == apart["d"]
    merged = persons.assign([("a", "b"), ("b", "c"), ("c", "d")], first, DAY + timedelta(days=1))
    assert set(ids(merged).values()) == {apart["a"]}
    assert [(row["person_id"], row["merged_into"]) for row in merged.to_pylist() if not row["uid"]] == [(apart["c"], apart["a"])]
    split = persons.assign([("a", "b"), ("c", "d")], merged, DAY + timedelta(days=2))
    again = ids(split)
    assert again["a"] == again["b"] == apart["a"]
    assert again["c"] == again["d"] == apart["c"], "the part without the founder gets the number of its own founder back"
    assert persons.assign([("a", "b"), ("c", "d")], split, DAY + timedelta(days=3)).equals(split)


@given(steps=st.lists(st.sets(st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz")), max_size=8), min_size=1, max_size=5))
@examples(max_examples=60, deadline=None)
def test_a_number_never_names_two_persons_and_none_is_lost(steps: list[set[tuple[str, str]]]) -> None:
    known, ever = None, set[str]()
    for day, pairs in enumerate(steps):
        known = persons.assign(sorted(pairs), known, DAY + timedelta(days=day))
        named = ids(known)
        groups = persons.components(sorted(pairs))
        assert all(len({named[uid] for uid in group}) == 1 for group in groups)
        assert len({named[min(group)] for group in groups}) == len(groups)
        ever |= set(named.values())
        assert ever == {row["person_id"] for row in known.to_pylist()}, "an old number still leads to somebody"
        assert all(row["merged_into"] in set(named.values()) for row in known.to_pylist() if not row["uid"])
