"""The journal in the lake: the same clues under the same numbers, once, and cards that follow from their evidence byte by byte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from deltalake import DeltaTable

from jiandu import lake, live
from jiandu.behaviour import Signal
from jiandu.clue.publish import publish
from jiandu.clue.replay import replay, replay_all
from jiandu.clue.show import card, current
from jiandu.live.door import Batch, Door, Scored
from jiandu.live.judge import Judge
from tests.live.conftest import AS_OF, LURE, post
from tests.live.test_door import rows

Score = Callable[..., list[Scored]]
pytestmark = pytest.mark.usefixtures("fresh_lake")


@pytest.fixture
def told(judge: Judge, scored: Score) -> None:
    """A campaign of three posts, one edited and one deleted, raised by behaviour; and another with many posts."""
    door = Door(AS_OF)
    door.apply(Batch(scored(post(1, title="<b>标题</b>"), post(2, LURE + "哦", "乙"))), judge, AS_OF)
    burst = Signal("campaign", "family:forum:1", AS_OF - timedelta(hours=1), AS_OF, 5, 3, ("forum:1",), "一小时内三个账号发布近似文案。")
    more = Signal("burst", "board:forum/云江市青澜区闲聊", AS_OF - timedelta(hours=1), AS_OF, 9, 3, ("forum:2",), "该版块十分钟内九条命中。")
    door.apply(Batch(signals=[burst, more]), judge, AS_OF + timedelta(minutes=1))
    door.apply(Batch(scored(post(2, LURE + "，可上门", "乙")), deleted=[(post(1, "", deleted=True), "jiandu.posts:0:9")]), judge, AS_OF + timedelta(minutes=2))
    many = [post(100 + number, "带人办卡，手机卡高价回收，微信 kapian8866", str(number)) for number in range(70)]
    door.apply(Batch(scored(*many)), judge, AS_OF + timedelta(minutes=3))


def test_the_lake_knows_live_clues_once_and_publishing_tells_nobody_twice(told: None) -> None:
    before = rows("SELECT * FROM ops.clue ORDER BY clue_id") + rows("SELECT * FROM ops.outbox ORDER BY 1")
    assert live.settle(AS_OF + timedelta(minutes=1)).changes == 2, "as of then"
    done = live.settle(AS_OF + timedelta(hours=1))
    assert (done.changes, done.clues) == (2, 2)
    versions = [DeltaTable(lake.uri("clue", name)).version() for name in ("finding", "card", "element", "evidence", "model_version")]
    assert live.settle(AS_OF + timedelta(hours=2)).changes == 0
    assert [DeltaTable(lake.uri("clue", name)).version() for name in ("finding", "card", "element", "evidence", "model_version")] == versions
    assert publish(AS_OF + timedelta(hours=3)).clues == 0
    assert rows("SELECT * FROM ops.clue ORDER BY clue_id") + rows("SELECT * FROM ops.outbox ORDER BY 1") == before
    assert [(row["severity"], row["line"], row["change_no"]) for row in current()] == [("red", "juvenile", 1), ("orange", "juvenile", 3)]


def test_cards_follow_from_their_evidence(told: None) -> None:
    live.settle(AS_OF + timedelta(hours=1))
    outcomes = list(replay_all())
    assert len(outcomes) == 4
    assert [one.differences for one in outcomes] == [()] * 4
    shown = card(next(row["clue_id"] for row in current() if row["severity"] == "orange"))
    assert {piece["record_key"] for piece in shown["evidence"] if piece["dataset"] == "public__post"} == {"forum:1", "forum:1#2", "forum:2", "forum:2#2"}
    assert [one["answer"] for one in shown["elements"]] == ["met"] * 3
    assert shown["law"][0]["law"] == "反电信网络诈骗法"
    many = card(next(row["clue_id"] for row in current() if row["severity"] == "red"))
    assert "70条公开帖文" in many["sentence"]
    assert sum(piece["dataset"] == "public__post" for piece in many["evidence"]) == 50


def test_a_word_changed_in_the_evidence_shows(told: None) -> None:
    live.settle(AS_OF + timedelta(hours=1))
    lake_table = DeltaTable(lake.uri("clue", "evidence"))
    lake_table.update(predicate="record_key = 'forum:2'", updates={"row": "replace(row, '手机卡', '手机壳')"})
    wrong = [line for one in replay(next(row["clue_id"] for row in current() if row["severity"] == "orange")) for line in one.differences]
    assert any("copy_hash" in line for line in wrong)
