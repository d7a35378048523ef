"""Pensions paid for months after the month of death."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from jiandu.demo.background.pensions import AGENCIES
from jiandu.demo.numbers import fifteen
from jiandu.demo.plants.stage import Person, Play, Scene, Stage, Variety, at, back

MODEL = "payment_after_death"
OVERPAID, AID = "overpaid", "aid_runs_on"
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
FORMS: dict[str, Callable[[str], str]] = {"fifteen": fifteen, "lower_x": str.lower, "full_width": lambda number: number.translate(FULL_WIDTH)}
"""How agencies write the same identity number."""
Result = tuple[str, str]


def month(day: date, plus: int) -> date:
    """First day of the month so many months later."""
    index = day.year * 12 + day.month - 1 + plus
    return date(index // 12, index % 12 + 1, 1)


def death_day(scene: Scene) -> date:
    """A day of death in spring, another one each turn."""
    return back(date(2026, 5, 20), scene.turn * 9 + scene.number % 17)


def death(scene: Scene, person: Person, died: date, early: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """Plant the registration of a death, ten days after it."""
    registered = fields.pop("registered_date", died + timedelta(days=10))
    return scene.add("civil__death", {
        "death_no": f"SW{scene.code}{registered.year}{scene.serial('death', 7)}", "person_name": person.name, "person_id_no": person.id_no, "death_date": died,
        "registered_date": registered, **fields,
    }, early)


def pension(
    scene: Scene, person: Person, died: date, months: Sequence[int], insurance: str = "城乡居民", id_no: str = "", refunded: float = 0.0, lag: int = 0,
    early_refund: bool = False,
) -> None:
    """Plant payments for months counted from the month of death (0); ``refunded`` is the share recovered of months after it."""
    amount = 236.0 + scene.number % 40 if insurance == "城乡居民" else 2860.0 + scene.number % 600
    for offset in months:
        paid_for = month(died, offset)
        if paid_for > scene.today:
            raise ValueError(f"{paid_for} lies in the future")
        back_paid = round(amount * refunded, 2) if offset > 0 and refunded else None
        scene.add("social__pension_payment", {
            "payment_no": f"YL{paid_for:%Y%m}{scene.serial('pension', 9)}", "person_name": person.name, "person_id_no": id_no or person.id_no,
            "insurance_type": insurance, "pay_month": paid_for, "paid_cny": amount, "refunded_cny": back_paid,
            "agency_name": scene.place.name + AGENCIES[insurance], "_lag": lag if offset > 0 else 0,
        }, {"refunded_cny": None} if early_refund and offset > 0 else None)


def done(registration: dict[str, Any]) -> Result:
    """Subject: the dead person's number; anchor: the registration."""
    return registration["person_id_no"], registration["death_no"]


def overpaid(after: int, **payment: Any) -> Play:
    """Paid for so many months after the month of death."""
    def play(scene: Scene) -> Result:
        person, died = scene.person("elder"), death_day(scene)
        pension(scene, person, died, range(-3, after + 1), **payment)
        return done(death(scene, person, died))
    return play


def both_insurances(scene: Scene) -> Result:
    """Drew both pensions, both went on."""
    person, died = scene.person("elder"), death_day(scene)
    for insurance in AGENCIES:
        pension(scene, person, died, range(-2, 4), insurance)
    return done(death(scene, person, died))


def written(where: str, form: str) -> Play:
    """The number stands in another form in one of the two registers."""
    def play(scene: Scene) -> Result:
        person, died = scene.person("elder"), death_day(scene)
        while form == "lower_x" and not person.id_no.endswith("X"):
            person = scene.person("elder")
        other = FORMS[form](person.id_no)
        pension(scene, person, died, range(-2, 5), id_no=other if where == "pension" else "")
        row = death(scene, person, died, person_id_no=other if where == "death" else person.id_no)
        return person.id_no, row["death_no"]
    return play


def registered_late(scene: Scene) -> Result:
    """Registered four months after the death, paid until then."""
    person, died = scene.person("elder"), death_day(scene)
    pension(scene, person, died, range(-2, 5))
    return done(death(scene, person, died, registered_date=died + timedelta(days=125)))


def stopped(last: int = 0, **registration: Any) -> Play:
    """Payments stopped with the month of death, or the registration does not stand."""
    def play(scene: Scene) -> Result:
        person, died = scene.person("elder"), death_day(scene)
        pension(scene, person, died, range(-4, last + 1))
        return done(death(scene, person, died, **registration))
    return play


def last_day(scene: Scene) -> Result:
    """Died on the last day of a month, paid for that month."""
    person = scene.person("elder")
    died = month(death_day(scene), 1) - timedelta(days=1)
    pension(scene, person, died, range(-4, 1))
    return done(death(scene, person, died))


