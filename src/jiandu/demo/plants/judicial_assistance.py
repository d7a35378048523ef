"""Case parties in hardship: victims and their families who stand in a register of people in need and were not helped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from jiandu.demo.background.registers import AID_TYPES, MONITOR_TYPES, REASONS
from jiandu.demo.plants.stage import Person, Play, Scene, Stage, Variety, at, back

MODEL = "judicial_assistance"
EXACT, PROBABLE, DOUBTFUL = "assistance_exact", "assistance_probable", "assistance_doubtful"
CHARGES = ["故意伤害罪", "交通肇事罪", "寻衅滋事罪", "强奸罪"]
Result = tuple[str, str]


def case_day(scene: Scene) -> date:
    """The day the case came in, another one each turn."""
    return back(date(2026, 8, 28), scene.turn * 11 % 640 + scene.number % 19)


def assisted(scene: Scene, person: Person, start: date = date(2024, 3, 1), end: date | None = None, aid_type: str = "") -> None:
    """Plant an entry in the register of social assistance."""
    household = scene.serial("JH", 7)
    scene.add("civil__aid_household", {
        "entry_no": f"JZ{scene.code}{scene.serial('JZ', 7)}", "household_no": f"JH{scene.code}{household}", "person_name": person.name,
        "person_id_no": person.id_no or None, "birth_date": person.birth, "gender": person.gender, "relation": "户主",
        "aid_type": aid_type or AID_TYPES[scene.turn % len(AID_TYPES)], "start_date": start,
        "end_date": end, "address": person.address, "phone": person.phone, "updated_at": at(end or start),
    })


def monitored(scene: Scene, person: Person, start: date = date(2024, 3, 1), end: date | None = None) -> None:
    """Plant an entry in the register of households monitored against poverty."""
    scene.add("rural__monitored_person", {
        "entry_no": f"JC{scene.code}{scene.serial('JC', 7)}", "household_no": f"CH{scene.code}{scene.serial('CH', 7)}", "person_name": person.name,
        "person_id_no": person.id_no, "birth_date": person.birth, "gender": person.gender, "monitor_type": MONITOR_TYPES[scene.turn % len(MONITOR_TYPES)],
        "risk_reason": REASONS[scene.turn % len(REASONS)], "start_date": start, "end_date": end, "address": person.address, "phone": person.phone,
    })


def party(scene: Scene, person: Person, **fields: Any) -> dict[str, Any]:
    """Plant a victim seriously hurt and not compensated, with his case."""
    day = fields.pop("case_date", None) or case_day(scene)
    number = scene.number_of(scene.place.short + "检诉受", day)
    scene.add("procuratorate__case", {
        "case_no": number, "case_kind": "审查起诉", "charge_name": CHARGES[scene.number % len(CHARGES)], "procuratorate_code": scene.code, "accepted_date": day,
        "closed_date": day + timedelta(days=28), "result": "起诉", "person_count": 1, "is_minor_involved": False, "is_guilty_plea": True,
    })
    due = float(160_000 + scene.turn * 4_000 + scene.number % 9 * 10_000)
    return scene.add("procuratorate__case_party", {
        "party_no": "DSR" + scene.serial("party", 9), "case_no": number, "party_name": person.name, "person_id_no": person.id_no, "birth_date": person.birth,
        "gender": person.gender, "address": person.address, "phone": person.phone, "role": "被害人", "injury_level": "重伤", "is_compensated": False,
        "compensation_due_cny": due, "compensation_paid_cny": 0.0, "is_own_major_fault": False, "case_date": day, **fields,
    })


def done(row: dict[str, Any]) -> Result:
    """Subject and anchor: the party."""
    return row["party_no"], row["party_no"]


def in_register(register: str = "assisted", entry: dict[str, Any] | None = None, **fields: Any) -> Play:
    """The same person, by the same number, in one of the registers or both."""
    def play(scene: Scene) -> Result:
        person = scene.person()
        if register in ("assisted", "both"):
            assisted(scene, person, **(entry or {}))
        if register in ("monitored", "both"):
            monitored(scene, person, **(entry or {}))
        return done(party(scene, person, **fields))
    return play


def transposed(id_no: str) -> str:
    """The number with two neighbouring digits of its birth date exchanged, as a clerk does; the check digit no longer fits."""
    for place in (12, 10, 14, 8, 15):
        if id_no[place] != id_no[place + 1]:
            return id_no[:place] + id_no[place + 1] + id_no[place] + id_no[place + 2 :]
    return id_no[:16] + ("1" if id_no[16] != "1" else "2") + id_no[17]


def without_number(register: str, **fields: Any) -> Play:
    """The party's number was not entered; name, birth, home and phone agree with the register."""
    def play(scene: Scene) -> Result:
        person = scene.person()
        (assisted if register == "assisted" else monitored)(scene, person)
        return done(party(scene, person, person_id_no=None, **fields))
    return play


