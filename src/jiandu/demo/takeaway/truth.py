"""The world's truth as a file apart from everything that is crawled: what was planted where, and under which numbers a crawler meets it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jiandu.demo.takeaway.shops import Shop
from jiandu.demo.takeaway.stories import STORIES

NOTES = {story.name: story.note for story in STORIES}


def rows(shops: Sequence[Shop]) -> list[dict[str, Any]]:
    """One object a shop: its number, finding, variety and note (empty: nothing planted), true operator, and its listings."""
    return [
        {
            "shop": shop.number, "finding": shop.finding, "variety": shop.variety, "note": NOTES.get(shop.variety, ""), "county_code": shop.county_code,
            "operator_name": shop.operator, "uscc": shop.uscc, "business_address": shop.address,
            "listings": [{"platform_name": one.platform, "shop_id": one.shop_id, "shop_name": one.shop_name, "damage": one.damage} for one in shop.listings],
            "licences": [{"kind": one.kind, "licence_no": one.number} for one in shop.licences],
        }
        for shop in shops
    ]


def write(shops: Sequence[Shop], at: Path) -> Path:
    """Write the truth to ``truth.json`` of the platforms' folder; nothing but the score reads it."""
    path = at / "truth.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows(shops), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path
