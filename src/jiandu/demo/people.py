"""Synthetic people and companies: unique numbers with valid check digits, plausible names, households, addresses and phones."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

import numpy as np

from jiandu.demo import lexicon, places
from jiandu.demo.draws import Days, Draws, Text, Whole, compact, day, either, padded, texts
from jiandu.demo.numbers import Serials, credit_codes, resident_ids

BANDS = {"elder": ("1932-01-01", "1964-06-30"), "adult": ("1966-01-01", "2004-12-31"), "minor": ("2012-01-01", "2016-12-31")}
"""Birth dates by age band: an elder draws a pension, an adult was of age at any act of the demo, a minor never was."""
STRIDE = 7919
"""Days between the births of two consecutive people of a band; prime to every band's length."""
UNASSIGNED = ["154", "160", "161", "163", "164", "169"]
"""Mobile prefixes that no operator uses."""


@dataclass(frozen=True)
class People:
    """Columns of people; ``county`` holds county numbers."""

    name: Text
    id_no: Text
    birth: Days
    gender: Text
    county: Whole
    address: Text
    phone: Text

    def take(self, rows: Whole) -> People:
        """These rows only, in this order."""
        return People(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True)
class Companies:
    """Columns of companies."""

    name: Text
    uscc: Text
    county: Whole

    def __len__(self) -> int:
        return len(self.name)


def names(draws: Draws, gender: Text) -> Text:
    """Names to fit the genders; a few of minorities and with compound surnames."""
    n = len(gender)
    falling = [1 / (place + 6) for place in range(len(lexicon.SURNAMES))]
    surname = draws.pick(lexicon.SURNAMES, n, falling)
    surname = either(draws.flags(0.012, n), draws.pick(lexicon.COMPOUND_SURNAMES, n), surname)
    last = either(gender == "男", draws.pick(lexicon.MALE, n), draws.pick(lexicon.FEMALE, n))
    middle = either(draws.flags(0.8, n), draws.pick(lexicon.MIDDLE, n), "")
    minority = either(gender == "男", draws.pick(lexicon.MINORITY_MALE, n), draws.pick(lexicon.MINORITY_FEMALE, n))
    return np.asarray(either(draws.flags(0.02, n), minority, surname + middle + last), dtype=object)


def addresses(draws: Draws, county: Whole) -> Text:
    """Addresses in estates and streets of districts, in villages of counties."""
    n = len(county)
    place = places.column("full_name")[county]
    town = place + draws.pick(lexicon.STREETS, n) + "街道" + draws.pick(lexicon.STREETS, n) + "路" + texts(draws.whole(1, 299, n)) + "号"
    flat = draws.pick(lexicon.ESTATES, n) + texts(draws.whole(1, 28, n)) + "栋" + texts(draws.whole(1, 4, n)) + "单元" + texts(draws.whole(101, 1804, n)) + "室"
    village = place + draws.pick(lexicon.TOWNS, n) + "镇" + draws.pick(lexicon.VILLAGES, n) + "村"
    rural = village + texts(draws.whole(1, 9, n)) + "组" + texts(draws.whole(1, 180, n)) + "号"
    urban = np.array([name.endswith("区") for name in places.column("name")])[county]
    return np.asarray(either(urban | draws.flags(0.25, n), town + flat, rural), dtype=object)


def phones(draws: Draws, n: int) -> Text:
    """Mobile numbers that cannot belong to anybody."""
    return np.asarray(draws.pick(UNASSIGNED, n) + padded(draws.whole(0, 99_999_999, n), 8), dtype=object)


class Population:
    """Hands out people and companies; no identity number is ever given twice in one generation."""

    def __init__(self) -> None:
        self.serials = Serials()
        self.authorities: dict[str, str] = {}
        """Credit code of every authority met so far, by its name."""

    def people(self, draws: Draws, county: Whole, band: str) -> People:
        """People of an age band living in these counties."""
        n, (first, last) = len(county), BANDS[band]
        length = int((day(last) - day(first)).astype(int)) + 1
        running = self.serials.block(("people", band), n)
        offset = running * STRIDE % length
        sequence = (offset * 37 + running // length * 101) % 900  # one day's people never share a sequence number
        registered = either(draws.flags(0.9, n), county, places.draw(draws, n))  # one in ten moved here from elsewhere
        return self._complete(draws, county, registered, day(first) + offset, sequence)

    def born(self, draws: Draws, county: Whole, birth: Days) -> People:
        """People with these birth dates, for stories where the age decides."""
        running = self.serials.next(list(zip(births(birth), county.tolist(), strict=True)))
        if len(running) and running.max() > 99:
            raise ValueError("more than 99 people with one chosen birth date in one county")
        return self._complete(draws, county, county, birth, 899 + running)

    def _complete(self, draws: Draws, county: Whole, registered: Whole, birth: Days, sequence: Whole) -> People:
        stems = places.column("code")[registered] + compact(birth) + padded(sequence, 3)
        gender = either(sequence % 2 == 1, "男", "女").astype(object)
        return People(
            names(draws, gender), resident_ids(stems), birth, gender, county, addresses(draws, county), phones(draws, len(county)),
        )

    def companies(self, draws: Draws, county: Whole, suffix: str = "有限公司") -> Companies:
        """Companies registered in these counties, with valid unified social credit codes."""
        n = len(county)
        serials = self.serials.block("companies", n)
        codes = credit_codes("91", places.column("code")[county], serials)
        city = np.array([name[:-1] for name in places.column("city_name")], dtype=object)[county]
        name = city + draws.pick(lexicon.BRANDS, n) + draws.pick(lexicon.MIDDLE, n) + draws.pick(lexicon.TRADES, n) + suffix
        return Companies(np.asarray(name, dtype=object), codes, county)


def births(days: Days) -> list[date]:
    """Birth dates as plain dates."""
    return [value for value in days.astype("datetime64[D]").tolist() if isinstance(value, date)]
