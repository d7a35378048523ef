"""Which rows ended a clue: among those that decide the elements that hold no more, what came, changed or went since the clue last stood.

Absence is often ended by a row that came (a payment, a filing), presence by one that was deleted or corrected: then the row that ended it
is no longer looked at by the model, and is asked for by its key. Pure functions; ``Records`` is where rows are asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from jiandu.clue.card import Row, digest

if TYPE_CHECKING:
    from jiandu.clue.store import Candidate

Place = tuple[str, str]
"""A record of a data set: its name and the record's key."""


@dataclass(frozen=True)
class Stood:
    """A clue when it last stood: the version of its model, and the rows of ``clue.evidence``."""

    version: str = ""
    evidence: Sequence[Row] = ()


class Records(Protocol):
    """Where rows are asked for: the lake during a run, the kept evidence during a replay."""

    @property
    def anchor(self) -> str:
        """The data set of the anchor rows."""

    def stood(self, fallen: Collection[str]) -> Mapping[str, Stood]:
        """Of these clues how each last stood."""

    def now(self, places: Collection[Place]) -> Mapping[Place, Row]:
        """These records as they are now, in the form of ``clue.evidence``; ``is_deleted`` tells of a row that says so. None: there is none."""


@dataclass(frozen=True)
class Ending:
    """What ended one clue: its part of the card, and the copies to keep of rows the model looks at no more."""

    told: Row
    kept: list[Row] = field(default_factory=list)


def endings(fallen: Mapping[str, tuple[Row, Candidate]], elements_of: Mapping[str, Sequence[str]], version: str, records: Records) -> dict[str, Ending]:
    """For each withdrawn clue (its last change, and the candidate that fails) what ended it. ``version`` is the model's now.

    Without a row it was the model (``is_model_changed``), or a day that passed.
    """
    stood, pairs, ended = records.stood(fallen.keys()), dict[str, _Pair](), dict[str, Ending]()
    for clue_id, (known, now) in fallen.items():
        pairs[clue_id] = _Pair(now, stood.get(clue_id, Stood()), set(elements_of.get(known["finding"], ())), records.anchor)
    found = records.now({one for pair in pairs.values() for one in pair.lost()})
    for clue_id, pair in pairs.items():
        rows = sorted(pair.rows(found), key=lambda row: row["how"] == "passed")  # what merely followed comes last
        is_model_changed = pair.stood.version not in ("", version)
        ended[clue_id] = Ending({"rows": rows, "is_model_changed": is_model_changed}, list(pair.kept(found)))
    return ended


class _Pair:
    """The rows behind a clue when it stood and now; only those count that decide what holds no more."""

    def __init__(self, now: Candidate, stood: Stood, wanted: set[str], anchor: str) -> None:
        self.stood, self.seen, self.anchor = stood, {place(piece): piece for piece in now.evidence}, anchor
        failing = {element["element"] for element in now.elements if element["answer"] == "not_met"} & wanted
        before = [piece for piece in stood.evidence if not piece.get("how")]
        self.beside = {place(piece): piece for piece in before}
        # Without answers the anchor row itself is gone, and with it every question.
        self.before = grouped(piece for piece in before if piece["element"] in failing or (not now.elements and piece["dataset"] == anchor))
        self.after = grouped(piece for piece in now.evidence if piece["element"] in failing)

    def lost(self) -> Iterator[Place]:
        """Records the model looks at no more: they have to be asked for."""
        return (one for one in self.before if one not in self.seen)

    def rows(self, found: Mapping[Place, Row]) -> Iterator[Row]:
        """Each row that ended the clue, with what it was and what it is."""
        moved = False
        for one in sorted(self.before.keys() | self.after.keys()):
            pieces = self.before.get(one, []) + self.after.get(one, [])
            was, now = pieces[0] if one in self.before else None, self.seen.get(one) or found.get(one)
            if how := "came" if was is None else self._how(one, was, now):
                moved = moved or how != "passed"
                yield line(one, how, was, now, {piece["element"] for piece in pieces})
        if moved:
            return
        # Nothing that decides has moved: then it is the anchor row that now leads to other rows, or to another answer.
        for one in sorted(one for one in self.seen if one[0] == self.anchor and one not in self.before and one not in self.after):
            old, now = self.beside.get(one), self.seen[one]
            if old is None or version_of(old) != version_of(now):
                yield line(one, "changed" if old else "came", old, now, set())

    def kept(self, found: Mapping[Place, Row]) -> Iterator[Row]:
        """Copies of the rows that were asked for."""
        for one in sorted(set(self.lost())):
            if one in found:
                piece = {name: value for name, value in found[one].items() if name != "is_deleted"}
                yield {**piece, "element": "", "how": self._how(one, self.before[one][0], found[one])}

    def _how(self, one: Place, was: Row, now: Row | None) -> str:
        """``deleted``, ``gone`` without a trace, ``changed``, ``corrected`` so that it is looked at no more, ``passed`` unchanged; "" for nothing."""
        if now is None:
            return "gone"
        if now.get("is_deleted"):
            return "deleted"
        same = version_of(was) == version_of(now)
        if one in self.after:
            return "" if same else "changed"
        return "passed" if same else "corrected"


def place(piece: Row) -> Place:
    """Which record a piece of evidence is a copy of."""
    return piece["dataset"], piece["record_key"]


def grouped(pieces: Iterator[Row]) -> dict[Place, list[Row]]:
    """Pieces by record: one a element it decides."""
    found: dict[Place, list[Row]] = {}
    for piece in pieces:
        found.setdefault(place(piece), []).append(piece)
    return found


def line(one: Place, how: str, was: Row | None, now: Row | None, elements: set[str]) -> Row:
    """One row of ``ended`` on a card."""
    is_now = now and {**version_of(now), "copy_hash": digest(now["row"])}
    return {"dataset": one[0], "record_key": one[1], "elements": sorted(elements - {""}), "how": how, "was": was and version_of(was), "is": is_now}


def version_of(piece: Row) -> Row:
    """What names one version of a row."""
    return {name: piece[name] for name in ("delivery_id", "row_no", "row_hash")}
