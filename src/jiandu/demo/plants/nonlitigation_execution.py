"""Administrative non-litigation execution: fines that nobody took to court, courts that were slow, rulings that were not carried out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from jiandu.demo import lexicon
from jiandu.demo.plants.stage import Scene, Stage, back, match_form

MODEL = "nonlitigation_execution"
NOT_APPLIED, COURT_LATE, RULING_WEAK, NOT_EXECUTED = "not_applied", "court_not_in_time", "ruling_slow", "not_executed"
OUT_OF_TERM, REVOKED, SHORT, TOO_HIGH = "accepted_out_of_term", "granted_after_revocation", "closed_short", "claim_too_high"
LONG_AGO = date(2025, 6, 16)
"""Served then, every period has run out long before the demo's day."""

Result = tuple[str, str]


def penalty(scene: Scene, served: date | None, early: dict[str, Any] | None = None, agency: str = "", **fields: Any) -> dict[str, Any]:
    """Plant a penalty decision served on a day; ``fields`` overrides what is usual."""
    short = agency or list(lexicon.AGENCIES)[scene.number % len(lexicon.AGENCIES)]
    level = fields.pop("agency_level", "县")
    name, code, word = scene.authority(short, level)
    decided = fields.pop("decision_date", None) or back(served or LONG_AGO, 3)
    violations = {**lexicon.AGENCIES, **lexicon.OWN_POWER}[short][2]
    violation = violations[scene.turn % len(violations)]
    if scene.number % 3 == 0:
        person = scene.person()
        party, category, id_no = person.name, "自然人", person.id_no
    else:
        party, id_no = scene.company()
        category = "法人及其他组织"
    return scene.add("justice__penalty", {
        "penalty_doc_no": scene.number_of(word, decided), "case_name": f"{party}{violation}案", "agency_name": name, "agency_uscc": code, "agency_level": level,
        "party_name": party, "party_category": category, "party_id_no": id_no, "violation_type": violation, "penalty_category": "罚款",
        "fine_cny": float(5000 + scene.turn * 3500 + scene.number % 7 * 1000), "confiscated_cny": 0.0, "decision_date": decided, "served_date": served,
        "service_method": "直接送达", "is_relief_told": True, "is_reconsideration_first": False, "has_own_enforcement": False, "is_on_the_spot": False,
        **fields,
    }, early)


def pay(scene: Scene, fined: dict[str, Any], amount: float, paid: date, lag: int = 1, early: dict[str, Any] | None = None) -> None:
    """Plant a payment of a penalty."""
    scene.stage.planted.add("finance__fine_payment", {
        "payment_no": f"JK{paid:%Y%m%d}{scene.serial('payment', 8)}", "penalty_doc_no": fined["penalty_doc_no"], "paid_date": paid, "paid_cny": amount,
        "agency_name": fined["agency_name"], "_lag": lag,
    }, early)


def relief(scene: Scene, fined: dict[str, Any], kind: str, filed: date, closed: date | None = None, result: str | None = None) -> None:
    """Plant a reconsideration or a suit."""
    served = closed + timedelta(days=4) if closed else None
    scene.stage.planted.add("justice__relief_case", {
        "relief_no": scene.number_of(scene.place.short + "府复字", filed) if kind == "复议" else scene.court_number("行初", filed),
        "penalty_doc_no": fined["penalty_doc_no"], "relief_kind": kind, "filed_date": filed, "closed_date": closed, "served_date": served, "result": result,
    })


def application(
    scene: Scene, fined: dict[str, Any], received: date, accepted: date | None, ruled: date | None, result: str | None, hearing: bool = False,
    written: Callable[[str], str] = str,
) -> str:
    """Plant an application to the court; ``written`` is how the court's clerk types the penalty's number. Returns the case number."""
    number = scene.court_number("行审", received)
    scene.add("court__nonlit_case", {
        "case_no": number, "court_code": scene.place.court_code, "court_name": scene.place.court_name, "penalty_doc_no": written(fined["penalty_doc_no"]),
        "applicant_name": fined["agency_name"], "received_date": received, "accepted_date": accepted, "ruling_date": ruled, "ruling_result": result,
        "is_hearing_needed": hearing,
    })
    return number


def enforcement(
    scene: Scene, origin: str, fined: dict[str, Any], filed: date, closed: date | None, method: str | None, share: float, claim: float = 1.0,
) -> None:
    """Plant an enforcement case of a ruling; what is claimed and realised are shares of the fine."""
    scene.add("court__enforcement_case", {
        "case_no": scene.court_number("执", filed), "court_code": scene.place.court_code, "origin_case_no": origin, "filed_date": filed, "closed_date": closed,
        "closing_method": method, "claim_cny": round(fined["fine_cny"] * claim, 2), "realised_cny": round(fined["fine_cny"] * share, 2),
    })


def done(fined: dict[str, Any]) -> Result:
    """Subject and anchor: both are the penalty."""
    number = match_form(fined["penalty_doc_no"])
    return number, number


def fined_only(served: Callable[[Scene], date | None], **fields: Any) -> Callable[[Scene], Result]:
    """A variety that is a penalty and nothing else."""
    return lambda scene: done(penalty(scene, served(scene), **fields))


def long_ago(scene: Scene) -> date:
    """A day of service long ago, another one each turn."""
    return back(LONG_AGO, scene.turn * 11 + scene.number % 5)


def plant(stage: Stage, truths: int, decoys: int) -> None:
    """Plant all varieties of this model."""
    from jiandu.demo.plants.nonlitigation_decoys import DECOYS
    from jiandu.demo.plants.nonlitigation_truths import EARLY, TRUTHS

    stage.perform(MODEL, "truth", TRUTHS, truths)
    stage.perform(MODEL, "decoy", DECOYS, decoys)
    stage.perform(MODEL, "early", EARLY, max(len(EARLY), truths // 6))
