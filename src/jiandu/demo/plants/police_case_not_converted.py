"""Police cases at a criminal threshold that stayed administrative: people, tests and cases of the story; truths and decoys stand beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from jiandu.demo.plants.stage import Person, Scene, Stage, at, back

MODEL = "police_case_not_converted"
DRUNK, THEFT, JUVENILE = "drunk_driving", "theft", "juvenile"
INJURY, PROPERTY, GAMBLING, HOUSE, UNDECIDED = "injury", "property", "gambling", "gambling_house", "undecided"
BEFORE, AFTER = date(2023, 12, 27), date(2023, 12, 28)
"""The last day of the old rule and the first of the 150 mg rule (高检发办字〔2023〕187号)."""
Result = tuple[str, str]


def recent(scene: Scene) -> date:
    """An act under today's rules (never before 2024), its terms long run out."""
    return back(date(2026, 7, 31), scene.turn * 17 % 830 + scene.number % 13)


def under_old_rule(scene: Scene) -> date:
    """An act of the year 2023 before the new rule."""
    return date(2023, 11, 30) - timedelta(days=(scene.turn * 19 + scene.number) % 240)


def born(act: date, years: int, days_over: int) -> date:
    """The birth date of somebody who is so many years and days old on the day of the act."""
    return act.replace(year=act.year - years, day=min(act.day, 28)) - timedelta(days=days_over)


def case(scene: Scene, person: Person, act: date, cause: str, **fields: Any) -> dict[str, Any]:
    """Plant an administrative case decided three weeks after the act."""
    accepted = act + timedelta(days=1)
    row = {
        "admin_case_no": scene.police_number(accepted, criminal=False), "case_cause": cause,
        "police_org_name": scene.place.name + "公安局" + ("交通警察大队" if "驾驶" in cause else "城关派出所"),
        "incident_date": act, "accepted_date": accepted, "decision_date": act + timedelta(days=21),
        "decision_kind": scene.choose("行政拘留", "罚款", "不予处罚", "终止调查"),
        "suspect_name": person.name, "suspect_id_no": person.id_no, "birth_date": person.birth, "injury_level": "无", **fields,
    }
    return scene.add("police__admin_case", row)


def alcohol(
    scene: Scene, admin: dict[str, Any], level: float, method: str = "血液", aggravating: str | None = None, vehicle: str = "机动车", road: bool = True,
) -> None:
    """Plant an alcohol test of the case's suspect."""
    scene.stage.planted.add("police__alcohol_test", {
        "test_no": "JJ" + scene.serial("alcohol", 9), "admin_case_no": admin["admin_case_no"], "suspect_id_no": admin["suspect_id_no"],
        "sampled_at": at(admin["incident_date"], 21 if method == "呼气" else 22, scene.turn % 60), "method": method, "bac_mg_100ml": level,
        "vehicle_type": vehicle, "aggravating": aggravating, "is_on_road": road,
    })


def driver(scene: Scene, act: date, level: float, person: Person | None = None, breath: float | None = None, **test: Any) -> Result:
    """A driver tested by breath and by blood and punished as a drinker, not as a criminal."""
    admin = case(scene, person or scene.person(), act, scene.choose("酒后驾驶机动车", "醉酒驾驶机动车"))
    alcohol(scene, admin, round(level * 0.97, 1) if breath is None else breath, "呼气", vehicle=test.get("vehicle", "机动车"), road=test.get("road", True))
    alcohol(scene, admin, level, **test)
    return done(admin)


def thief(scene: Scene, act: date, amount: float, mode: str = "一般", person: Person | None = None, **fields: Any) -> dict[str, Any]:
    """A theft handled as an administrative matter."""
    return case(scene, person or scene.person(), act, "盗窃", amount_cny=amount, theft_mode=mode, **{"is_relative_forgiven": False, **fields})


def offence(scene: Scene, act: date, cause: str, person: Person | None = None, **fields: Any) -> dict[str, Any]:
    """Another offence handled as an administrative matter: an injury, or one against property."""
    return case(scene, person or scene.person(), act, cause, **fields)


def committed(cause: str, **fields: Any) -> Callable[[Scene], Result]:
    """A variety that is one administrative case of a cause."""
    return lambda scene: done(offence(scene, recent(scene), cause, **fields))


def gambled(people: int, stakes: float, rake: float | None = None, is_organiser: bool = True) -> Callable[[Scene], Result]:
    """A variety that is one case of gambling."""
    return committed("赌博", is_organiser=is_organiser, gambler_count=people, gambling_stakes_cny=stakes, gambling_rake_cny=rake)


def machines(count: int, punished_days_before: int | None = None, is_organiser: bool = True) -> Callable[[Scene], Result]:
    """A variety that is a room with so many gambling machines, after a punishment for four of them so many days before, if given."""
    def play(scene: Scene) -> Result:
        person, act = scene.person(), recent(scene)
        few = {"is_organiser": is_organiser, "gambler_count": 2, "gambling_stakes_cny": 900.0}
        if punished_days_before is not None:
            offence(scene, back(act, punished_days_before), "赌博", person, gambling_machine_count=4, decision_kind="行政拘留", **few)
        return done(offence(scene, act, "赌博", person, gambling_machine_count=count, **few))
    return play


def damaged(days: tuple[int, ...]) -> Callable[[Scene], Result]:
    """A variety that is a small damage to property, after others so many days before."""
    def play(scene: Scene) -> Result:
        person, act = scene.person(), recent(scene)
        for gap in days:
            offence(scene, back(act, gap), "故意损毁财物", person, amount_cny=400.0)
        return done(offence(scene, act, "故意损毁财物", person, amount_cny=600.0))
    return play


def undecided(days_ago: int) -> Callable[[Scene], Result]:
    """A variety without any decision, so many days after the act."""
    def play(scene: Scene) -> Result:
        act = back(scene.today, days_ago + scene.turn % 5)
        return done(offence(scene, act, scene.choose("赌博", "无证驾驶"), decision_date=None, decision_kind=None))
    return play


def crime(scene: Scene, person: Person, charge: str, act: date, filed: date, admin_no: str | None = None, **fields: Any) -> None:
    """Plant a criminal case of a person."""
    scene.add("police__criminal_case", {
        "criminal_case_no": scene.police_number(filed, criminal=True), "charge_name": charge, "filed_date": filed, "incident_date": act,
        "suspect_name": person.name, "suspect_id_no": person.id_no, "admin_case_no": admin_no, "updated_at": at(filed, 16), **fields,
    })


def done(admin: dict[str, Any]) -> Result:
    """Subject: the suspect; anchor: the administrative case."""
    return admin["suspect_id_no"], admin["admin_case_no"]


def plant(stage: Stage, truths: int, decoys: int) -> None:
    """Plant all varieties of this model."""
    from jiandu.demo.plants.police_decoys import DECOYS
    from jiandu.demo.plants.police_truths import TRUTHS

    stage.perform(MODEL, "truth", TRUTHS, truths)
    stage.perform(MODEL, "decoy", DECOYS, decoys)
