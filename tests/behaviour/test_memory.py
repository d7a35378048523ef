"""Signals from posts with a finding: what holds, what does not, and that no order of arrival shows."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jiandu.behaviour.judging import Reported
from jiandu.behaviour.memory import Memory
from jiandu.behaviour.observation import Observation, event_time
from jiandu.behaviour.rules import Rules, rules
from jiandu.behaviour.signal import Signal
from jiandu.clock import ZONE

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=ZONE)
CLOCK = NOON + timedelta(days=30)
TEXTS = ("高价收电话卡学生日结联系我", "高价收电话卡学生日结快联系", "出租手机卡一天两百元", "电子烟学生可送货上门")


def post(number: int, minutes: float = 0, account: str = "a", text: str = "", thread: str = "t", contact: str = "", board: str = "b") -> Observation:
    at = (NOON + timedelta(minutes=minutes)).astimezone(UTC)
    text = text or f"{number}号各不相同{number * 7919}"
    return Observation(f"p:{number}", "p", account, board, thread, at, at, 1, ("cards",), (contact,) if contact else (), text)


def final(rules: Rules, batches: list[list[Observation]], reported: dict[str, Reported] | None = None) -> tuple[set[Signal], set[Signal]]:
    """What the last message of each key says, where it holds; and what memory itself says."""
    memory, last = Memory(rules, reported), dict[str, Signal]()
    for batch in batches:
        last |= {signal.key: signal for signal in memory.add(batch, CLOCK)}
    return {signal for signal in last.values() if signal.holds}, set(memory.signals())


def kinds(observations: list[Observation], reported: dict[str, Reported] | None = None) -> set[str]:
    return {signal.kind for signal in final(rules(), [observations], reported)[0]}


def test_burst_of_an_account_needs_the_floor() -> None:
    assert kinds([post(n, n) for n in range(4)]) == set()
    assert kinds([post(n, n, thread="t") for n in range(5)]) == {"burst"}


def test_burst_is_measured_against_the_accounts_own_history() -> None:
    usual = [post(1000 + n, -n * 3 - 11, board=f"b{n}") for n in range(900)]  # one every three minutes for almost two days: 3.2 in ten minutes
    assert kinds([*usual, *(post(n, n, board=f"c{n}") for n in range(8))]) == set()
    assert kinds([*usual, *(post(n, n / 2, board=f"c{n}") for n in range(14))]) == {"burst"}


def test_campaign_needs_several_accounts_and_near_duplicates() -> None:
    def texts(accounts: int, likely: bool) -> list[Observation]:
        return [post(n, n * 60, f"a{n % accounts}", TEXTS[n % 2] if likely else "") for n in range(6)]
    assert kinds(texts(3, True)) == {"campaign"}
    assert kinds(texts(2, True)) == set()
    assert kinds(texts(3, False)) == set()


def test_contacts_threads_and_outlet() -> None:
    same = [post(n, n * 30, f"a{n}", contact="phone:13900000000") for n in range(3)]
    assert kinds(same) == {"contacts"}
    assert kinds(same[:1], {"phone:13900000000": Reported("蓝点通讯", 2)}) == {"outlet"}
    assert kinds([post(n, n * 30, thread=f"t{n}") for n in range(4)]) == {"threads"}
    assert kinds([post(n, n * 30, thread="t") for n in range(4)]) == set()


def test_an_address_that_posts_share_ties_nobody_together() -> None:
    for kind, signals in (("url", set()), ("phone", {"contacts"}), ("wechat", {"contacts"}), ("qq", {"contacts"})):
        assert kinds([post(n, n * 30, f"a{n}", contact=f"{kind}:www.bilibili.com") for n in range(5)]) == signals


def test_a_report_that_arrives_or_is_withdrawn_later_gives_and_takes_back_the_signal() -> None:
    memory = Memory(rules())
    memory.add([post(1, contact="phone:13900000000")], CLOCK)
    told = memory.report({"phone:13900000000": Reported("蓝点通讯", 1)})
    assert {signal.kind for signal in told} == {"outlet"}
    assert all(signal.holds and "蓝点通讯" in signal.sentence for signal in told)
    taken = memory.report({})
    assert {signal.key for signal in taken} == {signal.key for signal in told}
    assert not any(signal.holds for signal in taken)


def test_history_that_comes_late_takes_a_burst_back() -> None:
    memory = Memory(rules())
    told = memory.add([post(n, n, board=f"b{n}") for n in range(6)], CLOCK)
    assert {signal.kind for signal in told if signal.holds} == {"burst"}
    taken = memory.add([post(1000 + n, -11 - n, board=f"c{n}") for n in range(1200)], CLOCK)
    assert {signal.key for signal in told} <= {signal.key for signal in taken if not signal.holds}


def test_a_post_from_the_future_counts_when_it_was_seen() -> None:
    assert event_time(NOON + timedelta(days=9), NOON, 300) == NOON
    assert event_time(NOON + timedelta(seconds=200), NOON, 300) == NOON + timedelta(seconds=200)
    memory = Memory(rules())
    memory.add([post(1, 60 * 24 * 365)], NOON)
    assert memory.watermark == NOON
    memory.add([post(2)], NOON)
    assert memory.too_late == 0


def test_what_is_too_late_is_counted_and_what_is_old_is_gone_within_72_hours() -> None:
    memory = Memory(rules())
    memory.add([post(n, n, text=TEXTS[0], account=f"a{n}") for n in range(6)], CLOCK)
    stood = memory.signals()
    memory.add([post(50, 60 * 71)], CLOCK)
    assert memory.add([post(51, 60 * 71 - 60 * 25)], CLOCK) == []
    assert memory.too_late == 1
    assert (memory.signals(), len(memory.posts)) == (stood, 7)
    assert memory.add([post(52, 60 * 75)], CLOCK) == []  # forgetting is silence: what was said stays said
    assert set(memory.posts) == {"p:50", "p:52"}
    assert "p:0" not in str(memory.subjects) + str(memory.families.members)
    assert memory.signals() != []
    memory.add([post(53, 60 * 24 * 6)], CLOCK)
    assert memory.signals() == []


def test_ten_thousand_identical_posts_are_one_campaign() -> None:
    posts = [post(n, n / 100, f"a{n % 50}", TEXTS[0]) for n in range(10_000)]
    told = [signal for signal in Memory(rules()).add(posts, CLOCK) if signal.kind == "campaign"]
    assert {signal.subject for signal in told} == {"family:p:0"}
    assert max(signal.value for signal in told) == 10_000
    assert max(len(signal.post_keys) for signal in told) == 200


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Observation], list[list[Observation]]]:
    """Posts within a day, edits among them, and some delivery of them: shuffled, cut into batches, partly repeated."""
    made = [
        post(number, draw(st.integers(0, 23 * 60)) if draw(st.booleans()) else draw(st.integers(0, 12)), draw(st.sampled_from("abcd")),
             draw(st.sampled_from(TEXTS)), draw(st.sampled_from("rstuv")), draw(st.sampled_from(["", "phone:1", "wechat:x"])))
        for number in draw(st.lists(st.integers(0, 30), min_size=1, max_size=30))
    ]
    sent = draw(st.permutations(made + draw(st.lists(st.sampled_from(made), max_size=8))))
    cuts = sorted({0, len(sent), *draw(st.lists(st.integers(0, len(sent)), max_size=5))})
    return made, [sent[start:end] for start, end in pairwise(cuts)]


@settings(max_examples=150, deadline=None)
@given(deliveries())
@example(([post(1, 0, text=TEXTS[0]), post(1, 5, text=TEXTS[1])], [[post(1, 5, text=TEXTS[1])], [post(1, 0, text=TEXTS[0])]]))
def test_late_repeated_and_reordered_deliveries_give_the_same_final_signals(drawn: tuple[list[Observation], list[list[Observation]]]) -> None:
    made, batches = drawn
    reported = {"phone:1": Reported("蓝点通讯", 1)}
    once = final(rules(), [sorted(made, key=lambda seen: seen.order)], reported)
    assert final(rules(), batches, reported) == once
    assert once[0] == once[1]
    assert {signal for signal in once[0] if signal.kind in ("contacts", "threads")} == by_hand(made)


def by_hand(made: list[Observation]) -> set[Signal]:
    """Contacts and threads counted the plain way over every half-day window of the first captures."""
    first: dict[str, Observation] = {}
    for seen in sorted(made, key=lambda seen: (seen.seen_at, seen.text, seen.contacts)):
        first.setdefault(seen.key, seen)
    groups: defaultdict[tuple[str, str], list[Observation]] = defaultdict(list)
    for seen in first.values():
        groups["threads", f"account:{seen.account}/cards"].append(seen)
        for contact in seen.contacts:
            groups["contacts", f"contact:{contact}"].append(seen)
    start, found = datetime(2026, 11, 18, 8, tzinfo=ZONE), set()
    for (kind, subject), posts in groups.items():
        for half in range(8):
            low = start + timedelta(hours=12 * half)
            inside = sorted((seen for seen in posts if low <= seen.at < low + timedelta(hours=24)), key=lambda seen: seen.order)
            value = len({seen.thread for seen in inside}) if kind == "threads" else len(inside)
            if value >= (4 if kind == "threads" else 3):
                accounts = len({seen.account for seen in inside})
                told = f"同一账号在{value}个主题下发布同类引流内容" if kind == "threads" else f"同一联系方式出现在{accounts}个账号的{value}条命中帖中"
                at_least = 4.0 if kind == "threads" else 3.0
                keys = tuple(seen.key for seen in inside)
                found.add(Signal(kind, subject, low, low + timedelta(hours=24), value, at_least, keys, f"{told}（仅为线索，请人工核查）"))  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("likeness", [0.6])
def test_five_percent_of_changes_do_not_break_a_family(likeness: float) -> None:
    text = "本校周边高价回收实名电话卡手机卡学生优先当天结算不用身份证长期有效诚信合作欢迎咨询带人另有奖励名额有限先到先得"
    edited = [text[:place] + "某" + text[place + 1:] for place in range(0, len(text), 5)]
    memory = Memory(rules())
    memory.add([post(n, n * 20, f"a{n}", changed) for n, changed in enumerate(edited)], CLOCK)
    assert len(memory.families.roots) == 1
