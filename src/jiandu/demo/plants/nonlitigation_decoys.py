"""What model 1 must leave alone: each looks like a finding until one more fact is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from jiandu.demo.plants.nonlitigation_execution import (
    COURT_LATE,
    NOT_APPLIED,
    NOT_EXECUTED,
    OUT_OF_TERM,
    REVOKED,
    SHORT,
    TOO_HIGH,
    Result,
    application,
    done,
    enforcement,
    fined_only,
    long_ago,
    pay,
    penalty,
    relief,
)
from jiandu.demo.plants.nonlitigation_truths import claimed, granted
from jiandu.demo.plants.stage import Scene, Variety, ahead, back

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
BY_HAND: dict[str, Callable[[str], str]] = {
    "square": lambda number: number.replace("〔", "[").replace("〕", "]"),
    "round": lambda number: number.replace("〔", "（").replace("〕", "）"),
    "lenticular": lambda number: number.replace("〔", "【").replace("〕", "】"),
    "full_width": lambda number: number.translate(FULL_WIDTH),
    "ordinal": lambda number: number.replace("〕", "〕第"),
    "zeros": lambda number: number.replace("〕", "〕00"),
    "spaces": lambda number: number.replace("〔", " 〔").replace("〕", "〕 "),
}
"""How clerks of courts type the numbers of penalties."""


def executed(scene: Scene, written: Callable[[str], str] = str) -> Result:
    """Applied for in time, granted, enforced and realised."""
    fined = penalty(scene, date(2025, 7, 14))
    origin = application(scene, fined, date(2026, 2, 25), date(2026, 2, 27), date(2026, 3, 4), "准予执行", written=written)
    enforcement(scene, origin, fined, date(2026, 3, 9), date(2026, 5, 12), "执行完毕", 1.0)
    return done(fined)


def typed(form: str) -> Callable[[Scene], Result]:
    """Carried out, but the court typed the penalty's number in its own way."""
    return lambda scene: executed(scene, BY_HAND[form])


def paid(scene: Scene, lag: int = 1) -> Result:
    """Paid in full after twelve days."""
    fined = penalty(scene, long_ago(scene))
    pay(scene, fined, fined["fine_cny"], fined["served_date"] + timedelta(days=12), lag)
    return done(fined)


def paid_late_file(scene: Scene) -> Result:
    """Paid long ago; the bank's row comes with the last file only."""
    fined = penalty(scene, long_ago(scene))
    day = fined["served_date"] + timedelta(days=14)
    pay(scene, fined, fined["fine_cny"], day, lag=(date(2026, 11, 19) - day).days)
    return done(fined)


def payment_corrected(scene: Scene) -> Result:
    """The bank first reported a tenth of what was paid."""
    fined = penalty(scene, long_ago(scene))
    pay(scene, fined, fined["fine_cny"], fined["served_date"] + timedelta(days=10), early={"paid_cny": fined["fine_cny"] / 10})
    return done(fined)


def instalments(scene: Scene) -> Result:
    """Paid in two instalments."""
    fined = penalty(scene, long_ago(scene))
    half = round(fined["fine_cny"] / 2)
    pay(scene, fined, half, fined["served_date"] + timedelta(days=15))
    pay(scene, fined, fined["fine_cny"] - half, fined["served_date"] + timedelta(days=75))
    return done(fined)


def revoked_later(scene: Scene) -> Result:
    """Revoked; an earlier file did not say so yet."""
    served = long_ago(scene)
    return done(penalty(scene, served, early={"revoked_date": None}, revoked_date=served + timedelta(days=60)))


def pending(kind: str) -> Callable[[Scene], Result]:
    """Relief was sought in time and is still open."""
    def play(scene: Scene) -> Result:
        fined = penalty(scene, date(2025, 12, 8))
        relief(scene, fined, kind, date(2026, 1, 26) + timedelta(days=scene.turn % 5))
        return done(fined)
    return play


