"""What model 1 must find. Dates follow from the demo's day, 2026-11-20, a Friday."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from jiandu.demo.plants.nonlitigation_execution import (
    COURT_LATE,
    NOT_APPLIED,
    NOT_EXECUTED,
    OUT_OF_TERM,
    REVOKED,
    RULING_WEAK,
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
from jiandu.demo.plants.stage import Play, Scene, Variety, ahead, back


def partly_paid(scene: Scene) -> Result:
    """Four tenths were paid."""
    fined = penalty(scene, long_ago(scene))
    pay(scene, fined, round(fined["fine_cny"] * 0.4), fined["served_date"] + timedelta(days=12))
    return done(fined)


def reconsideration_upheld(scene: Scene) -> Result:
    """Reconsideration upheld the penalty long ago, no suit followed."""
    fined = penalty(scene, long_ago(scene))
    filed = fined["served_date"] + timedelta(days=30)
    relief(scene, fined, "复议", filed, filed + timedelta(days=50), "维持")
    return done(fined)


def fine_corrected(scene: Scene) -> Result:
    """First delivered as 5,000 yuan, which were paid; the decision says 50,000."""
    fined = penalty(scene, long_ago(scene), early={"fine_cny": 5000.0}, fine_cny=50_000.0)
    pay(scene, fined, 5000.0, fined["served_date"] + timedelta(days=9))
    return done(fined)


def court_silent(scene: Scene) -> Result:
    """The court has the application for months and did nothing."""
    fined = penalty(scene, date(2026, 1, 12))
    application(scene, fined, back(date(2026, 9, 4), scene.turn % 15 * 3), None, None, None)
    return done(fined)


def accepted_late(scene: Scene) -> Result:
    """Five weeks from receipt to acceptance."""
    fined = penalty(scene, date(2025, 10, 15))
    received = back(date(2026, 5, 22), scene.turn % 11 * 3)
    accepted = received + timedelta(days=35)
    application(scene, fined, received, accepted, accepted + timedelta(days=4), "不准予执行")
    return done(fined)


def ruled_late(scene: Scene) -> Result:
    """Seven weeks from acceptance to ruling."""
    fined = penalty(scene, date(2025, 8, 18))
    received = back(date(2026, 4, 3), scene.turn % 18 * 2)
    application(scene, fined, received, received + timedelta(days=3), received + timedelta(days=52), "不准予执行")
    return done(fined)


def never_ruled(scene: Scene) -> Result:
    """Accepted, then nothing for two months and more."""
    fined = penalty(scene, date(2026, 1, 6))
    received = back(date(2026, 9, 4), scene.turn % 15 * 3)
    application(scene, fined, received, received + timedelta(days=3), None, None, hearing=scene.turn % 2 == 1)
    return done(fined)


def ruled_slowly(scene: Scene) -> Result:
    """Eleven working days without a hearing: a weak sign."""
    fined = penalty(scene, date(2025, 9, 15))
    accepted = date(2026, 4, 13) + timedelta(days=scene.turn % 4)
    application(scene, fined, date(2026, 4, 10), accepted, accepted + timedelta(days=15), "不准予执行")
    return done(fined)


def granted(scene: Scene) -> tuple[dict[str, Any], str, date]:
    """A penalty whose enforcement was granted in proper time in spring."""
    fined = penalty(scene, date(2025, 8, 11))
    received = back(date(2026, 3, 20), scene.turn % 18)
    accepted = ahead(received, 2)
    ruled = ahead(accepted, 5)
    return fined, application(scene, fined, received, accepted, ruled, "准予执行"), ruled


def claimed(share: float) -> Play:
    """Granted, paid and carried out; so many times the fine was claimed."""
    def play(scene: Scene) -> Result:
        fined, origin, ruled = granted(scene)
        pay(scene, fined, fined["fine_cny"], ahead(ruled, 40))
        enforcement(scene, origin, fined, ahead(ruled, 4), ahead(ruled, 40), "执行完毕", share, share)
        return done(fined)
    return play


def never_filed(scene: Scene) -> Result:
    """Granted, and no enforcement case."""
    fined, _, _ = granted(scene)
    return done(fined)


def enforcement_open(scene: Scene) -> Result:
    """The enforcement case is open for more than three months."""
    fined, origin, ruled = granted(scene)
    enforcement(scene, origin, fined, ahead(ruled, scene.choose(6, 40, 75)), None, None, scene.choose(0.0, 0.25))
    return done(fined)


def ended_without_money(scene: Scene) -> Result:
    """The enforcement procedure was ended, the fine is still unpaid."""
    fined, origin, ruled = granted(scene)
    filed = ahead(ruled, 6)
    enforcement(scene, origin, fined, filed, ahead(filed, scene.choose(95, 70, 110)), "终结本次执行程序", scene.choose(0.0, 0.15))
    return done(fined)


def accepted_too_early(scene: Scene) -> Result:
    """Accepted six weeks before the period for a suit had run out."""
    fined = penalty(scene, date(2026, 1, 12))
    received = date(2026, 6, 1) + timedelta(days=scene.turn % 3)
    application(scene, fined, received, received + timedelta(days=1), received + timedelta(days=7), "不准予执行")
    return done(fined)


def applied_too_late(scene: Scene) -> Result:
    """Applied for three weeks after the three months, and accepted all the same."""
    fined = penalty(scene, date(2025, 7, 14))
    received = date(2026, 5, 11) + timedelta(days=scene.turn % 3)
    application(scene, fined, received, received + timedelta(days=1), received + timedelta(days=8), "不准予执行")
    return done(fined)


def granted_after_revocation(scene: Scene) -> Result:
    """The authority revoked its decision a week before the court granted enforcement."""
    received = back(date(2026, 3, 20), scene.turn % 18)
    accepted = ahead(received, 2)
    ruled = ahead(accepted, 5)
    fined = penalty(scene, date(2025, 8, 11), revoked_date=ruled - timedelta(days=7))
    application(scene, fined, received, accepted, ruled, "准予执行")
    return done(fined)


def closed_short(scene: Scene) -> Result:
    """Closed as carried out, with a part of the money."""
    fined, origin, ruled = granted(scene)
    filed, share = ahead(ruled, 6), scene.choose(0.2, 0.5)
    enforcement(scene, origin, fined, filed, ahead(filed, 60), "执行完毕", share)
    pay(scene, fined, round(fined["fine_cny"] * share), ahead(filed, 60))
    return done(fined)


TRUTHS = [
    Variety("unpaid_never_applied", NOT_APPLIED, "罚款未缴，起诉期满三个月后仍无行审案件", fined_only(long_ago)),
    Variety("just_overdue", NOT_APPLIED, "期限刚过数日", fined_only(lambda scene: date(2026, 2, 9) + timedelta(days=scene.turn % 5))),
    Variety("partly_paid", NOT_APPLIED, "只缴了四成", partly_paid),
    Variety("relief_untold_over_a_year", NOT_APPLIED, "未告知救济权利，按一年计算后仍逾期",
        fined_only(lambda scene: back(date(2025, 5, 20), scene.turn * 5), is_relief_told=False)),
    Variety("reconsideration_first", NOT_APPLIED, "复议前置，六十日加三个月已过",
        fined_only(lambda scene: date(2026, 4, 30) - timedelta(days=scene.turn % 4), is_reconsideration_first=True)),
    Variety("deferral_ended", NOT_APPLIED, "延期届满后三个月仍未申请",
        fined_only(lambda scene: back(date(2025, 9, 10), scene.turn), defer_until_date=date(2026, 4, 30))),
    Variety("notice_service", NOT_APPLIED, "公告送达，加三十日后仍逾期",
        fined_only(lambda scene: back(date(2025, 8, 1), scene.turn * 3), service_method="公告送达")),
    Variety("reconsideration_upheld", NOT_APPLIED, "复议维持后未起诉，行政机关仍未申请", reconsideration_upheld),
    Variety("fine_corrected_upwards", NOT_APPLIED, "罚款金额后来更正，原缴款不足", fine_corrected),
    Variety("city_authority", NOT_APPLIED, "市级行政机关未申请", fined_only(long_ago, agency_level="市")),
    Variety("court_silent", COURT_LATE, "法院收到申请后既不受理也不裁定", court_silent),
    Variety("accepted_late", COURT_LATE, "受理超过五个工作日", accepted_late),
    Variety("ruled_late", COURT_LATE, "裁定超过三十日", ruled_late),
    Variety("never_ruled", COURT_LATE, "受理后至今未裁定", never_ruled),
    Variety("ruled_slowly", RULING_WEAK, "未听证而裁定超过七个工作日（弱线索）", ruled_slowly),
    Variety("accepted_too_early", OUT_OF_TERM, "起诉期限届满前受理", accepted_too_early),
    Variety("applied_too_late", OUT_OF_TERM, "逾期申请而受理", applied_too_late),
    Variety("granted_after_revocation", REVOKED, "处罚撤销后裁定准予执行", granted_after_revocation),
    Variety("closed_short", SHORT, "到位不足而以执行完毕结案", closed_short),
    Variety("claim_above_the_fine_twice", TOO_HIGH, "执行标的为罚款的二点六倍", claimed(2.6)),
    Variety("never_filed", NOT_EXECUTED, "准予执行后没有执行案件", never_filed),
    Variety("enforcement_open", NOT_EXECUTED, "执行立案超过三个月未结", enforcement_open),
    Variety("enforcement_ended_unpaid", NOT_EXECUTED, "终结本次执行程序，罚款仍未缴", ended_without_money),
]
EARLY = [
    Variety("due_in_a_month", NOT_APPLIED, "申请期限还有二十余日", fined_only(lambda scene: date(2026, 3, 16) + timedelta(days=scene.turn % 3))),
    Variety("due_in_a_fortnight", NOT_APPLIED, "申请期限还有十余日", fined_only(lambda scene: date(2026, 3, 2) + timedelta(days=scene.turn % 3))),
    Variety("due_in_days", NOT_APPLIED, "申请期限还有数日", fined_only(lambda scene: date(2026, 2, 24))),
]
"""Nothing is overdue yet: the model may warn of these and must not accuse. Told apart from truths and decoys in every count."""
