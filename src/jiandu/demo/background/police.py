"""Police cases: what is a crime was converted and filed, what stays administrative is below every threshold."""

from __future__ import annotations

from datetime import date

import numpy as np

from jiandu.demo import places
from jiandu.demo.draws import NEVER, Amounts, Days, Draws, Flags, Text, Whole, either, nothing, padded
from jiandu.demo.people import People
from jiandu.demo.world import World, year_of

NEW_RULE = date(2023, 12, 28)
"""Since then 80–149 mg/100 ml without an aggravating circumstance is no crime (高检发办字〔2023〕187号)."""
CAUSES = {"盗窃": 0.26, "酒后驾驶机动车": 0.2, "醉酒驾驶机动车": 0.12, "殴打他人": 0.2, "赌博": 0.09, "寻衅滋事": 0.05, "故意损毁财物": 0.05, "无证驾驶": 0.03}
CRIMES = {"盗窃": "盗窃罪", "酒后驾驶机动车": "危险驾驶罪", "醉酒驾驶机动车": "危险驾驶罪", "殴打他人": "故意伤害罪"}
OTHER_CRIMES = ["诈骗罪", "帮助信息网络犯罪活动罪", "故意伤害罪", "盗窃罪", "开设赌场罪", "交通肇事罪", "掩饰、隐瞒犯罪所得罪", "寻衅滋事罪"]
CIRCUMSTANCES = ["事故主责", "逃逸", "无证", "超员超速", "毒驾", "载客", "校车", "高速", "重型货车", "危险品", "逃避检查", "妨害作证", "二年内酒驾",
    "五年内危险驾驶"]
"""Circumstances of article 10 of the 2023 opinion."""


def make(world: World) -> None:
    """Add administrative cases, alcohol tests and criminal cases of one slice."""
    administrative(world, world.amount(4750))
    filed_directly(world, world.amount(1600))


def case_numbers(world: World, county: Whole, accepted: Days) -> Text:
    """Numbers of administrative cases: 云青公(行)受案字〔2026〕1号."""
    return _numbers(world, county, accepted, "公行受字")


def criminal_numbers(world: World, county: Whole, filed: Days) -> Text:
    """Numbers of criminal cases: 云青公(刑)立字〔2026〕1号."""
    return _numbers(world, county, filed, "公刑立字")


def _numbers(world: World, county: Whole, days: Days, word: str) -> Text:
    offices, years = np.asarray(places.column("short")[county] + word, dtype=object), year_of(days)
    numbers = world.serials.next(list(zip(offices, years, strict=True)))
    return np.asarray(offices + "〔" + years + "〕" + numbers.astype(str).astype(object) + "号", dtype=object)


def stations(draws: Draws, county: Whole) -> Text:
    """Police offices of the counties."""
    return np.asarray(places.column("name")[county] + "公安局" + draws.pick(["城关派出所", "东城派出所", "河西派出所", "交通警察大队", "治安大队"],
            len(county)), dtype=object)


