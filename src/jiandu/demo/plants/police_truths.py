"""What model 3 must find."""

from __future__ import annotations

from datetime import timedelta

from jiandu.demo.background.police import CIRCUMSTANCES
from jiandu.demo.plants.police_case_not_converted import (
    BEFORE,
    DRUNK,
    GAMBLING,
    HOUSE,
    INJURY,
    JUVENILE,
    PROPERTY,
    THEFT,
    UNDECIDED,
    Result,
    born,
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


def with_circumstance(scene: Scene) -> Result:
    """80–149 mg with one of the circumstances of article 10."""
    return driver(scene, recent(scene), 92.0 + scene.turn % 50, aggravating=CIRCUMSTANCES[scene.turn % len(CIRCUMSTANCES)])


def thrice(scene: Scene) -> Result:
    """The third small theft within two years; the anchor is the third case."""
    person, last = scene.person(), recent(scene)
    for days, amount in ((610, 480.0), (240, 650.0)):
        thief(scene, back(last, days), amount, person=person)
    return done(thief(scene, last, 720.0, person=person))


def other_facts(scene: Scene) -> Result:
    """The same person has a criminal case of other facts, two hundred days away."""
    person, act = scene.person(), recent(scene)
    crime(scene, person, "盗窃罪", back(act, 200), back(act, 190))
    return done(thief(scene, act, 4300.0, person=person))


def namesake_charged(scene: Scene) -> Result:
    """A namesake with another identity number was charged in those days."""
    person, other, act = scene.person(), scene.person(), recent(scene)
    crime(scene, other, "盗窃罪", act, act + timedelta(days=3), suspect_name=person.name)
    return done(thief(scene, act, 3600.0, person=person))


def young_driver(scene: Scene) -> Result:
    """A driver of seventeen."""
    act = recent(scene)
    return driver(scene, act, 171.0, person=scene.person(born=born(act, 17, 40 + scene.turn)))


def young_thief(years: int, days: int) -> Play:
    """A thief of so many years and days."""
    def play(scene: Scene) -> Result:
        act = recent(scene)
        return done(thief(scene, act, 5200.0, person=scene.person(born=born(act, years, days + scene.turn % 60))))
    return play


def stolen(amount: float, mode: str = "一般") -> Play:
    """A theft of an amount in a mode."""
    return lambda scene: done(thief(scene, recent(scene), amount, mode))


def half_after_punishment(scene: Scene) -> Result:
    """Half the amount, eight months after a punishment for a small theft."""
    person, last = scene.person(), recent(scene)
    thief(scene, back(last, 240), 500.0, person=person, decision_kind="行政拘留")
    return done(thief(scene, last, 1200.0 + scene.turn % 5 * 100, person=person))


def half_after_crime(scene: Scene) -> Result:
    """Half the amount, a criminal case of theft two years before."""
    person, last = scene.person(), recent(scene)
    crime(scene, person, "盗窃罪", back(last, 720), back(last, 710))
    return done(thief(scene, last, 1000.0, person=person))


def young_fighter(scene: Scene) -> Result:
    """A boy of seventeen whose blow was a light injury."""
    act = recent(scene)
    person = scene.person(born=born(act, 17, 60 + scene.turn))
    return done(offence(scene, act, "殴打他人", person=person, injury_level="轻伤"))


TRUTHS = [
    Variety("old_rule_80", DRUNK, "2023年12月28日前达到80毫克", lambda scene: driver(scene, under_old_rule(scene), 80.0)),
    Variety("old_rule_120", DRUNK, "2023年12月28日前120毫克左右", lambda scene: driver(scene, under_old_rule(scene), 112.0 + scene.turn % 20)),
    Variety("old_rule_last_day", DRUNK, "旧规则最后一日", lambda scene: driver(scene, BEFORE, 95.0 + scene.turn % 40)),
    Variety("new_rule_150", DRUNK, "恰150毫克", lambda scene: driver(scene, recent(scene), 150.0)),
    Variety("new_rule_above_150", DRUNK, "超过150毫克", lambda scene: driver(scene, recent(scene), 163.0 + scene.turn * 2 % 80)),
    Variety("new_rule_circumstance", DRUNK, "80至149毫克并有从重情节", with_circumstance),
    Variety("new_rule_two_circumstances", DRUNK, "两项从重情节", lambda scene: driver(scene, recent(scene), 101.0, aggravating="无证、逃逸")),
    Variety("blood_above_breath", DRUNK, "呼气低而血液高", lambda scene: driver(scene, recent(scene), 158.0, breath=77.0)),
    Variety("theft_2000", THEFT, "恰达数额较大起点", stolen(2000.0)),
    Variety("theft_large", THEFT, "数额明显较大", stolen(6800.0)),
    Variety("theft_from_home", THEFT, "入户盗窃", stolen(300.0, "入户")),
    Variety("theft_armed", THEFT, "携带凶器盗窃", stolen(260.0, "携带凶器")),
    Variety("pickpocket", THEFT, "扒窃", stolen(180.0, "扒窃")),
    Variety("third_theft_in_two_years", THEFT, "二年内第三次盗窃", thrice),
    Variety("crime_of_other_facts", THEFT, "同一人另案立案，事实不同", other_facts),
    Variety("namesake_charged", THEFT, "同名者被立案，证件号码不同", namesake_charged),
    Variety("half_after_punishment", THEFT, "一年内因盗窃受过处罚，达到一半", half_after_punishment),
    Variety("half_after_crime", THEFT, "曾因盗窃被刑事立案，达到一半", half_after_crime),
    Variety("light_injury_settled", INJURY, "轻伤而调解", committed("殴打他人", injury_level="轻伤", decision_kind="调解")),
    Variety("serious_injury", INJURY, "重伤按行政案件处理", committed("殴打他人", injury_level="重伤")),
    Variety("injury_in_a_brawl", INJURY, "寻衅滋事致人轻伤", committed("寻衅滋事", injury_level="轻伤")),
    Variety("fraud_3000", PROPERTY, "诈骗恰三千元", committed("诈骗", amount_cny=3000.0)),
    Variety("extortion", PROPERTY, "敲诈勒索四千元", committed("敲诈勒索", amount_cny=4000.0)),
    Variety("snatching", PROPERTY, "抢夺二千六百元", committed("抢夺", amount_cny=2600.0)),
    Variety("damage_5000", PROPERTY, "损毁财物恰五千元", committed("故意损毁财物", amount_cny=5000.0)),
    Variety("rake_5000", GAMBLING, "组织赌博，抽头恰五千元", gambled(6, 21_000.0, 5000.0)),
    Variety("stakes_50000", GAMBLING, "组织赌博，赌资恰五万元", gambled(3, 50_000.0)),
    Variety("twenty_gamblers", GAMBLING, "组织二十人赌博", gambled(20, 4_000.0, 800.0)),
    Variety("ten_machines", HOUSE, "设置赌博机恰十台", machines(10)),
    Variety("many_machines", HOUSE, "设置赌博机数十台", machines(36)),
    Variety("five_machines_again", HOUSE, "受处罚后再设置五台", machines(5, punished_days_before=500)),
    Variety("third_damage", PROPERTY, "二年内第三次故意损毁财物", damaged((610, 240))),
    Variety("undecided", UNDECIDED, "受案四个月无处理决定", undecided(124)),
    Variety("fighter_of_seventeen", JUVENILE, "十七周岁致人轻伤", young_fighter),
    Variety("driver_of_seventeen", JUVENILE, "十七周岁醉酒驾驶", young_driver),
    Variety("thief_of_seventeen", JUVENILE, "十七周岁盗窃", young_thief(17, 100)),
    Variety("thief_just_sixteen", JUVENILE, "刚满十六周岁盗窃", young_thief(16, 10)),
]
