"""The stage on which truths and decoys are planted: single people, companies and rows that follow procedure unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from jiandu.demo import lexicon, places
from jiandu.demo.background.accidents import accident_numbers
from jiandu.demo.background.penalties import authority_codes
from jiandu.demo.background.police import case_numbers, criminal_numbers
from jiandu.demo.draws import Draws
from jiandu.demo.people import People
from jiandu.demo.record import Planted
from jiandu.demo.world import World, court_numbers, document_numbers
from jiandu.identifiers.cleaning import clean

Play = Callable[["Scene"], tuple[str, str]]
"""Plants one instance and returns its subject key and anchor."""
POOL = 24
"""People are drawn in handfuls of this size."""


@dataclass(frozen=True)
class Person:
    """One synthetic person."""

    name: str
    id_no: str
    birth: date
    gender: str
    county: int
    address: str
    phone: str


@dataclass(frozen=True)
class Answer:
    """One row of the answer key: what a model must find (truth), must leave alone (decoy) or may only warn of (early), and why."""

    model: str
    finding: str
    kind: str
    variety: str
    subject_key: str
    anchor: str
    county_code: str
    note: str


@dataclass(frozen=True)
class Variety:
    """A kind of truth or decoy."""

    name: str
    finding: str
    note: str
    play: Play


@dataclass
class Stage:
    """What is planted in one generation; ``draws`` is the stage's own stream."""

    world: World
    draws: Draws
    planted: Planted = field(default_factory=Planted)
    answers: list[Answer] = field(default_factory=list)
    pools: dict[tuple[int, str], list[Person]] = field(default_factory=dict)

    def perform(self, model: str, kind: str, varieties: list[Variety], count: int) -> None:
        """Plant ``count`` instances over all varieties in turn, over the counties by population."""
        wanted = max(count, len(varieties))
        for number, county in enumerate(places.spread(wanted, f"{model} {kind}")):
            variety = varieties[number % len(varieties)]
            scene = Scene(self, county, number // len(varieties), number)
            subject, anchor = variety.play(scene)
            self.answers.append(Answer(model, variety.finding, kind, variety.name, subject, anchor, scene.code, variety.note))


@dataclass
class Scene:
    """One instance: its county, and ``turn``, the how-manieth of its variety, by which dates and amounts differ."""

    stage: Stage
    county: int
    turn: int
    number: int

    @property
    def world(self) -> World:
        """The world the stage stands in."""
        return self.stage.world

    @property
    def place(self) -> places.County:
        """The county of the scene."""
        return places.counties()[self.county]

    @property
    def code(self) -> str:
        """Its code."""
        return self.place.code

    @property
    def today(self) -> date:
        """The day of the demo."""
        return self.world.today

    def add(self, data_set: str, row: dict[str, Any], early: dict[str, Any] | None = None) -> dict[str, Any]:
        """Plant a row in this county."""
        return self.stage.planted.add(data_set, {"county_code": self.code, **row}, early)

    def choose(self, *options: Any) -> Any:
        """One of the options, in turn."""
        return options[self.turn % len(options)]

    def person(self, band: str = "adult", born: date | None = None) -> Person:
        """A person of the county, of an age band or born on a day."""
        here = np.array([self.county])
        if born is not None:
            return single(self.world.population.born(self.stage.draws, here, np.array([born], dtype="datetime64[D]")), 0)
        pool = self.stage.pools.setdefault((self.county, band), [])
        if not pool:
            people = self.world.population.people(self.stage.draws, np.repeat(here, POOL), band)
            pool.extend(single(people, row) for row in range(POOL))
        return pool.pop()

    def company(self) -> tuple[str, str]:
        """Name and credit code of a company of the county."""
        made = self.world.population.companies(self.stage.draws, np.array([self.county]))
        return str(made.name[0]), str(made.uscc[0])

    def number_of(self, word: str, when: date) -> str:
        """A document number of an office of the county, e.g. 云青市监罚字〔2026〕12号."""
        return str(document_numbers(self.world.serials, np.array([word], dtype=object), np.array([str(when.year)], dtype=object))[0])

    def court_number(self, kind: str, when: date) -> str:
        """A case number of the county's court."""
        return str(court_numbers(self.world.serials, np.array([self.county]), np.array([str(when.year)], dtype=object), kind)[0])

    def police_number(self, when: date, criminal: bool) -> str:
        """A number of the county's police."""
        make = criminal_numbers if criminal else case_numbers
        return str(make(self.world, np.array([self.county]), np.array([when], dtype="datetime64[D]"))[0])

    def accident_number(self, when: date) -> str:
        """A number of the accident ledger."""
        return str(accident_numbers(self.world, np.array([self.code], dtype=object), np.array([when], dtype="datetime64[D]"))[0])

    def serial(self, group: str, width: int) -> str:
        """A running number of the province."""
        return f"{int(self.world.serials.block(group, 1)[0]):0{width}d}"

    def authority(self, short: str, level: str = "县") -> tuple[str, str, str]:
        """Name, credit code and number word of an authority of the county, the city or the province."""
        name, word, _ = {**lexicon.AGENCIES, **lexicon.OWN_POWER}[short]
        area = {"县": self.place.name, "市": self.place.city_name, "省": places.PROVINCE}[level]
        prefix = {"县": self.place.short, "市": self.place.short[0], "省": "泽"}[level]
        code = authority_codes(self.world, np.array([area + name], dtype=object), np.array([self.county]))[0]
        return area + name, str(code), prefix + word


def single(people: People, row: int) -> Person:
    """One person out of columns."""
    born = people.birth[row].astype("datetime64[D]").item()
    return Person(
        str(people.name[row]), str(people.id_no[row]), born, str(people.gender[row]), int(people.county[row]), str(people.address[row]), str(people.phone[row]),
    )


def match_form(document_no: str) -> str:
    """A document number as silver will hold it."""
    return clean("document_no", document_no) or document_no


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """An instant of a day in the province's zone, without saying so: the agencies do not either."""
    return datetime(day.year, day.month, day.day, hour, minute)


def back(day: date, days: int) -> date:
    """So many days earlier, moved to the Friday before a weekend."""
    moved = day - timedelta(days=days)
    return moved - timedelta(days=max(0, moved.weekday() - 4))


def ahead(day: date, days: int) -> date:
    """So many days later, moved to the Monday after a weekend."""
    moved = day + timedelta(days=days)
    return moved + timedelta(days=(7 - moved.weekday()) % 7 if moved.weekday() > 4 else 0)
