"""Values and their fusion: what a check digit proves, what stays doubtful, what is only tidied."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiandu.demo.licence_pictures.specimen import specimen
from jiandu.identifiers.uscc import ALPHABET
from jiandu.licence.fusion import Candidate, fused
from jiandu.licence.picture import Unreadable, open_picture
from jiandu.licence.values import Value, credit_code, day, licence_number, snapped
from jiandu.licence.vocabulary import kind_of, kinds


@settings(deadline=None)
@given(st.integers(0, 5000), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_misread_character_never_makes_a_proven_code(seed: int, place: int, character: str) -> None:
    code = specimen(seed).uscc
    misread = code[:place] + character + code[place + 1 :]
    value = credit_code(misread)
    assert value is not None
    assert value.certain == (misread == code)


@pytest.mark.parametrize(("text", "value", "sound"), [
    ("2029年12月20日", "2029-12-20", True), ("自2024-12-21至2029-12-20", "2029-12-20", True), ("长期", "9999-12-31", True), ("2029.2.30", "2029.2.30", False),
    ("2O29年1月l日", "2029-01-01", True), ("2022月17日", "2022月17日", False),
])
def test_days(text: str, value: str, sound: bool) -> None:
    assert day(text) == Value(value, sound)


def test_a_licence_number_with_a_wrong_check_digit_is_sound_but_not_proven() -> None:
    number = specimen(3).number
    assert licence_number(number) == Value(number, True, True)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert licence_number(wrong) == Value(wrong, True, False)
    assert licence_number("JY12") is None


def test_items_are_taken_as_the_forms_print_them_but_not_turned_into_others() -> None:
    assert snapped("预包装食品销售含冷藏冷冻食品") == "预包装食品销售（含冷藏冷冻食品）"
    assert snapped("糕点类食品制售（不含裱花蛋糕）") == "糕点类食品制售（不含裱花蛋糕）"
    assert snapped("糕点类食品制售（含裱花蛋糕）") == "糕点类食品制售（含裱花蛋糕）"
    assert snapped("茶叶批发") == "茶叶批发"


def reading(text: str, confidence: float, sound: bool = True, certain: bool = False) -> Candidate:
    """A candidate from nowhere."""
    return Candidate(Value(text, sound, certain), confidence, (), "raw")


def test_two_proven_values_that_differ_are_left_to_a_human() -> None:
    best = fused([reading("A", 0.99, certain=True), reading("B", 0.99, certain=True)])
    assert best is not None
    assert best.confidence == 0.0


def test_a_check_digit_beats_confidence_and_disagreement_costs_some() -> None:
    best = fused([reading("faint", 0.4, certain=True), reading("clear", 0.99)])
    assert best is not None
    assert best.value.text == "faint"
    torn = fused([reading("2029-12-20", 0.9), reading("2026-12-20", 0.8)])
    assert torn is not None
    assert torn.value.text == "2029-12-20"
    assert torn.confidence < 0.9


def test_kinds_are_told_by_their_marks() -> None:
    assert all(kind_of(list(kind.marks)) == kind for kind in kinds().values())
    assert kind_of(["菜单", "红烧肉 28元"]) is None


@pytest.mark.parametrize(("content", "word"), [
    (b"", "为空"), (b"<html>", "HTML"), (b"%PDF-1.7", "PDF"), (b"\xff\xd8\xff\xe0 nothing", "损坏"), (b"GIF89a\x01\x00", "不是图片"),
])
def test_bytes_that_are_no_picture(content: bytes, word: str) -> None:
    with pytest.raises(Unreadable) as refused:
        open_picture(content)
    assert word in refused.value.reason


def test_forty_megapixels_are_reduced_and_bombs_refused() -> None:
    import io

    from PIL import Image

    large, bomb = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (7300, 5480), "white").save(large, "JPEG")
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    picture = open_picture(large.getvalue())
    assert max(picture.pixels.shape) <= 1800
    assert (picture.width, picture.height) == (7300, 5480)
    assert np.isclose(picture.scale, picture.pixels.shape[1] / 7300)
    with pytest.raises(Unreadable, match="像素过多"):
        open_picture(bomb.getvalue())