def withdrawn(scene: Scene) -> Result:
    """The authority withdrew its application after the payment."""
    fined = penalty(scene, date(2025, 7, 21))
    application(scene, fined, date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 10), "撤回申请")
    pay(scene, fined, fined["fine_cny"], date(2026, 3, 6))
    return done(fined)


def court(
    received: date, accepted: date | None, ruled: date | None, result: str | None, hearing: bool = False, served: date = date(2025, 12, 1),
) -> Callable[[Scene], Result]:
    """A court that kept its terms, counted in working days."""
    def play(scene: Scene) -> Result:
        fined = penalty(scene, served)
        application(scene, fined, received, accepted, ruled, result, hearing)
        return done(fined)
    return play


def after_spring_festival(scene: Scene) -> Result:
    """Received before the Spring Festival, accepted on the fifth working day, a fortnight later; then carried out."""
    fined = penalty(scene, date(2025, 7, 8))
    origin = application(scene, fined, date(2026, 2, 13), date(2026, 2, 27), date(2026, 3, 6), "准予执行")
    enforcement(scene, origin, fined, date(2026, 3, 10), date(2026, 5, 20), "执行完毕", 1.0)
    return done(fined)


def paid_after_ruling(scene: Scene) -> Result:
    """Granted, then paid before anybody had to enforce."""
    fined, _, ruled = granted(scene)
    pay(scene, fined, fined["fine_cny"], ruled + timedelta(days=8))
    return done(fined)


def enforcement_young(scene: Scene) -> Result:
    """The enforcement case is open for two months."""
    fined = penalty(scene, date(2026, 1, 15))
    origin = application(scene, fined, date(2026, 9, 1), date(2026, 9, 3), date(2026, 9, 9), "准予执行")
    enforcement(scene, origin, fined, date(2026, 9, 14) + timedelta(days=scene.turn % 5), None, None, 0.0)
    return done(fined)


def revoked_after_ruling(scene: Scene) -> Result:
    """Granted; the authority revoked its decision three weeks later, and nobody enforced."""
    return done(scene_granted(scene, revoked_after=21))


def scene_granted(scene: Scene, revoked_after: int) -> dict[str, Any]:
    """A penalty whose enforcement was granted on 20 March and which was revoked so many days later."""
    fined = penalty(scene, date(2025, 8, 11), revoked_date=date(2026, 3, 20) + timedelta(days=revoked_after))
    application(scene, fined, date(2026, 3, 12), date(2026, 3, 13), date(2026, 3, 20), "准予执行")
    return fined


def rest_paid_directly(scene: Scene) -> Result:
    """Closed as carried out with half of it; the debtor had paid all to the treasury."""
    fined, origin, ruled = granted(scene)
    enforcement(scene, origin, fined, ahead(ruled, 6), ahead(ruled, 60), "执行完毕", 0.5)
    pay(scene, fined, fined["fine_cny"], ahead(ruled, 50))
    return done(fined)