def mistyped(scene: Scene) -> Result:
    """Two digits of the party's number are exchanged."""
    person = scene.person()
    monitored(scene, person)
    return done(party(scene, person, person_id_no=transposed(person.id_no)))


def other_phone(scene: Scene) -> Result:
    """No number and a new phone; name, birth and home agree."""
    person, other = scene.person(), scene.person()
    assisted(scene, person)
    return done(party(scene, person, person_id_no=None, phone=other.phone))


def short_address(scene: Scene) -> Result:
    """No number; the home is written without province and city; name, birth and phone agree."""
    person = scene.person()
    assisted(scene, person)
    return done(party(scene, person, person_id_no=None, address=person.address.removeprefix("云泽省").removeprefix(scene.place.city_name)))


def misspelt(given: str) -> Play:
    """The party's number was not entered and the given name is written otherwise: by sound, or in traditional characters."""
    def play(scene: Scene) -> Result:
        drawn = scene.person()
        person = replace(drawn, name=drawn.name[0] + "国伟")
        assisted(scene, person)
        return done(party(scene, replace(person, name=drawn.name[0] + given), person_id_no=None))
    return play


def wrong_digit(scene: Scene) -> Result:
    """One digit of the party's number is wrong."""
    person = scene.person()
    assisted(scene, person)
    digit = str((int(person.id_no[15]) + 1) % 10)
    return done(party(scene, person, person_id_no=person.id_no[:15] + digit + person.id_no[16:]))


def old_number(scene: Scene) -> Result:
    """The party's number has the fifteen digits of before 1999."""
    person = scene.person("elder")
    assisted(scene, person)
    return done(party(scene, person, person_id_no=person.id_no[:6] + person.id_no[8:17]))


def moved(scene: Scene) -> Result:
    """No number and another home; name, birth and phone agree."""
    person, other = scene.person(), scene.person()
    assisted(scene, person)
    return done(party(scene, person, person_id_no=None, address=other.address))


def owner(thing: str) -> Play:
    """Stands in a register and has a costly car or a living company."""
    def play(scene: Scene) -> Result:
        person = scene.person()
        assisted(scene, person, aid_type="刚性支出困难")  # 低保 and 特困 with such things are another model's truths
        if thing == "vehicle":
            scene.add("police__vehicle", {
                "vehicle_no": f"JD{scene.code}{scene.serial('vehicle', 8)}", "person_name": person.name, "person_id_no": person.id_no,
                "vehicle_kind": "小型客车", "price_cny": 80_000.0 + scene.turn * 5_000, "registered_date": date(2024, 5, 8), "cancelled_date": None,
            })
        else:
            name, uscc = scene.company()
            scene.add("market__company_role", {
                "role_no": f"QY{scene.code}{scene.serial('company role', 8)}", "company_name": name, "uscc": uscc, "person_name": person.name,
                "person_id_no": person.id_no, "company_role": "法定代表人", "capital_cny": 1_000_000.0, "registered_date": date(2019, 5, 8),
                "cancelled_date": None,
            })
        return done(party(scene, person))
    return play


