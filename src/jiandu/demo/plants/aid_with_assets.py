"""Households on social assistance that own a car, stand behind a company or live on a pension, and households that only look so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from jiandu.demo.plants.payment_after_death import pension
from jiandu.demo.plants.stage import Person, Play, Scene, Stage, Variety, at, back

MODEL = "aid_with_assets"
VEHICLE, COMPANY, INCOME = "vehicle", "company", "income"
RELATIONS = ("户主", "配偶", "子女", "父母")
Result = tuple[str, str]


def household(scene: Scene, *members: Person, aid_type: str = "最低生活保障", ended: tuple[int, ...] = ()) -> Result:
    """Plant a household on assistance since two years and more; members numbered in ``ended`` belong to it no longer. Returns subject and anchor."""
    number, start = scene.serial("JH", 7), back(date(2024, 3, 1), scene.turn * 13 % 500)
    entries = []
    for place, person in enumerate(members):
        end = date(2026, 3, 31) if place in ended else None
        entries.append(scene.add("civil__aid_household", {
            "entry_no": f"JZ{scene.code}{scene.serial('JZ', 7)}", "household_no": f"JH{scene.code}{number}", "person_name": person.name,
            "person_id_no": person.id_no, "birth_date": person.birth, "gender": person.gender, "relation": RELATIONS[place], "aid_type": aid_type,
            "start_date": start, "end_date": end, "address": members[0].address, "phone": members[0].phone, "updated_at": at(end or start),
        })["entry_no"])
    return entries[0], entries[0]


def car(scene: Scene, owner: Person, early: dict[str, Any] | None = None, **fields: Any) -> None:
    """Plant a car that cost more than any standard, bought before the assistance."""
    scene.add("police__vehicle", {
        "vehicle_no": f"JD{scene.code}{scene.serial('vehicle', 8)}", "person_name": owner.name, "person_id_no": owner.id_no, "vehicle_kind": "小型客车",
        "price_cny": 78_000.0 + scene.turn % 20 * 6_000, "registered_date": date(2021, 5, 8), **fields,
    }, early)


def role(scene: Scene, person: Person, early: dict[str, Any] | None = None, **fields: Any) -> None:
    """Plant a role in a living company of some size."""
    name, uscc = scene.company()
    scene.add("market__company_role", {
        "role_no": f"QY{scene.code}{scene.serial('company role', 8)}", "company_name": name, "uscc": uscc, "person_name": person.name,
        "person_id_no": person.id_no, "company_role": scene.choose("法定代表人", "股东"), "capital_cny": 300_000.0 + scene.turn % 9 * 200_000,
        "registered_date": date(2019, 5, 8), **fields,
    }, early)


def owned(member: int = 0, thing: str = "car", early: dict[str, Any] | None = None, family: dict[str, Any] | None = None, **fields: Any) -> Play:
    """A household of three, one of whom owns the thing; ``family`` says more of the household."""
    def play(scene: Scene) -> Result:
        members = (scene.person(), scene.person(), scene.person())
        (car if thing == "car" else role)(scene, members[member], early, **fields)
        return household(scene, *members, **(family or {}))
    return play


def retired(months: Sequence[int], others: int = 1, insurance: str = "企业职工", aid_type: str = "最低生活保障", lag: int = 0) -> Play:
    """A household whose head draws a pension for months counted from October (0), with so many ``others`` who draw none."""
    def play(scene: Scene) -> Result:
        head = scene.person("elder")
        pension(scene, head, date(2026, 10, 15), months, insurance, lag=lag)
        return household(scene, head, *(scene.person() for _ in range(others)), aid_type=aid_type)
    return play


def both(scene: Scene) -> Result:
    """Husband and wife own a car and a company."""
    members = (scene.person(), scene.person())
    car(scene, members[0])
    role(scene, members[1])
    return household(scene, *members)


def work_truck_and_car(scene: Scene) -> Result:
    """A truck for work, which is exempt, and a car beside it."""
    owner = scene.person()
    car(scene, owner, vehicle_kind="货车", price_cny=120_000.0)
    car(scene, owner, price_cny=66_000.0)
    return household(scene, owner)


def new_car_beside_old(scene: Scene) -> Result:
    """A dearer car of last month beside one owned for years."""
    owner, spouse = scene.person(), scene.person()
    car(scene, owner)
    car(scene, spouse, price_cny=210_000.0, registered_date=date(2026, 10, 15))
    return household(scene, owner, spouse)


def sold(corrected: bool) -> Play:
    """The car is somebody else's now; with ``corrected`` an earlier file still named the member."""
    def play(scene: Scene) -> Result:
        owner, buyer = scene.person(), scene.person()
        car(scene, buyer, {"person_name": owner.name, "person_id_no": owner.id_no} if corrected else None)
        return household(scene, owner)
    return play


def namesake(scene: Scene) -> Result:
    """A namesake of another number owns the car."""
    owner, other = scene.person(), scene.person()
    car(scene, other, person_name=owner.name)
    return household(scene, owner)


