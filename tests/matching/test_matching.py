"""Matching on a county with planted errors and namesakes: who is found, who is only shown to a person, and that a repeat changes nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from jiandu import lake, matching
from jiandu.cli import application, mount
from jiandu.matching.bands import ACCEPT, REJECT, REVIEW, Bands, band_sql, reason_sql

LOADED = datetime(2026, 11, 1, tzinfo=UTC)
WriteCounty = Callable[..., Any]
MakeMaker = Callable[[int], Any]
Write = Callable[[str, list[dict[str, Any]], str], None]


def pairs() -> list[dict[str, Any]]:
    table = lake.open_table("match", "party_registry")
    assert table is not None
    rows: list[dict[str, Any]] = table.to_pyarrow_table().to_pylist()
    return rows


def test_planted_people_are_found_and_no_namesake_is_accepted(county: WriteCounty) -> None:
    truth = county()
    matching.run(LOADED)
    accepted = {(row["party_key"], row["registry_key"]): row for row in pairs() if row["band"] == ACCEPT}
    found = Counter(kind for party, (entry, kind) in truth.truths.items() if (party, entry) in accepted)
    planted = Counter(kind for _, kind in truth.truths.values())
    for kind, count in planted.items():
        assert found[kind] / count >= 0.975, kind
    wrong = [pair for pair in accepted if truth.truths.get(pair[0], ("", ""))[0] != pair[1]]
    assert len(wrong) / len(accepted) <= 0.01
    assert not [pair for pair in wrong if pair[0] in truth.decoys]
    by_kind = Counter((truth.truths[party][1], row["match_kind"]) for (party, _), row in accepted.items())
    assert by_kind["15 digits", "exact_id"] > 0, "an old number of 15 digits equals its 18"
    shown = {row["party_key"] for row in pairs() if row["band"] == REVIEW}
    for kind in set(truth.decoys.values()):
        assert any(truth.decoys.get(party) == kind for party in shown), f"{kind}: a person gets to see it"


def test_the_same_inputs_give_the_same_table_and_no_new_version(county: WriteCounty) -> None:
    county(strangers=400, of_each=10)
    first = matching.run(LOADED)
    rows, table = pairs(), lake.open_table("match", "party_registry")
    assert table is not None
    again = matching.run(LOADED)
    assert (again.is_new, again.pairs) == (False, first.pairs)
    assert lake.open_table("match", "party_registry").version() == table.version()  # type: ignore[union-attr]
    matching.run(LOADED + timedelta(days=1))
    later = pairs()
    assert [{**row, "as_of": None} for row in later] == [{**row, "as_of": None} for row in rows], "weighed anew, bit by bit the same"
    assert {row["as_of"] for row in later} == {LOADED + timedelta(days=1)}


def test_new_entries_replace_the_table_in_one_commit(county: WriteCounty) -> None:
    truth = county(strangers=200, of_each=5)
    matching.run(LOADED)
    before = len(pairs())
    party = next(iter(truth.truths))
    entry = next(row for row in pairs() if row["party_key"] == party)
    known = lake.duck()
    lake.view(known, "silver", entry["registry_dataset"], "rows")
    copy = known.sql(f"SELECT * REPLACE ('E-new' AS record_key) FROM rows WHERE record_key = '{entry['registry_key']}'").to_arrow_table()
    lake.append("silver", entry["registry_dataset"], copy, commit="later")
    assert matching.run(LOADED).is_new
    assert len(pairs()) == before + 1
    assert {row["registry_key"] for row in pairs() if row["party_key"] == party} == {entry["registry_key"], "E-new"}


def test_two_valid_different_numbers_are_a_veto(maker: MakeMaker, silver: Write) -> None:
    draw = maker(3)
    person = draw.person()
    twin_number = {**person, "person_id_no": draw.number(person["county_code"], person["birth_date"], 994)}
    silver("civil__aid_household", [{"key": "E", **person, "person_name": person["name"]}], "a")
    silver("procuratorate__case_party", [{"key": "P", **twin_number, "party_name": person["name"]}], "b")
    assert matching.run(LOADED).pairs == {"probabilistic/review": 1}, "all else agrees: shown to a person, never accepted"
    assert "一人两号" in pairs()[0]["explanation"]


def test_two_valid_different_numbers_and_another_home_are_listed_and_counted_but_asked_of_nobody(maker: MakeMaker, silver: Write) -> None:
    draw = maker(3)
    person = draw.person()
    other = {**draw.person(), "name": person["name"], "birth_date": person["birth_date"]}
    silver("civil__aid_household", [{"key": "E", **person, "person_name": person["name"]}], "a")
    silver("procuratorate__case_party", [{"key": "P", **other, "party_name": person["name"]}], "b")
    told = matching.run(LOADED)
    assert told.pairs == {"probabilistic/reject": 1}
    assert {odd["kind"]: odd["count"] for odd in told.oddities} == {"two_numbers_apart": 1}
    assert "只有姓名和出生日期一致" in pairs()[0]["explanation"]


def test_sealed_and_superseded_rows_are_not_matched(maker: MakeMaker, silver: Write) -> None:
    person = maker(4).person()
    silver("civil__aid_household", [{"key": "E", **person, "person_name": person["name"]}], "a")
    silver("procuratorate__case_party", [{"key": "P", **person, "party_name": person["name"]}], "b")
    table = lake.open_table("silver", "procuratorate__case_party")
    assert table is not None
    table.update(updates={"sealed": "true"})
    assert matching.run(LOADED).pairs == {}
    table.update(updates={"sealed": "false"})
    assert matching.run(LOADED).pairs == {"exact_id/accept": 1}


def test_a_register_that_never_arrived_is_left_out_and_without_any_nothing_is_written(maker: MakeMaker, silver: Write) -> None:
    person = maker(5).person()
    silver("procuratorate__case_party", [{"key": "P", **person, "party_name": person["name"]}], "a")
    assert matching.run(LOADED).as_dict() == {
        "parties": 1, "entries": 0, "pairs": {}, "is_new": False, "scored": 0, "model": "", "oddities": [],
    }
    assert lake.open_table("match", "party_registry") is None
    silver("rural__monitored_person", [{"key": "E", **person, "person_name": person["name"]}], "b")
    assert matching.run(LOADED).pairs == {"exact_id/accept": 1}


SURE = {
    "probability": 0.999, "gamma_name": 4, "gamma_birth": 2, "gamma_gender": 1, "gamma_phone": 2, "gamma_residence": 4, "gamma_id_text": -1,
    "same_number": False, "other_number": False, "near_name": True, "clash": False, "is_dead": False, "answer": None,
    "is_seen": False, "people": 0, "needed": 1,
}
SAME_NUMBER = {"same_number": True, "probability": 1.0}


@pytest.mark.parametrize(
    ("change", "expected", "why"),
    [
        ({}, ACCEPT, ""),
        ({"probability": 0.98}, REVIEW, ""),
        ({"needed": 2}, REVIEW, "两人分别认定"),
        (SAME_NUMBER | {"needed": 2}, ACCEPT, ""),
        ({"probability": 0.3}, REJECT, ""),
        ({"gamma_phone": 0, "gamma_residence": 2}, REVIEW, "同名同日出生"),
        ({"gamma_phone": 0, "gamma_residence": 2, "gamma_id_text": 1}, ACCEPT, ""),
        ({"gamma_name": 1}, REVIEW, "同胞"),
        ({"gamma_name": 2}, ACCEPT, ""),
        ({"gamma_name": 2, "gamma_phone": 0}, REVIEW, "同音"),
        ({"gamma_name": 3, "gamma_phone": 0}, REVIEW, "曾用名"),
        ({"gamma_birth": 0}, REVIEW, "矛盾"),
        ({"gamma_gender": 0}, REVIEW, "矛盾"),
        ({"gamma_birth": -1}, ACCEPT, ""),
        ({"gamma_birth": -1, "gamma_phone": 0}, REVIEW, "缺少出生日期"),
        (SAME_NUMBER, ACCEPT, ""),
        (SAME_NUMBER | {"near_name": False}, REVIEW, "一号多人"),
        (SAME_NUMBER | {"near_name": False, "gamma_name": -1}, REVIEW, "没有姓名"),
        (SAME_NUMBER | {"clash": True}, REVIEW, "性别矛盾"),
        (SAME_NUMBER | {"is_dead": True}, REVIEW, "已经死亡"),
        ({"other_number": True}, REVIEW, "一人两号"),
        ({"other_number": True, "gamma_phone": 0, "gamma_residence": 3}, REJECT, "按不同的人处理"),
        ({"other_number": True, "gamma_phone": 0, "gamma_residence": 5}, REVIEW, "一人两号"),
        ({"is_dead": True, "probability": 0.1}, REJECT, ""),
        ({"gamma_phone": 0, "gamma_residence": 5}, ACCEPT, ""),
        ({"answer": "different", "people": 0}, REJECT, "人工认定不是同一人"),
        (SAME_NUMBER | {"answer": "different"}, REVIEW, "两者矛盾"),
        (SAME_NUMBER | {"answer": "different", "is_seen": True}, REJECT, "人工认定不是同一人"),
        ({"answer": "same", "people": 2, "other_number": True, "is_seen": True}, ACCEPT, "人工认定"),
        ({"answer": "same", "people": 1, "is_dead": True}, REVIEW, "两者矛盾"),
        ({"answer": "same", "people": 1, "is_dead": True, "is_seen": True}, ACCEPT, "人工认定"),
        ({"answer": "same", "people": 1, "probability": 0.1}, ACCEPT, "人工认定为同一人"),
        ({"answer": "same", "people": 1, "needed": 2}, REVIEW, "另一人确认"),
        ({"answer": "same", "people": 2, "needed": 2}, ACCEPT, "人工认定"),
        ({"answer": "same", "people": 2, "other_number": True}, REVIEW, "两者矛盾"),
        ({"answer": "unsure"}, REVIEW, "不能确定"),
        (SAME_NUMBER | {"answer": "same", "people": 1, "needed": 2}, ACCEPT, ""),
        (SAME_NUMBER | {"answer": "same", "people": 1, "needed": 2, "clash": True}, REVIEW, "另一人确认"),
        (SAME_NUMBER | {"answer": "same", "people": 1, "needed": 2, "is_dead": True, "is_seen": True}, REVIEW, "另一人确认"),
        (SAME_NUMBER | {"answer": "unsure"}, ACCEPT, ""),
        (SAME_NUMBER | {"answer": "unsure", "is_seen": True}, REVIEW, "不能确定"),
        (SAME_NUMBER | {"answer": "unsure", "clash": True}, REVIEW, "不能确定"),
    ],
)
def test_acceptance_without_a_shared_number_needs_more_than_name_and_birth_date(change: dict[str, Any], expected: str, why: str) -> None:
    duck = lake.duck()
    duck.register("pair", pa.Table.from_pylist([SURE | change]).cast(pa.schema([
        (name, pa.string() if name == "answer" else pa.bool_() if isinstance(value, bool) else pa.float64()) for name, value in SURE.items()
    ])))
    band, reason = duck.sql(f"SELECT {band_sql(Bands())}, {reason_sql(Bands())} FROM pair").fetchall()[0]
    assert band == expected
    assert why in reason
    assert bool(reason) == bool(why)


def test_sentences_explain_in_chinese_and_quote_nobody(county: WriteCounty) -> None:
    county(strangers=300, of_each=10)
    matching.run(LOADED)
    for row in pairs():
        text = row["explanation"]
        assert text.endswith("匹配结果仅供人工核查。")
        assert not re.search(r"\d{6}", text)
        assert "gamma" not in text
    one = pairs()[0]
    mount()
    runner = CliRunner()
    assert one["explanation"] in runner.invoke(application, ["match", "explain", one["party_key"]]).stdout.replace("\n", "")
    answer = json.loads(runner.invoke(application, ["--json", "--as-of", "2026-11-20", "match", "run"]).stdout)
    assert answer["is_new"]
    assert sum(answer["pairs"].values()) == len(pairs())


def test_table_is_as_the_models_read_it(county: WriteCounty) -> None:
    county(strangers=100, of_each=4)
    matching.run(LOADED)
    table = lake.open_table("match", "party_registry")
    assert table is not None
    schema = pa.schema(table.to_pyarrow_table().schema)
    assert schema.names[:8] == ["party_key", "registry_dataset", "registry_key", "match_kind", "probability", "band", "explanation", "as_of"]
    assert {row["tier"] for row in pairs()} == {"sensitive"}