def cancelled(corrected: bool) -> Play:
    """Registered in error: the person is alive and paid; with ``corrected`` an earlier file did not say so yet."""
    def play(scene: Scene) -> Result:
        person, died = scene.person("elder"), death_day(scene)
        pension(scene, person, died, range(-2, 5))
        early = {"cancelled_date": None} if corrected else None
        return done(death(scene, person, died, early, cancelled_date=died + timedelta(days=60)))
    return play


def namesake(scene: Scene) -> Result:
    """A living namesake of the same county draws his pension."""
    person, living, died = scene.person("elder"), scene.person("elder"), death_day(scene)
    pension(scene, person, died, range(-3, 1))
    pension(scene, Person(person.name, living.id_no, living.birth, living.gender, living.county, living.address, living.phone), died, range(-3, 5))
    return done(death(scene, person, died))


def no_pension(scene: Scene) -> Result:
    """Died without ever drawing a pension."""
    return done(death(scene, scene.person("elder"), death_day(scene)))


def assisted(ended: int | None, registered: date | None = None) -> Play:
    """Stood in the register of assistance; the entry ended so many days after the death, or never."""
    def play(scene: Scene) -> Result:
        person, died = scene.person("elder"), registered - timedelta(days=8) if registered else death_day(scene)
        started, end = back(died, 400), None if ended is None else died + timedelta(days=ended)
        scene.add("civil__aid_household", {
            "entry_no": f"JZ{scene.code}{scene.serial('JZ', 7)}", "household_no": f"JH{scene.code}{scene.serial('JH', 7)}", "person_name": person.name,
            "person_id_no": person.id_no, "birth_date": person.birth, "gender": person.gender, "relation": "户主", "aid_type": "最低生活保障",
            "start_date": started, "end_date": end, "address": person.address, "phone": person.phone, "updated_at": at(end or started),
        })
        return done(death(scene, person, died, registered_date=registered or died + timedelta(days=10)))
    return play


TRUTHS = [
    Variety("one_month", OVERPAID, "死亡次月仍发放一个月", overpaid(1)),
    Variety("some_months", OVERPAID, "多发四个月", overpaid(4)),
    Variety("employee_pension", OVERPAID, "企业职工养老金多发三个月", overpaid(3, insurance="企业职工")),
    Variety("both_insurances", OVERPAID, "两种养老金都继续发放", both_insurances),
    Variety("partly_refunded", OVERPAID, "只追回一半", overpaid(4, refunded=0.5)),
    Variety("old_number_in_pension", OVERPAID, "养老金用十五位旧证号", written("pension", "fifteen")),
    Variety("old_number_in_death", OVERPAID, "死亡登记用十五位旧证号", written("death", "fifteen")),
    Variety("lower_case_x", OVERPAID, "证号末位小写x", written("pension", "lower_x")),
    Variety("full_width_digits", OVERPAID, "证号为全角数字", written("death", "full_width")),
    Variety("registered_late", OVERPAID, "死亡登记迟四个月", registered_late),
    Variety("aid_never_ended", AID, "救助登记一直有效", assisted(None)),
    Variety("aid_ended_months_later", AID, "救助登记四个月后才终止", assisted(125)),
    Variety("payments_in_later_file", OVERPAID, "死后发放的记录后来才到", overpaid(2, lag=45)),
]
DECOYS = [
    Variety("month_of_death", OVERPAID, "只发到死亡当月", stopped()),
    Variety("last_day_of_month", OVERPAID, "死亡于月末，当月发放", last_day),
    Variety("stopped_before", OVERPAID, "死亡前已停发", stopped(-1)),
    Variety("cancelled", OVERPAID, "死亡登记已撤销", cancelled(False)),
    Variety("cancelled_in_later_file", OVERPAID, "撤销在后一文件中才到", cancelled(True)),
    Variety("refunded", OVERPAID, "多发部分已全部追回", overpaid(3, refunded=1.0)),
    Variety("refunded_in_later_file", OVERPAID, "追回记录在后一文件中更正", overpaid(3, refunded=1.0, early_refund=True)),
    Variety("namesake", OVERPAID, "同名不同人", namesake),
    Variety("registered_late_but_stopped", OVERPAID, "登记迟但已停发", stopped(registered_date=date(2026, 9, 1))),
    Variety("aid_ended_at_once", AID, "救助登记于死亡前夕终止", assisted(-1)),
    Variety("aid_notice_running", AID, "死亡刚刚登记，通报期限未满", assisted(None, registered=date(2026, 11, 9))),
    Variety("no_pension", OVERPAID, "从未领取养老金", no_pension),
]


def plant(stage: Stage, truths: int, decoys: int) -> None:
    """Plant all varieties of this model."""
    stage.perform(MODEL, "truth", TRUTHS, truths)
    stage.perform(MODEL, "decoy", DECOYS, decoys)
