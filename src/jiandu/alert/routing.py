"""Who is told about a change of a clue, and whether it may wait for company: the rows of the outbox.

Rules: the department of the clue's procuratorate and line, and those the model names beside it (``also_to``: the office that handles the
case of a person who may need judicial assistance); a subject under 18 on the day of the event goes to the juvenile
line only; a red clue or a minor's is urgent, which means never grouped, capped or given up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jiandu import content
from jiandu.alert.channels import Channel
from jiandu.alert.message import clue_link, clue_number
from jiandu.alert.office import office_for

ANNOUNCING = ("open", "updated", "reopened")
"""Engine states that say the clue stands. ``suspended`` is seen on the desk and wakes nobody; ``early`` only those who heard that it stood."""

ADULT_AGE = 18
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def line_of(line: str, subject_key: str | None, occurred_on: date | None, as_of: datetime) -> str:
    """The line whose queue a clue belongs to: ``juvenile`` if the subject's own id shows an age under 18, else ``line``.

    The model says it first; this repeats the check at the last door before a message leaves.
    """
    born = birth_date(subject_key or "")
    if born is not None and is_minor(born, occurred_on or as_of.date()):
        return "juvenile"
    return line


def birth_date(resident_id: str) -> date | None:
    """Birth date in an 18-digit resident id with a right check digit, else ``None``."""
    if not re.fullmatch(r"\d{17}[\dX]", resident_id):
        return None
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, resident_id[:17], strict=True))
    if "10X98765432"[total % 11] != resident_id[17]:
        return None
    try:
        return date(int(resident_id[6:10]), int(resident_id[10:12]), int(resident_id[12:14]))
    except ValueError:
        return None


def is_minor(born: date, on: date) -> bool:
    """Under 18 on that day; a year of life is full on the day *after* the birthday (未成年人保护法 2, 周岁)."""
    return born <= on and (on.year - born.year, (on.month, on.day)) <= (ADULT_AGE, (born.month, born.day))


def alert_state(engine_state: str, told: str | None) -> str | None:
    """What an office is told when a clue reaches ``engine_state``; ``None`` if nothing.

    ``told`` is the state of the clue's last alert, ``None`` if there never was one: what counts is what the office heard, not what
    happened between two looks. A clue that opened and was withdrawn unheard stays unheard; a feed that paused and came back is no news.
    A clue that falls back to ``early`` accuses nobody any more: who heard that it stands hears that it does not.
    """
    if engine_state in ("withdrawn", "early"):
        return "withdrawn" if told not in (None, "withdrawn") else None
    if engine_state not in ANNOUNCING:
        return None
    if told is None:
        return "open"
    if told == "withdrawn":
        return "reopened"
    return "updated" if engine_state == "updated" else None


def alert_key(clue_id: str, state: str, change_no: int, channel: str) -> str:
    """The idempotency key ``clue_id:state:channel``. A clue opens once; states that recur carry the number of the change."""
    return f"{clue_id}:{state if state == 'open' else f'{state}.{change_no}'}:{channel}"


def outbox_rows(clue: Mapping[str, Any], state: str, channels: Sequence[Channel], as_of: datetime) -> list[dict[str, Any]]:
    """One outbox row an office and channel for ``clue`` (a row of ``ops.clue``); the payload holds no name and no fact.

    A minor's clue stays in the juvenile line: nobody else is told.
    """
    others = [] if clue["line"] == "juvenile" else [line for line in copied_to(clue["model"]) if line != clue["line"]]
    rows = _rows(clue, clue["line"], state, channels, as_of)
    return rows + [row | {"alert_id": f"{row['alert_id']}:{line}"} for line in others for row in _rows(clue, line, state, channels, as_of)]


def copied_to(model: str) -> list[str]:
    """Lines a model's clues are told to beside its own; none for a model that is no longer in any content root."""
    path = content.units("models").get(model)
    return _copied_to(path, path.stat().st_mtime_ns) if path else []


@cache
def _copied_to(path: Path, _changed: int) -> list[str]:
    return [str(line) for line in content.plain(content.read_yaml(path)).get("also_to", [])]


def _rows(clue: Mapping[str, Any], line: str, state: str, channels: Sequence[Channel], as_of: datetime) -> list[dict[str, Any]]:
    office = office_for(clue["procuratorate_code"], line)
    payload = {
        "number": clue_number(clue["clue_id"]), "clue_id": clue["clue_id"], "state": state, "severity": clue["severity"],
        "line": line, "procuratorate_code": clue["procuratorate_code"], "link": clue_link(clue["clue_id"]),
    }
    return [
        {
            "alert_id": alert_key(clue["clue_id"], state, clue["change_no"], channel.name),
            "clue_id": clue["clue_id"], "state": state, "change_no": clue["change_no"],
            "channel": channel.name, "recipient": channel.address(office),
            "group_key": f"{office.office_id}:{clue['model']}",
            "is_urgent": clue["severity"] == "red" or clue["line"] == "juvenile",
            "payload": payload, "created_at": as_of,
        }
        for channel in channels
    ]
