"""A running scorer follows its lexicons; a broken edit keeps the last good version and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from jiandu import keywords
from jiandu.errors import ContentError

GOOD = """\
title: 测试
description: For tests.
purpose: prevent_card_crime
category: test
legal_basis: [{law: 反电信网络诈骗法, article: 第三十一条, from: 2022-12-01, says: 不得买卖电话卡}]
terms: [{term: 收电话卡, weight: 4}]
cases_as_of: 2026-11-20
cases: [{text: 收电话卡, hits: [收电话卡]}, {text: 无关}]
"""


class Clock:
    """Seconds that pass when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fresh(tmp_path: Path, clock: Clock) -> keywords.Fresh:
    (tmp_path / "cards.yml").write_text(GOOD, "utf-8")
    return keywords.Fresh([tmp_path], every_seconds=10, clock=clock)


def hits(fresh: keywords.Fresh, text: str) -> list[str]:
    return [hit.term for hit in fresh.scorer.score(text).hits]


def test_an_edit_takes_effect_at_the_next_look(fresh: keywords.Fresh, tmp_path: Path, clock: Clock) -> None:
    first = fresh.scorer.version
    (tmp_path / "cards.yml").write_text(GOOD.replace("收电话卡", "收手机卡片"), "utf-8")
    clock.now = 9.9
    assert hits(fresh, "收手机卡片") == []
    clock.now = 10
    assert hits(fresh, "收手机卡片") == ["收手机卡片"]
    assert fresh.scorer.version != first
    assert fresh.problems == []


BROKEN = {"yaml": "terms: [", "pattern": GOOD.replace("收电话卡", "收(电话卡"), "purpose": GOOD.replace("prevent_card_crime", "grievances")}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_edit_keeps_the_last_good_version_and_says_so(
    fresh: keywords.Fresh, tmp_path: Path, clock: Clock, broken: str, caplog: pytest.LogCaptureFixture,
) -> None:
    first = fresh.scorer
    (tmp_path / "cards.yml").write_text(broken, "utf-8")
    for clock.now in (10, 20, 30):
        assert fresh.scorer is first
    assert str(tmp_path / "cards.yml") in fresh.problems[0].where
    assert len(caplog.records) == 1, "said once, not at every look"
    (tmp_path / "cards.yml").write_text(GOOD.replace("weight: 4", "weight: 5"), "utf-8")
    clock.now = 40
    assert fresh.scorer.score("收电话卡").weight == 5
    assert fresh.problems == []


def test_lexicons_come_and_go(fresh: keywords.Fresh, tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "more.yml").write_text(GOOD.replace("收电话卡", "出租手机卡"), "utf-8")
    clock.now = 10
    assert hits(fresh, "出租手机卡，收电话卡") == ["出租手机卡", "收电话卡"]
    (tmp_path / "cards.yml").unlink()
    clock.now = 20
    assert hits(fresh, "出租手机卡，收电话卡") == ["出租手机卡"]


def test_files_touched_without_a_change_keep_the_scorer(fresh: keywords.Fresh, tmp_path: Path, clock: Clock) -> None:
    first = fresh.scorer
    (tmp_path / "cards.yml").write_text(GOOD, "utf-8")
    clock.now = 10
    assert fresh.scorer is first


def test_without_any_good_version_there_is_no_beginning(tmp_path: Path) -> None:
    (tmp_path / "cards.yml").write_text("terms: [", "utf-8")
    with pytest.raises(ContentError, match=r"cards\.yml"):
        keywords.Fresh([tmp_path])