OTHER_RULES = {"edge": {"aid_type": "最低生活保障边缘"}, "rigid": {"aid_type": "刚性支出困难"}}
GONE = date(2023, 2, 1)
TRUTHS = [
    Variety("head_s_car", VEHICLE, "户主名下有轿车", owned()),
    Variety("spouse_s_car", VEHICLE, "配偶名下有轿车", owned(1)),
    Variety("child_s_car", VEHICLE, "成年子女名下有轿车", owned(2)),
    Variety("bought_during_assistance", VEHICLE, "享受救助期间购车", owned(registered_date=date(2025, 9, 10))),
    Variety("old_standard", VEHICLE, "按购车时的旧标准恰四万元", owned(price_cny=40_000.0)),
    Variety("truck_and_car", VEHICLE, "谋生的货车之外另有轿车", work_truck_and_car),
    Variety("new_car_beside_old", VEHICLE, "旧车之外新购更贵的车", new_car_beside_old),
    Variety("destitute_with_car", VEHICLE, "特困人员名下有轿车", owned(family={"aid_type": "特困人员"})),
    Variety("head_left", VEHICLE, "户主已退出，仍享受的配偶有车", owned(1, family={"ended": (0,)})),
    Variety("price_corrected_upwards", VEHICLE, "价格后来更正为九万元", owned(early={"price_cny": 9_000.0}, price_cny=90_000.0)),
    Variety("car_in_later_file", VEHICLE, "车辆登记后来才到", owned(registered_date=date(2026, 5, 20), _lag=160)),
    Variety("car_and_company", VEHICLE, "车和企业都有", both),
    Variety("company", COMPANY, "户主有存续企业", owned(thing="role")),
    Variety("child_s_company", COMPANY, "子女有存续企业", owned(2, thing="role")),
    Variety("company_during_assistance", COMPANY, "享受救助期间设立企业", owned(1, thing="role", registered_date=date(2025, 6, 3))),
    Variety("large_business", COMPANY, "规模较大的个体经营", owned(thing="role", company_role="个体经营者", capital_cny=400_000.0)),
    Variety("pension_of_the_head", INCOME, "户主领取企业职工养老金，人均超过标准", retired(range(-11, 1))),
    Variety("destitute_with_pension", INCOME, "特困人员领取企业职工养老金", retired(range(-9, 1), others=0, aid_type="特困人员")),
    Variety("cancellation_withdrawn", COMPANY, "注销登记后来撤销", owned(thing="role", early={"cancelled_date": date(2026, 9, 1)})),
]
DECOYS = [
    Variety("deregistered_before", VEHICLE, "救助前已注销", owned(cancelled_date=GONE)),
    Variety("deregistered_in_later_file", VEHICLE, "注销在后一文件中才到", owned(early={"cancelled_date": None}, cancelled_date=date(2026, 8, 14))),
    Variety("motorcycle", VEHICLE, "摩托车", owned(vehicle_kind="摩托车", price_cny=52_000.0)),
    Variety("farm_vehicle", VEHICLE, "农用车", owned(vehicle_kind="农用车")),
    Variety("cheap_car", VEHICLE, "便宜旧车", owned(price_cny=39_000.0)),
    Variety("new_standard", VEHICLE, "新标准下四万九千元", owned(registered_date=date(2026, 7, 6), price_cny=49_000.0)),
    Variety("tool_of_work", VEHICLE, "谋生的货车", owned(vehicle_kind="货车", price_cny=120_000.0)),
    Variety("edge_household", VEHICLE, "低保边缘家庭", owned(family=OTHER_RULES["edge"])),
    Variety("rigid_household", COMPANY, "刚性支出困难家庭", owned(thing="role", family=OTHER_RULES["rigid"])),
    Variety("sold", VEHICLE, "已转让他人", sold(False)),
    Variety("sold_in_later_file", VEHICLE, "转让在后一文件中才到", sold(True)),
    Variety("price_corrected_downwards", VEHICLE, "价格后来更正为两万元", owned(early={"price_cny": 200_000.0}, price_cny=20_000.0)),
    Variety("just_bought", VEHICLE, "购车不满九十日", owned(registered_date=date(2026, 9, 14))),
    Variety("former_member", VEHICLE, "车主已不在户内", owned(2, family={"ended": (2,)})),
    Variety("assistance_ended", VEHICLE, "全户救助已终止", owned(family={"ended": (0, 1, 2)})),
    Variety("namesake", VEHICLE, "同名不同人", namesake),
    Variety("residents_pension", INCOME, "只领取城乡居民养老金", retired(range(-8, 1), insurance="城乡居民")),
    Variety("large_family", INCOME, "人口多，人均不超过标准", retired(range(-8, 1), others=3)),
    Variety("just_retired", INCOME, "刚刚退休", retired(range(-1, 1))),
    Variety("pension_with_gaps", INCOME, "只发了首尾两个月", retired([-3, 0])),
    Variety("pension_ended", INCOME, "养老金早已停发", retired(range(-15, -4))),
    Variety("edge_with_pension", INCOME, "低保边缘家庭领取养老金", retired(range(-8, 1), aid_type="最低生活保障边缘")),
    Variety("company_deregistered", COMPANY, "企业已注销", owned(thing="role", cancelled_date=GONE)),
    Variety("small_business", COMPANY, "小本个体经营", owned(thing="role", company_role="个体经营者", capital_cny=30_000.0)),
]


def plant(stage: Stage, truths: int, decoys: int) -> None:
    """Plant all varieties of this model."""
    stage.perform(MODEL, "truth", TRUTHS, truths)
    stage.perform(MODEL, "decoy", DECOYS, decoys)
