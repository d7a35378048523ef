"""Names, damaged numbers, places and addresses as matching reads them: columns at once."""

from __future__ import annotations

import random
import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiandu.identifiers import divisions, person_name, repair, resident_id
from jiandu.identifiers.characters import reach, rewritten, simplified, sounding
from jiandu.matching.normalise import VILLAGES, birth_column, normalise

NUMBER = "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "name", "former", "surname", "given"),
    [
        ("張偉國", "张伟国", None, "张", "伟国"), ("欧阳娜", "欧阳娜", None, "欧阳", "娜"), ("欧阳", "欧阳", None, "欧", "阳"),
        ("买买提•艾力", "买买提·艾力", None, "买买提", "艾力"), ("王五（曾用名：王老五）", "王五", "王老五", "王", "五"), ("刘　洋", "刘洋", None, "刘", "洋"),
        ("叡喆", "睿哲", None, "睿", "哲"), ("13800001111", None, None, None, None), ("清溪镇白石村1组2号", None, None, None, None),
        ("不详", None, None, None, None),
    ],
)
def test_names_come_apart(typed: str, name: str | None, former: str | None, surname: str | None, given: str | None) -> None:
    parts = {part: column[0].as_py() for part, column in person_name.parts(pa.array([typed, None, "李四"])).items()}
    assert (parts["name"], parts["former"], parts["surname"], parts["given"]) == (name, former, surname, given)
    assert parts["strange"] == (name is None)


def test_homophones_sound_alike_and_others_do_not() -> None:
    sounds = person_name.parts(pa.array(["王伟", "王玮", "汪薇", "王娟", "王偉"]))["sound"].to_pylist()
    assert sounds[0] == sounds[1] == sounds[2] == sounds[4] != sounds[3]


def test_characters_beyond_the_table_nulls_and_slices_survive() -> None:
    values = pa.array(["x", "𠀀國", None, "", "㐂ＡＢ\u200b"]).slice(1)
    assert rewritten(values, simplified(), sounding()).to_pylist()[:3] == ["𠀀" + rewritten(pa.array(["国"]), sounding())[0].as_py(), None, ""]
    assert rewritten(values, simplified())[3].as_py() == "㐂AB"


@pytest.mark.parametrize("slip", ["digit", "swap", "missing", "doubled"])
def test_a_damaged_number_has_its_own_among_the_candidates(slip: str) -> None:
    rng = random.Random(3)
    days = [f"{rng.randrange(1950, 1999)}{rng.randrange(1, 13):02d}{rng.randrange(1, 29):02d}" for _ in range(60)]
    stems = [f"9901{rng.choice(['01', '02'])}{day}{rng.randrange(990):03d}" for day in days]
    numbers = [stem + resident_id.check_digit(stem) for stem in stems]
    for number in numbers:
        place = rng.randrange(0, 16)
        damaged = {
            "digit": number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :],
            "swap": number[:place] + number[place + 1] + number[place] + number[place + 2 :],
            "missing": number[:place] + number[place + 1 :], "doubled": number[:place] + number[place] + number[place:],
        }[slip]
        found = repair.candidates(damaged)
        assert damaged == number or number in found
        assert all(resident_id.verdict(candidate).valid for candidate in found)


def test_valid_short_and_odd_texts_have_no_candidates() -> None:
    assert repair.candidate_column(pa.array([NUMBER, "110105", None, "不详", "1" * 30])).null_count == 5


def one(**fields: str) -> dict[str, object]:
    [row] = normalise(pa.Table.from_pylist([{"key": "1", "name": "王伟", **fields}])).to_pylist()
    return dict(row)


def test_old_numbers_placeholders_and_phones() -> None:
    assert one(id_no="110105491231002")["id_no"] == NUMBER
    assert one(id_no=" 11010519491231002x ")["birth"] == "19491231"
    assert one(id_no="000000000000000000")["id_text"] is None
    assert one(phone="+86 160-0000-0012")["phone"] == "16000000012"
    assert one(phone="00000000000")["phone"] is None
    assert one(id_no="张三")["is_strange"]


def test_places_are_those_of_today_by_code_or_by_name() -> None:
    assert divisions.merged()["990106"] == "990103"
    written = [
        one(address="云泽省云江市老津县清溪镇白石村5组12号", county_code="990106"), one(address="云江市望津区清溪镇白石村5组12号", county_code="990103"),
        one(address="云泽省云江市老津县清溪镇白石村5组12号"), one(address="云泽省云江市望津区清溪镇白石村5組12號"),
    ]
    assert {(row["county"], row["village"], row["home"]) for row in written} == {("990103", "990103清溪镇白石村", "清溪镇白石村5－12")}


def test_dates_as_people_write_them() -> None:
    typed = ["1985-05-05", "1985/5/5", "1985.05.05", "19850505", "1985年5月5日", "不详", None, "1985-05-05 00:00:00"]
    assert birth_column(pa.array(typed)).to_pylist() == ["19850505"] * 5 + [None, None, "19850505"]


@given(texts=st.lists(st.one_of(st.none(), st.text("村社区小街道镇乡路甲1𠀀", max_size=8)), max_size=30))
def test_an_address_reaches_to_its_last_village(texts: list[str | None]) -> None:
    found = [re.match("^(.*(?:村|社区|小区|街道|镇|乡|路))", text or "") for text in texts]
    assert reach(pa.array(texts, pa.string()), VILLAGES).to_pylist() == [len(match[1]) if match else 0 for match in found]
