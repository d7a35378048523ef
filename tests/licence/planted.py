"""A planted set of shops, their readings and the registers: what is true of each shop is decided first, then written down as it would be seen.

Readings are noisy as the reader's are: values below their floor are missing, addresses have a misread character. No picture is drawn.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jiandu.clock import ZONE
from jiandu.demo.licence_pictures import Licence
from jiandu.demo.licence_pictures.specimen import specimen

AS_OF = datetime(2026, 11, 20, 12, tzinfo=ZONE)
TODAY = AS_OF.date()
COOKED = {"热菜": "热食类食品制售", "凉菜": "冷食类食品制售", "刺身": "生食类食品制售", "裱花蛋糕": "糕点类食品制售（含裱花蛋糕）", "奶茶": "自制饮品制售"}
Row = dict[str, Any]


@dataclass
class Planted:
    """Rows by data set, and what must be found: finding by anchor."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in (
        "platform__takeaway_shop", "platform__licence_reading", "market__food_licence", "market__small_catering", "market__prepackaged_filing",
        "market__licence_renewal")})
    truth: dict[str, str] = field(default_factory=dict)
    undecided: set[str] = field(default_factory=set)

    def add(self, name: str, **row: Any) -> None:
        """A row of a data set."""
        self.rows[name].append(row)


@dataclass
class Shop:
    """A shop before it is written down: lawful until a story changes it."""

    number: int
    rng: random.Random
    licence: Licence
    page_address: str = ""
    classes: tuple[str, ...] = ("热菜",)
    shown: bool = True
    shown_before: bool = True
    depth: int | None = 0
    status: str = "营业"
    delivery_only: bool = False
    label: bool = False
    hours_apart: float = 30
    read_number: str = ""
    sound: bool = True
    registered: bool = True
    register_changes: Row = field(default_factory=dict)
    reading_changes: Row = field(default_factory=dict)
    beside: list[tuple[str, Row]] = field(default_factory=list)
    image: str = ""

    @property
    def entry(self) -> Row:
        """Its row of the register of food licences."""
        one = self.licence
        return {"licence_no": one.number, "operator_name": one.operator_name, "uscc": one.uscc, "business_address": one.business_address,
                "county_code": "990103", "business_items": one.business_items, "valid_until_date": one.valid_until,
                "issued_date": one.issued} | self.register_changes


def lawful(number: int) -> Shop:
    """A shop with a valid licence that covers its menu, shown on its page."""
    from dataclasses import replace

    rng = random.Random(f"planted {number}")
    classes = tuple(rng.sample(sorted(COOKED), rng.randint(1, 3)))
    base = specimen(500_000 + number)
    address = f"云泽省云江市望津区{rng.choice(['松风', '听雨', '新柳'])}街道云栖路{number}号"
    until = TODAY + timedelta(days=rng.randint(5, 1500))
    items = "、".join(COOKED[one] for one in classes)
    licence = replace(base, business_address=address, business_items=items, valid_until=until, issued=until - timedelta(days=1825))
    return Shop(number, rng, licence, address, classes)


def write(planted: Planted, shop: Shop, finding: str, undecided: bool = False) -> None:
    """Write a shop down: one or two platforms, two captures each, its reading, its row of the register."""
    anchors = []
    for platform in ("百味到家", "食速达")[: 2 if shop.rng.random() < 0.25 else 1]:
        shop_id = f"{platform[0]}{shop.number}"
        anchors.append(f"{platform}:{shop_id}")
        _captures(planted, shop, platform, shop_id)
    if finding:
        planted.truth[min(anchors)] = finding
    if undecided:
        planted.undecided.add(min(anchors))
    one = shop.licence
    address = one.business_address
    if shop.rng.random() < 0.15:
        place = shop.rng.randrange(6, 12)
        address = address[:place] + "口" + address[place + 1 :]
    reading = {"image_sha256": shop.image or f"{shop.number:064x}", "engine_version": "e", "read_at": AS_OF, "reading_outcome": "read",
        "licence_kind": "食品经营许可证", "licence_no": shop.read_number or one.number, "licence_no_confidence": 0.98,
        "is_licence_no_sound": shop.sound, "operator_name": one.operator_name,
        "uscc": one.uscc, "business_address": address, "business_items": one.business_items, "valid_until_date": one.valid_until}
    planted.add("platform__licence_reading", **reading | shop.reading_changes)
    if shop.registered:
        planted.add("market__food_licence", **shop.entry)
    for name, row in shop.beside:
        planted.add(name, **row)


def _captures(planted: Planted, shop: Shop, platform: str, shop_id: str) -> None:
    last = AS_OF - timedelta(hours=20)
    for moment, shown in ((last - timedelta(hours=shop.hours_apart), shop.shown_before), (last, shop.shown)):
        planted.add(
            "platform__takeaway_shop", platform_name=platform, shop_id=shop_id,
            shop_name=f"第{shop.number}号小馆" + ("（云栖店）" if platform == "食速达" else ""), captured_at=moment, county_code="990103",
            shown_address=shop.page_address or None, shop_status=shop.status,
            licence_link_depth=shop.depth if shown else None, food_image_sha256=(shop.image or f"{shop.number:064x}") if shown else None,
            business_image_sha256=f"b{shop.number:063x}" if shown else None, menu_classes=list(shop.classes), has_no_dine_in_label=shop.label,
            is_delivery_only_shown=shop.delivery_only, page_url="http://127.0.0.1/", page_sha256="p")
