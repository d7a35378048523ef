"""From the posts of one subject in one window to a signal. Every function is pure: the same set of posts gives the same signal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from jiandu.behaviour.observation import Observation, first_keys
from jiandu.behaviour.rules import Burst, Campaign, Rule
from jiandu.behaviour.signal import Kind, Signal
from jiandu.behaviour.windows import bounds, span

LEAD = "（仅为线索，请人工核查）"


@dataclass(frozen=True, slots=True)
class Reported:
    """A contact that lawful feeds tie to a reported outlet: its name, and how many reports there are."""

    outlet: str
    reports: int


def within(posts: Iterable[Observation], window: int, minutes: int) -> list[Observation]:
    """The posts of a window."""
    start, end = span(window, minutes)
    return [seen for seen in posts if start <= seen.at < end]


def burst(subject: str, posts: Sequence[Observation], window: int, rule: Burst, history_hours: int, who: str) -> Signal:
    """Posts with a finding in a window, against a floor and the subject's own mean a window over the ``history_hours`` before it."""
    start, _ = span(window, rule.window_minutes)
    found, first = within(posts, window, rule.window_minutes), start - timedelta(hours=history_hours)
    before = sum(first <= seen.at < start for seen in posts)
    usual = before * rule.window_minutes / (history_hours * 60)
    threshold = round(max(rule.at_least, rule.times_history * usual), 3)
    text = f"{who}在{rule.window_minutes}分钟内出现{len(found)}条命中帖，此前平均每{rule.window_minutes}分钟{usual:.1f}条"
    return made("burst", subject, window, rule, len(found), found, text, threshold)


def campaign(subject: str, posts: Sequence[Observation], window: int, rule: Campaign) -> Signal:
    """Near-duplicate posts of one family in a window; fewer accounts than the rule asks for make it hold nothing (value 0)."""
    found = within(posts, window, rule.window_minutes)
    accounts = len({(seen.platform, seen.account) for seen in found})
    value = len(found) if accounts >= rule.accounts else 0
    return made("campaign", subject, window, rule, value, found, f"{accounts}个账号发布{len(found)}条近似文案")


def contacts(subject: str, posts: Sequence[Observation], window: int, rule: Rule) -> Signal:
    """Posts with a finding that harvest for one contact."""
    found = within(posts, window, rule.window_minutes)
    accounts = len({(seen.platform, seen.account) for seen in found})
    return made("contacts", subject, window, rule, len(found), found, f"同一联系方式出现在{accounts}个账号的{len(found)}条命中帖中")


def threads(subject: str, posts: Sequence[Observation], window: int, rule: Rule) -> Signal:
    """Different threads under which one account laid the same kind of lure."""
    found = within(posts, window, rule.window_minutes)
    value = len({(seen.platform, seen.thread) for seen in found})
    return made("threads", subject, window, rule, value, found, f"同一账号在{value}个主题下发布同类引流内容")


def outlet(subject: str, posts: Sequence[Observation], window: int, rule: Rule, reported: Reported | None) -> Signal:
    """Posts whose contact belongs to a reported outlet; none once no report stands."""
    found = within(posts, window, rule.window_minutes)
    what = f"帖中联系方式与被举报网点“{reported.outlet}”登记的号码一致（举报{reported.reports}件）" if reported else "帖中联系方式已无对应的举报网点"
    return made("outlet", subject, window, rule, len(found) if reported else 0, found, what)


def made(
    kind: Kind, subject: str, window: int, rule: Rule, value: float, found: Sequence[Observation], sentence: str, threshold: float | None = None,
) -> Signal:
    """The signal, whether it holds or not; one that does not names no posts."""
    start, end = bounds(window, rule.window_minutes)
    least = float(threshold or rule.at_least)
    return Signal(kind, subject, start, end, float(value), least, first_keys(found) if value >= least else (), f"{sentence}{LEAD}")
