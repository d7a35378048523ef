"""A small synthetic county: people, two registers of some of them, and parties whose records carry typed errors or belong to namesakes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from jiandu import lake
from jiandu.identifiers.characters import sounding
from jiandu.identifiers.resident_id import check_digit
from jiandu.settings import Settings

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红鹏飞鑫波斌宇浩凯健俊帆雪琳慧巧美云莲真环荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞莉"
COUNTIES = ["990101", "990102", "990201", "990202", "990301"]
TOWNS = ["清溪镇", "白鹿镇", "长桥镇", "云岭乡", "东坪乡"]
KINDS = {float: pa.float64(), str: pa.string(), bool: pa.bool_(), int: pa.int64(), date: pa.date32(), datetime: pa.timestamp("us", "UTC")}
LOADED = datetime(2026, 11, 1, tzinfo=UTC)
MISSING_ID, WRONG_DIGIT, SWAPPED, OLD_15, MOVED, NEW_PHONE = "missing id", "wrong digit", "swapped digits", "15 digits", "moved", "new phone"
NAMESAKE, NAMESAKE_COUNTY, TWIN, BORROWED = "same name and birth", "same name, birth and county", "twin", "number of another"
RELATIVE = "number of a relative"
ERRORS = (MISSING_ID, WRONG_DIGIT, SWAPPED, OLD_15, MOVED, NEW_PHONE)
DECOYS = (NAMESAKE, NAMESAKE_COUNTY, TWIN, BORROWED, RELATIVE)


@dataclass
class County:
    """What was written, and the truth: party key → entry key and kind of error, party key → kind of decoy."""

    truths: dict[str, tuple[str, str]] = field(default_factory=dict)
    decoys: dict[str, str] = field(default_factory=dict)


class Maker:
    """Draws people with a seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def person(self) -> dict[str, Any]:
        """A resident with a valid number."""
        rng = self.rng
        born = date(1950, 1, 1) + timedelta(days=rng.randrange(20_000))
        county, sequence = rng.choice(COUNTIES), rng.randrange(990)
        return {
            "name": rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice([1, 2, 2, 2]))), "birth_date": born,
            "person_id_no": self.number(county, born, sequence), "gender": "男" if sequence % 2 else "女",
            "phone": f"16{rng.randrange(10**9):09d}", "county_code": county, "address": self.address(county),
        }

    def number(self, county: str, born: date, sequence: int) -> str:
        """A resident number with a valid check digit."""
        stem = f"{county}{born:%Y%m%d}{sequence:03d}"
        return stem + check_digit(stem)

    def address(self, county: str) -> str:
        """An address in a village."""
        place = {"9901": "云江市", "9902": "澄川市", "9903": "岚溪市"}[county[:4]]
        rng = self.rng
        village = f"{rng.choice(TOWNS)}{rng.choice(GIVEN)}{rng.choice(GIVEN)}村"
        return f"云泽省{place}青澜区{village}{rng.randrange(1, 9)}组{rng.randrange(1, 200)}号"

    def damaged(self, person: dict[str, Any], error: str) -> dict[str, Any]:
        """The person as a clerk might have typed him."""
        number, typed = person["person_id_no"], dict(person)
        place = self.rng.randrange(14, 17)
        if error == WRONG_DIGIT:
            typed["person_id_no"] = number[:place] + str((int(number[place]) + 1 + self.rng.randrange(8)) % 10) + number[place + 1 :]
        elif error == SWAPPED and number[14] != number[15]:
            typed["person_id_no"] = number[:14] + number[15] + number[14] + number[16:]
        elif error == OLD_15 and number[6:8] == "19":
            typed["person_id_no"] = number[:6] + number[8:17]
        elif error in (MISSING_ID, MOVED, NEW_PHONE, SWAPPED, OLD_15):
            typed["person_id_no"] = None
        if error == MOVED:
            typed["address"] = self.address(person["county_code"])
        elif error == NEW_PHONE:
            typed["phone"] = f"16{self.rng.randrange(10**9):09d}"
        return typed

    def stranger(self, person: dict[str, Any], kind: str) -> dict[str, Any]:
        """Somebody else who looks like him."""
        other = {**self.person(), "person_id_no": None}
        if kind == TWIN:
            # Nobody gives twins names that sound alike: such a name is taken for a slip of the clerk.
            other_sound = [sign for sign in GIVEN if sounding()[ord(sign)] != sounding()[ord(person["name"][1])]]
            name = person["name"][0] + self.rng.choice(other_sound) + person["name"][2:]
            return {**person, "name": name, "person_id_no": None}
        if kind == BORROWED:
            return {**self.person(), "person_id_no": person["person_id_no"], "name": "欧阳不同"}
        if kind == RELATIVE:
            home = {name: person[name] for name in ("person_id_no", "address", "phone", "county_code")}
            return {**self.person(), **home, "name": person["name"][0] + "小" + self.rng.choice(GIVEN)}
        same = {"name": person["name"], "birth_date": person["birth_date"], "gender": person["gender"]}
        return {**other, **same, "county_code": person["county_code"] if kind == NAMESAKE_COUNTY else other["county_code"]}


def write_silver(name: str, rows: list[dict[str, Any]], commit: str) -> None:
    """Write rows as current versions of a silver table."""
    system = {"valid_from": LOADED, "loaded_at": LOADED, "outcome": "new", "tier": "personal", "sealed": False}
    whole = [{"record_key": row["key"], **{k: v for k, v in row.items() if k != "key"}, **system, "valid_to": None, "superseded_at": None} for row in rows]
    types = {"birth_date": pa.date32(), "valid_to": KINDS[datetime], "superseded_at": KINDS[datetime]}
    columns = {column: types.get(column) or KINDS[type(whole[0][column]) if whole[0][column] is not None else str] for column in whole[0]}
    lake.append("silver", name, pa.Table.from_pylist(whole, schema=pa.schema(list(columns.items()))), commit=commit)


@pytest.fixture
def maker() -> Callable[[int], Maker]:
    """Make a ``Maker`` by its seed."""
    return Maker


@pytest.fixture
def silver(empty_lake: Settings) -> Callable[[str, list[dict[str, Any]], str], None]:
    """Write rows as current versions of a silver table of an empty lake."""
    return write_silver


@pytest.fixture
def county(empty_lake: Settings) -> Callable[..., County]:
    """Write a county to silver and return its truth."""

    def write(strangers: int = 1500, of_each: int = 60, seed: int = 7) -> County:
        maker, made = Maker(seed), County()
        entries, parties = [maker.person() for _ in range(strangers)], [maker.person() for _ in range(strangers // 2)]
        for kind in ERRORS + DECOYS + ("",) * 4:
            for _ in range(of_each):
                person = maker.person()
                entry, party = f"E{len(entries)}", f"P{len(parties)}"
                entries.append(person)
                if kind in DECOYS:
                    made.decoys[party] = kind
                    parties.append(maker.stranger(person, kind))
                else:
                    made.truths[party] = (entry, kind)
                    parties.append(maker.damaged(person, kind))
        rows = [{"key": f"E{number}", **person, "person_name": person["name"]} for number, person in enumerate(entries)]
        write_silver("civil__aid_household", rows[::2], "a")
        write_silver("rural__monitored_person", rows[1::2], "b")
        write_silver("procuratorate__case_party", [{"key": f"P{number}", **person, "party_name": person["name"]} for number, person in enumerate(parties)], "c")
        return made

    return write
