"""Food business licences as the regulator's public list shows them."""

from __future__ import annotations

import numpy as np

from jiandu.demo import lexicon, places
from jiandu.demo.draws import add_months
from jiandu.demo.numbers import credit_codes, licence_numbers
from jiandu.demo.people import addresses, names
from jiandu.demo.world import World

FORMS = ["食品销售经营者", "餐饮服务经营者", "单位食堂"]
ITEMS = {1: ["预包装食品销售", "散装食品销售", "预包装食品、散装食品销售"],
    2: ["热食类食品制售", "热食类、冷食类食品制售", "自制饮品制售", "热食类、糕点类食品制售"], 3: ["热食类食品制售"]}
SITE_LIMIT = 2_000
"""A polite crawl of one demo day fetches no more pages than this."""


def make(world: World) -> None:
    """Add the licences of one slice."""
    draws = world.draws("licences")
    n = min(world.amount(600), round(SITE_LIMIT * world.portion / max(world.portion, world.scale)))
    county = places.draw(draws, n)
    kind = draws.rng.choice([1, 2, 3], n, p=[0.3, 0.62, 0.08])
    issued = draws.days("2020-06-01", world.yesterday - 10, n)
    trade = draws.pick(["小吃店", "餐饮店", "食品店", "面馆", "火锅店"], n)
    codes = places.column("code")[county]
    gender = draws.pick(["男", "女"], n)
    person = names(draws, gender)
    world.add("market__food_licence", {
        "licence_no": licence_numbers(kind, codes, world.serials.block("licence", n)),
        "operator_name": places.column("name")[county] + draws.pick(lexicon.BRANDS, n) + draws.pick(lexicon.MIDDLE, n) + trade,
        "uscc": credit_codes("92", codes, world.population.serials.block("companies", n)), "legal_rep": person,
        "business_address": addresses(draws, county), "business_form": np.array(FORMS, dtype=object)[kind - 1],
        "business_items": np.array([ITEMS[value][place % len(ITEMS[value])] for value, place in zip(kind.tolist(), range(n), strict=True)], dtype=object),
        "valid_until_date": add_months(issued, 60) - 1, "issuer": places.column("name")[county] + "市场监督管理局", "issued_date": issued, "county_code": codes,
    })