def old_car(scene: Scene) -> Result:
    """A cheap motorcycle speaks against nobody's hardship."""
    person = scene.person()
    assisted(scene, person)
    scene.add("police__vehicle", {
        "vehicle_no": f"JD{scene.code}{scene.serial('vehicle', 8)}", "person_name": person.name, "person_id_no": person.id_no, "vehicle_kind": "摩托车",
        "price_cny": 4_500.0, "registered_date": date(2021, 5, 8), "cancelled_date": None,
    })
    return done(party(scene, person))


def twin(scene: Scene) -> Result:
    """A brother or sister born on the same day, of the same home and phone, is in the register; the party's number was not entered."""
    person = scene.person()
    given = "文博" if person.name[1:] != "文博" else "海涛"
    assisted(scene, replace(person, name=person.name[0] + given))
    return done(party(scene, replace(person, name=person.name[0] + given[0] + "莹"), person_id_no=None))


def number_of_another(scene: Scene) -> Result:
    """The party gave the number of somebody else, who is in the register."""
    person, other = scene.person(), scene.person()
    assisted(scene, other)
    return done(party(scene, replace(person, name="尉迟笃"), person_id_no=other.id_no))


def number_of_the_dead(scene: Scene) -> Result:
    """Party and entry bear the number of somebody who died long before either was written down."""
    person = scene.person()
    monitored(scene, person)
    scene.add("civil__death", {
        "death_no": f"SW{scene.code}2021{scene.serial('death', 7)}", "person_name": person.name, "person_id_no": person.id_no, "death_date": date(2021, 5, 3),
        "registered_date": date(2021, 5, 20),
    })
    return done(party(scene, person))


def aided(by_number: bool) -> Play:
    """Already helped in this case; with or without his number in the record."""
    def play(scene: Scene) -> Result:
        person = scene.person()
        assisted(scene, person)
        row = party(scene, person)
        paid = row["case_date"] + timedelta(days=50)
        scene.add("procuratorate__aid_record", {
            "aid_no": scene.number_of(scene.place.short + "检救字", paid), "case_no": row["case_no"], "person_name": person.name,
            "person_id_no": person.id_no if by_number else None, "paid_date": paid, "paid_cny": 30_000.0,
        })
        return done(row)
    return play


def namesake(same_birth: bool) -> Play:
    """Another person of the same name in the register; perhaps even born on the same day."""
    def play(scene: Scene) -> Result:
        person, other = scene.person(), scene.person()
        entry = replace(other, name=person.name, birth=person.birth if same_birth else other.birth, gender=person.gender)
        assisted(scene, replace(entry, id_no="") if same_birth else entry)
        return done(party(scene, person))
    return play


def housemate(scene: Scene) -> Result:
    """Somebody of the same home and phone is in the register; the party's number was not entered."""
    person, other = scene.person(), scene.person()
    assisted(scene, replace(other, address=person.address, phone=person.phone))
    return done(party(scene, person, person_id_no=None))


