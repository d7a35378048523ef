"""What a clue's card says beside its rows: the legal parameters its finding used with the value that held, the law, the feeds asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, lru_cache, partial
from typing import Any

from pydantic import BaseModel

from jiandu.clue import store
from jiandu.clue.card import NO_BASIS, Basis, Row, plain
from jiandu.collision import law
from jiandu.collision.compile import AskedParameter
from jiandu.collision.dependencies import Dependencies
from jiandu.collision.feeds import Feed
from jiandu.collision.model import Finding, Model
from jiandu.settings import settings

WORD = re.compile(r"[a-z_][a-z0-9_]*")


def basis(model: Model, feeds: Mapping[str, Feed], versions: Mapping[str, int]) -> Basis:
    """What all cards of one run share. ``versions`` are the Delta versions read: recorded, never relied on."""
    asked = [
        {"dataset": name, "title": feed.title, "latest": plain(feed.latest), "fresh": feed.fresh, "freshness_days": feed.freshness_days,
         "version": versions.get(name, -1)}
        for name, feed in sorted(feeds.items()) if name in model.datasets
    ]
    articles = [
        {"law": one.law, "article": one.article, "says": one.says, "from": plain(one.since), "to": plain(one.until), "status": one.status}
        for one in model.legal_basis
    ]
    return Basis(asked, articles)


def comparison(model: Model, feeds: Mapping[str, Feed], basis: Basis = NO_BASIS) -> Callable[..., store.Changes]:
    """``store.compare`` for one model and one state of its feeds; it takes the clues before, the candidates, and ``run=`` the stamp of the run."""
    depends = Dependencies(model)
    elements = {finding.id: depends.elements(finding) for finding in model.findings}
    # An anchor row that is no longer seen ends its clue only if its agency still delivers.
    return partial(store.compare, elements_of=elements, gone="fails" if feeds[model.anchor.data].fresh else "unknown", basis=basis)


class Used:
    """The parameters each finding of a model used for one anchor: which day and county was asked, and which value held, since when, by what source."""

    def __init__(self, model: Model, asked: tuple[AskedParameter, ...]) -> None:
        names, self.defined, self.province = mentioned(model), law.parameters(), settings().province
        self.asked = {finding.id: [one for one in asked if one.name in names[finding.id]] for finding in model.findings}
        self.entry = cache(self._entry)

    def __call__(self, finding: str, days: Row) -> list[Row]:
        """For one anchor: ``days`` is its row of ``Compiled.days``. A question about a day that is not known was not asked of this anchor."""
        found: dict[tuple[str, Any, Any], Row] = {}
        for one in self.asked[finding]:
            day: date | None = days[one.day]
            if day is not None:
                place = days[one.place] if one.place else None
                found[one.name, plain(day), place or ""] = self.entry(one.name, day, place)
        return [found[key] for key in sorted(found)]

    def _entry(self, name: str, day: date, place: str | None) -> Row:
        parameter = self.defined[name]
        value = law.value_in_force(parameter, day, place, self.province)
        entry = {"name": name, "title": parameter.title, "unit": parameter.unit, "day": plain(day), "place": place}
        if value is None:
            return entry | {"value": None, "from": None, "to": None, "source": "", "status": "not in force"}
        period = {"from": plain(value.since), "to": plain(value.until)}
        return entry | {"value": value.value, **period, "source": value.source, "status": value.status}


@lru_cache(maxsize=64)
def _mentioned(text: str) -> dict[str, frozenset[str]]:
    model = Model.model_validate_json(text)
    return {finding.id: _closure(model, finding) & frozenset(model.parameters) for finding in model.findings}


def mentioned(model: Model) -> dict[str, frozenset[str]]:
    """The parameters each finding rests on, through elements and derived columns, by the names their text mentions."""
    return _mentioned(model.model_dump_json(by_alias=True, exclude_unset=True))


def _closure(model: Model, finding: Finding) -> frozenset[str]:
    shown = words(finding) | words(model.subject) | words(model.jurisdiction) | words(model.anchor) | set(WORD.findall(model.occurred_on))
    return reached(model, shown)


def reached(model: Model, start: set[str], leave_out: frozenset[str] = frozenset()) -> frozenset[str]:
    """Every word that ``start`` leads to, through elements and derived columns; ``leave_out`` names parts of them that do not count."""
    parts: dict[str, set[str]] = {name: words(column) for name, column in model.derive.items()}
    parts |= {name: parts[whole] for whole, column in model.derive.items() for name in column.take}
    parts |= {element.id: words(element, leave_out) for element in model.elements}
    ids = sorted((element.id for element in model.elements), key=len, reverse=True)
    found: set[str] = set()
    while start:
        found |= start
        # An element's columns carry its name: its answer e_late, and late_value, late_by and the like.
        start |= {one for name in start for one in ids if name == f"e_{one}" or name.startswith(f"{one}_")}
        start = {word for name in start & parts.keys() for word in parts[name]} - found
    return frozenset(found)


def words(part: BaseModel, leave_out: frozenset[str] = frozenset()) -> set[str]:
    """Every name a part of a model mentions."""
    return set(WORD.findall(part.model_dump_json(exclude_unset=True, exclude=set(leave_out))))
