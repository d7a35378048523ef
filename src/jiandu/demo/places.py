"""The fictional province: counties with their city, court, procuratorate and abbreviation, read from the law content."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache

import numpy as np

from jiandu import content
from jiandu.demo.draws import Draws, Text, Whole

PROVINCE = "云泽省"
GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it, modulo 1, cover the unit interval evenly from the first on."""


@dataclass(frozen=True)
class County:
    """A county of today: ``short`` is the pair of characters that stands in document numbers, ``weight`` its share of people."""

    code: str
    name: str
    city_code: str
    city_name: str
    short: str
    court_code: str
    court_name: str
    weight: float

    @property
    def full_name(self) -> str:
        """Province, city and county."""
        return f"{PROVINCE}{self.city_name}{self.name}"


@cache
def counties() -> tuple[County, ...]:
    """All counties that exist today, in order of their codes."""
    law = content.units("law")
    rows = content.plain(content.read_yaml(law["divisions"]))["divisions"]
    courts = {row["division_code"]: row for row in content.plain(content.read_yaml(law["courts"]))["courts"]}
    cities = {row["code"][:4]: row for row in rows if row["level"] == "city"}
    found = []
    for place, row in enumerate(row for row in rows if row["level"] == "county" and row["valid_to"] is None):
        city, court = cities[row["code"][:4]], courts[row["code"]]
        own = row["name"][1] if row["name"][0] == city["name"][0] else row["name"][0]
        weight = (2.4 if row["name"].endswith("区") else 1.0) * (1.5 if row["code"].startswith("9901") else 1.0) * (1 + place % 4 * 0.2)
        found.append(County(row["code"], row["name"], city["code"], city["name"], city["name"][0] + own, court["code"], court["name"], weight))
    return tuple(found)


@cache
def column(attribute: str) -> Text:
    """One attribute of all counties as a column, to be indexed by county numbers."""
    return np.array([getattr(county, attribute) for county in counties()], dtype=object)


def draw(draws: Draws, n: int) -> Whole:
    """``n`` county numbers by population."""
    weights = np.array([county.weight for county in counties()])
    return draws.rng.choice(len(weights), n, p=weights / weights.sum())


def spread(n: int, name: str) -> list[int]:
    """``n`` county numbers by population without chance: a low-discrepancy sequence that begins at a place of ``name``'s own."""
    bounds = np.cumsum([county.weight for county in counties()])
    first = zlib.crc32(name.encode()) / 2**32
    return [int(np.searchsorted(bounds / bounds[-1], (first + number * GOLDEN) % 1, side="right")) for number in range(n)]
