"""Injuries at work as the labour authority recognised them: every death of the accident ledger, and what is no production accident."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from jiandu.demo import places
from jiandu.demo.draws import NEVER, Days, Draws, Text, Whole, either, nothing
from jiandu.demo.people import Companies
from jiandu.demo.world import World, document_numbers, year_of

GROUNDS = {"工作原因": 0.6, "预备收尾": 0.04, "上下班途中": 0.2, "因工外出": 0.08, "职业病": 0.03, "暴力伤害": 0.02, "旧伤复发": 0.01, "突发疾病": 0.02}
NOT_PRODUCTION = {"上下班途中": 0.5, "突发疾病": 0.35, "因工外出": 0.12, "抢险救灾": 0.03}
"""Grounds of deaths that no ledger of production accidents knows."""
AS_IF = ("突发疾病", "抢险救灾", "旧伤复发")
"""Grounds of article 15: treated as injuries at work (视同工伤)."""


def make(world: World) -> None:
    """Add the decisions of one slice."""
    of_accidents(world)
    draws = world.draws("injuries")
    for n, grounds, dead in ((world.amount(700), GROUNDS, False), (world.amount(150), NOT_PRODUCTION, True)):
        county = places.draw(draws, n)
        injured = draws.days("2024-11-25", world.yesterday - 120, n)
        died = either(dead, injured + draws.whole(0, 20, n), NEVER).astype("datetime64[D]")
        company = world.population.companies(draws, county)
        recognise(world, draws, county, company, injured, died, draws.pick(list(grounds), n, list(grounds.values())))


def of_accidents(world: World) -> None:
    """Add a decision for every death of a production accident that is old enough; one in ten worked for somebody else's company."""
    draws = world.draws("deaths at work")
    ledger = pa.concat_tables(world.tables["emergency__accident"])
    deaths = np.where(ledger.column("is_production_accident").to_numpy(), ledger.column("death_count").to_numpy(), 0)
    day = ledger.column("occurred_at").to_numpy().astype("datetime64[D]")
    who = np.repeat(np.arange(len(day)), np.where(day < world.yesterday - 120, deaths, 0))
    numbers = {code: place for place, code in enumerate(places.column("code"))}
    county = np.array([numbers[code] for code in ledger.column("county_code").to_pylist()], dtype=np.int64)[who]
    name, uscc = (np.array(ledger.column(field).to_pylist(), dtype=object)[who] for field in ("company_name", "uscc"))
    hired = draws.flags(0.1, len(who))
    agency = world.population.companies(draws, county)
    employer = Companies(either(hired, agency.name, name), either(hired, agency.uscc, uscc), county)
    related = Companies(either(hired, name, None), either(hired, uscc, None), county)
    injured = day[who]
    died = (injured + either(draws.flags(0.7, len(who)), 0, draws.whole(1, 20, len(who)))).astype("datetime64[D]")
    recognise(world, draws, county, employer, injured, died, draws.pick(["工作原因", "预备收尾"], len(who), [19, 1]), related)


def recognise(
    world: World, draws: Draws, county: Whole, company: Companies, injured: Days, died: Days, ground: Text, related: Companies | None = None,
) -> None:
    """Add decisions, one to three months after the injury."""
    n = len(county)
    people = world.population.people(draws, county, "adult")
    recognised = (injured + draws.whole(35, 100, n)).astype("datetime64[D]")
    office = np.asarray(places.column("short")[county] + "工伤认", dtype=object)
    world.add("labour__injury_recognition", {
        "recognition_no": document_numbers(world.serials, office, year_of(recognised)), "company_name": company.name, "uscc": company.uscc,
        "related_company_name": related.name if related else nothing(n), "related_uscc": related.uscc if related else nothing(n),
        "person_name": people.name, "person_id_no": people.id_no, "injury_date": injured, "death_date": died, "injury_ground": ground,
        "recognition_result": either(np.isin(ground, AS_IF), "视同工伤", "认定工伤"), "recognised_date": recognised,
        "revoked_date": np.full(n, NEVER), "county_code": places.column("code")[county],
    })
