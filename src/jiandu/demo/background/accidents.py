"""Accidents: the great ones transferred and filed as crimes, the small ones fined, none of them left between."""

from __future__ import annotations

import numpy as np

from jiandu.demo import places
from jiandu.demo.background.police import criminal_numbers
from jiandu.demo.draws import NEVER, Days, Draws, Flags, Text, Whole, compact, either, nothing, padded, weekday
from jiandu.demo.world import World, document_numbers, year_of

KINDS = ["高处坠落", "物体打击", "机械伤害", "触电", "坍塌", "车辆伤害", "火灾", "中毒和窒息", "起重伤害"]
LEDGER_LIMIT = 5_000
"""A workbook kept by hand does not grow without end: the ledger is capped here at large scales."""


def moments(draws: Draws, days: Days) -> Days:
    """Instants within these days, to the minute."""
    minutes = draws.whole(0, 24 * 60 - 1, len(days)) * 60_000_000
    return np.asarray(days.astype("datetime64[us]") + minutes.astype("timedelta64[us]"), dtype="datetime64[us]")


def make(world: World) -> None:
    """Add the ledger of one slice and the criminal cases that follow from it."""
    n = min(world.amount(400), round(LEDGER_LIMIT * world.portion / max(world.portion, world.scale)))
    draws = world.draws("accidents")
    county = places.draw(draws, n)
    company = world.population.companies(draws, county)
    occurred = draws.days("2024-11-25", world.yesterday - 5, n)
    grave = draws.flags(0.12, n) & (occurred < np.datetime64("2026-08-01"))
    production = draws.flags(0.9, n) | grave
    deaths = either(grave, draws.whole(1, 3, n), 0)
    serious = either(grave, draws.whole(0, 5, n), draws.pick(["0", "1", "2"], n, [0.72, 0.22, 0.06]).astype(np.int64))
    loss = either(grave, draws.skewed(300_000, 8_000_000, n, 1000), draws.skewed(5_000, 900_000, n, 100))
    approved = world.until_now(weekday(occurred + draws.whole(35, 80, n)))
    transferred = world.until_now(either(grave, approved + draws.whole(1, 3, n), NEVER).astype("datetime64[D]"))
    evaluated = world.until_now(weekday(approved + world.draws("evaluations").whole(180, 330, n)))
    area, short = places.column("full_name")[county], places.column("short")[county]
    number = accident_numbers(world, places.column("code")[county], occurred)
    fined = ~np.isnat(approved) & production
    world.add("emergency__accident", {
        "accident_no": number, "occurred_at": moments(draws, occurred),
        "place": area + company.name + draws.pick(["一号车间", "施工现场", "仓库", "作业面", "厂区道路"], n), "county_code": places.column("code")[county],
        "company_name": company.name, "uscc": company.uscc, "accident_type": either(production, draws.pick(KINDS, n), "自然灾害"),
        "is_production_accident": production, "death_count": deaths, "serious_injury_count": serious, "direct_loss_cny": loss,
        "responsibility": responsibility(draws, production), "is_victim_sole_responsible": np.full(n, False), "report_approved_date": approved,
        "penalty_doc_no": either(fined, document_numbers(world.serials, np.asarray(short + "应急罚字", dtype=object), year_of(approved)), None),
        "transfer_doc_no": either(np.isnat(transferred), None,
            document_numbers(world.serials, np.asarray(short + "应急移字", dtype=object), year_of(transferred))),
        "transferred_date": transferred, "evaluated_date": evaluated,
    })
    rows = np.flatnonzero(grave)
    prosecute(world, county[rows], number[rows], company.uscc[rows], occurred[rows], transferred[rows])


def responsibility(draws: Draws, production: Flags) -> Text:
    """Who bears the responsibility; an event of nature is nobody's."""
    n = len(production)
    return np.asarray(either(production, draws.pick(["主要责任", "同等责任", "次要责任"], n, [6, 2, 2]), "意外事件"), dtype=object)


def accident_numbers(world: World, county: Text, occurred: Days) -> Text:
    """Numbers of the ledger: division, day and a serial."""
    serials = world.serials.block("accident", len(county))
    return np.asarray("SG" + county + compact(occurred) + padded(serials, 6), dtype=object)


def prosecute(world: World, county: Whole, number: Text, uscc: Text, occurred: Days, transferred: Days) -> None:
    """Criminal cases of grave accidents: two thirds name the accident, the others only the company, a day off at most."""
    draws, n = world.draws("accident crimes"), len(county)
    suspect = world.population.people(draws, county, "adult")
    filed = either(np.isnat(transferred), occurred + 20, transferred + 2).astype("datetime64[D]")
    filed = np.minimum(filed, world.yesterday)
    named = draws.flags(0.67, n)
    world.add("police__criminal_case", {
        "criminal_case_no": criminal_numbers(world, county, filed),
        "charge_name": draws.pick(["重大责任事故罪", "重大劳动安全事故罪", "危险物品肇事罪"], n, [8, 2, 1]),
        "filed_date": filed, "incident_date": occurred + either(named, 0, draws.whole(-1, 1, n)),
        "county_code": places.column("code")[county], "suspect_name": suspect.name, "suspect_id_no": suspect.id_no, "company_uscc": uscc,
        "accident_no": either(named, number, None), "admin_case_no": nothing(n),
        "updated_at": moments(draws, filed),
    })
