"""Deaths at work that the labour authority recognised and the ledger of accidents does not know, or knows with fewer dead."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from jiandu.demo.plants.stage import Play, Scene, Stage, Variety, back
from jiandu.demo.plants.work_safety_accident import accident

MODEL = "accident_concealed"
CONCEALED, UNDERSTATED = "concealed", "understated"
Result = tuple[str, str]
Company = tuple[str, str]


def injury_day(scene: Scene) -> date:
    """A day of injury this spring or in the years before, another one each turn."""
    return back(date(2026, 6, 26), scene.turn * 11 + scene.number % 13)


def recognised(scene: Scene, company: Company, day: date, early: dict[str, Any] | None = None, survived: int = 0, **fields: Any) -> Result:
    """Plant the recognition of a death. Returns subject and anchor."""
    person, decided = scene.person(), day + timedelta(days=62 + scene.number % 20)
    number = scene.number_of(scene.place.short + "工伤认", decided)
    scene.add("labour__injury_recognition", {
        "recognition_no": number, "company_name": company[0], "uscc": company[1], "person_name": person.name, "person_id_no": person.id_no,
        "injury_date": day, "death_date": day + timedelta(days=survived), "injury_ground": "工作原因", "recognition_result": "认定工伤",
        "recognised_date": decided, **fields,
    }, early)
    return number, number


def ledger(scene: Scene, company: tuple[str, str | None], day: date, deaths: int = 1, early: dict[str, Any] | None = None, **fields: Any) -> None:
    """Plant the accident in the ledger: the dead man's own fault, so that no other model has anything to say."""
    accident(scene, early, occurred_on=day, company=company, death_count=deaths, is_victim_sole_responsible=True, **fields)


def silent(dead: int = 1, early: dict[str, Any] | None = None, survived: int = 0, **fields: Any) -> Play:
    """So many deaths of one day, and no accident in the ledger."""
    def play(scene: Scene) -> Result:
        company, day = scene.company(), injury_day(scene)
        numbers = [recognised(scene, company, day, early if place == 0 else None, survived, **fields) for place in range(dead)]
        return min(numbers)  # the first in the order of text numbers the clue
    return play


def known(shift: int = 0, dead: int = 1, deaths: int = 1, corrected_from: int | None = None, code: bool = True) -> Play:
    """The ledger has the accident, its date so many days off, with so many ``deaths``, at first with others; with or without a credit code."""
    def play(scene: Scene) -> Result:
        company, day = scene.company(), injury_day(scene)
        early = None if corrected_from is None else {"death_count": corrected_from}
        ledger(scene, company if code else (company[0], None), day + timedelta(days=shift), deaths, early)
        return min(recognised(scene, company, day) for _ in range(dead))
    return play


def another_accident(same_company: bool) -> Play:
    """The ledger knows another company's accident of that day, or the company's own half a year before."""
    def play(scene: Scene) -> Result:
        company, day = scene.company(), injury_day(scene)
        ledger(scene, company if same_company else scene.company(), back(day, 180) if same_company else day)
        return recognised(scene, company, day)
    return play


def under_the_parent(scene: Scene) -> Result:
    """The ledger names the company the work was done for."""
    company, parent, day = scene.company(), scene.company(), injury_day(scene)
    ledger(scene, parent, day)
    return recognised(scene, company, day, related_company_name=parent[0], related_uscc=parent[1])


def of_two(ground: str = "工作原因", survived: int = 0, recorded_under_parent: bool = False) -> Play:
    """Two recognitions of one company and day, told apart by the ground or the days survived; one names a parent, which the ledger may know."""
    def play(scene: Scene) -> Result:
        company, parent, day = scene.company(), scene.company(), injury_day(scene)
        if recorded_under_parent:
            ledger(scene, parent, day, deaths=2)
        plain = recognised(scene, company, day)
        told_apart = recognised(scene, company, day, survived=survived, injury_ground=ground, related_company_name=parent[0], related_uscc=parent[1])
        return plain if survived > 30 else min(plain, told_apart)
    return play


