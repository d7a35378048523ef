"""The office that answers for a clue: a procuratorate and a line of work, and where alerts reach it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from jiandu import content
from jiandu.errors import ContentError, Problem

LINES = ("criminal", "civil", "administrative", "public_interest", "juvenile", "complaint")


@dataclass(frozen=True)
class Office:
    """One department: where a clue's alerts go."""

    procuratorate_code: str
    line: str
    title: str
    email: str

    @property
    def office_id(self) -> str:
        """``<procuratorate code>:<line>``, the queue's name."""
        return f"{self.procuratorate_code}:{self.line}"


class Line(BaseModel):
    """A line of work: its department's name and mailbox."""

    model_config = ConfigDict(extra="forbid")
    title: str
    mailbox: str


class OfficeException(BaseModel):
    """An office whose address does not follow the pattern."""

    model_config = ConfigDict(extra="forbid")
    procuratorate_code: str
    line: str
    email: str


class Offices(BaseModel):
    """Content unit ``law/offices.yml``."""

    model_config = ConfigDict(extra="forbid")
    title: str
    description: str
    lines: dict[str, Line]
    email: str
    exceptions: list[OfficeException] = []


def load() -> Offices:
    """The offices of the province. Raises ``ContentError`` when the unit is missing, malformed or lacks a line."""
    path = content.units("law").get("offices")
    if path is None:
        raise ContentError(Problem("law/offices.yml", "no such unit in any content root", "say where alerts reach each line of work"))
    return _read(path)


def office_for(procuratorate_code: str, line: str) -> Office:
    """The department of ``procuratorate_code`` that works on ``line``. Raises ``ContentError`` for an unknown line."""
    offices = load()
    if line not in offices.lines:
        raise ContentError(Problem("law/offices.yml", f"line {line!r} has no department", f"use one of {', '.join(offices.lines)}"))
    for special in offices.exceptions:
        if (special.procuratorate_code, special.line) == (procuratorate_code, line):
            return Office(procuratorate_code, line, offices.lines[line].title, special.email)
    address = offices.email.format(mailbox=offices.lines[line].mailbox, procuratorate_code=procuratorate_code, line=line)
    return Office(procuratorate_code, line, offices.lines[line].title, address)


@cache
def _read(path: Path) -> Offices:
    offices = content.read_unit(path, Offices)
    tree = content.read_yaml(path)
    missing = [line for line in LINES if line not in offices.lines]
    if missing:
        where = f"{path}:{content.line_of(tree, ['lines'])}"
        raise ContentError([Problem(where, f"line {line!r} has no department", "a clue of that line would reach nobody") for line in missing])
    return offices
