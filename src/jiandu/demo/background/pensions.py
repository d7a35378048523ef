"""Pensions and deaths: payments stop with the month of death."""

from __future__ import annotations

import numpy as np

from jiandu.demo import places
from jiandu.demo.draws import NEVER, Days, Draws, Text, Whole, add_months, compact, either, month_of, padded
from jiandu.demo.people import People
from jiandu.demo.world import World

MONTHS = 24
AGENCIES = {"企业职工": "社会保险事业管理局", "城乡居民": "城乡居民社会保险中心"}


def make(world: World) -> None:
    """Add the payments of two years to pensioners, and the deaths of the province."""
    draws = world.draws("pensions")
    n = world.amount(2020)
    county = places.draw(draws, n)
    people = world.population.people(draws, county, "elder")
    last_month = month_of(np.array([world.yesterday]))[0]
    dead = draws.flags(0.17, n)
    death = either(dead, draws.days("2025-01-01", world.yesterday - 30, n), NEVER).astype("datetime64[D]")
    kind = draws.pick(list(AGENCIES), n, [0.4, 0.6])
    amount = either(kind == "企业职工", np.round(draws.rng.uniform(2100, 5200, n), 2), np.round(draws.rng.uniform(165, 420, n), 2))
    start = add_months(np.full(n, last_month), -draws.whole(MONTHS - 4, MONTHS + 3, n))
    until = either(dead, month_of(death), last_month).astype("datetime64[D]")
    count = np.clip((until.astype("datetime64[M]") - start.astype("datetime64[M]")).astype(np.int64) + 1, 0, None)
    who = np.repeat(np.arange(n), count)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(count) - count, count)
    month = add_months(start[who], nth)
    payments(world, people.take(who), kind[who], month, amount[who], draws)
    rows = np.flatnonzero(dead)
    register(world, draws, people.take(rows), death[rows])
    others(world, draws, world.amount(1080))


def payments(world: World, people: People, kind: Text, month: Days, amount: np.ndarray[tuple[int], np.dtype[np.float64]], draws: Draws) -> None:
    """Add monthly payments, one row a person and month."""
    n = len(people)
    offices = np.array([AGENCIES[text] for text in AGENCIES], dtype=object)[(kind == "城乡居民").astype(np.int64)]
    world.add("social__pension_payment", {
        "payment_no": payment_numbers(world, month), "person_name": people.name, "person_id_no": people.id_no, "insurance_type": kind, "pay_month": month,
        "paid_cny": amount, "refunded_cny": np.full(n, np.nan), "county_code": places.column("code")[people.county],
        "agency_name": places.column("name")[people.county] + offices, "_lag": either(draws.flags(0.002, n), 40, 0),
    })


def payment_numbers(world: World, month: Days) -> Text:
    """Numbers of payments: month and a serial."""
    serials = world.serials.block("pension", len(month))
    return np.asarray("YL" + compact(month, "M") + padded(serials, 9), dtype=object)


def register(world: World, draws: Draws, people: People, death: Days) -> None:
    """Add registrations of deaths, days to weeks after the death."""
    n = len(people)
    registered = np.minimum(death + draws.whole(1, 28, n), world.yesterday)
    world.add("civil__death", {
        "death_no": death_numbers(world, people.county, registered), "person_name": people.name, "person_id_no": people.id_no, "death_date": death,
        "registered_date": registered, "cancelled_date": np.full(n, NEVER), "county_code": places.column("code")[people.county],
    })


def death_numbers(world: World, county: Whole, registered: Days) -> Text:
    """Numbers of registrations: division, year and a serial."""
    years = registered.astype("datetime64[Y]").astype(str).astype(object)
    serials = world.serials.block("death", len(county))
    return np.asarray("SW" + places.column("code")[county] + years + padded(serials, 7), dtype=object)


def others(world: World, draws: Draws, n: int) -> None:
    """Deaths of people who drew no pension."""
    county = places.draw(draws, n)
    band = "adult"
    people = world.population.people(draws, county, band)
    register(world, draws, people, draws.days("2024-01-01", world.yesterday - 30, n))
