"""Registers of people in hardship: households with members who share a home and a phone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jiandu.demo import places
from jiandu.demo.draws import NEVER, Days, Draws, Text, Whole, either, padded
from jiandu.demo.people import People
from jiandu.demo.world import World

AID_TYPES = ["最低生活保障", "特困人员", "最低生活保障边缘", "刚性支出困难"]
MONITOR_TYPES = ["脱贫不稳定户", "边缘易致贫户", "突发严重困难户"]
REASONS = ["因病", "因残", "因学", "因灾", "缺劳动力", "产业失败", "意外事故"]
RELATIONS = ["户主", "配偶", "子女", "父母"]
REGISTER_LIMIT = 15_000
"""The monitoring register is a workbook, sent whole each time: capped here at large scales."""


def make(world: World) -> None:
    """Add the two registers of one slice."""
    assisted(world, world.amount(2100))
    monitored(world, min(world.amount(1000), round(REGISTER_LIMIT / 2.5 * world.portion / max(world.portion, world.scale))))


def households(world: World, draws: Draws, n: int) -> tuple[People, Whole, Whole]:
    """Members of ``n`` households, the household of each, and his place in it."""
    size = draws.rng.choice(np.arange(1, 5), n, p=[0.34, 0.3, 0.2, 0.16])
    home = np.repeat(np.arange(n), size)
    place = np.arange(len(home)) - np.repeat(np.cumsum(size) - size, size)
    county = places.draw(draws, n)[home]
    elder, adult = world.population.people(draws, county, "elder"), world.population.people(draws, county, "adult")
    minor = world.population.people(draws, county, "minor")
    band = either(place == 2, 2, either(draws.flags(0.35, len(home)), 0, 1))
    first = np.cumsum(size) - size
    people = People(**{
        name: either(band == 0, getattr(elder, name), either(band == 1, getattr(adult, name), getattr(minor, name)))
        for name in ("name", "id_no", "birth", "gender", "county", "address", "phone")
    })
    return replace(people, address=people.address[first[home]], phone=people.phone[first[home]]), home, place


def periods(world: World, draws: Draws, home: Whole) -> tuple[Days, Days]:
    """Start and end of each household's entry; two thirds still hold."""
    n = int(home.max()) + 1
    start = draws.days("2021-01-01", world.yesterday - 60, n)
    end = either(draws.flags(0.3, n), np.minimum(start + draws.whole(180, 900, n), world.yesterday - 10), NEVER).astype("datetime64[D]")
    end = either(end > start, end, NEVER).astype("datetime64[D]")
    return start[home], end[home]


def numbers(world: World, prefix: str, county: Whole, count: int) -> Text:
    """Numbers of entries or households: prefix, division and a serial."""
    serials = world.serials.block(prefix, count)
    return np.asarray(prefix + places.column("code")[county] + padded(serials, 7), dtype=object)


def assisted(world: World, n: int) -> None:
    """Add households that receive social assistance."""
    draws = world.draws("assisted")
    people, home, place = households(world, draws, n)
    first = np.flatnonzero(place == 0)
    start, end = periods(world, draws, home)
    changed = either(np.isnat(end), start, end)
    world.add("civil__aid_household", {
        "entry_no": numbers(world, "JZ", people.county, len(home)), "household_no": numbers(world, "JH", people.county[first], n)[home],
        "person_name": people.name, "person_id_no": people.id_no, "birth_date": people.birth, "gender": people.gender,
        "relation": np.array(RELATIONS, dtype=object)[place], "aid_type": draws.pick(AID_TYPES, n, [6, 1, 2, 1])[home], "start_date": start, "end_date": end,
        "address": people.address, "phone": people.phone, "county_code": places.column("code")[people.county],
        "updated_at": changed.astype("datetime64[us]") + np.timedelta64(10, "h"),
    })


def monitored(world: World, n: int) -> None:
    """Add households monitored against a return to poverty."""
    draws = world.draws("monitored")
    people, home, place = households(world, draws, n)
    first = np.flatnonzero(place == 0)
    start, end = periods(world, draws, home)
    world.add("rural__monitored_person", {
        "entry_no": numbers(world, "JC", people.county, len(home)), "household_no": numbers(world, "CH", people.county[first], n)[home],
        "person_name": people.name, "person_id_no": people.id_no, "birth_date": people.birth, "gender": people.gender,
        "monitor_type": draws.pick(MONITOR_TYPES, n)[home], "risk_reason": draws.pick(REASONS, n)[home], "start_date": start, "end_date": end,
        "address": people.address, "phone": people.phone, "county_code": places.column("code")[people.county],
    })
