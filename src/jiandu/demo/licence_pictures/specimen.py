"""Licences to practise on: random, synthetic, with right check digits, one seed one licence."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from jiandu.demo import lexicon
from jiandu.demo.licence_pictures.licence import FOREVER, Kind, Licence
from jiandu.demo.numbers import credit_codes, licence_numbers

COUNTIES = {"990103": "云泽省云江市望津区", "990403": "云泽省霁山市雁泊县", "990301": "云泽省岚溪市岚峰区", "990202": "云泽省澄川市松涧区",
            "990501": "云泽省汐口市汐河区"}
TRADES = ["小吃店", "餐饮店", "面馆", "火锅店", "烘焙坊", "快餐店", "奶茶店", "餐饮管理有限公司", "饮品店（个体工商户）", "酒楼"]
ITEMS = ["热食类食品制售", "冷食类食品制售", "生食类食品制售", "糕点类食品制售（含裱花蛋糕）", "糕点类食品制售（不含裱花蛋糕）",
         "自制饮品制售", "预包装食品销售（含冷藏冷冻食品）",
         "散装食品销售（不含冷藏冷冻食品，不含散装熟食）", "半成品制售"]
FORMS = ["餐饮服务经营者", "餐饮服务经营者（网络经营）", "食品销售经营者", "食品销售经营者（网络经营）", "单位食堂", "餐饮服务经营者（小型餐馆）"]
SCOPES = ["许可项目：餐饮服务；食品销售（依法须经批准的项目，经相关部门批准后方可开展经营活动）。",
          "餐饮服务；食品互联网销售（仅销售预包装食品）；外卖递送服务。",
          "一般项目：餐饮管理；外卖递送服务。许可项目：餐饮服务。", "小吃制售；饮品制售；食品销售。"]


def specimen(seed: int, kind: Kind = "food") -> Licence:
    """A licence of ``kind``; half of them carry a QR code with their number."""
    rng = random.Random(f"specimen {seed} {kind}")
    county, place = rng.choice(list(COUNTIES.items()))
    short = place[-3:]
    trade = rng.choice(TRADES)
    name = short + rng.choice(lexicon.BRANDS) + rng.choice(lexicon.MIDDLE) + trade
    codes = np.array([county], dtype=object)
    serial = np.array([rng.randrange(1, 900_000)])
    uscc = str(credit_codes("91" if "公司" in trade else "92", codes, serial)[0])
    number = str(licence_numbers(np.array([rng.choice([1, 2, 2, 2, 3])]), codes, serial)[0])
    address = _address(rng, place)
    issued = date(2020, 6, 1) + timedelta(days=rng.randrange(2300))
    items = "、".join(rng.sample(ITEMS, rng.randint(1, 4)))
    person = rng.choice(lexicon.SURNAMES[:60]) + "".join(rng.sample(lexicon.MALE + lexicon.FEMALE, rng.randint(1, 2)))
    bare = Licence(kind, name, uscc, person, address, issued=issued, issuer=f"{short}市场监督管理局")
    shown = rng.random() < 0.5
    if kind == "business":
        company = "公司" in trade
        return replace(bare, company_type="有限责任公司（自然人独资）" if company else "个体工商户", capital="伍拾万元整" if company else "",
                       business_items=rng.choice(SCOPES), valid_until=FOREVER, qr_text=f"https://register.example/s/{uscc}" if shown else "")
    if kind == "food":
        return replace(bare, business_address=address if rng.random() < 0.6 else _address(rng, place), number=number, business_form=rng.choice(FORMS),
                       business_items=items, valid_until=_five_years(issued), qr_text=f"https://register.example/licences/{number}" if shown else "")
    letters = "XCY" if kind == "small_catering" else "YB"
    return replace(bare, business_address=address, number=letters + number[2:], business_items="预包装食品销售" if kind == "filing" else items,
                   valid_until=None if kind == "filing" else issued + timedelta(days=3 * 365))


def _address(rng: random.Random, place: str) -> str:
    street = f"{place}{rng.choice(lexicon.STREETS)}街道{rng.choice(lexicon.STREETS)}路{rng.randint(1, 300)}号"
    return street + rng.choice(["", f"附{rng.randint(1, 20)}号", 
                                f"{rng.choice(lexicon.ESTATES)}{rng.randint(1, 30)}栋{rng.randint(1, 4)}单元{rng.randint(101, 1802)}室",
                                f"{rng.randint(1, 3)}层{rng.choice('ABCD')}{rng.randint(1, 40)}号铺"])


def _five_years(issued: date) -> date:
    """The licence lasts five years (食品安全法实施条例 15): its last day is the one before the fifth anniversary."""
    return issued.replace(year=issued.year + 5, day=min(issued.day, 28)) - timedelta(days=1)
