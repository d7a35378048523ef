"""What a clue's card says beside its rows: the legal parameters its finding used with the value that held, the law, the feeds asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from jiandu.clue.card import Basis, Row, plain
from jiandu.collision import law
from jiandu.collision.compile import Asked
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


def used(model: Model, finding: Finding, asked: tuple[Asked, ...], days: Row) -> list[Row]:
    """The parameters a finding used for one anchor: which day and county was asked, and which value held, since when, by what source.

    ``days`` is the anchor's row of ``Compiled.days``. A question about a day that is not known was not asked of this anchor.
    """
    names, province = mentioned(model)[finding.id], settings().province
    defined = law.parameters()
    found: dict[tuple[str, Any, Any], Row] = {}
    for one in asked:
        day: date | None = days[one.day]
        if one.name not in names or day is None:
            continue
        place = days[one.place] if one.place else None
        parameter = defined[one.name]
        value = law.value_in_force(parameter, day, place, province)
        entry = {"name": one.name, "title": parameter.title, "unit": parameter.unit, "day": plain(day), "place": place}
        if value is not None:
            period = {"from": plain(value.since), "to": plain(value.until)}
            entry |= {"value": value.value, **period, "source": value.source, "status": value.status}
        else:
            entry |= {"value": None, "from": None, "to": None, "source": "", "status": "not in force"}
        found[one.name, plain(day), place or ""] = entry
    return [found[key] for key in sorted(found)]


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
