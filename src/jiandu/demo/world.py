"""One slice of the province while it is being made: its size, its day, its people, and the numbers handed out so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa

from jiandu.demo import places
from jiandu.demo.draws import Days, Draws, Text, Whole, either
from jiandu.demo.numbers import Serials
from jiandu.demo.people import Population
from jiandu.demo.record import Columns, table


@dataclass
class World:
    """State shared by all makers of rows. ``portion`` is what it holds of ``scale``, in units of scale 1; ``today`` is the day of the demo."""

    seed: int
    slice_no: int
    portion: float
    scale: float
    today: date
    population: Population
    serials: Serials
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)

    def draws(self, *names: object) -> Draws:
        """A stream of draws of this slice."""
        return Draws(self.seed, self.slice_no, *names)

    def amount(self, at_scale_1: int) -> int:
        """How many of something this slice holds."""
        return max(1, round(at_scale_1 * self.portion))

    @property
    def yesterday(self) -> np.datetime64:
        """The last day that any agency can know of: files of the demo's day were written in its small hours."""
        return np.datetime64(self.today, "D") - 1

    def add(self, data_set: str, columns: Columns) -> None:
        """Add rows to a data set."""
        if len(next(iter(columns.values()))):
            self.tables.setdefault(data_set, []).append(table(data_set, columns))

    def until_now(self, days: Days) -> Days:
        """The days that have come already; the future is not known to any agency."""
        return either(days <= self.yesterday, days, np.datetime64("NaT", "D")).astype("datetime64[D]")


def document_numbers(serials: Serials, offices: Text, years: Text) -> Text:
    """Numbers such as 云青市监罚字〔2026〕12号, running by office and year."""
    numbers = serials.next(list(zip(offices, years, strict=True)))
    return np.asarray(offices + "〔" + years + "〕" + numbers.astype(str).astype(object) + "号", dtype=object)


def court_numbers(serials: Serials, county: Whole, years: Text, kind: str) -> Text:
    """Court case numbers such as （2026）泽0101行审12号, running by court, kind and year."""
    courts = places.column("court_code")[county]
    numbers = serials.next(list(zip(courts, years, [kind] * len(courts), strict=True)))
    return np.asarray("（" + years + "）" + courts + kind + numbers.astype(str).astype(object) + "号", dtype=object)


def year_of(days: Days) -> Text:
    """The calendar year as text; an unknown day counts as 2026, callers mask it."""
    return either(np.isnat(days), "2026", days.astype("datetime64[Y]").astype(str)).astype(object)
