"""People in custody: pensions stop with the month of admission and begin again with the month of release."""

from __future__ import annotations

import numpy as np

from jiandu.demo import places
from jiandu.demo.background.pensions import AGENCIES, payments
from jiandu.demo.draws import Days, Draws, Text, Whole, add_months, either, month_of, padded
from jiandu.demo.people import People
from jiandu.demo.world import World

KINDS = {"监狱服刑": 0.42, "看守所服刑": 0.1, "未决羁押": 0.2, "社区矫正": 0.25, "暂予监外执行": 0.03}
FACILITIES = {"监狱服刑": "监狱", "看守所服刑": "看守所", "未决羁押": "看守所", "社区矫正": "社区矫正中心", "暂予监外执行": "社区矫正中心"}


def make(world: World) -> None:
    """Add terms of custody of one slice: of adults without a pension, and of pensioners whose pension was suspended in time."""
    draws = world.draws("custody")
    county = places.draw(draws, world.amount(260))
    people = world.population.people(draws, county, "adult")
    terms(world, draws, people, draws.pick(list(KINDS), len(people), list(KINDS.values())))
    pensioners(world, draws, world.amount(30))


def terms(world: World, draws: Draws, people: People, kind: Text) -> tuple[Days, Days]:
    """Add one term of each person; returns first and last days (``NaT`` while it lasts)."""
    n = len(people)
    first = draws.days("2024-06-01", world.yesterday - 45, n)
    longest = either(kind == "看守所服刑", 90, either(kind == "未决羁押", 200, 1500)).astype(np.int64)
    last = world.until_now((first + (longest * (0.3 + 0.7 * draws.rng.random(n))).astype(np.int64)).astype("datetime64[D]"))
    city = np.array([name[:-1] for name in places.column("city_name")], dtype=object)[people.county]
    where = either(kind == "监狱服刑", city, places.column("name")[people.county])
    world.add("justice__custody", {
        "custody_no": custody_numbers(world, people.county, first), "person_name": people.name, "person_id_no": people.id_no, "birth_date": people.birth,
        "custody_kind": kind, "facility_name": np.asarray(where + np.array([FACILITIES[text] for text in kind], dtype=object), dtype=object),
        "admitted_date": first, "released_date": last, "county_code": places.column("code")[people.county],
    })
    return first, last


def custody_numbers(world: World, county: Whole, first: Days) -> Text:
    """Numbers of terms: division, year and a serial."""
    years = first.astype("datetime64[Y]").astype(str).astype(object)
    return np.asarray("JY" + places.column("code")[county] + years + padded(world.serials.block("custody", len(county)), 7), dtype=object)


def pensioners(world: World, draws: Draws, n: int) -> None:
    """Add pensioners in custody; those who serve a sentence draw nothing for the months in between."""
    people = world.population.people(draws, places.draw(draws, n), "elder")
    kind = draws.pick(list(KINDS), n, list(KINDS.values()))
    first, last = terms(world, draws, people, kind)
    insurance = draws.pick(list(AGENCIES), n, [0.4, 0.6])
    amount = either(insurance == "企业职工", np.round(draws.rng.uniform(2100, 5200, n), 2), np.round(draws.rng.uniform(165, 420, n), 2))
    this_month = month_of(np.array([world.yesterday]))[0]
    start = add_months(np.full(n, this_month), np.full(n, -20))
    who = np.repeat(np.arange(n), 21)
    month = add_months(start[who], np.tile(np.arange(21), n))
    back_on = either(np.isnat(last), np.datetime64("2100-01-01"), last).astype("datetime64[D]")
    serving = np.isin(kind, ["监狱服刑", "看守所服刑"])[who] & (month > month_of(first)[who]) & (month < month_of(back_on)[who])
    rows = np.flatnonzero(~serving)
    payments(world, people.take(who[rows]), insurance[who[rows]], month[rows], amount[who[rows]], draws)
