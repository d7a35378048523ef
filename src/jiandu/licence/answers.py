"""What people read where the machine was in doubt: append-only, by picture and field, whatever engine reads the picture before or after.

A reading is never changed. Where it goes out (register, review queue, evidence page) the answers given by then stand over it, so that a
picture read again by a new engine keeps the word of the person who looked at it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from jiandu import ledger
from jiandu.clock import parse_as_of
from jiandu.errors import JianduError
from jiandu.licence import codes, kept
from jiandu.licence.values import parsed
from jiandu.licence.vocabulary import kinds
from jiandu.settings import settings

SOURCE = "human"
"""``source`` of a field that a person read; the machine's own forms of crops stand there otherwise."""


@dataclass(frozen=True)
class Answer:
    """One answer. ``value`` is empty where the person cannot read it either; ``read_as`` is what the machine had."""

    image_sha256: str
    field: str
    value: str
    answered_by: str
    reason: str
    answered_at: str
    read_as: str
    engine: str


def give(prefix: str, field: str, value: str, by: str, reason: str, as_of: datetime) -> Answer:
    """Enter what a person reads in a field of the picture whose hash begins with ``prefix``; the last answer counts. Repeating one adds nothing.

    Raises ``JianduError``: no such picture, a field its kind of licence does not have, a value not of the field's form, nobody or no reason named.
    """
    entry = sought(prefix)
    printed = kinds()[entry["kind"]].fields.get(field)
    if printed is None:
        there = ", ".join(kinds()[entry["kind"]].fields)
        raise JianduError.at(field, f"a {entry['kind']} has no such field", f"one of {there}")
    if not by.strip() or not reason.strip():
        raise JianduError.at("--by, --reason", "who read it, and from what?", "both stay in the record of answers")
    told = parsed(value, printed) if value else None
    if value and (told is None or not told.sound):
        forms = {"uscc": "18 characters whose check character fits", "date": "a day such as 2029-12-20, or 长期", "food_licence": "JY and 14 digits"}
        raise JianduError.at(field, f"{value!r} is no value of this field", forms.get(printed.form, "as it is printed"))
    before = entry["fields"].get(field, {}).get("value", "")
    words = (told.text if told else "", by.strip(), reason.strip(), as_of.isoformat())
    answer = Answer(entry["image_sha256"], field, *words, before, entry["engine"])
    if latest([one for one in everything() if one.image_sha256 == answer.image_sha256]).get(field) != answer:
        _append(answer)
        _audit(answer)
    return answer


def sought(prefix: str) -> kept.Entry:
    """The reading of the one picture whose hash begins so. Raises ``JianduError`` for none, several, or one that nobody could tell to be a licence."""
    found = [entry for entry in kept.everything() if entry["image_sha256"].startswith(prefix.lower())] if prefix else []
    if len(found) != 1:
        what = "no picture that was read begins so" if not found else f"{len(found)} pictures begin so"
        raise JianduError.at(prefix or "''", what, "jiandu licence review list; give more of the hash")
    if found[0]["outcome"] != "read":
        raise JianduError.at(prefix, f"was not told to be a licence: {found[0]['reason']}", "look at the picture; what it shows cannot be computed")
    return found[0]


def corrected(entry: kept.Entry, as_of: datetime | None = None) -> kept.Entry:
    """A reading with the answers given by ``as_of`` (``None``: all) standing over it; read when the last of them was given."""
    given = latest([one for one in of(entry["image_sha256"]) if as_of is None or parse_as_of(one.answered_at) <= as_of])
    if not given or entry["outcome"] != "read":
        return entry
    fields = dict(entry["fields"])
    for name, answer in given.items():
        read = fields.get(name, {"boxes": []})
        fields[name] = {**read, "value": answer.value, "confidence": 1.0 if answer.value else 0.0, "accepted": bool(answer.value), "source": SOURCE}
    sure = {name: read["value"] for name, read in fields.items() if read["accepted"]}
    times = [entry["read_at"], *(answer.answered_at for answer in given.values())]
    return {
        **entry, "fields": dict(sorted(fields.items())), "review": [name for name in entry["review"] if name not in given],
        "qr_agrees": codes.agrees(entry["qr"], sure), "read_at": max(times, key=parse_as_of),
    }


def latest(answers: Sequence[Answer]) -> dict[str, Answer]:
    """The answer that counts, by field: the last by its time, of the same time the one entered last."""
    return {one.field: one for one in sorted(answers, key=lambda one: parse_as_of(one.answered_at))}


def of(sha256: str) -> list[Answer]:
    """Every answer about one picture, in the order they were entered."""
    return [one for one in everything() if one.image_sha256 == sha256]


def everything() -> Iterator[Answer]:
    """Every answer, in the order they were entered."""
    if _file().is_file():
        for line in _file().read_text("utf-8").splitlines():
            yield Answer(**json.loads(line))


def _file() -> Path:
    return settings().home.resolve() / "licence" / "answers.jsonl"


def _append(answer: Answer) -> None:
    """One line more, on the disk before anybody is told."""
    _file().parent.mkdir(parents=True, exist_ok=True)
    with _file().open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(asdict(answer), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _audit(answer: Answer) -> None:
    """Enter it into the audit trail, where there is an operational store."""
    if ledger.configured():
        from sqlalchemy import insert

        from jiandu import ops
        from jiandu.ops.tables import audit

        # Values may be a person's: the trail names the field and proves the value, the answer itself stands in its own file.
        detail = {"field": answer.field, "value_sha256": hashlib.sha256((answer.value or "").encode()).hexdigest()}
        with ops.transaction() as connection:
            row = {"actor": answer.answered_by, "action": "licence.answer", "object_kind": "picture", "object_id": answer.image_sha256}
            connection.execute(insert(audit).values(**row, reason=answer.reason, detail=detail))
