"""What is planted among the shops: findings F1 … F8 (a rule broken) and decoys (what looks like it and is lawful), one function each.

Law: 食品安全法 35, 62, 122; 电子商务法 15; 网络餐饮服务食品安全监督管理办法 9; 网络餐饮服务经营者落实食品安全主体责任监督管理规定 (in force
2026-06-01, the label 无堂食); 行政许可法 50 (renewal asked for in time). A decoy's finding is empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from jiandu.demo import places
from jiandu.demo.licence_pictures import Licence
from jiandu.demo.numbers import credit_codes, licence_numbers
from jiandu.demo.takeaway.menus import ALL_ITEMS, CONVENIENCE, DISHES, HOT
from jiandu.demo.takeaway.shops import Listing, Shop, Showing

Play = Callable[[Shop, int, date], Shop]
"""Turns a lawful shop into the story's; the number is the how-manieth of its story, the date the demo's day."""
OTHERS = 600_000
"""Serials of licences that belong to no shop of the world begin here."""


@dataclass(frozen=True)
class Story:
    """A kind of truth or decoy; ``count`` in the whole world, ``first`` of them among the demo's shops."""

    name: str
    finding: str
    note: str
    count: int
    play: Play
    first: int = 1


def on_pages(shop: Shop, change: Callable[[Listing], Listing]) -> Shop:
    """The shop with every listing changed."""
    return replace(shop, listings=tuple(change(one) for one in shop.listings))


def showing(shop: Shop, *shown: Showing) -> Shop:
    """The shop showing this on every platform."""
    return on_pages(shop, lambda listing: replace(listing, showings=shown))


def with_licence(shop: Shop, licence: Licence, registered: bool, damage: str | None = None) -> Shop:
    """The shop showing another food licence, which is in the register or is not."""
    licence = replace(licence, qr_text=qr_text(licence))
    rows = ({**shop.registered[0], **row_of(licence)},) if registered else ()
    changed = replace(shop, licences=(licence, *shop.licences[1:]), registered=rows)
    return changed if damage is None else on_pages(changed, lambda listing: replace(listing, damage=damage))


def qr_text(licence: Licence) -> str:
    """What the QR code of a genuine licence says."""
    return f"https://spjy.yunze.example/c?no={licence.number}&code={licence.uscc}"


def row_of(licence: Licence) -> dict[str, Any]:
    """The fields a register row shares with the picture."""
    return {
        "licence_no": licence.number, "operator_name": licence.operator_name, "uscc": licence.uscc, "legal_rep": licence.legal_rep,
        "business_address": licence.business_address, "business_items": licence.business_items, "valid_until_date": licence.valid_until,
        "issuer": licence.issuer, "issued_date": licence.issued,
    }


def other_number(shop: Shop, turn: int) -> str:
    """A valid licence number that nobody holds."""
    return str(licence_numbers(np.array([2]), np.array([shop.county_code], dtype=object), np.array([OTHERS + 10_000 + shop.number * 20 + turn]))[0])


def nothing_shown(shop: Shop, turn: int, today: date) -> Shop:
    return on_pages(showing(shop, Showing(today - timedelta(days=400), None, picture=False)), lambda listing: replace(listing, business=False))


def not_registered(shop: Shop, turn: int, today: date) -> Shop:
    return with_licence(shop, replace(shop.licences[0], number=other_number(shop, turn)), registered=False, damage="")


def expired(shop: Shop, turn: int, today: date) -> Shop:
    until = today - timedelta(days=40 + 31 * turn)
    return with_licence(shop, replace(shop.licences[0], valid_until=until, issued=date(until.year - 5, until.month, 1)), registered=True)


def out_of_scope(shop: Shop, turn: int, today: date) -> Shop:
    extra = ("刺身", "裱花蛋糕", "奶茶")[turn % 3]
    licence = replace(shop.licences[0], business_items=HOT)
    menu = replace(shop, classes=("热菜", extra), dishes=(*DISHES["热菜"][:3], *DISHES[extra][:2]))
    return with_licence(menu, licence, registered=True)


