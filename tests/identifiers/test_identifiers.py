"""Identifiers: worked examples of the standards, and column functions that agree with the scalar ones on anything."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jiandu.identifiers import case_no, clean, column_cleaner, divisions, document_no, food_licence, identify, resident_id, uscc, valid_column

CLEANERS = ("text", "document_no", "resident_id", "uscc", "name", "phone", "address")
MESSY = st.text(st.sampled_from("市监罚字第号〔〕[]（）()【】0012026 \t\u3000\u200b\ufeff·•.-+8６xX１２①ＡＢ張三a"), max_size=30)


def test_fifteen_digits_become_eighteen() -> None:
    assert resident_id.upgrade("110105491231002") == "11010519491231002X"
    assert clean("resident_id", " 110105 491231 002 ") == "11010519491231002X"
    verdict = resident_id.verdict("110105491231002")
    assert verdict.valid
    assert verdict.warnings


def test_a_centenarian_is_not_upgraded_blindly() -> None:
    assert resident_id.upgrade("110105050101997") == "110105050101997"
    assert "百岁" in resident_id.verdict("110105050101997").reason


def test_reasons_name_what_is_wrong() -> None:
    assert "末位应为 X" in resident_id.verdict("110105194912310021").reason
    assert "不存在" in resident_id.verdict("110105194902300020").reason or "校验码" in resident_id.verdict("110105194902300020").reason
    assert uscc.verdict("91350100M000100Y43").valid
    assert "末位应为 3" in uscc.verdict("91350100M000100Y44").reason
    assert "I、O、S、V、Z" in uscc.verdict("91350100I000100Y43").reason


def test_divisions_by_date_and_from_content() -> None:
    assert divisions.name("110102") == "西城区"
    assert divisions.name("110103", 1990) == "崇文区"
    assert divisions.name("110103", 2020) is None
    assert divisions.name("990101"), "the fictional province comes from content"
    assert divisions.could_issue("990101", 1960)
    assert not divisions.could_issue("990426", 1991)


@pytest.mark.parametrize(("delivered", "normal"), [
    ("云青市监罚字〔2026〕12号", "云青市监罚〔2026〕12号"), ("云青市监罚[2026]第012号", "云青市监罚〔2026〕12号"),
    ("云青市监罚（2026）12", "云青市监罚〔2026〕12号"), (" 云青市监罚【２０２６】 １２号", "云青市监罚〔2026〕12号"),
    ("(皖合)应急罚〔2024〕3号", "(皖合)应急罚〔2024〕3号"), ("合公（瑶）行罚决字〔2024〕第123号", "合公(瑶)行罚决〔2024〕123号"),
    ("（2024）皖0102执0123号之一", "(2024)皖0102执123号之一"),
    ("(2015)合行非执字第00012号", "(2015)合行非执12号"), ("〔2026〕泽0101行审12号", "(2026)泽0101行审12号"),
])
def test_document_numbers_meet(delivered: str, normal: str) -> None:
    assert document_no.normalise(delivered) == normal
    assert document_no.normalise(normal) == normal


def test_case_numbers_parse_the_longest_type_first() -> None:
    assert case_no.parse("(2024)皖0102行审复7号") == (2024, "皖0102", "行审复", "0410", 7, "")
    assert case_no.parse("（2026）泽0101执恢12号之一") == (2026, "泽0101", "执恢", "1003", 12, "之一")
    assert case_no.parse("(2026)最高法民终1号") == (2026, "最高法", "民终", "0302", 1, "")
    assert case_no.parse("云青市监罚〔2026〕12号") is None


def test_food_licences_warn_only() -> None:
    assert not food_licence.verdict("JY13101160000083").warnings
    odd = food_licence.verdict("JY11101050363440")
    assert odd.valid
    assert "仅作提示" in "".join(odd.warnings)
    assert not food_licence.verdict("JY1").valid
    assert identify("jy1310116 0000083").kind == "food_licence"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.none() | MESSY, max_size=12))
def test_columns_are_cleaned_like_values(values: list[str | None]) -> None:
    for kind in CLEANERS:
        column = column_cleaner(kind)(pa.array(values, pa.string())).to_pylist()
        assert column == [clean(kind, value) for value in values], kind


@settings(max_examples=150, deadline=None)
@given(MESSY)
@example("〕00")
def test_cleaning_twice_changes_nothing(value: str) -> None:
    for kind in ("text", "document_no", "resident_id", "uscc", "name", "phone"):
        once = clean(kind, value)
        assert clean(kind, once) == once, kind


DIGITS = st.text("0123456789", min_size=15, max_size=15)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["110105", "990101", "990106", "123456", "110201"]), st.integers(1750, 2030), st.integers(0, 13), st.integers(0, 32),
                          st.integers(0, 999), st.booleans()), max_size=20), st.lists(DIGITS, max_size=5))
def test_columns_of_ids_are_judged_like_values(parts: list[tuple[str, int, int, int, int, bool]], old: list[str]) -> None:
    numbers = []
    for division, year, month, day, sequence, right in parts:
        first17 = f"{division}{year:04d}{month:02d}{day:02d}{sequence:03d}"
        numbers.append(first17 + (resident_id.check_digit(first17) if right else "0"))
    column = column_cleaner("resident_id")(pa.array(numbers + old, pa.string()))
    assert column.to_pylist() == [clean("resident_id", number) for number in numbers + old]
    assert valid_column("resident_id", column).to_pylist() == [resident_id.verdict(number).valid for number in column.to_pylist()]
    assert valid_column("uscc", column).to_pylist() == [uscc.verdict(number).valid for number in column.to_pylist()]
