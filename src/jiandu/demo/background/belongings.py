"""Registers of vehicles and of people in companies: what may speak against somebody's hardship, and what does not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from jiandu.demo import places
from jiandu.demo.draws import NEVER, either, padded
from jiandu.demo.world import World


def make(world: World) -> None:
    """Add vehicles and company roles of people who are in no other register, and the little that people in hardship own."""
    vehicles(world, world.amount(900))
    roles(world, world.amount(500))
    of_the_assisted(world)


def vehicles(world: World, n: int) -> None:
    """Add vehicles; one in ten was scrapped."""
    draws = world.draws("vehicles")
    people = world.population.people(draws, places.draw(draws, n), "adult")
    registered = draws.days("2015-01-01", world.yesterday - 200, n)
    gone = either(draws.flags(0.1, n), np.minimum(registered + draws.whole(100, 2000, n), world.yesterday - 5), NEVER).astype("datetime64[D]")
    kind = draws.pick(["小型客车", "货车", "摩托车", "农用车"], n, [6, 1, 3, 1])
    price = either(kind == "小型客车", draws.whole(40, 260, n) * 1000.0, draws.whole(3, 70, n) * 1000.0)
    world.add("police__vehicle", {
        "vehicle_no": np.asarray("JD" + places.column("code")[people.county] + padded(world.serials.block("vehicle", n), 8), dtype=object),
        "person_name": people.name, "person_id_no": people.id_no, "vehicle_kind": kind, "price_cny": np.asarray(price, dtype=np.float64),
        "registered_date": registered, "cancelled_date": gone, "county_code": places.column("code")[people.county],
    })


def roles(world: World, n: int) -> None:
    """Add one role in one company for each of these people; one company in five was struck off."""
    draws = world.draws("company roles")
    county = places.draw(draws, n)
    people, companies = world.population.people(draws, county, "adult"), world.population.companies(draws, county)
    registered = draws.days("2012-01-01", world.yesterday - 200, n)
    gone = either(draws.flags(0.2, n), np.minimum(registered + draws.whole(100, 3000, n), world.yesterday - 5), NEVER).astype("datetime64[D]")
    world.add("market__company_role", {
        "role_no": np.asarray("QY" + places.column("code")[county] + padded(world.serials.block("company role", n), 8), dtype=object),
        "company_name": companies.name, "uscc": companies.uscc, "person_name": people.name, "person_id_no": people.id_no,
        "company_role": draws.pick(["法定代表人", "股东", "个体经营者"], n), "capital_cny": draws.whole(1, 500, n) * 10_000.0,
        "registered_date": registered, "cancelled_date": gone, "county_code": places.column("code")[county],
    })


def of_the_assisted(world: World) -> None:
    """Add what one in nine adults of the register of assistance owns: motorcycles, farm vehicles, cars long scrapped; households of other rules a car."""
    draws = world.draws("modest vehicles")
    entries = pa.concat_tables(world.tables["civil__aid_household"])
    columns = {name: np.array(entries.column(name).to_pylist(), dtype=object) for name in ("person_name", "person_id_no", "county_code", "aid_type")}
    start = np.array(entries.column("start_date").to_pylist(), dtype="datetime64[D]")
    adult = np.array(entries.column("birth_date").to_pylist(), dtype="datetime64[D]") < np.datetime64("2005-01-01")
    rows = np.flatnonzero(adult & draws.flags(0.11, len(start)))
    n, taken = len(rows), {name: column[rows] for name, column in columns.items()}
    other_rules = np.isin(taken["aid_type"], ["最低生活保障边缘", "刚性支出困难"])
    kind = either(other_rules, "小型客车", draws.pick(["摩托车", "农用车", "货车", "小型客车"], n, [5, 3, 1, 3]))
    scrapped = (kind == "小型客车") & ~other_rules
    registered = np.maximum(start[rows] - draws.whole(500, 3000, n), np.datetime64("2012-01-01"))
    price = either(kind == "小型客车", draws.whole(20, 90, n) * 1000.0, either(kind == "货车", draws.whole(20, 90, n) * 1000.0, draws.whole(3, 25, n) * 1000.0))
    world.add("police__vehicle", {
        "vehicle_no": np.asarray("JD" + taken["county_code"] + padded(world.serials.block("vehicle", n), 8), dtype=object),
        "person_name": taken["person_name"], "person_id_no": taken["person_id_no"], "vehicle_kind": kind, "price_cny": np.asarray(price, dtype=np.float64),
        "registered_date": registered, "cancelled_date": either(scrapped, start[rows] - draws.whole(20, 300, n), NEVER).astype("datetime64[D]"),
        "county_code": taken["county_code"],
    })