def stranger(shop: Shop, prefix: str, serial: int, name: str, road: str, person: str) -> tuple[Licence, dict[str, Any]]:
    """A licence of an operator on no platform, and its row of the register; the same for the same serial."""
    place = places.counties()[serial % len(places.counties())]
    address, codes = f"{place.full_name}{road}{291 + serial % 100}号", np.array([place.code], dtype=object)
    licence = Licence(
        "food", f"{place.name}{name}", str(credit_codes(prefix, codes, np.array([70_000_000 + serial]))[0]), person, address, address,
        str(licence_numbers(np.array([2]), codes, np.array([OTHERS + serial]))[0]), "餐饮服务经营者", ALL_ITEMS, date(2030, 3, 31), date(2025, 4, 1),
        f"{place.name}市场监督管理局",
    )
    return licence, {**shop.registered[0], **row_of(licence), "county_code": place.code}


def reused(shop: Shop, turn: int, today: date) -> Shop:
    """Two shops of a pair show the licence of a third operator, who is on no platform."""
    licence, row = stranger(shop, "92", turn // 2, "禾丰天餐饮店", "梧桐街道石桥路", "陈文静")
    return replace(shop, licences=(licence, *shop.licences[1:]), registered=(row,))


def moved(shop: Shop, turn: int, today: date) -> Shop:
    place = next(one for one in places.counties() if one.code == shop.county_code)
    return on_pages(shop, lambda listing: replace(listing, address=f"{place.full_name}青石街道竹影路{300 + turn}号"))


def forged(shop: Shop, turn: int, today: date) -> Shop:
    """The last digit was changed in the print; the QR code still says the true number."""
    number = shop.licences[0].number
    wrong = number[:-1] + str((int(number[-1]) + 1 + turn % 8) % 10)
    return replace(shop, licences=(replace(shop.licences[0], number=wrong), *shop.licences[1:]))


def unlabelled(shop: Shop, turn: int, today: date) -> Shop:
    return on_pages(shop, lambda listing: replace(listing, delivery_only=True, no_dine_in=False))


def labelled(shop: Shop, turn: int, today: date) -> Shop:
    return on_pages(shop, lambda listing: replace(listing, delivery_only=True, no_dine_in=True))


def renewal_pending(shop: Shop, turn: int, today: date) -> Shop:
    until = today - timedelta(days=6 + turn)
    changed = with_licence(shop, replace(shop.licences[0], valid_until=until, issued=date(until.year - 5, until.month, 1)), registered=True)
    applied = {"licence_no": shop.licences[0].number, "uscc": shop.uscc, "applied_date": until - timedelta(days=50), "county_code": shop.county_code}
    return replace(changed, renewals=(applied,))


def renewed(shop: Shop, turn: int, today: date) -> Shop:
    """The photo is the old licence; the register holds its successor under a new number."""
    until = today - timedelta(days=20 + turn)
    new = replace(shop.licences[0], number=other_number(shop, turn), issued=until - timedelta(days=10), valid_until=until + timedelta(days=1825))
    changed = with_licence(shop, replace(shop.licences[0], valid_until=until, issued=date(until.year - 5, until.month, 1)), registered=True)
    return replace(changed, registered=({**shop.registered[0], **row_of(new)},))


def photo_replaced(shop: Shop, turn: int, today: date) -> Shop:
    """Renewed, and the new licence was put on the page between the two captures."""
    changed = renewed(shop, turn, today)
    new = replace(shop.licences[0], number=str(changed.registered[0]["licence_no"]), issued=changed.registered[0]["issued_date"],
        valid_until=changed.registered[0]["valid_until_date"])
    new = replace(new, qr_text=qr_text(new))
    shown = (Showing(today - timedelta(days=400)), Showing(today, licence=len(changed.licences)))
    return showing(replace(changed, licences=(*changed.licences, new)), *shown)


def chain(shop: Shop, turn: int, today: date) -> Shop:
    """A branch shows the licence of its head office; its own is in the register, at its own address."""
    licence, row = stranger(shop, "91", 5_000 + turn // 2, "星渚餐饮连锁管理有限公司", "枫叶街道长堤路", "谢思敏")
    head = replace(licence, business_items=f"食品经营管理（食品连锁总部）、{licence.business_items}")
    return replace(shop, licences=(head, *shop.licences[1:]), registered=(*shop.registered, {**row, "business_items": head.business_items}))


def small_catering(shop: Shop, turn: int, today: date) -> Shop:
    """A certificate of the province's rules for small catering instead of a licence (食品安全法 36)."""
    licence = replace(shop.licences[0], kind="small_catering", number=f"XCY{shop.county_code}{shop.number + 1:06d}", business_form="", qr_text="",
        valid_until=today + timedelta(days=500 + turn), issued=today - timedelta(days=400))
    row = {**shop.registered[0], **row_of(licence)}
    del row["business_form"]
    return replace(shop, licences=(licence, *shop.licences[1:]), registered=(), small_catering=(row,))


def prepackaged(shop: Shop, turn: int, today: date) -> Shop:
    """Sells prepackaged food only: a filing is enough (食品安全法 35)."""
    licence = replace(shop.licences[0], kind="filing", number=f"YB2{shop.county_code}{shop.number + 1:07d}", business_form="", qr_text="",
        business_items="预包装食品销售", valid_until=None, issued=today - timedelta(days=300))
    row = {**shop.registered[0], **row_of(licence)}
    for name in ("business_form", "valid_until_date"):
        del row[name]
    dishes = tuple(dish for one in CONVENIENCE.classes for dish in DISHES[one])
    menu = replace(shop, trade=CONVENIENCE.word, classes=CONVENIENCE.classes, dishes=dishes)
    named = on_pages(menu, lambda listing: replace(listing, shop_name=listing.shop_name.replace(shop.trade, CONVENIENCE.word)))
    return replace(named, licences=(licence, *shop.licences[1:]), registered=(), filings=(row,))


def one_click_deeper(shop: Shop, turn: int, today: date) -> Shop:
    return showing(shop, Showing(today - timedelta(days=400), depth=1))


def second_look(shop: Shop, turn: int, today: date) -> Shop:
    """The photo was missing at the first capture only."""
    return showing(shop, Showing(today - timedelta(days=400), None, picture=False), Showing(today))


def number_as_text(shop: Shop, turn: int, today: date) -> Shop:
    return showing(shop, Showing(today - timedelta(days=400), picture=False, text=True))


def written_differently(shop: Shop, turn: int, today: date) -> Shop:
    """The same address without the province, with a floor."""
    return on_pages(shop, lambda listing: replace(listing, address=listing.address.removeprefix(places.PROVINCE) + "（一楼）"))


def closed_down(shop: Shop, turn: int, today: date) -> Shop:
    return on_pages(nothing_shown(shop, turn, today), lambda listing: replace(listing, status="停业"))


def unreadable(shop: Shop, turn: int, today: date) -> Shop:
    return on_pages(shop, lambda listing: replace(listing, damage="unreadable"))


STORIES = [
    Story("nothing_shown", "F1", "两次采集均未公示任何证照", 8, nothing_shown),
    Story("not_registered", "F2", "公示的证号不在登记中，该主体也无其他许可", 6, not_registered),
    Story("expired", "F3", "许可证已过期，未见延续", 6, expired),
    Story("out_of_scope", "F4", "菜品超出经营项目", 5, out_of_scope),
    Story("reused", "F5", "两家店公示同一第三方的许可证", 6, reused, first=2),
    Story("moved", "F6", "页面地址与许可证经营场所不一致", 4, moved),
    Story("forged", "F7", "许可证编号校验位错误", 2, forged),
    Story("unlabelled", "F8", "自述仅外卖而无“无堂食”标识", 3, unlabelled),
    Story("labelled", "", "仅外卖且已标识“无堂食”", 5, labelled),
    Story("renewal_pending", "", "已过期，期满前已申请延续且未作决定", 5, renewal_pending),
    Story("renewed", "", "图片为旧证，登记中已有新证", 5, renewed),
    Story("photo_replaced", "", "两次采集之间更换为新证图片", 4, photo_replaced),
    Story("chain", "", "分店公示连锁总部许可证，自身已登记", 6, chain, first=2),
    Story("small_catering", "", "持小餐饮登记证", 8, small_catering),
    Story("prepackaged", "", "仅销售预包装食品，已备案", 8, prepackaged),
    Story("one_click_deeper", "", "证照在下一级页面公示", 6, one_click_deeper),
    Story("second_look", "", "仅第一次采集时缺图", 4, second_look),
    Story("number_as_text", "", "以文字公示证号", 4, number_as_text),
    Story("written_differently", "", "同一地址的不同写法", 6, written_differently),
    Story("closed_down", "", "门店已停业，未公示证照", 4, closed_down),
    Story("unreadable", "", "图片无法辨认，应为无法计算", 4, unreadable),
]
