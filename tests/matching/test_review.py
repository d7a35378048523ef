"""What people say about pairs binds every later match, also against later evidence; the review queue on real PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from jiandu import lake, matching
from jiandu.cli import application, mount
from jiandu.errors import JianduError
from jiandu.matching import judgements, registry, review
from jiandu.settings import Settings

DAY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def undecided(empty_lake: Settings, maker: Callable[[int], Any], silver: Callable[..., None]) -> tuple[Any, dict[str, Any]]:
    """A party and an entry with the same name and birth date and nothing else in common; and the one who draws people."""
    draw = maker(11)
    person = draw.person()
    party = {**draw.person(), "name": person["name"], "birth_date": person["birth_date"], "gender": person["gender"], "person_id_no": None}
    silver("civil__aid_household", [{"key": "E1", **person, "person_name": person["name"], "start_date": date(2026, 5, 5)}], "a")
    silver("procuratorate__case_party", [{"key": "P1", **party, "party_name": person["name"], "compensation_due_cny": 600_000.0, "role": "被害人",
                                          "injury_level": "重伤", "case_date": date(2026, 5, 5)}], "b")
    matching.run(DAY)
    return draw, {"person": person, "party": party}


def say(number: int, answer: str, by: str, at: datetime = DAY) -> None:
    """What the store would hand over."""
    judgements.keep([{
        "judgement_id": number, "left_uid": "procuratorate__case_party|P1", "right_uid": "civil__aid_household|E1", "answer": answer, "answered_by": by,
        "answered_at": at, "reason": "核实",
    }])


def band(day: datetime = DAY) -> tuple[str, str]:
    matching.run(day)
    rows = lake.open_table("match", "party_registry").to_pyarrow_table().to_pylist()  # type: ignore[union-attr]
    return rows[0]["band"], rows[0]["reason"]


def test_two_people_confirm_what_is_costly(undecided: tuple[Any, dict[str, Any]]) -> None:
    assert band()[0] == "review"
    say(1, "same", "甲")
    assert band() == ("review", "已有一人认定为同一人，所涉金额较大，尚须另一人确认")
    say(2, "same", "甲")
    assert band()[0] == "review", "saying it twice does not make two people"
    say(9, "same", "甲　")
    assert band()[0] == "review", "nor does typing the name another way"
    say(3, "same", "乙", DAY + timedelta(hours=1))
    assert band(DAY + timedelta(hours=2)) == ("accept", "人工认定为同一人")
    assert band(DAY)[0] == "review", "a match as of an earlier instant knows only what was said by then"
    say(4, "different", "丙", DAY + timedelta(hours=3))
    assert band(DAY + timedelta(hours=4)) == ("reject", "人工认定不是同一人")
    matching.run(DAY + timedelta(days=9))
    assert band(DAY + timedelta(days=9))[0] == "reject", "it holds in every later match"


def test_a_judgement_that_a_later_exact_match_contradicts_is_shown_again(undecided: tuple[Any, dict[str, Any]]) -> None:
    _, who = undecided
    say(1, "different", "甲")
    assert band() == ("reject", "人工认定不是同一人")
    table = lake.open_table("silver", "procuratorate__case_party")
    assert table is not None
    later = DAY + timedelta(days=2)
    table.update(updates={"person_id_no": f"'{who['person']['person_id_no']}'", "loaded_at": f"'{later:%Y-%m-%dT%H:%M:%SZ}'"})
    found, why = band(later)
    assert found == "review"
    assert "两者矛盾" in why
    say(2, "different", "甲", later + timedelta(days=1))
    assert band(later + timedelta(days=2)) == ("reject", "人工认定不是同一人"), "said again with the number on the table, it settles the matter"


@pytest.mark.parametrize("answer", ["same", "unsure"])
def test_a_number_that_arrives_after_one_answer_needs_nobody_more(undecided: tuple[Any, dict[str, Any]], answer: str) -> None:
    _, who = undecided
    say(1, answer, "甲")
    assert band()[0] == "review"
    table = lake.open_table("silver", "procuratorate__case_party")
    assert table is not None
    later = DAY + timedelta(days=2)
    table.update(updates={"person_id_no": f"'{who['person']['person_id_no']}'", "loaded_at": f"'{later:%Y-%m-%dT%H:%M:%SZ}'"})
    assert band(later)[0] == "accept"


def test_same_does_not_outlive_a_death_registered_later(undecided: tuple[Any, dict[str, Any]], silver: Callable[..., None]) -> None:
    _, who = undecided
    say(1, "same", "甲")
    say(2, "same", "乙")
    assert band()[0] == "accept"
    silver("civil__death", [{"key": "D", "person_id_no": who["person"]["person_id_no"], "death_date": date(2020, 2, 2), "cancelled_date": None}], "d")
    deaths, later = lake.open_table("silver", "civil__death"), DAY + timedelta(days=2)
    assert deaths is not None
    deaths.update(updates={"loaded_at": f"'{later:%Y-%m-%dT%H:%M:%SZ}'"})
    found, why = band(later)
    assert found == "review"
    assert "已经死亡" in why
    say(3, "same", "甲", later + timedelta(days=1))
    assert band(later + timedelta(days=2))[0] == "accept"


def test_answers_reach_the_lake_once(undecided: tuple[Any, dict[str, Any]]) -> None:
    say(1, "unsure", "甲")
    version = lake.open_table("match", "judgement").version()  # type: ignore[union-attr]
    say(1, "unsure", "甲")
    assert lake.open_table("match", "judgement").version() == version  # type: ignore[union-attr]
    assert band() == ("review", "人工核对后仍不能确定")


def test_the_queue_fills_is_answered_and_empties(undecided: tuple[Any, dict[str, Any]], postgres: Settings, empty_ops: Callable[[], None]) -> None:
    empty_ops()
    assert review.publish(DAY).as_dict() == {"waiting": 1, "fresh": 1, "settled": 0}
    assert review.publish(DAY).as_dict() == {"waiting": 1, "fresh": 0, "settled": 0}
    mount()
    runner = CliRunner()
    pair = json.loads(runner.invoke(application, ["--json", "match", "review", "list"]).stdout)["pairs"][0]
    assert undecided[1]["person"]["name"] not in json.dumps(pair, ensure_ascii=False)
    words = ["match", "review", "answer", pair["pair_id"][:8], "different", "--by", "甲", "--reason", "电话核实"]
    told = runner.invoke(application, ["--as-of", DAY.isoformat(), *words])
    assert told.exit_code == 0, told.output
    assert band()[0] == "reject"
    assert review.publish(DAY).as_dict() == {"waiting": 0, "fresh": 0, "settled": 1}


def test_a_pair_nobody_was_asked_about_can_be_answered(
    undecided: tuple[Any, dict[str, Any]], postgres: Settings, empty_ops: Callable[[], None], silver: Callable[..., None],
) -> None:
    draw, _ = undecided
    empty_ops()
    stranger = draw.person()
    silver("rural__monitored_person", [{"key": key, **stranger, "person_name": stranger["name"]} for key in ("E1", "E2")], "r")
    mount()
    runner = CliRunner()

    def answer(*words: str) -> Any:
        return runner.invoke(application, ["--as-of", DAY.isoformat(), "match", "review", "answer", *words, "--by", "甲", "--reason", "走访核实"])

    matching.run(DAY)
    assert "E2" not in {row["registry_key"] for row in lake.rows("match", "party_registry")}
    assert answer("P1", "E2", "same").exit_code == 0
    matching.run(DAY)
    found = {row["registry_key"]: row for row in lake.rows("match", "party_registry")}["E2"]
    assert (found["band"], "尚须另一人确认" in found["reason"]) == ("review", True), "a sum of 600,000 yuan asks for a second person"
    for words, says in ((("P1", "E1", "same"), "several records"), (("P9", "E2", "same"), "no record"), (("P1", "E2", "perhaps"), "no answer"),
                        (("P1", "civil__aid_household|E1", "different"), ""), (("P1",), "1 words")):
        told = answer(*words)
        assert (told.exit_code == 0) == (says == "")
        assert says in str(told.exception) + told.output
    matching.run(DAY)
    assert {row["registry_key"]: row["band"] for row in lake.rows("match", "party_registry")}["E1"] == "reject"


def test_who_confirms_a_costly_match_is_the_laws_to_say(undecided: tuple[Any, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry.bands(DAY).two_people_above == 500_000
    with pytest.raises(JianduError, match="no value holds on 2001"):
        registry.bands(datetime(2001, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(registry.law, "parameters", dict)
    with pytest.raises(JianduError, match="match_two_people_cny"):
        matching.run(DAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("pair", "said", "by", "reason"), [("ffff", "same", "甲", "x"), ("", "perhaps", "甲", "x"), ("", "same", " ", "x"), ("", "same", "甲", "")],
)
def test_answers_without_pair_name_or_reason_are_refused(
    undecided: tuple[Any, dict[str, Any]], postgres: Settings, empty_ops: Callable[[], None], pair: str, said: str, by: str, reason: str,
) -> None:
    empty_ops()
    review.publish(DAY)
    with pytest.raises(JianduError):
        review.answer(pair, said, by, reason, DAY)
    assert review.bring() == 0
