"""Every lexicon found in the product's folder: its cases, its form, and what the lint says of a broken one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from jiandu import content, keywords
from jiandu.errors import ContentError
from jiandu.keywords import lint
from jiandu.keywords.cases import difference
from jiandu.keywords.lexicon import PURPOSES, Case
from jiandu.settings import settings

HERE = Path(__file__).parent
BROKEN: dict[str, Any] = YAML(typ="safe").load((HERE / "lint.yml").read_text("utf-8"))
LEXICONS = keywords.load()


def cases() -> list[tuple[str, Case]]:
    return [(name, case) for name, lexicon in LEXICONS.by_name.items() for case in lexicon.cases]


@pytest.fixture(scope="module")
def scorer() -> keywords.Scorer:
    return keywords.Scorer(LEXICONS)


@pytest.mark.parametrize(("name", "case"), [pytest.param(name, case, id=f"{name}:{case.text}") for name, case in cases()])
def test_a_case_holds_beside_all_other_lexicons(name: str, case: Case, scorer: keywords.Scorer) -> None:
    score = scorer.score(case.text)
    if not case.hits and not case.suspect:
        assert score.level == 0, score
    assert {hit.term for hit in score.hits if hit.lexicon == name and hit.tier == "sure"} == set(case.hits)


def test_there_is_one_lexicon_a_purpose_and_nothing_wrong_with_any() -> None:
    assert sorted(lexicon.purpose for lexicon in LEXICONS.by_name.values()) == sorted(PURPOSES)
    assert [str(problem) for problem in lint.lint()] == []


def test_a_case_that_does_not_hold_says_how(scorer: keywords.Scorer) -> None:
    said = difference(Case(text="出租手机卡", hits=["收购电话卡"], level=4), scorer)
    assert "sure hits ['出租电话卡'], expected ['收购电话卡']" in said
    assert "level yellow by weight 4, expected red" in said


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A content root of a county's own."""
    (tmp_path / "lexicons").mkdir()
    monkeypatch.setenv("JIANDU_CONTENT", f'["{tmp_path}"]')
    settings.cache_clear()
    yield tmp_path / "lexicons"
    monkeypatch.undo()
    settings.cache_clear()


def test_the_good_lexicon_is_good(county: Path) -> None:
    (county / "good.yml").write_text(BROKEN["good"], "utf-8")
    assert lint.lint([county / "good.yml"]) == []
    assert "good" in keywords.load().by_name


@pytest.mark.parametrize("case", BROKEN["cases"], ids=lambda case: case["text"].strip())
def test_what_is_wrong_is_told_at_its_line(case: dict[str, Any], county: Path) -> None:
    lines = BROKEN["good"].splitlines()
    lines[case["line"] - 1] = case["text"]
    path = county / "broken.yml"
    path.write_text("\n".join(lines), "utf-8")
    told = [(problem.where, str(problem)) for problem in lint.lint([path])]
    for line, words in case["told"].items():
        assert any(where == f"{path}:{line}" and words in said for where, said in told), told
    assert {where for where, _ in told} == {f"{path}:{line}" for line in case["told"]}


def test_all_problems_of_all_files_come_in_one_error(county: Path) -> None:
    (county / "one.yml").write_text(BROKEN["good"].replace("weight: 4", "weight: 99").replace("出租(手机|电话)卡", "卡"), "utf-8")
    (county / "two.yml").write_text(BROKEN["good"].replace("prevent_card_crime", "politics"), "utf-8")
    (county / "_contacts.yml").write_text("wechat: [(加]\n", "utf-8")
    with pytest.raises(ContentError) as raised:
        keywords.load()
    assert {problem.where.rpartition("/")[2] for problem in raised.value.problems} == {"one.yml:8", "one.yml:9", "two.yml:3", "_contacts.yml:1"}


def test_a_county_adds_a_lexicon_and_signs_of_its_own(county: Path) -> None:
    before = keywords.load()
    (county / "slang.yml").write_text(BROKEN["good"].replace("收电话卡", "收小方片"), "utf-8")
    (county / "_characters.yml").write_text("lookalikes: {偏: 片}\n", "utf-8")
    after = keywords.load()
    assert after.version != before.version
    assert [hit.term for hit in keywords.Scorer(after).score("收小方偏").hits] == ["收小方片"]


def test_a_stem_that_exists_twice_is_refused(county: Path) -> None:
    (county / "phone_cards.yml").write_text(BROKEN["good"], "utf-8")
    with pytest.raises(ContentError, match="exists already"):
        keywords.load()


def test_lexicons_kept_with_a_clue_score_the_same_again(scorer: keywords.Scorer) -> None:
    again = keywords.restored(LEXICONS.dumped())
    assert again.version == LEXICONS.version
    assert again.dumped() == LEXICONS.dumped()
    texts = [case.text for _, case in cases()]
    assert keywords.Scorer(again).score_many(texts) == scorer.score_many(texts)


def test_each_category_has_a_title_and_the_law_it_rests_on() -> None:
    assert set(LEXICONS.titles) == set(LEXICONS.legal_basis) == {lexicon.category for lexicon in LEXICONS.by_name.values()}
    assert all(basis["law"] and basis["from"] for listed in LEXICONS.legal_basis.values() for basis in listed)


def test_no_unit_is_left_out() -> None:
    assert set(LEXICONS.by_name) == set(content.units("lexicons"))
