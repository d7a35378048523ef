"""One campaign is one clue with its posts; a repeat changes nothing; behaviour raises and lowers; deletion is noted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from jiandu import ops
from jiandu.behaviour import Signal
from jiandu.collision.identity import clue_id
from jiandu.live.door import Batch, Door, Scored
from jiandu.live.judge import Judge
from tests.live.conftest import AS_OF, LURE, account, post

Score = Callable[..., list[Scored]]
pytestmark = pytest.mark.usefixtures("fresh_lake")


def rows(sql: str) -> list[Any]:
    with ops.transaction() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def clues() -> list[Any]:
    return rows("SELECT severity, change_no, engine_state FROM ops.clue ORDER BY first_seen_at, clue_id")


def signal(kind: str, *keys: str, value: float = 5) -> Signal:
    begin = AS_OF - timedelta(hours=1)
    return Signal(kind, "board:forum/x", begin, AS_OF, value, 3, keys, "一小时内多个账号发布近似文案。")  # type: ignore[arg-type]


def test_ten_thousand_identical_posts_are_one_clue_and_one_notice(judge: Judge, scored: Score) -> None:
    door = Door(AS_OF)
    for start in range(0, 10_000, 1000):
        door.apply(Batch(scored(*(post(number, who=str(number % 70)) for number in range(start, start + 1000)))), judge, AS_OF)
    door.apply(Batch(), judge, AS_OF, quiet=list(door.grown))
    [(sentence, changes)] = rows("SELECT sentence, change_no FROM ops.clue")
    assert "10000条公开帖文（70个账号" in sentence
    assert changes <= 6
    assert rows("SELECT count(*) FROM ops.outbox WHERE channel = 'webhook'") == [(1,)]
    assert rows("SELECT count(*), count(DISTINCT clue_id) FROM ops.live_post") == [(10_000, 1)]
    assert not door.grown


def test_who_belongs_together(judge: Judge, scored: Score) -> None:
    other = "班里谁有空卡，带人办卡的联系，跑一趟有辛苦费"
    with_contact, same_contact = "手机卡高价回收，微信 kapian8866", "长期合作：手机卡高价回收！另有带人办卡。威信：kapian8866"
    alone = [post(1), post(2, LURE + "哦", "乙"), post(3, other, "丙"), post(4, "手机卡高价回收", "丙")]
    Door(AS_OF).apply(Batch(scored(*alone, post(5, with_contact, "丁"), post(6, same_contact, "戊"))), judge, AS_OF)
    found = dict(rows("SELECT post_key, clue_id FROM ops.live_post"))
    first = clue_id("online_risk", "account", f"account|{account('甲')}|phone_card")
    assert found["forum:1"] == found["forum:2"] == first, "a near-duplicate of another account"
    assert found["forum:3"] == found["forum:4"], "other words of the same account and category"
    assert found["forum:5"] == found["forum:6"], "one contact"
    assert len(set(found.values())) == 3


def test_a_repeat_changes_nothing_and_a_new_door_knows_what_the_old_one_knew(judge: Judge, scored: Score) -> None:
    Door(AS_OF).apply(Batch(scored(post(1), post(2, who="乙"))), judge, AS_OF)
    before = rows("SELECT * FROM ops.clue") + rows("SELECT * FROM ops.outbox ORDER BY 1")
    told = Door(AS_OF).apply(Batch(scored(post(1), post(2, who="乙"))), judge, AS_OF)
    assert (told.opened, told.changed, told.posts) == (0, 0, 0)
    assert rows("SELECT * FROM ops.clue") + rows("SELECT * FROM ops.outbox ORDER BY 1") == before
    Door(AS_OF).apply(Batch(scored(post(3, LURE + "速来", "丙"), post(4, who="丁"))), judge, AS_OF)
    assert [(state, number) for _, number, state in clues()] == [("updated", 2)]


def test_behaviour_raises_and_lowers_and_may_come_before_its_post(judge: Judge, scored: Score) -> None:
    door = Door(AS_OF)
    door.apply(Batch(signals=[signal("campaign", "forum:1", "forum:2")]), judge, AS_OF)
    assert clues() == []
    door.apply(Batch(scored(post(1))), judge, AS_OF)
    assert clues() == [("orange", 1, "open")]
    door.apply(Batch(signals=[signal("outlet", "forum:1")]), judge, AS_OF)
    assert clues() == [("red", 2, "updated")]
    assert rows("SELECT DISTINCT change_no, is_urgent, payload->>'severity' FROM ops.outbox ORDER BY 1") == [(1, True, "orange"), (2, True, "red")]
    Door(AS_OF).apply(Batch(signals=[signal("outlet", "forum:1", value=1), signal("campaign", "forum:1", value=0)]), judge, AS_OF)
    assert clues() == [("yellow", 3, "updated")]
    assert rows("SELECT max(change_no) FROM ops.outbox") == [(2,)], "a lower grade wakes nobody"


def test_a_deleted_post_stays_as_evidence_and_a_deleted_stranger_leaves_nothing(judge: Judge, scored: Score) -> None:
    door = Door(AS_OF)
    door.apply(Batch(scored(post(1))), judge, AS_OF)
    gone = [(post(1, "", deleted=True), "jiandu.posts:0:7"), (post(99, "", deleted=True), "jiandu.posts:0:8")]
    door.apply(Batch(deleted=gone), judge, AS_OF)
    door.apply(Batch(deleted=gone), judge, AS_OF)
    [(sentence, number)] = rows("SELECT sentence, change_no FROM ops.clue")
    assert "其中1条已被来源删除" in sentence
    assert number == 2
    assert rows("SELECT event, body LIKE '%手机卡%' FROM ops.live_post ORDER BY hit_id") == [("seen", True), ("deleted", False)]


def test_a_script_in_a_text_is_text_and_no_name_or_contact_is_in_the_clue(judge: Judge, scored: Score) -> None:
    words = "<script>alert('x')</script>'; DROP TABLE ops.clue; -- 手机卡高价回收，电话13800001234"
    Door(AS_OF).apply(Batch(scored(post(1, words))), judge, AS_OF)
    [row] = rows("SELECT c.*, o.payload FROM ops.clue c JOIN ops.outbox o USING (clue_id) WHERE channel = 'webhook'")
    assert not any(word in str(row) for word in ("script", "13800001234", "手机卡高价"))
    [(body,)] = rows("SELECT body::json->>'text' FROM ops.live_post")
    assert body == words


def test_the_place_is_read_from_the_board(judge: Judge, scored: Score) -> None:
    boards = ["云江市青澜区闲聊", "云江市同城", "全省灌水"]
    around = ["放学以后老地方等，现场结清", "宿舍楼下长期有人收货", "周末来车站找穿蓝衣服的"]
    posts = [post(number, f"手机卡高价回收，{around[number]}", str(number), board=board) for number, board in enumerate(boards)]
    Door(AS_OF).apply(Batch(scored(*posts)), judge, AS_OF)
    assert {row[0] for row in rows("SELECT procuratorate_code FROM ops.clue")} == {"990101", "990100", "990000"}
    assert {row[0] for row in rows("SELECT line FROM ops.clue")} == {"juvenile"}
