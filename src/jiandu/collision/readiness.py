"""Where which model can run: per county, with the feeds there are; what is suspended and why; and which missing field would help most.

A finding runs in a county when every data set it rests on has rows of that county (a data set without ``county_code`` serves the whole
province), every required field is filled at least once there, and no feed is too old to prove an absence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from jiandu.clock import ZONE
from jiandu.collision import law, library
from jiandu.collision.datasets import Dataset, dataset
from jiandu.collision.dependencies import Dependencies
from jiandu.collision.engines import DuckEngine, versions
from jiandu.collision.feeds import Feed, feeds
from jiandu.collision.library import Loaded
from jiandu.collision.required import Field, Trials, mentioned

STATUSES = {"ready": "可运行", "partial": "部分可运行", "suspended": "数据中断", "blocked": "缺少数据"}
WHOLE = ""
"""Stands for a field where a data set has no row at all; and for a county where a data set serves the province."""


@dataclass(frozen=True)
class County:
    """One model in one county. ``status``: ready, partial (some findings), suspended (feeds), blocked (data)."""

    model: str
    title: str
    county_code: str
    county_name: str
    status: str
    findings: int
    findings_ready: int
    reason: str
    missing: tuple[Field, ...]


@dataclass(frozen=True)
class Unlock:
    """One missing field: how many models miss it, and for how many it is all that is missing somewhere; in how many counties."""

    dataset: str
    field: str
    title: str
    models: int
    unlocks: int
    counties: int


@dataclass(frozen=True)
class Readiness:
    """The whole picture at an instant."""

    counties: tuple[County, ...]
    unlocks: tuple[Unlock, ...]

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        return asdict(self)


@dataclass(frozen=True)
class _Finding:
    """What a finding needs, and what it lacks in one county."""

    gaps: frozenset[Field]
    stale: tuple[str, ...]

    @property
    def runs(self) -> bool:
        return not self.gaps and not self.stale


def ready(names: Sequence[str] | None, as_of: datetime) -> Readiness:
    """The named models (None: all that are well formed) in every county in force on the day. Raises ``ContentError`` for a named one with mistakes."""
    loaded = library.load(names) if names else library.load_sound()[0]
    sets = list(dict.fromkeys(name for one in loaded for name in one.model.datasets))
    states, places = feeds(sets, as_of), counties(as_of.astimezone(ZONE).date())
    asked = {one.id: {finding.id: mentioned(one, finding.id) for finding in one.model.findings} for one in loaded}
    filled = _filled({field for findings in asked.values() for fields in findings.values() for field in fields}, sets)
    lacking: dict[tuple[str, str], dict[str, _Finding]] = {}
    with ExitStack() as stack:
        for one in loaded:
            trials = stack.enter_context(closing(Trials(one)))
            for county in places:
                found = {finding: _lacks(one, finding, county, fields, filled, trials, states) for finding, fields in asked[one.id].items()}
                lacking[one.id, county] = found
    rows = tuple(_county(one, code, places[code], lacking[one.id, code]) for one in loaded for code in places)
    return Readiness(rows, tuple(_unlocks(lacking)))


def counties(day: date) -> dict[str, str]:
    """Code → name of every county in force on a day, in the order of their codes."""
    valid = [node for node in law.divisions(day) if node["level"] == "county"]
    return {str(node["code"]): str(node["name"]) for node in sorted(valid, key=lambda node: str(node["code"]))}


def _filled(fields: set[Field], names: Sequence[str]) -> dict[str, dict[str, set[str]]]:
    """Data set → county (or ``WHOLE``) → fields that are filled in some row there; a county without rows is not there."""
    found: dict[str, dict[str, set[str]]] = {}
    with closing(DuckEngine()) as engine:
        engine.offer(versions(names))
        for name in names:
            columns = sorted(column for data, column in fields if data == name)
            place = "coalesce(county_code, '')" if _local(dataset(name)) else f"'{WHOLE}'"
            counts = ", ".join(f'count("{column}")' for column in columns)
            rows = engine.connection.execute(f"SELECT {place} AS _place, count(*){', ' + counts if counts else ''} FROM {name} GROUP BY _place").fetchall()
            found[name] = {row[0]: {column for column, number in zip(columns, row[2:], strict=True) if number} for row in rows if row[1]}
    return found


def _local(data: Dataset) -> bool:
    """Whether the rows of a data set say which county they are of."""
    return "county_code" in data.columns


def _lacks(
    loaded: Loaded, finding: str, county: str, fields: Sequence[Field], filled: Mapping[str, Mapping[str, set[str]]], trials: Trials,
    states: Mapping[str, Feed],
) -> _Finding:
    gaps: set[Field] = set()
    used = Dependencies(loaded.model).datasets(loaded.model.finding(finding))
    for name in used:
        there = filled[name].get(county if _local(dataset(name)) else WHOLE)
        if there is None:
            gaps.add((name, WHOLE))
        else:
            gaps |= {field for field in fields if field[0] == name and field[1] not in there and trials.needs(finding, field)}
    return _Finding(frozenset(gaps), tuple(states[name].reason for name in used if not states[name].fresh))


def _county(loaded: Loaded, code: str, name: str, findings: Mapping[str, _Finding]) -> County:
    running = sum(one.runs for one in findings.values())
    gaps = sorted({gap for one in findings.values() for gap in one.gaps})
    stale = list(dict.fromkeys(reason for one in findings.values() for reason in one.stale))
    if running == len(findings):
        status = "ready"
    elif running:
        status = "partial"
    else:
        status = "suspended" if any(not one.gaps for one in findings.values()) else "blocked"
    reason = "；".join([*stale, *(described(gap) for gap in gaps)])
    return County(loaded.id, loaded.model.title, code, name, status, len(findings), running, reason, tuple(gaps))


def described(gap: Field) -> str:
    """What is missing, in the delivering agency's own words."""
    data, field = dataset(gap[0]), gap[1]
    return f"“{data.title}”无本县记录" if field == WHOLE else f"“{data.title}”未提供“{data.headers.get(field, field)}”（{field}）"


def _unlocks(lacking: Mapping[tuple[str, str], Mapping[str, _Finding]]) -> Iterator[Unlock]:
    """Every gap, those that unlock most first. It unlocks a model where it is the only thing some finding lacks."""
    missing: dict[Field, set[str]] = {}
    alone: dict[Field, set[str]] = {}
    where: dict[Field, set[str]] = {}
    for (model, county), findings in lacking.items():
        for one in findings.values():
            for gap in one.gaps:
                missing.setdefault(gap, set()).add(model)
                where.setdefault(gap, set()).add(county)
                if len(one.gaps) == 1:
                    alone.setdefault(gap, set()).add(model)
    for gap in sorted(missing, key=lambda one: (-len(alone.get(one, ())), -len(missing[one]), one)):
        yield Unlock(*gap, described(gap), len(missing[gap]), len(alone.get(gap, ())), len(where[gap]))
