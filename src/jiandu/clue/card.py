"""The evidence card: one canonical document a change of a clue, its bytes and their hash. Pure functions, no tables.

Canonical means UTF-8 JSON with sorted keys and no blanks: the same facts give the same bytes on any machine and from any engine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jiandu.clock import ZONE
from jiandu.clue.tables import ELEMENT, FINDING

Row = dict[str, Any]
CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
NOTE = "线索仅供人工核查，不是结论"
PLACE = ("clue_id", "change_no", "run_id")
FACTS = [name for name in FINDING.names if name not in ("run_id", "card_hash")]
"""Columns of ``clue.finding`` a card repeats. Not the run: the same change found by another run is the same card."""


@dataclass(frozen=True)
class Basis:
    """What all cards of a run share: the state of every feed that was asked, and the articles the model relies on."""

    feeds: Sequence[Row] = ()
    legal_basis: Sequence[Row] = ()


NO_BASIS = Basis()


def document(
    change: Row, elements: Sequence[Row], evidence: Sequence[Row], parameters: Sequence[Row], basis: Basis, ended: Row | None = None,
) -> Row:
    """The card of one change as plain data: facts, answers, rows, law in force on the day of the event, parameters, feeds; what ended it."""
    facts = {name: plain(change.get(name)) for name in FACTS}
    day = change.get("occurred_on") or (change["as_of"].astimezone(ZONE).date() if change.get("as_of") else None)
    return {
        **facts, "note": NOTE,
        "elements": [{name: one.get(name) for name in ELEMENT.names if name not in PLACE} for one in elements],
        "evidence": [
            {name: piece[name] for name in ("element", "dataset", "record_key", "delivery_id", "row_no", "row_hash")}
            | {"copy_hash": digest(piece["row"])} for piece in evidence
        ],
        "law": [article for article in basis.legal_basis if in_force(article, day)],
        "parameters": list(parameters),
        "feeds": list(basis.feeds),
        **({"ended": ended} if ended else {}),
    }


def in_force(article: Row, day: date | None) -> bool:
    """Whether an article (``from``, ``to`` as ISO days or None) was in force on a day; days of ISO form compare as text."""
    text = day.isoformat() if day else ""
    return bool(text) and article["from"] <= text and (article["to"] is None or text <= article["to"])


def canonical(content: Any) -> str:
    """The one text of a document."""
    return CANONICAL.encode(content)


def digest(text: str) -> str:
    """sha256 of a text's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    """A value as it stands in JSON, the same from every engine."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(ZONE).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value


def differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Where two documents differ, one line a place: ``elements[2].answer: "met" → "not_met"``."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted(before.keys() | after.keys()):
            yield from differences(before.get(name), after.get(name), f"{path}.{name}" if path else name)
    elif isinstance(before, list) and isinstance(after, list):
        for number in range(max(len(before), len(after))):
            there, here = before[number:number + 1], after[number:number + 1]
            yield from differences(there[0] if there else None, here[0] if here else None, f"{path}[{number}]")
    elif before != after:
        yield f"{path}: {canonical(before)} → {canonical(after)}"