ENDED = {"start": date(2020, 1, 1), "end": date(2023, 6, 30)}
TRUTHS = [
    Variety("assisted_victim", EXACT, "重伤被害人是社会救助对象", in_register()),
    Variety("assisted_family", EXACT, "死亡被害人的近亲属是社会救助对象", in_register(role="近亲属", injury_level="死亡")),
    Variety("monitored_victim", EXACT, "重伤被害人是防返贫监测对象", in_register("monitored")),
    Variety("monitored_family", EXACT, "近亲属是防返贫监测对象", in_register("monitored", role="近亲属", injury_level="死亡")),
    Variety("both_registers", EXACT, "两个名册都有", in_register("both")),
    Variety("partly_compensated", EXACT, "只获得少量赔偿", in_register(compensation_due_cny=260_000.0, compensation_paid_cny=20_000.0)),
    Variety("no_number_assisted", PROBABLE, "没有证号，姓名、出生日期、住址、电话一致", without_number("assisted")),
    Variety("no_number_monitored", PROBABLE, "没有证号，与监测名册一致", without_number("monitored")),
    Variety("no_number_family", PROBABLE, "近亲属没有证号", without_number("assisted", role="近亲属", injury_level="死亡")),
    Variety("mistyped_number", PROBABLE, "证号错两位，其余一致", mistyped),
    Variety("other_phone", PROBABLE, "没有证号，电话已换", other_phone),
    Variety("short_address", PROBABLE, "没有证号，住址写法较短", short_address),
    Variety("homophone", PROBABLE, "没有证号，名字写成同音字", misspelt("国玮")),
    Variety("traditional", PROBABLE, "没有证号，名字写成繁体字", misspelt("國偉")),
    Variety("moved", PROBABLE, "没有证号，已搬家", moved),
    Variety("wrong_digit", PROBABLE, "证号错一位，其余一致", wrong_digit),
    Variety("old_number", EXACT, "当事人登记的是 15 位旧证号", old_number),
    Variety("old_car", EXACT, "名下只有便宜摩托车", old_car),
    Variety("owns_vehicle", DOUBTFUL, "名下有较贵车辆", owner("vehicle")),
    Variety("owns_company", DOUBTFUL, "名下有存续企业", owner("company")),
]
DECOYS = [
    Variety("compensated", EXACT, "已获足额赔偿", in_register(is_compensated=True, compensation_due_cny=150_000.0, compensation_paid_cny=150_000.0)),
    Variety("entry_ended", EXACT, "救助早已终止", in_register(entry=ENDED)),
    Variety("monitoring_ended", EXACT, "监测早已消除", in_register("monitored", entry=ENDED)),
    Variety("suspect", EXACT, "本人是犯罪嫌疑人",
        in_register(role="犯罪嫌疑人", injury_level="无", is_compensated=None, compensation_due_cny=None, compensation_paid_cny=None)),
    Variety("other_role", EXACT, "证人等其他诉讼参与人", in_register(role="其他", injury_level="无", compensation_due_cny=None, compensation_paid_cny=None)),
    Variety("light_injury", EXACT, "轻伤", in_register(injury_level="轻伤")),
    Variety("slight_injury", EXACT, "轻微伤", in_register(injury_level="轻微伤")),
    Variety("own_fault", EXACT, "本人有重大过错", in_register(is_own_major_fault=True)),
    Variety("aided", EXACT, "本案已获司法救助", aided(True)),
    Variety("aided_by_name", EXACT, "本案已获救助，记录缺证号", aided(False)),
    Variety("namesake", PROBABLE, "同名不同人", namesake(False)),
    Variety("namesake_same_birth", PROBABLE, "同名同日生而住址电话不同，名册缺证号", namesake(True)),
    Variety("housemate", PROBABLE, "同住亲属在名册中", housemate),
    Variety("twin", PROBABLE, "同日出生、同住的兄弟姐妹在名册中", twin),
    Variety("number_of_another", EXACT, "使用他人证号，姓名不同", number_of_another),
    Variety("number_of_the_dead", EXACT, "证号的持有人早已死亡", number_of_the_dead),
    Variety("no_number_compensated", PROBABLE, "没有证号且已获赔偿",
        without_number("monitored", is_compensated=True, compensation_due_cny=90_000.0, compensation_paid_cny=90_000.0)),
]


def plant(stage: Stage, truths: int, decoys: int) -> None:
    """Plant all varieties of this model."""
    stage.perform(MODEL, "truth", TRUTHS, truths)
    stage.perform(MODEL, "decoy", DECOYS, decoys)


