"""Outlines: the fictional province is drawn, any other gets a tile map that overlaps nothing."""

from __future__ import annotations

from datetime import date

from jiandu.mart.outline import outlines, tiles
from jiandu.mart.reference import places


def test_every_division_in_force_has_a_closed_outline() -> None:
    found = places(date(2026, 11, 20))
    assert {place["level"] for place in found} == {"province", "city", "county"}
    assert all(place["polygon"] for place in found if place["level"] != "province")


def test_a_division_that_was_merged_away_is_no_longer_on_the_map() -> None:
    assert "990106" in {place["code"] for place in places(date(2010, 1, 1))}
    assert "990106" not in {place["code"] for place in places(date(2026, 11, 20))}


def test_undrawn_divisions_become_tiles() -> None:
    codes = ["110100", "110101", "110102", "120100", "120101"]
    rings = outlines(codes)
    assert rings == tiles(codes)
    assert all(ring[0] == ring[-1] for ring in rings.values())
    corners = [tuple(ring[0]) for code, ring in rings.items() if not code.endswith("00")]
    assert len(set(corners)) == len(corners)