def burnt(survived: int) -> Play:
    """The ledger knows a fire that hurt and killed nobody at once; the hurt man died so many days later."""
    def play(scene: Scene) -> Result:
        company, day = scene.company(), injury_day(scene)
        ledger(scene, company, day, deaths=0, accident_type="火灾", serious_injury_count=1)
        return recognised(scene, company, day, survived=survived)
    return play


REVOKED = date(2026, 10, 21)
TRUTHS = [
    Variety("one_death", CONCEALED, "死亡一人，台账没有事故", silent()),
    Variety("three_deaths", CONCEALED, "同日死亡三人，台账没有事故", silent(3)),
    Variety("died_days_later", CONCEALED, "受伤二十余日后死亡", silent(survived=24)),
    Variety("before_work", CONCEALED, "工作前后从事预备收尾工作时死亡", silent(injury_ground="预备收尾")),
    Variety("accident_of_another_company", CONCEALED, "同日另一单位有事故", another_accident(False)),
    Variety("earlier_accident", CONCEALED, "同一单位半年前有事故", another_accident(True)),
    Variety("ground_corrected", CONCEALED, "认定情形后来更正为工作原因", silent(early={"injury_ground": "突发疾病"})),
    Variety("recognised_in_later_file", CONCEALED, "认定记录后来才到", silent(_lag=70)),
    Variety("two_grounds", CONCEALED, "同日死亡两人，认定情形不同", of_two(ground="预备收尾")),
    Variety("one_dead_late", CONCEALED, "同日两人，一人四十日后死亡", of_two(survived=40)),
    Variety("ledger_without_death", UNDERSTATED, "台账记为无人死亡", known(deaths=0)),
    Variety("burnt_dead_within_seven_days", UNDERSTATED, "火灾后第六日死亡，台账记为无人死亡", burnt(6)),
    Variety("two_dead_one_recorded", UNDERSTATED, "认定死亡两人，台账只记一人", known(dead=2)),
]
DECOYS = [
    Variety("recorded", CONCEALED, "台账有同一事故", known()),
    Variety("recorded_day_before", CONCEALED, "台账日期早一日", known(-1)),
    Variety("recorded_day_after", CONCEALED, "台账日期晚一日", known(1)),
    Variety("recorded_without_code", CONCEALED, "台账缺统一社会信用代码", known(code=False)),
    Variety("recorded_under_parent", CONCEALED, "事故登记在上级公司名下", under_the_parent),
    Variety("recorded_under_parent_of_one", CONCEALED, "只有一份认定载明上级公司，事故登记在其名下", of_two(recorded_under_parent=True)),
    Variety("on_the_way_to_work", CONCEALED, "上下班途中交通事故", silent(injury_ground="上下班途中")),
    Variety("sickness", CONCEALED, "工作时突发疾病死亡", silent(injury_ground="突发疾病", recognition_result="视同工伤")),
    Variety("outside_production", CONCEALED, "因工外出期间死亡", silent(injury_ground="因工外出")),
    Variety("died_after_thirty_days", CONCEALED, "受伤四十日后死亡", silent(survived=40)),
    Variety("burnt_dead_after_seven_days", UNDERSTATED, "火灾后第十七日死亡，不计入火灾伤亡", burnt(17)),
    Variety("withdrawn", CONCEALED, "认定已撤销", silent(revoked_date=REVOKED)),
    Variety("withdrawn_in_later_file", CONCEALED, "撤销在后一文件中才到", silent(early={"revoked_date": None}, revoked_date=REVOKED)),
    Variety("not_recognised", CONCEALED, "不予认定", silent(recognition_result="不予认定")),
    Variety("deaths_corrected_upwards", UNDERSTATED, "台账死亡人数后来更正", known(dead=2, deaths=2, corrected_from=1)),
]


def plant(stage: Stage, truths: int, decoys: int) -> None:
    """Plant all varieties of this model."""
    stage.perform(MODEL, "truth", TRUTHS, truths)
    stage.perform(MODEL, "decoy", DECOYS, decoys)
