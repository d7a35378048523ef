"""Basic pensions that went on while the pensioner served a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from jiandu.demo.background.custody import FACILITIES
from jiandu.demo.numbers import fifteen
from jiandu.demo.plants.payment_after_death import month, pension
from jiandu.demo.plants.stage import Person, Play, Scene, Stage, Variety, back

MODEL = "pension_in_custody"
OVERPAID = "overpaid"
Result = tuple[str, str]


def admission(scene: Scene) -> date:
    """A day of admission this spring or in the years before, another one each turn."""
    return back(date(2026, 3, 20), scene.turn * 9 + scene.number % 17)


def term(
    scene: Scene, person: Person, first: date, last: date | None = None, kind: str = "监狱服刑", early: dict[str, Any] | None = None, **fields: Any,
) -> Result:
    """Plant a term of custody. Returns subject and anchor."""
    number = f"JY{scene.code}{first.year}{scene.serial('custody', 7)}"
    scene.add("justice__custody", {
        "custody_no": number, "person_name": person.name, "person_id_no": person.id_no, "birth_date": person.birth, "custody_kind": kind,
        "facility_name": scene.place.name + FACILITIES[kind], "admitted_date": first, "released_date": last, **fields,
    }, early)
    return number, number


def paid(months: Sequence[int], days: int | None = None, kind: str = "监狱服刑", early: dict[str, Any] | None = None, **payment: Any) -> Play:
    """Paid for months counted from the month of admission (0); released after so many ``days``, if given."""
    def play(scene: Scene) -> Result:
        person, first = scene.person("elder"), admission(scene)
        pension(scene, person, first, months, **payment)
        return term(scene, person, first, None if days is None else first + timedelta(days=days), kind, early)
    return play


def released_in(months: int, early: bool = False) -> Play:
    """Suspended, released on the tenth so many months after the admission, paid again from that month on."""
    def play(scene: Scene) -> Result:
        person, first = scene.person("elder"), admission(scene)
        last = month(first, months) + timedelta(days=9)
        pension(scene, person, first, [-2, -1, 0, months, months + 1])
        return term(scene, person, first, last, early={"released_date": None} if early else None)
    return play


def outside(first_month: int, last_month: int | None, months: Sequence[int]) -> Play:
    """Serving outside for medical reasons from the fifth of one month to the fifth of another, and paid for these months."""
    def play(scene: Scene) -> Result:
        person, first = scene.person("elder"), admission(scene)
        end = None if last_month is None else month(first, last_month) + timedelta(days=4)
        term(scene, person, month(first, first_month) + timedelta(days=4), end, "暂予监外执行")
        pension(scene, person, first, months)
        return term(scene, person, first)
    return play


def two_decisions(scene: Scene) -> Result:
    """A second decision on the same prisoner is a second row, neither closed: the earlier one answers for the money."""
    person, first = scene.person("elder"), admission(scene)
    pension(scene, person, first, range(-2, 5))
    term(scene, person, month(first, 2) + timedelta(days=4))
    return term(scene, person, first)


def paroled(scene: Scene) -> Result:
    """Suspended, on parole two months later and paid again; the prison never closed its row."""
    person, first = scene.person("elder"), admission(scene)
    pension(scene, person, first, [-2, -1, 0, 2, 3, 4])
    term(scene, person, month(first, 2) + timedelta(days=4), kind="社区矫正")
    return term(scene, person, first)


def old_number(scene: Scene) -> Result:
    """The pension is paid under the number of fifteen digits."""
    person, first = scene.person("elder"), admission(scene)
    pension(scene, person, first, range(-2, 4), id_no=fifteen(person.id_no))
    return term(scene, person, first)


def namesake(scene: Scene) -> Result:
    """A namesake who is free draws his pension."""
    person, free, first = scene.person("elder"), scene.person("elder"), admission(scene)
    pension(scene, Person(person.name, free.id_no, free.birth, free.gender, free.county, free.address, free.phone), first, range(-2, 5))
    return term(scene, person, first)


TRUTHS = [
    Variety("one_month", OVERPAID, "收监次月仍发放一个月", paid(range(-3, 2))),
    Variety("half_a_year", OVERPAID, "收监后发放六个月", paid(range(-2, 7), insurance="企业职工")),
    Variety("residents", OVERPAID, "城乡居民养老金发放四个月", paid(range(-2, 5))),
    Variety("detention_house", OVERPAID, "看守所服刑期间发放", paid(range(-2, 3), kind="看守所服刑")),
    Variety("released_since", OVERPAID, "已释放，服刑期间的待遇未追回", paid(range(-2, 7), days=140, insurance="企业职工")),
    Variety("partly_refunded", OVERPAID, "只追回一半", paid(range(-1, 5), refunded=0.5)),
    Variety("back_from_outside", OVERPAID, "监外执行结束收监后又发放", outside(1, 3, range(-1, 6))),
    Variety("two_decisions", OVERPAID, "两份判决两条记录，同一笔养老金", two_decisions),
    Variety("old_number", OVERPAID, "养老金用十五位旧证号", old_number),
    Variety("kind_corrected", OVERPAID, "类别后来更正为服刑", paid(range(-2, 4), early={"custody_kind": "未决羁押"})),
    Variety("payments_in_later_file", OVERPAID, "发放记录后来才到", paid(range(-2, 3), lag=45)),
]
DECOYS = [
    Variety("pre_trial", OVERPAID, "未决羁押", paid(range(-2, 5), kind="未决羁押")),
    Variety("community_correction", OVERPAID, "缓刑，社区矫正", paid(range(-2, 5), kind="社区矫正")),
    Variety("outside", OVERPAID, "收监后随即暂予监外执行", outside(1, None, range(-2, 6))),
    Variety("paroled", OVERPAID, "假释后社区矫正，服刑记录未终止", paroled),
    Variety("month_of_admission", OVERPAID, "只发到收监当月", paid(range(-4, 1))),
    Variety("released_in_the_month", OVERPAID, "当月释放当月恢复发放", released_in(3)),
    Variety("release_in_later_file", OVERPAID, "释放日期在后一文件中才到", released_in(4, early=True)),
    Variety("short_term", OVERPAID, "次月即释放，没有整月", paid(range(-2, 2), days=12)),
    Variety("refunded", OVERPAID, "多发部分已全部追回", paid(range(-2, 4), refunded=1.0)),
    Variety("refunded_in_later_file", OVERPAID, "追回记录在后一文件中更正", paid(range(-2, 4), refunded=1.0, early_refund=True)),
    Variety("kind_corrected_to_community", OVERPAID, "类别后来更正为社区矫正", paid(range(-2, 5), kind="社区矫正", early={"custody_kind": "监狱服刑"})),
    Variety("namesake", OVERPAID, "同名不同人", namesake),
    Variety("no_pension", OVERPAID, "没有养老金", lambda scene: term(scene, scene.person("elder"), admission(scene))),
]


def plant(stage: Stage, truths: int, decoys: int) -> None:
    """Plant all varieties of this model."""
    stage.perform(MODEL, "truth", TRUTHS, truths)
    stage.perform(MODEL, "decoy", DECOYS, decoys)
