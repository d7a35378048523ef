"""The law as data: parameters dated and placed, the calendar of days off, the divisions. Read from every content root's ``law`` folder."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pydantic import Field, RootModel, field_validator

from jiandu import content
from jiandu.collision.model import Name, Strict
from jiandu.collision.pinned import pinned
from jiandu.errors import ContentError, Problem

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2040, 12, 31)


class Value(Strict):
    """A parameter's value in one period and place, both ends inclusive; ``place`` is a division prefix, empty for the country."""

    value: int | float
    since: date | None = Field(None, alias="from")
    until: date | None = Field(None, alias="to")
    place: str = ""
    source: str = Field(min_length=2)
    status: Literal["verified", "unverified", "fictional"]


class Parameter(Strict):
    """A legal parameter."""

    title: str
    unit: str
    values: list[Value] = Field(min_length=1)


class Parameters(RootModel[dict[Name, Parameter]]):
    """A file of parameters."""


class Year(Strict):
    """The State Council's announcement for one year: ``MM-DD`` or ``MM-DD/MM-DD``."""

    source: str
    holidays: dict[str, str]
    workdays: list[str]

    @field_validator("workdays", mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        return [str(item) for item in value] if isinstance(value, list) else value


class Calendar(Strict):
    """A file of days off."""

    title: str
    years: dict[int, Year]


def files(prefix: str) -> list[Path]:
    """The law files whose stem starts with ``prefix``: a county adds ``parameters_<county>.yml``."""
    return [path for stem, path in content.units("law").items() if stem.startswith(prefix)]


def parameters() -> dict[str, Parameter]:
    """Every parameter of every content root. Raises ``ContentError`` for a name that is defined twice."""
    kept = pinned().parameters
    return _parameters(stamped(files("parameters"))) if kept is None else kept


def stamped(paths: list[Path]) -> tuple[tuple[Path, int], ...]:
    """Files with the instant they last changed: a key under which what was read of them can be kept."""
    return tuple((path, path.stat().st_mtime_ns) for path in paths)


@cache
def _parameters(stamps: tuple[tuple[Path, int], ...]) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    twice: list[Problem] = []
    for path, _ in stamps:
        for name, parameter in content.read_unit(path, Parameters).root.items():
            if name in found:
                twice.append(Problem(f"{path}", f"parameter {name} is defined in another file too", "rename one of the two"))
            found[name] = parameter
    if twice:
        raise ContentError(twice)
    return found


def parameter_sql(parameter: Parameter, day: str, place: str, province: str) -> str:
    """The value in force on ``day`` (SQL) as an expression; NULL where no value holds, so that what depends on it cannot be computed.

    ``place`` is the SQL of a county code, used only for values below the province; more specific places win.
    """
    held = [value for value in parameter.values if not value.place or value.place.startswith(province) or province.startswith(value.place)]
    branches = []
    for value in sorted(held, key=lambda one: -len(one.place)):
        conditions = [f"{day} >= DATE '{value.since}'"] if value.since else []
        conditions += [f"{day} <= DATE '{value.until}'"] if value.until else []
        conditions += [f"STARTS_WITH({place}, '{value.place}')"] if len(value.place) > len(province) else []
        branches.append(f"WHEN {' AND '.join(conditions) or f'{day} IS NOT NULL'} THEN {Decimal(str(value.value))}")
    return f"(CASE {' '.join(branches)} END)" if branches else "NULL"


def value_in_force(parameter: Parameter, day: date, place: str | None, province: str) -> Value | None:
    """The value ``parameter_sql`` chooses for a day and a county code, with its period and source; None where no value holds."""
    def holds(value: Value) -> bool:
        begun, lasting = value.since is None or day >= value.since, value.until is None or day <= value.until
        here = len(value.place) <= len(province) or (place or "").startswith(value.place)
        return begun and lasting and here

    held = [value for value in parameter.values if not value.place or value.place.startswith(province) or province.startswith(value.place)]
    return next((value for value in sorted(held, key=lambda one: -len(one.place)) if holds(value)), None)


def exceptions_to_the_week() -> dict[date, bool]:
    """Announced exceptions to the weekly rhythm: day → whether people work on it."""
    kept = pinned().exceptions
    return _exceptions(stamped(files("calendar"))) if kept is None else kept


@cache
def _exceptions(stamps: tuple[tuple[Path, int], ...]) -> dict[date, bool]:
    exceptions: dict[date, bool] = {}
    for path, _ in stamps:
        for number, year in content.read_unit(path, Calendar).years.items():
            for text in year.holidays.values():
                first, _, last = text.partition("/")
                day, end = date.fromisoformat(f"{number}-{first}"), date.fromisoformat(f"{number}-{last or first}")
                while day <= end:
                    exceptions[day] = False
                    day += timedelta(days=1)
            exceptions.update({date.fromisoformat(f"{number}-{text}"): True for text in year.workdays})
    return exceptions


def announced_years() -> set[int]:
    """Years whose days off are known."""
    return {number for path in files("calendar") for number in content.read_unit(path, Calendar).years}


def is_workday(day: date, exceptions: dict[date, bool]) -> bool:
    """Whether people work on ``day``: the announcement if there is one, else Monday to Friday."""
    return exceptions.get(day, day.weekday() < 5)


def calendar() -> pa.Table:
    """Every day with ``next_workday`` (itself or the first one after) and ``workday_no`` (working days up to and including it)."""
    return _calendar(tuple(sorted(exceptions_to_the_week().items())))


@cache
def _calendar(announced: tuple[tuple[date, bool], ...]) -> pa.Table:
    exceptions = dict(announced)
    days = [FIRST_DAY + timedelta(days=offset) for offset in range((LAST_DAY - FIRST_DAY).days + 1)]
    works = [is_workday(day, exceptions) for day in days]
    numbers, count = [], 0
    for work in works:
        count += work
        numbers.append(count)
    following: list[date | None] = [None] * len(days)
    upcoming: date | None = None
    for index in range(len(days) - 1, -1, -1):
        upcoming = days[index] if works[index] else upcoming
        following[index] = upcoming
    return pa.table({"day": pa.array(days, pa.date32()), "is_workday": works, "workday_no": pa.array(numbers, pa.int64()),
                     "next_workday": pa.array(following, pa.date32())})


def reference_tables() -> dict[str, pa.Table]:
    """What vocabulary words join: ``law__calendar``, ``law__workday`` (one row a working day), ``law__division``."""
    table = calendar()
    work = table.filter(table["is_workday"])
    names = division_names()
    return {
        "law__calendar": table.select(["day", "workday_no", "next_workday"]),
        "law__workday": work.select(["workday_no", "day"]),
        "law__division": pa.table({"code": pa.array(list(names), pa.string()), "name": pa.array(list(names.values()), pa.string())}),
    }


def division_names() -> dict[str, str]:
    """Division code → name, from ``law/divisions*.yml``."""
    kept = pinned().divisions
    return _division_names(stamped(files("divisions"))) if kept is None else kept


@cache
def _division_names(stamps: tuple[tuple[Path, int], ...]) -> dict[str, str]:
    names: dict[str, str] = {}
    for path, _ in stamps:
        for node in walk(content.plain(content.read_yaml(path))):
            if "code" in node and "name" in node:
                names[str(node["code"])] = str(node["name"])
    return names


def divisions(day: date) -> list[dict[str, Any]]:
    """The divisions in force on a day, in the order of their files: ``code``, ``name``, ``level``, ``valid_from``, ``valid_to``."""
    nodes = [node for path in files("divisions") for node in walk(content.plain(content.read_yaml(path))) if "level" in node]
    return [node for node in nodes if node["valid_from"] <= day and (node["valid_to"] is None or day <= node["valid_to"])]


def walk(node: Any) -> list[dict[str, Any]]:
    """Every mapping inside a tree of lists and mappings, itself included."""
    below = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
    return ([node] if isinstance(node, dict) else []) + [found for child in below for found in walk(child)]
