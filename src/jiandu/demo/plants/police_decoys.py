"""What model 3 must leave alone."""

from __future__ import annotations

from datetime import timedelta

from jiandu.demo.plants.police_case_not_converted import (
    AFTER,
    DRUNK,
    GAMBLING,
    HOUSE,
    INJURY,
    JUVENILE,
    PROPERTY,
    THEFT,
    UNDECIDED,
    Result,
    alcohol,
    born,
    case,
    committed,
    crime,
    damaged,
    done,
    driver,
    gambled,
    machines,
    offence,
    recent,
    thief,
    undecided,
    under_old_rule,
)
from jiandu.demo.plants.stage import Play, Scene, Variety, back


def breath_only(scene: Scene) -> Result:
    """A high reading by breath, no blood test."""
    admin = case(scene, scene.person(), recent(scene), "酒后驾驶机动车")
    alcohol(scene, admin, 182.0, "呼气")
    return done(admin)


def driven(level: float, old: bool = False, **test: object) -> Play:
    """A driver with a level under the rule of his day."""
    return lambda scene: driver(scene, under_old_rule(scene) if old else recent(scene), level, **test)  # type: ignore[arg-type]


def stolen(amount: float, **fields: object) -> Play:
    """A theft that is no crime."""
    return lambda scene: done(thief(scene, recent(scene), amount, **fields))  # type: ignore[arg-type]


def converted(scene: Scene) -> Result:
    """Converted: the case says so and the criminal case names it."""
    person, act = scene.person(), recent(scene)
    admin = thief(scene, act, 5100.0, person=person, converted_date=act + timedelta(days=15))
    crime(scene, person, "盗窃罪", act, act + timedelta(days=16), admin["admin_case_no"])
    return done(admin)


def new_number(days: int) -> Play:
    """A criminal case under a new number without any reference, filed so many days after the act."""
    def play(scene: Scene) -> Result:
        person, act = scene.person(), recent(scene)
        crime(scene, person, "盗窃罪", act, act + timedelta(days=days))
        return done(thief(scene, act, 4700.0, person=person))
    return play


def named_only(scene: Scene) -> Result:
    """The criminal case names the administrative one, the suspect's number was not entered."""
    person, act = scene.person(), recent(scene)
    admin = thief(scene, act, 3900.0, person=person)
    crime(scene, person, "盗窃罪", act, act + timedelta(days=9), admin["admin_case_no"], suspect_id_no=None)
    return done(admin)


def driver_charged(scene: Scene) -> Result:
    """Charged with dangerous driving under a new number."""
    person, act = scene.person(), recent(scene)
    crime(scene, person, "危险驾驶罪", act, act + timedelta(days=12))
    return driver(scene, act, 188.0, person=person)


def repeated(days: tuple[int, ...]) -> Play:
    """Earlier small thefts so many days before this one."""
    def play(scene: Scene) -> Result:
        person, last = scene.person(), recent(scene)
        for gap in days:
            thief(scene, back(last, gap), 350.0, person=person)
        return done(thief(scene, last, 690.0, person=person))
    return play


def child(years: int) -> Play:
    """A thief under sixteen."""
    def play(scene: Scene) -> Result:
        act = recent(scene)
        return done(thief(scene, act, 6100.0, person=scene.person(born=born(act, years, 120 + scene.turn % 60))))
    return play


def young_driver(scene: Scene) -> Result:
    """A driver of fifteen."""
    act = recent(scene)
    return driver(scene, act, 176.0, person=scene.person(born=born(act, 15, 90 + scene.turn % 60)))


def still_handled(scene: Scene) -> Result:
    """Accepted a week ago and not decided."""
    act = back(scene.today, 8)
    return done(thief(scene, act, 8200.0, decision_date=None, decision_kind=None))


def punished_long_ago(scene: Scene) -> Result:
    """More than half the amount; the punishment for theft lies fourteen months back."""
    person, last = scene.person(), recent(scene)
    thief(scene, back(last, 430), 500.0, person=person, decision_kind="行政拘留")
    return done(thief(scene, last, 1600.0, person=person))


