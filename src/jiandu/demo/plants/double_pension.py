"""Two basic pensions drawn for the same months by one living person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from jiandu.demo.plants.payment_after_death import death, pension
from jiandu.demo.plants.stage import Play, Scene, Stage, Variety, back

MODEL = "double_pension"
TWICE = "drawn_twice"


def drawn(residents: Sequence[int], employees: Sequence[int], refunded: float = 0.0, same: bool = True, dead: bool = False) -> Play:
    """Months of both pensions, counted from a month of this year; of two people unless ``same``; ``dead`` afterwards if asked for."""
    def play(scene: Scene) -> tuple[str, str]:
        person, start = scene.person("elder"), back(date(2026, 5, 20), scene.turn * 11 % 120)
        rows = scene.stage.planted.rows.setdefault("social__pension_payment", [])
        first = len(rows)
        pension(scene, person, start, residents, refunded=refunded)
        pension(scene, person if same else scene.person("elder"), start, employees, "企业职工")
        if dead:
            death(scene, person, back(scene.today, 8), registered_date=back(scene.today, 2))
        return person.id_no, rows[first]["payment_no"]
    return play


TRUTHS = [
    Variety("three_months", TWICE, "同时领取三个月", drawn(range(-3, 1), range(-2, 1))),
    Variety("one_month", TWICE, "换领时重叠一个月", drawn(range(-6, 0), range(-1, 4))),
    Variety("partly_refunded", TWICE, "只追回一部分", drawn(range(1, 5), range(1, 5), refunded=0.5)),
]
DECOYS = [
    Variety("one_after_the_other", TWICE, "先后领取，没有同月", drawn(range(-6, 0), range(4))),
    Variety("two_people", TWICE, "两人各领一种", drawn(range(-3, 3), range(-3, 3), same=False)),
    Variety("refunded", TWICE, "重复部分已全部追回", drawn(range(1, 4), range(1, 4), refunded=1.0)),
    Variety("died", TWICE, "已死亡，归另一模型", drawn(range(-3, 1), range(-3, 1), dead=True)),
]


def plant(stage: Stage, truths: int, decoys: int) -> None:
    """Plant all varieties of this model."""
    stage.perform(MODEL, "truth", TRUTHS, truths)
    stage.perform(MODEL, "decoy", DECOYS, decoys)
