"""Rising words: counted by accounts, the same whatever the order, shown to a person and nothing else."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jiandu import cli, lake
from jiandu.behaviour import rising
from jiandu.behaviour.observation import Observation
from jiandu.behaviour.rules import rules
from jiandu.behaviour.words import READ, Counter, Rising, grams
from jiandu.clock import ZONE
from jiandu.settings import Settings, settings

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=ZONE)


def seen(number: int, account: int, text: str, minutes: float = 0) -> Observation:
    at = NOON + timedelta(minutes=minutes)
    return Observation(f"p:{number}", "p", f"{account:032x}"[::-1], "b", "t", at, at, 1, ("x",), (), text)


def risen(posts: list[Observation]) -> set[tuple[str, int]]:
    counter = Counter(rules())
    counter.add(posts)
    return {(one.word, one.accounts) for one in counter.rising()}


def test_a_word_of_many_accounts_rises_and_one_account_alone_cannot_make_it() -> None:
    assert ("蓝鲸卡包", 9) in risen([seen(n, n + 1, f"蓝鲸卡包{n}") for n in range(9)])
    assert risen([seen(n, 1, f"蓝鲸卡包{n}") for n in range(90)]) == set()
    assert risen([seen(n, n + 1, f"蓝鲸卡包{n}") for n in range(7)]) == set()


def test_an_essay_fills_no_memory_and_its_beginning_counts() -> None:
    essay = "蓝鲸卡包" + "".join(chr(0x4E00 + place) for place in range(19_000))
    assert risen([seen(n, n + 1, essay if n else "蓝鲸卡包") for n in range(9)]) >= {("蓝鲸卡包", 9)}
    assert len(grams(essay, rules().words)) < 3 * READ


def test_only_the_longest_of_words_within_one_another_is_told() -> None:
    assert risen([seen(n, n + 1, f"蓝鲸卡包{n}") for n in range(9)]) == {("蓝鲸卡包", 9)}


def test_a_word_that_was_always_frequent_does_not_rise_and_known_terms_are_not_told() -> None:
    usual = [seen(1000 + n * 40 + hour, n + 1, "办卡", -60 * hour) for hour in range(1, 47) for n in range(10)]
    counter = Counter(rules())
    counter.add([*usual, *(seen(n, n + 1, "办卡") for n in range(20))])
    assert NOON not in {one.window_start for one in counter.rising()}
    counter.add(seen(n, n + 1, "办卡") for n in range(60))
    assert NOON in {one.window_start for one in counter.rising()}
    counter = Counter(rules())
    counter.add([seen(n, n + 1, "收电话卡") for n in range(9)])
    assert counter.rising(frozenset({"收电话卡"})) == []


def test_order_and_repetition_do_not_show_and_counts_survive_a_restart(tmp_path: Path) -> None:
    posts = [seen(n, n % 400 + 1, f"蓝鲸卡包{n}", n % 120) for n in range(1000)]
    mixed = posts + posts[:300]
    random.Random(7).shuffle(mixed)
    first, second = Counter(rules(), tmp_path / "words.json"), Counter(rules())
    first.add(posts)
    second.add(mixed)
    first.store()
    assert second.rising() == first.rising() == Counter(rules(), tmp_path / "words.json").rising()
    assert "p:1" not in (tmp_path / "words.json").read_text("utf-8")
    first.forget(NOON + timedelta(hours=75))
    assert first.counts == {}


def test_what_rose_is_shown_once_and_by_the_instant(empty_lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    surfaced = rising.Surfaced(rules())
    surfaced.take([seen(n, n + 1, f"蓝鲸卡包{n}") for n in range(9)], [], NOON + timedelta(hours=1))
    surfaced.look(NOON + timedelta(hours=1))
    surfaced.counter.add([seen(99, 99, "蓝鲸卡包")])
    surfaced.look(NOON + timedelta(hours=2))
    assert sorted(row["accounts"] for row in lake.rows("bronze", rising.TABLE)) == [9, 10]
    assert [(one.word, one.accounts) for one in rising.shown(NOON + timedelta(hours=3))] == [("蓝鲸卡包", 10)]
    assert rising.shown(NOON) == []
    cli.mount()
    told = CliRunner().invoke(cli.application, ["--as-of", "2026-11-19T16:00:00+08:00", "--json", "keywords", "rising"])
    assert [(one["word"], one["accounts"]) for one in json.loads(told.output)] == [("蓝鲸卡包", 10)]
    assert rising.expire(rules(), NOON + timedelta(hours=71)) == 0
    assert rising.expire(rules(), NOON + timedelta(hours=74)) == 1
    assert "蓝鲸" not in rising.counts_file().read_text("utf-8")
    assert isinstance(rising.shown(NOON + timedelta(hours=3))[0], Rising)
