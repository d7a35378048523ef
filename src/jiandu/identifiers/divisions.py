"""Division codes (GB/T 2260) by date: the real table that python-stdnum ships, plus what content roots add in ``law/*divisions.yml``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jiandu import chains, content
from jiandu.errors import ContentError, Problem

FOREVER = 9999
FIRST_ISSUE = 1984
"""Resident identity numbers were first issued in 1984: whoever was born earlier got the code that was in force then."""
RESIDENCE_PERMITS = {"810000": "香港特别行政区", "820000": "澳门特别行政区", "830000": "台湾地区"}
"""Prefixes of residence permits for residents of Hong Kong, Macao and Taiwan, which use the same check digit."""


class Division(NamedTuple):
    """A code in force from one year to another, both inclusive."""

    code: str
    name: str
    first_year: int
    last_year: int


def shipped() -> Iterator[Division]:
    """The real table. Its lines read ``  0103 county="[-2010]崇文区"`` under ``11 province="北京市"``."""
    prefix = ""
    for line in resources.files("stdnum").joinpath("cn/loc.dat").read_text("utf-8").splitlines():
        if match := re.match(r'(\d\d) province="(.+)"', line):
            prefix = match[1]
            yield Division(f"{prefix}0000", match[2], 0, FOREVER)
        elif match := re.match(r'  (\d{4}) county="(.+)"', line):
            for start, end, name in re.findall(r"(?:\[(\d*)-(\d*)\])?([^,\[\]]+)", match[2]):
                yield Division(prefix + match[1], name, int(start or 0), int(end or FOREVER))
    for code, name in RESIDENCE_PERMITS.items():
        yield Division(code, name, 2018, FOREVER)


def added() -> Iterator[Division]:
    """Divisions of content roots: units of ``law`` whose stem ends in ``divisions``."""
    for stem, path in content.units("law").items():
        if not stem.endswith("divisions"):
            continue
        tree = content.read_yaml(path)
        for number, row in enumerate(tree.get("divisions", [])):
            try:
                first, last = row["valid_from"], row["valid_to"]
                yield Division(str(row["code"]), str(row["name"]), date.fromisoformat(str(first)).year if first else 0,
                               date.fromisoformat(str(last)).year if last else FOREVER)
            except (KeyError, ValueError, TypeError) as error:
                where = f"{path}:{content.line_of(tree, ['divisions', number])}"
                raise ContentError(Problem(where, f"a division needs code, name, valid_from, valid_to: {error}")) from error


def table() -> dict[str, list[Division]]:
    """Every code with its periods, by the content roots in use."""
    return _table(tuple(map(str, content.roots())))


@cache
def _table(_roots: tuple[str, ...]) -> dict[str, list[Division]]:
    found: dict[str, list[Division]] = {}
    for division in [*shipped(), *added()]:
        found.setdefault(division.code, []).append(division)
    return found


def name(code: str, year: int | None = None) -> str | None:
    """Name of a division in a year (default: its latest); ``None`` when the code was not in force then, or never."""
    periods = table().get(code, [])
    if year is None:
        return max(periods, key=lambda period: period.last_year).name if periods else None
    return next((period.name for period in periods if period.first_year <= year <= period.last_year), None)


def merged() -> dict[str, str]:
    """Abolished code → code of the division it ended in, by ``merged_into`` in the divisions of content roots, followed to the end."""
    steps = _steps(tuple(map(str, content.roots())))
    return {code: chains.last(code, steps) for code in steps}


@cache
def _steps(_roots: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for stem, path in content.units("law").items():
        if stem.endswith("divisions"):
            rows = content.plain(content.read_yaml(path)).get("divisions", [])
            found.update({str(row["code"]): str(row["merged_into"]) for row in rows if row.get("merged_into")})
    return found


def last_years() -> npt.NDArray[np.int16]:
    """For each number 0–999999, the last year in which that code was in force; 0 for no code. The fast path of columns."""
    return _last_years(tuple(map(str, content.roots())))


@cache
def _last_years(roots: tuple[str, ...]) -> npt.NDArray[np.int16]:
    years = np.zeros(1_000_000, dtype=np.int16)
    for code, periods in _table(roots).items():
        years[int(code)] = max(period.last_year for period in periods)
        if code.endswith("0000") and code < "70":
            # Foreigners' permanent residence numbers of 2023: 9, two digits of the province, three of the nationality.
            years[900_000 + int(code[:2]) * 1000: 900_000 + int(code[:2]) * 1000 + 1000] = FOREVER
    return years


def could_issue(code: str, birth_year: int) -> bool:
    """Whether a person born in ``birth_year`` can bear a number of this division.

    A number names the place of *first registration*, which may come years after birth and whose code may be abolished since:
    only a code that had ceased before the birth, or before numbers existed, is wrong.
    """
    return bool(code.isdigit() and last_years()[int(code)] >= max(birth_year, FIRST_ISSUE))


def lint() -> list[Problem]:
    """Problems of the divisions that content roots add."""
    try:
        list(added())
    except ContentError as error:
        return error.problems
    return []
