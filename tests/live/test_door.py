"""One campaign is one clue with its posts; a repeat changes nothing; behaviour raises and lowers; deletion is noted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jiandu import ops
from jiandu.behaviour import Signal
from jiandu.clock import ZONE
from jiandu.clue import answer
from jiandu.collision.identity import clue_id
from jiandu.errors import ContentError
from jiandu.keywords import Fresh
from jiandu.live import journal, last_good
from jiandu.live.door import Batch, Door, Scored
from jiandu.live.judge import Judge
from tests.live.conftest import AS_OF, CRY, LURE, account, post

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


def test_an_address_that_everybody_names_ties_nobody_and_a_contact_ties_one_category(judge: Judge, scored: Score) -> None:
    mine, yours, alike = "手机卡高价回收，办好结清", "周末来车站找穿蓝衣服的，带人办卡", "校门口长期有人等，手机卡高价回收"
    posts = [
        post(1, f"{mine} www.bilibili.com"), post(2, f"{yours} www.bilibili.com", "乙"), post(3, f"{alike} bilibili.com/", "丙"),
        post(4, f"{mine}，点 kapian.top/a1 进", "丁"), post(5, f"{yours}，点 kapian.top/a1 进", "戊"),
        post(6, "微信 kapian8866 手机卡高价回收", "己"), post(7, "微信 kapian8866，真的不想活了", "庚"),
    ]
    Door(AS_OF).apply(Batch(scored(*posts)), judge, AS_OF)
    found = dict(rows("SELECT post_key, clue_id FROM ops.live_post"))
    assert found["forum:4"] == found["forum:5"], "an address with a path is one page"
    assert len(set(found.values())) == 6
    assert {row[0].split("|")[0] for row in rows("SELECT anchor FROM ops.live_campaign WHERE category = 'self_harm'")} == {"account"}


def test_two_children_in_danger_are_two_clues_and_neither_falls_silent(judge: Judge, scored: Score) -> None:
    """Like words and one contact join nobody who is in danger; whoever writes again a day later is news again, edited lures too."""
    door = Door(AS_OF)
    door.apply(Batch(scored(post(1, CRY), post(2, CRY + "。", "乙"), post(3, LURE, "丙"))), judge, AS_OF)
    door.apply(Batch(scored(post(3, LURE + "。" + CRY, "丙"))), judge, AS_OF)
    category = "SELECT category, count(*) FROM ops.live_campaign GROUP BY 1 ORDER BY 1"
    assert rows(category) == [("phone_card", 1), ("self_harm", 3)]
    assert rows("SELECT DISTINCT sample FROM ops.live_campaign WHERE category = 'self_harm'") == [("",)], "a child's words are not kept to compare"
    told = "SELECT count(*) FROM ops.outbox WHERE channel = 'webhook'"
    assert rows(told) == [(4,)]
    Door(AS_OF).apply(Batch(scored(post(4, CRY + "，今晚", posted_at=AS_OF))), judge, AS_OF)
    assert rows(told) == [(4,)], "minutes later it is the same cry"
    tomorrow = AS_OF + timedelta(days=1, hours=1)
    Door(tomorrow).apply(Batch(scored(post(5, CRY, posted_at=tomorrow))), judge, tomorrow)
    assert rows("SELECT state, is_urgent FROM ops.outbox WHERE channel = 'webhook' ORDER BY created_at DESC LIMIT 1") == [("reopened", True)]


def test_a_campaign_that_had_rested_or_was_done_with_is_told_again_once(judge: Judge, scored: Score) -> None:
    told = "SELECT state, change_no FROM ops.outbox WHERE channel = 'webhook' ORDER BY change_no"

    def comes(number: int, at: datetime) -> None:
        Door(at).apply(Batch(scored(post(number, who=str(number), posted_at=at, seen_at=at))), judge, at)

    comes(1, AS_OF)
    comes(2, AS_OF + timedelta(days=29))
    comes(3, AS_OF + timedelta(days=59, hours=1))
    comes(4, AS_OF + timedelta(days=59, hours=2))
    assert rows(told) == [("open", 1), ("reopened", 3)]
    [(number,)] = rows("SELECT clue_id FROM ops.clue")
    done = AS_OF + timedelta(days=60)
    answer.give(number, answer.EXCLUDED, "张检", done, "玩笑")
    comes(4, done + timedelta(hours=1))
    comes(5, done + timedelta(hours=2))
    assert [state for state, _ in rows(told)] == ["open", "reopened", "reopened"], "once an answer, not once a post"
    assert rows("SELECT engine_state, work_state FROM ops.clue")[0][1] == answer.EXCLUDED, "only people move it"
    assert set(journal.CLOSED) <= {answer.EXCLUDED, *answer.PATH}


def test_a_repeat_changes_nothing_and_a_new_door_knows_what_the_old_one_knew(judge: Judge, scored: Score) -> None:
    Door(AS_OF).apply(Batch(scored(post(1), post(2, who="乙"))), judge, AS_OF)
    before = rows("SELECT * FROM ops.clue") + rows("SELECT * FROM ops.outbox ORDER BY 1")
    told = Door(AS_OF).apply(Batch(scored(post(1), post(2, who="乙"))), judge, AS_OF)
    assert (told.opened, told.changed, told.posts) == (0, 0, 0)
    assert rows("SELECT * FROM ops.clue") + rows("SELECT * FROM ops.outbox ORDER BY 1") == before
    Door(AS_OF).apply(Batch(scored(post(3, LURE + "速来", "丙"), post(4, who="丁"))), judge, AS_OF)
    assert [(state, number) for _, number, state in clues()] == [("updated", 2)]


def test_the_same_words_captured_again_later_are_no_other_post(judge: Judge, scored: Score) -> None:
    Door(AS_OF).apply(Batch(scored(post(1))), judge, AS_OF)
    before = rows("SELECT * FROM ops.live_post") + rows("SELECT * FROM ops.live_campaign")
    again = post(1, seen_at=AS_OF - timedelta(minutes=1), posted_at=post(1).posted_at.astimezone(ZONE))
    assert Door(AS_OF).apply(Batch(scored(again)), judge, AS_OF).posts == 0
    assert rows("SELECT * FROM ops.live_post") + rows("SELECT * FROM ops.live_campaign") == before
    assert Door(AS_OF).apply(Batch(scored(post(1, LURE + "，可上门"))), judge, AS_OF).posts == 1, "an edit is"


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


def test_a_signal_reaches_every_clue_of_its_posts_until_it_is_72_hours_old(judge: Judge, scored: Score) -> None:
    """Two signals wait for one post; one of them reaches a second clue later, also through a door that was opened meanwhile."""
    other, third = "班里谁有空卡，带人办卡的联系，跑一趟有辛苦费", "周末来车站找穿蓝衣服的，手机卡高价回收"
    door = Door(AS_OF)
    door.apply(Batch(signals=[signal("campaign", "forum:1", "forum:2", "forum:3"), signal("contacts", "forum:1")]), judge, AS_OF)
    assert rows("SELECT is_waiting FROM ops.live_signal") == [(True,), (True,)]
    door.apply(Batch(scored(post(1))), judge, AS_OF)
    assert [one["kind"] for one in rows("SELECT signals FROM ops.live_change")[0][0]] == ["campaign", "contacts"]
    assert rows("SELECT is_waiting FROM ops.live_signal") == [(False,), (False,)]
    Door(AS_OF).apply(Batch(scored(post(2, other, "乙"))), judge, AS_OF + timedelta(hours=71))
    Door(AS_OF).apply(Batch(scored(post(3, third, "丙"))), judge, AS_OF + timedelta(hours=73))
    counted = rows("SELECT jsonb_array_length(signals) FROM ops.live_campaign ORDER BY updated_at")
    assert counted == [(2,), (1,), (0,)]


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


def test_a_process_that_starts_while_a_lexicon_is_broken_goes_on_with_what_was_kept(judge: Judge, scored: Score, lexicons: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(lexicons, tmp_path / "own"))
    sound = (own / "cards.yml").read_text()
    (own / "cards.yml").write_text(sound.replace("weight: 9", "weight: heavy"))
    with pytest.raises(ContentError, match=r"cards\.yml"):
        Fresh([own], kept=last_good.lexicons)
    Door(AS_OF).apply(Batch(scored(post(1))), judge, AS_OF)
    fresh = Fresh([own], every_seconds=0, kept=last_good.lexicons)
    assert Judge.now(fresh.scorer).version == judge.version
    assert "cards.yml" in str(fresh.problems[0])
    (own / "cards.yml").write_text(sound.replace("weight: 9", "weight: 8"))
    assert fresh.scorer.score("带人办卡").weight == 8
    assert not fresh.problems
