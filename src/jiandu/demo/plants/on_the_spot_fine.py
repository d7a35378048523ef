"""Fines decided on the spot that were higher than an officer may decide there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from jiandu.demo.plants.nonlitigation_execution import done, pay, penalty
from jiandu.demo.plants.stage import Play, Scene, Stage, Variety, back

MODEL = "on_the_spot_fine"
TOO_HIGH = "too_high"


def fined(citizen: bool, fine: float, early: dict[str, Any] | None = None, **fields: Any) -> Play:
    """A fine of a citizen or a company, decided on the spot and paid at once."""
    def play(scene: Scene) -> tuple[str, str]:
        day = back(date(2026, 8, 21), scene.turn * 13 % 600 + scene.number % 7)
        person, (name, uscc) = scene.person(), scene.company()
        party = {"party_name": person.name, "party_category": "自然人", "party_id_no": person.id_no} if citizen else {
            "party_name": name, "party_category": "法人及其他组织", "party_id_no": uscc}
        how = {"is_on_the_spot": True, "is_reconsideration_first": True, "fine_cny": fine, "decision_date": day}
        row = penalty(scene, day, early, **{**party, **how, **fields})
        pay(scene, row, fine, day + timedelta(days=1))
        return done(row)
    return play


TRUTHS = [
    Variety("citizen_201", TOO_HIGH, "对公民当场罚款二百零一元", fined(True, 201.0)),
    Variety("citizen_500", TOO_HIGH, "对公民当场罚款五百元", fined(True, 500.0)),
    Variety("company_5000", TOO_HIGH, "对单位当场罚款五千元", fined(False, 5_000.0)),
    Variety("company_30000", TOO_HIGH, "对单位当场罚款三万元", fined(False, 30_000.0)),
    Variety("fine_corrected_upwards", TOO_HIGH, "罚款金额后来更正", fined(True, 1_000.0, early={"fine_cny": 100.0})),
    Variety("category_corrected", TOO_HIGH, "当事人类别后来更正为自然人", fined(True, 800.0, early={"party_category": "法人及其他组织"})),
]
DECOYS = [
    Variety("citizen_200", TOO_HIGH, "对公民当场罚款恰二百元", fined(True, 200.0)),
    Variety("company_3000", TOO_HIGH, "对单位当场罚款恰三千元", fined(False, 3_000.0)),
    Variety("ordinary_procedure", TOO_HIGH, "适用普通程序", fined(True, 2_000.0, is_on_the_spot=False)),
    Variety("revoked", TOO_HIGH, "已撤销", fined(True, 900.0, revoked_date=date(2026, 9, 29))),
    Variety("fine_corrected_downwards", TOO_HIGH, "罚款金额后来更正为一百五十元", fined(True, 150.0, early={"fine_cny": 1_500.0})),
    Variety("procedure_corrected", TOO_HIGH, "后来更正为普通程序", fined(False, 9_000.0, early={"is_on_the_spot": True}, is_on_the_spot=False)),
]


def plant(stage: Stage, truths: int, decoys: int) -> None:
    """Plant all varieties of this model."""
    stage.perform(MODEL, "truth", TRUTHS, truths)
    stage.perform(MODEL, "decoy", DECOYS, decoys)
