"""What the matcher finds in texts as evaders write them, and what it leaves alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from jiandu import keywords
from jiandu.keywords.disguise import WAYS

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = YAML(typ="safe").load((HERE / "matching.yml").read_text("utf-8"))["cases"]
CONTACTS: list[list[str]] = YAML(typ="safe").load((HERE / "contacts.yml").read_text("utf-8"))
WORDS = ("收电话卡", "高价收", "电子烟", "刷信誉")
PIECES = st.sampled_from([*WORDS, "收", "电话", "卡", "。", "*", " ", "\u200b", "路口交", "通", "加v", "1", "😀", "㎏", "\ue001", "\ud800", "電", "咔", "警方"])
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_what_is_found_stands_in_the_original_text(case: dict[str, Any], method: keywords.Scorer) -> None:
    score = method.score(case["text"])
    pieces = {tier: [case["text"][hit.start : hit.end] for hit in score.hits if hit.tier == tier] for tier in ("sure", "suspect")}
    assert pieces == {"sure": case.get("found", []), "suspect": case.get("suspect", [])}


@pytest.mark.parametrize("case", CONTACTS, ids=lambda case: str(case[0]))
def test_contacts_however_they_are_written(case: list[str], method: keywords.Scorer) -> None:
    text, *wanted = map(str, case)
    found = method.score(text).contacts
    assert [f"{one.kind}:{one.value}" for one in found] == wanted
    assert all(0 <= one.start < one.end <= len(text) for one in found)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("word", WORDS)
def test_each_way_of_disguise_is_seen_through(word: str, way: str, method: keywords.Scorer) -> None:
    hidden = WAYS[way](word)
    text = f"你好{hidden}谢谢"
    hits = [hit for hit in method.score(text).hits if text[hit.start : hit.end] == hidden]
    assert [hit.tier for hit in hits] == ["suspect" if way == "homophone" else "sure"]


@given(st.lists(TEXTS, max_size=8))
@hypothesis.settings(max_examples=60, deadline=None)
def test_many_texts_score_as_each_alone(method: keywords.Scorer, texts: list[str]) -> None:
    assert method.score_many(texts) == [method.score(text) for text in texts]


@given(TEXTS)
@hypothesis.settings(deadline=None)
def test_hits_of_one_lexicon_never_overlap_and_say_where_they_stand(method: keywords.Scorer, text: str) -> None:
    hits = method.score(text).hits
    assert all(0 <= one.start < one.end <= len(text) for one in hits)
    assert all(one.end <= other.start for one, other in pairwise(hits))
    assert all(keywords.normalise(text[one.start : one.end]) for one in hits)


@given(TEXTS)
@hypothesis.settings(deadline=None)
def test_a_text_normalised_once_more_stays_as_it_is(text: str) -> None:
    plain = keywords.normalise(text)
    assert keywords.normalise(plain) == plain


HOSTILE = {
    "one word 250,000 times": "收电话卡" * 250_000,
    "half a word 500,000 times": "收电" * 500_000,
    "a megabyte of blanks inside a word": "收" + " " * 1_000_000 + "电话卡",
    "a megabyte of unseen signs": "收" + "\u200b" * 1_000_000 + "电话卡",
    "a megabyte of combining marks": "收" + "\u0336" * 1_000_000,
    "a megabyte of digits": "138" * 350_000,
    "labels of an address": "a." * 500_000 + "com",
    "marks that announce a contact": "微信" * 300_000,
    "nested marks": "qq" * 300_000 + "a1",
    "half characters": "\ud800收电话卡\udfff" * 1000,
    "letters that become eighteen": "\ufdfa" * 100_000,
    "nothing": "",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_end_with_few_hits(text: str, method: keywords.Scorer) -> None:
    score = method.score(text)
    assert len(score.hits) <= 20 * 10
    assert len(score.contacts) <= 50


def test_a_lure_behind_a_megabyte_of_harmless_phrases_is_found(method: keywords.Scorer) -> None:
    assert [hit.term for hit in method.score("路口交通" * 300_000 + "收电话卡").hits] == ["收电话卡"]


def test_a_word_across_the_edge_of_two_pieces_is_found_once(method: keywords.Scorer) -> None:
    for before in range((1 << 16) - 5, (1 << 16) + 2):
        assert [hit.start for hit in method.score("一" * before + "收电话卡").hits] == [before]


def test_a_level_comes_from_different_terms_not_from_repeats(method: keywords.Scorer) -> None:
    assert method.score("收电话卡" * 10).weight == method.score("收电话卡").weight == 4
    assert method.score("收电话卡，刷单，高价收").level == 4


def test_suspects_alone_are_never_more_than_blue(method: keywords.Scorer) -> None:
    score = method.score("收电话咔，高稼收，点子烟" * 3)
    assert {hit.tier for hit in score.hits} == {"suspect"}
    assert (score.level, score.weight) == (1, 4.0)
