"""Orders to stop work that were followed by another penalty for the same violation and by no criminal case."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from jiandu.demo.plants.nonlitigation_execution import done, penalty
from jiandu.demo.plants.stage import Play, Scene, Stage, Variety, at, back

MODEL = "stop_order_ignored"
WENT_ON = "work_went_on"


def order(scene: Scene, served: date, **fields: Any) -> dict[str, Any]:
    """An order of the emergency authority to stop work; nothing has to be paid."""
    name, uscc = scene.company()
    party = {"party_name": name, "party_category": "法人及其他组织", "party_id_no": uscc}
    return penalty(scene, served, agency="应急", **{**party, "penalty_category": "责令停产停业", "fine_cny": 0.0, **fields})


def followed(after: int | None, other_party: bool = False, charged: bool = False, violation: str | None = None, **fields: Any) -> Play:
    """An order, and ``after`` so many days a second penalty; of another party or violation, or with a criminal case, if asked for."""
    def play(scene: Scene) -> tuple[str, str]:
        served = back(date(2026, 1, 20) if (after or 0) < 300 else date(2025, 9, 22), scene.turn * 9 % 500)
        first = order(scene, served, **fields)
        if after is not None:
            again = {} if other_party else {name: first[name] for name in ("party_name", "party_category", "party_id_no")}
            order(scene, served + timedelta(days=after), penalty_category="警告", violation_type=violation or first["violation_type"], **again)
        if charged:
            person, when = scene.person(), served + timedelta(days=30)
            scene.add("police__criminal_case", {
                "criminal_case_no": scene.police_number(when, criminal=True), "charge_name": "危险作业罪", "filed_date": when, "incident_date": when,
                "suspect_name": person.name, "suspect_id_no": person.id_no, "company_uscc": first["party_id_no"], "updated_at": at(when, 15),
            })
        return done(first)
    return play


TRUTHS = [
    Variety("punished_again", WENT_ON, "责令停产停业半年后因同一行为再次受罚", followed(180)),
    Variety("punished_soon", WENT_ON, "责令后三周再次受罚", followed(21)),
    Variety("building_stopped", WENT_ON, "责令停止施工后再次受罚", followed(120, penalty_category="责令停止施工")),
]
DECOYS = [
    Variety("obeyed", WENT_ON, "责令后没有再次受罚", followed(None)),
    Variety("another_party", WENT_ON, "再次受罚的是另一单位", followed(90, other_party=True)),
    Variety("another_violation", WENT_ON, "再次受罚的是另一违法行为", followed(90, violation="超范围储存危险物品")),
    Variety("after_more_than_a_year", WENT_ON, "一年以后才再次受罚", followed(400)),
    Variety("filed", WENT_ON, "已以危险作业罪立案", followed(60, charged=True)),
    Variety("revoked", WENT_ON, "责令决定已撤销", followed(90, revoked_date=date(2026, 2, 2))),
]


def plant(stage: Stage, truths: int, decoys: int) -> None:
    """Plant all varieties of this model."""
    stage.perform(MODEL, "truth", TRUTHS, truths)
    stage.perform(MODEL, "decoy", DECOYS, decoys)