def injury_charged(scene: Scene) -> Result:
    """A light injury; the police filed a fortnight later under a new number."""
    person, act = scene.person(), recent(scene)
    crime(scene, person, "故意伤害罪", act, act + timedelta(days=14))
    return done(offence(scene, act, "殴打他人", person=person, injury_level="轻伤"))


DECOYS = [
    Variety("new_rule_80_to_149", DRUNK, "新规则下80至149毫克且无从重情节", driven(118.0)),
    Variety("new_rule_149_9", DRUNK, "149.9毫克", driven(149.9)),
    Variety("new_rule_first_day", DRUNK, "新规则第一日", lambda scene: driver(scene, AFTER, 118.0 + scene.turn % 20)),
    Variety("old_rule_79_9", DRUNK, "79.9毫克", driven(79.9, old=True)),
    Variety("circumstance_below_80", DRUNK, "有从重情节但不足80毫克", driven(78.0, aggravating="逃逸")),
    Variety("breath_only", DRUNK, "只有呼气检测", breath_only),
    Variety("breath_high_blood_low", DRUNK, "呼气高而血液低", driven(71.0, breath=166.0)),
    Variety("not_a_motor_vehicle", DRUNK, "非机动车", driven(190.0, vehicle="非机动车")),
    Variety("not_on_a_road", DRUNK, "不在道路上", driven(175.0, road=False)),
    Variety("driver_charged", DRUNK, "已另行立案", driver_charged),
    Variety("theft_1999", THEFT, "差一元不足起点", stolen(1999.0)),
    Variety("relative_forgave", THEFT, "近亲属谅解", stolen(8300.0, is_relative_forgiven=True)),
    Variety("converted", THEFT, "已转为刑事案件", converted),
    Variety("new_number_after_20_days", THEFT, "二十日后以新编号立案", new_number(20)),
    Variety("new_number_same_day", THEFT, "当日另号立案", new_number(0)),
    Variety("charged_by_case_number_only", THEFT, "刑事案件只登记了行政案件编号", named_only),
    Variety("two_thefts", THEFT, "二年内只有两次", repeated((300,))),
    Variety("third_outside_two_years", THEFT, "第三次超出二年", repeated((900, 300))),
    Variety("still_handled", THEFT, "正在办理期限内", still_handled),
    Variety("punished_long_ago", THEFT, "处罚已逾一年，不减半", punished_long_ago),
    Variety("rake_4999", GAMBLING, "组织赌博，抽头差一元不足起点", gambled(6, 21_000.0, 4999.0)),
    Variety("gambler_only", GAMBLING, "参与赌博而非组织", gambled(12, 80_000.0, is_organiser=False)),
    Variety("nine_machines", HOUSE, "设置赌博机九台", machines(9)),
    Variety("four_machines_again", HOUSE, "受处罚后再设置四台", machines(4, punished_days_before=300)),
    Variety("five_machines_long_after", HOUSE, "受处罚两年半后设置五台", machines(5, punished_days_before=910)),
    Variety("gambler_among_machines", HOUSE, "在赌博机室参赌而非设置", machines(15, is_organiser=False)),
    Variety("second_damage", PROPERTY, "二年内只有两次损毁财物", damaged((240,))),
    Variety("extended", UNDECIDED, "延长的办理期限内", undecided(45)),
    Variety("slight_injury", INJURY, "轻微伤", committed("殴打他人", injury_level="轻微伤", decision_kind="调解")),
    Variety("injury_charged", INJURY, "轻伤已另号立案", injury_charged),
    Variety("fraud_2999", PROPERTY, "诈骗差一元不足起点", committed("诈骗", amount_cny=2999.0)),
    Variety("damage_4999", PROPERTY, "损毁财物差一元不足起点", committed("故意损毁财物", amount_cny=4999.0)),
    Variety("thief_of_fifteen", JUVENILE, "不满十六周岁", child(15)),
    Variety("thief_of_thirteen", JUVENILE, "不满十四周岁", child(13)),
    Variety("driver_of_fifteen", JUVENILE, "不满十六周岁驾驶", young_driver),
]
