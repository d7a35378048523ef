"""The world's truth as a file apart from everything that is crawled: what was planted where, and under which numbers a crawler meets it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jiandu.demo.plants.stage import Answer
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


FINDINGS = {
    "F1": "f1_not_shown", "F2": "f2_no_licence", "F3": "f3_expired", "F4": "f4_out_of_scope", "F5": "f5_reused", "F6": "f6_elsewhere",
    "F7": "f7_unsound_number", "F8": "f8_no_label",
}
"""What the model ``takeaway_licence`` calls each finding."""


def answers(shops: Sequence[Shop]) -> list[Answer]:
    """Rows of the answer key: a truth by the one listing its clue stands on (the first by platform and number), a decoy by every listing."""
    found = []
    for shop in (shop for shop in shops if shop.variety):
        anchors = sorted(f"{one.platform}:{one.shop_id}" for one in shop.listings)
        kind, finding = ("truth", FINDINGS[shop.finding]) if shop.finding else ("decoy", "")
        for anchor in anchors[:1] if shop.finding else anchors:
            found.append(Answer("takeaway_licence", finding, kind, shop.variety, anchor, anchor, shop.county_code, NOTES[shop.variety]))
    return found


def write(shops: Sequence[Shop], at: Path) -> Path:
    """Write the truth to ``truth.json`` of the platforms' folder; nothing but the score reads it."""
    path = at / "truth.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows(shops), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path