DECOYS = [
    Variety("paid", NOT_APPLIED, "已全额缴纳", paid),
    Variety("instalments", NOT_APPLIED, "分两期缴清", instalments),
    Variety("payment_in_later_file", NOT_APPLIED, "缴款记录在最后一个文件中才到", paid_late_file),
    Variety("payment_corrected", NOT_APPLIED, "缴款金额后来更正为全额", payment_corrected),
    Variety("deferral_running", NOT_APPLIED, "批准的延期尚未届满", fined_only(long_ago, defer_until_date=date(2026, 12, 31))),
    Variety("deferral_just_ended", NOT_APPLIED, "延期届满未满三个月", fined_only(long_ago, defer_until_date=date(2026, 10, 15))),
    Variety("revoked", NOT_APPLIED, "处罚已撤销", fined_only(long_ago, revoked_date=date(2025, 12, 1))),
    Variety("revoked_in_later_file", NOT_APPLIED, "撤销在后一文件中更正", revoked_later),
    Variety("reconsideration_pending", NOT_APPLIED, "复议尚未办结", pending("复议")),
    Variety("suit_pending", NOT_APPLIED, "诉讼尚未办结", pending("诉讼")),
    Variety("own_enforcement", NOT_APPLIED, "机关有强制执行权", fined_only(long_ago, agency="税", has_own_enforcement=True)),
    Variety("not_yet_due", NOT_APPLIED, "期限未满", fined_only(lambda scene: date(2026, 4, 1) + timedelta(days=scene.turn % 18 * 9))),
    Variety("last_day_is_today", NOT_APPLIED, "期限最后一日为当日", fined_only(lambda scene: date(2026, 2, 20), decision_date=date(2026, 2, 12))),
    Variety("served_date_missing", NOT_APPLIED, "没有送达日期，无法计算", fined_only(lambda scene: None)),
    Variety("notice_service_not_run", NOT_APPLIED, "公告送达加三十日后期限未满", fined_only(lambda scene: date(2026, 1, 26), service_method="公告送达")),
    Variety("reconsideration_first_not_run", NOT_APPLIED, "复议前置，六十日加三个月未满",
        fined_only(lambda scene: date(2026, 7, 15) + timedelta(days=scene.turn % 9), is_reconsideration_first=True)),
    Variety("relief_untold_within_a_year", NOT_APPLIED, "未告知救济权利，一年期未满",
        fined_only(lambda scene: back(date(2025, 10, 16), 0), is_relief_told=False)),
    *(Variety(f"court_typed_{form}", NOT_APPLIED, "法院录入的文书号写法不同", typed(form)) for form in BY_HAND),
    Variety("withdrawn_after_payment", NOT_APPLIED, "缴款后撤回申请", withdrawn),
    Variety("accepted_after_national_day", COURT_LATE, "受理期限遇国庆假期",
        court(date(2026, 9, 29), date(2026, 10, 12), date(2026, 10, 19), "不准予执行", served=date(2026, 1, 5))),
    Variety("accepted_after_spring_festival", COURT_LATE, "受理期限遇春节假期", after_spring_festival),
    Variety("rejected_in_time", COURT_LATE, "五个工作日内裁定不予受理", court(date(2026, 8, 10), None, date(2026, 8, 13), "不予受理")),
    Variety("ruled_after_hearing", COURT_LATE, "听证后三十日内裁定",
        court(date(2026, 8, 17), date(2026, 8, 19), date(2026, 9, 14), "不准予执行", hearing=True)),
    Variety("received_just_now", COURT_LATE, "法院收到申请仅三日", court(date(2026, 11, 17), None, None, None, served=date(2026, 2, 25))),
    Variety("accepted_just_now", COURT_LATE, "受理未满七个工作日", court(date(2026, 11, 13), date(2026, 11, 16), None, None, served=date(2026, 2, 25))),
    Variety("paid_after_ruling", NOT_EXECUTED, "裁定后自动缴纳", paid_after_ruling),
    Variety("enforcement_young", NOT_EXECUTED, "执行立案未满三个月", enforcement_young),
    Variety("accepted_after_relief", OUT_OF_TERM, "起诉期限届满次日收到并受理",
        court(date(2026, 6, 2), date(2026, 6, 3), date(2026, 6, 9), "不准予执行", served=date(2025, 12, 1))),
    Variety("applied_on_last_days", OUT_OF_TERM, "申请期限将满时收到，届满后受理",
        court(date(2026, 8, 28), date(2026, 9, 2), date(2026, 9, 8), "不准予执行", served=date(2025, 12, 1))),
    Variety("revoked_after_ruling", REVOKED, "裁定后处罚才撤销", revoked_after_ruling),
    Variety("rest_paid_directly", SHORT, "余款已直接缴入国库", rest_paid_directly),
    Variety("claim_of_the_fine_twice", TOO_HIGH, "加处罚款恰与罚款等额", claimed(2.0)),
    Variety("executed", NOT_EXECUTED, "已执行完毕", executed),
]