def administrative(world: World, n: int) -> None:
    """Administrative cases of the last three and a half years, each of another person."""
    draws = world.draws("admin cases")
    county = places.draw(draws, n)
    suspect = world.population.people(draws, county, "adult")
    incident = draws.days("2023-02-01", world.yesterday - 3, n)
    accepted = np.minimum(incident + draws.whole(0, 2, n), world.yesterday)
    cause = draws.pick(list(CAUSES), n, list(CAUSES.values()))
    driving = np.isin(cause, ["酒后驾驶机动车", "醉酒驾驶机动车"])
    blood = draws.flags(0.55, n)
    crime = (draws.flags(0.12, n) & (cause == "盗窃")) | (cause == "醉酒驾驶机动车") | (draws.flags(0.1, n) & (cause == "殴打他人"))
    converted = either(crime, accepted + draws.whole(1, 20, n), NEVER).astype("datetime64[D]")
    converted, crime = world.until_now(converted), crime & (converted <= world.yesterday)
    cause = either((cause == "醉酒驾驶机动车") & ~crime, "酒后驾驶机动车", cause)
    decided = world.until_now(either(crime, converted, accepted + draws.whole(3, 28, n)).astype("datetime64[D]"))
    number = case_numbers(world, county, accepted)
    theft = cause == "盗窃"
    injury = either(cause == "殴打他人", either(crime, "轻伤", draws.pick(["轻微伤", "无"], n)), "无")
    gamblers = either(cause == "赌博", 1, np.nan)
    dice = world.draws("gambling")  # a stream of its own: everybody else's story stays as it was
    organiser = dice.flags(0.2, n)
    machines = world.draws("gambling machines")
    world.add("police__admin_case", {
        "admin_case_no": number, "case_cause": cause, "police_org_name": stations(draws, county), "county_code": places.column("code")[county],
        "incident_date": incident, "accepted_date": accepted, "decision_date": decided,
        "decision_kind": either(np.isnat(decided), None, either(crime, "终止调查", draws.pick(["行政拘留", "罚款", "不予处罚", "调解"], n, [4, 4, 1, 1]))),
        "suspect_name": suspect.name, "suspect_id_no": suspect.id_no, "birth_date": suspect.birth,
        "amount_cny": either(theft, either(crime, draws.skewed(2200, 60_000, n, 1), draws.skewed(60, 1700, n, 1)), np.nan),
        "theft_mode": either(theft, either(crime, draws.pick(["入户", "扒窃", "一般"], n), "一般"), None),
        "is_relative_forgiven": either(theft, False, None), "injury_level": injury, "converted_date": converted,
        "is_organiser": either(cause == "赌博", organiser, None), "gambler_count": gamblers * dice.whole(3, 9, n),
        "gambling_stakes_cny": gamblers * dice.skewed(300, 30_000, n, 10),
        "gambling_rake_cny": either(organiser, gamblers * dice.skewed(50, 3_000, n, 10), np.nan),
        "gambling_machine_count": gamblers * either(machines.flags(0.25, n), machines.whole(1, 8, n), 0),
    })
    alcohol(world, draws, np.flatnonzero(driving), number, suspect, incident, blood, crime)
    rows = np.flatnonzero(crime)
    filed = np.minimum(converted[rows] + draws.whole(0, 3, len(rows)), world.yesterday)
    charge = np.array([CRIMES[text] for text in cause[rows]], dtype=object)
    criminal(world, draws, county[rows], suspect.take(rows), charge, filed, incident[rows], either(draws.flags(0.8, len(rows)), number[rows], None))


def alcohol(
    world: World, draws: Draws, rows: Whole, number: Text, suspect: People, incident: Days, blood: Flags, crime: Flags,
) -> None:
    """A breath test of every driver and a blood test of many; who was not prosecuted stayed under 80 mg."""
    n = len(rows)
    level: Amounts = either(crime[rows], draws.rng.uniform(155, 260, n), draws.rng.uniform(21, 77, n)).round(1)
    for method, chosen in (("呼气", np.arange(n)), ("血液", np.flatnonzero(blood[rows] | crime[rows]))):
        shift = draws.rng.uniform(-2, 2, len(chosen)) if method == "呼气" else np.zeros(len(chosen))
        picked = rows[chosen]
        at = incident[picked].astype("datetime64[us]") + (draws.whole(18 * 60, 23 * 60 + 59, len(chosen)) * 60_000_000).astype("timedelta64[us]")
        serials = world.serials.block("alcohol", len(chosen))
        world.add("police__alcohol_test", {
            "test_no": np.asarray("JJ" + padded(serials, 9), dtype=object), "admin_case_no": number[picked],
            "suspect_id_no": suspect.id_no[picked], "sampled_at": at, "method": np.full(len(chosen), method, dtype=object),
            "bac_mg_100ml": (level[chosen] + shift).round(1), "vehicle_type": np.full(len(chosen), "机动车", dtype=object),
            "aggravating": either(crime[picked] & draws.flags(0.3, len(chosen)), draws.pick(CIRCUMSTANCES, len(chosen)), None),
            "is_on_road": np.full(len(chosen), True),
        })


def criminal(
    world: World, draws: Draws, county: Whole, suspect: People, charge: Text, filed: Days, incident: Days, admin_no: Text,
) -> None:
    """Add criminal cases of single suspects."""
    n = len(county)
    at = filed.astype("datetime64[us]") + (draws.whole(8 * 60, 20 * 60, n) * 60_000_000).astype("timedelta64[us]")
    world.add("police__criminal_case", {
        "criminal_case_no": criminal_numbers(world, county, filed), "charge_name": charge, "filed_date": filed, "incident_date": incident,
        "county_code": places.column("code")[county], "suspect_name": suspect.name, "suspect_id_no": suspect.id_no, "company_uscc": nothing(n),
        "accident_no": nothing(n), "admin_case_no": admin_no, "updated_at": at,
    })


def filed_directly(world: World, n: int) -> None:
    """Crimes that never were administrative cases."""
    draws = world.draws("criminal cases")
    county = places.draw(draws, n)
    suspect = world.population.people(draws, county, "adult")
    incident = draws.days("2023-06-01", world.yesterday - 25, n)
    criminal(world, draws, county, suspect, draws.pick(OTHER_CRIMES, n), incident + draws.whole(0, 20, n), incident, nothing(n))
