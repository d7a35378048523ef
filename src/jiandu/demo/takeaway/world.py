"""The world of the platforms: 1,536 shops, about 2.6 % of them breaking a rule as ``stories`` tells, the truth of each beside it.

The first ``DEMO_SHOPS`` hold at least one of every story, so that a small demo shows them all. Same seed and day, same world.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from jiandu.demo import lexicon, places
from jiandu.demo.geometry import polygons
from jiandu.demo.licence_pictures import DAMAGES, Licence
from jiandu.demo.numbers import credit_codes, licence_numbers
from jiandu.demo.takeaway import DEMO_SHOPS, SHOPS
from jiandu.demo.takeaway.menus import DISHES, TRADES, Trade
from jiandu.demo.takeaway.shops import API, PAGES, Listing, Shop, Showing
from jiandu.demo.takeaway.stories import STORIES, Story

LICENCE_SERIALS, COMPANY_SERIALS = 500_000, 50_000_000
"""Where the serials of the shops' licences and companies begin: far beyond those of the other registers."""
DAMAGE = ["", "", "", *(name for name in DAMAGES if name != "unreadable")]
"""How photos were taken; one in four is a clean scan. Unreadable ones are a story of their own."""


def build(seed: int, today: date, count: int = SHOPS, clean: bool = False) -> list[Shop]:
    """The first ``count`` shops of the world on the morning of ``today``; with ``clean`` nothing is planted."""
    told = {} if clean else cast(seed)
    shops = []
    for number in range(count):
        shop = plain(seed, number, today)
        if number in told:
            story, turn = told[number]
            shop = replace(story.play(shop, turn, today), finding=story.finding, variety=story.name)
            if story.finding and number < DEMO_SHOPS:
                shop = legible(shop)
        shops.append(shop)
    return shops


def legible(shop: Shop) -> Shop:
    """The few truths of the small demo are photographed well: what damage costs is measured by the benchmark of reading, not by luck."""
    damage = ("", "jpeg", "seal_over_text")[shop.number % 3]
    return replace(shop, listings=tuple(replace(one, damage=damage) for one in shop.listings))


def cast(seed: int) -> dict[int, tuple[Story, int]]:
    """Which shop plays which story for the how-manieth time: ``first`` of each among the demo's shops, the rest over the world."""
    rng = random.Random(f"{seed} takeaway cast")
    early = [(story, turn) for story in STORIES for turn in range(story.first)]
    late = [(story, turn) for story in STORIES for turn in range(story.first, story.count)]
    stages = [*rng.sample(range(DEMO_SHOPS), len(early)), *rng.sample(range(DEMO_SHOPS, SHOPS), len(late))]
    return dict(zip(stages, early + late, strict=True))


def plain(seed: int, number: int, today: date) -> Shop:
    """A shop that follows the rules."""
    rng = random.Random(f"{seed} takeaway {number}")
    place = rng.choices(places.counties(), [county.weight for county in places.counties()])[0]
    trade = rng.choice(TRADES)
    street = rng.choice(lexicon.STREETS)
    address = f"{place.full_name}{street}街道{rng.choice(lexicon.STREETS)}路{number % 290 + 1}号附{number // 290 + 1}号"
    brand = rng.choice(lexicon.BRANDS) + rng.choice(lexicon.MIDDLE)
    operator = f"{place.name}{brand}{trade.word}"
    uscc = str(credit_codes("92", np.array([place.code], dtype=object), np.array([COMPANY_SERIALS + number]))[0])
    person = rng.choice(lexicon.SURNAMES) + rng.choice(lexicon.MIDDLE) + rng.choice(lexicon.MALE + lexicon.FEMALE)
    licence = food_licence(number, place, operator, uscc, person, address, trade, today - timedelta(days=rng.randint(200, 1500)))
    latitude, longitude = centre(place.code)
    dishes = tuple(dict.fromkeys(dish for one in trade.classes for dish in rng.sample(DISHES[one], min(3, len(DISHES[one])))))
    return Shop(
        number, "", "", place.code, operator, uscc, person, address, round(latitude + rng.uniform(-0.02, 0.02), 5),
        round(longitude + rng.uniform(-0.02, 0.02), 5), trade.word, trade.classes, dishes, rng.randint(20, 4000), (licence, business_licence(licence)),
        listings(rng, number, f"{brand}{trade.word}", f"（{street}店）", address, today), (register_row(licence, place.code),),
    )


def food_licence(
    number: int, place: places.County, operator: str, uscc: str, person: str, address: str, trade: Trade, issued: date, serial: int = 0,
) -> Licence:
    """A food business licence, valid five years (食品安全法实施条例 15)."""
    licence_no = str(licence_numbers(np.array([2]), np.array([place.code], dtype=object), np.array([serial or LICENCE_SERIALS + number]))[0])
    until = date(issued.year + 5, issued.month, min(issued.day, 28)) - timedelta(days=1)
    return Licence(
        "food", operator, uscc, person, address, address, licence_no, "餐饮服务经营者", "、".join(trade.items), until, issued, f"{place.name}市场监督管理局",
        qr_text=f"https://spjy.yunze.example/c?no={licence_no}&code={uscc}",
    )


def business_licence(licence: Licence) -> Licence:
    """The business licence of the same operator."""
    return replace(
        licence, kind="business", number="", business_form="", business_address=licence.business_address, business_items="餐饮服务；食品销售", valid_until=None,
        company_type="个体工商户", capital="", qr_text="",
    )


def register_row(licence: Licence, county_code: str) -> dict[str, Any]:
    """The licence as the regulator's public register shows it, by field."""
    return {
        "licence_no": licence.number, "operator_name": licence.operator_name, "uscc": licence.uscc, "legal_rep": licence.legal_rep,
        "business_address": licence.business_address, "business_form": licence.business_form, "business_items": licence.business_items,
        "valid_until_date": licence.valid_until, "issuer": licence.issuer, "issued_date": licence.issued, "county_code": county_code,
    }


def listings(rng: random.Random, number: int, name: str, branch: str, address: str, today: date) -> tuple[Listing, ...]:
    """The platforms a shop is on: one in four is on both."""
    long_ago, damage = today - timedelta(days=400), rng.choice(DAMAGE)
    draw, linked = rng.random(), rng.random() < 0.1
    pages = Listing(PAGES, f"S{10_000_000 + number * 37}", f"{name}{branch}", address, (Showing(long_ago, 1 if linked else 0),), damage, rng.random() < 0.2)
    api = Listing(API, f"{number % 97 + 1}-{1000 + number}", name + (branch if rng.random() < 0.5 else ""), address,
        (Showing(long_ago, 0, text=rng.random() < 0.25),), damage)
    return (pages,) if draw < 0.45 else (api,) if draw < 0.75 else (pages, api)


@cache
def centres() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of the middle of every county."""
    found = {}
    for shape in polygons():
        ring = shape["polygon"][:-1]
        found[str(shape["code"])] = (sum(point[1] for point in ring) / len(ring), sum(point[0] for point in ring) / len(ring))
    return found


def centre(county_code: str) -> tuple[float, float]:
    """The middle of a county."""
    return centres()[county_code]


def findings(shops: Sequence[Shop]) -> dict[str, int]:
    """How many shops break which rule."""
    counted: dict[str, int] = {}
    for shop in shops:
        if shop.finding:
            counted[shop.finding] = counted.get(shop.finding, 0) + 1
    return dict(sorted(counted.items()))
