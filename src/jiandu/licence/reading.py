"""Reading one licence: a first pass over the cleaned page; a second over the lines of fields that are missing, faint or fail their check digit;
a third over the page as it came only where wanted fields are still missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from jiandu.licence import codes, engine
from jiandu.licence.fusion import Candidate, candidates, fused
from jiandu.licence.layout import Part, Place, label_only, places, probe
from jiandu.licence.page import Page, found
from jiandu.licence.picture import Picture, Unreadable, open_picture
from jiandu.licence.vocabulary import Kind, Printed, compact, kind_of

FAINT = 0.80
"""A field whose weakest character is read with less is read again in other forms of its crop."""
AGAIN = ("raw", "cut")
ONCE_MORE = ("sharp", "firm")
"""For numbers whose check digit fits in none of the forms before."""


@dataclass(frozen=True)
class FieldReading:
    """A field as read. ``accepted``: its confidence reached the floor and its shape is right; only then may a verdict use it."""

    value: str
    confidence: float
    accepted: bool
    boxes: list[list[list[int]]]
    source: str


@dataclass
class Reading:
    """A picture as read: ``kind`` and ``fields`` by name, or ``reason`` (Chinese) why there is nothing. ``passes``: 1-3."""

    kind: str = ""
    fields: dict[str, FieldReading] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    qr_text: str = ""
    qr_agrees: bool | None = None
    passes: int = 0
    reason: str = ""

    @property
    def review(self) -> list[str]:
        """Fields that wait for a human: read below their floor, or wanted and not found."""
        return sorted([name for name, read in self.fields.items() if not read.accepted] + self.missing)

    def accepted(self, name: str) -> str:
        """The value of a field, empty unless a verdict may use it."""
        read = self.fields.get(name)
        return read.value if read and read.accepted else ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, in a stable order."""
        return {
            "outcome": "unreadable" if self.reason else "read", "reason": self.reason, "kind": self.kind, "passes": self.passes,
            "fields": {name: vars(read) for name, read in sorted(self.fields.items())}, "review": self.review,
            "qr": self.qr_text, "qr_agrees": self.qr_agrees, "engine": engine.engine_version(),
        }


def read_licence(content: bytes) -> Reading:
    """What the licence in a picture's bytes says. Never raises for what is in the bytes: an unreadable picture is a reading with its reason."""
    try:
        return _read(open_picture(content))
    except Unreadable as refused:
        return Reading(reason=refused.reason)


def _read(picture: Picture) -> Reading:
    qr = codes.qr_text(picture.pixels)
    page = found(picture)
    page.read(page.lines, "clean")
    passes, kind = 1, kind_of([line.text for line in page.lines])
    if kind is None:
        page, passes = found(picture, "raw"), 2
        page.read(page.lines, "raw")
        kind = kind_of([line.text for line in page.lines])
    if kind is None:
        raise Unreadable("图片中没有可辨认的文字" if not any(line.text for line in page.lines) else "图片中的文字不像证照（未见证照名称或栏目）")
    standing = _places(page, kind)
    believed = _believed(standing, kind)
    again = [name for name, printed in kind.fields.items() if _doubtful(believed.get(name), printed)]
    if again:
        passes = 2
        _probe(page, kind, standing, again)
        for form in AGAIN:
            page.read([part.line for name in again if name in standing for part in standing[name].parts], form)
        believed = _believed(standing, kind)
        unproven = [name for name in again if name in standing and _unproven(believed.get(name), kind.fields[name])]
        for form in ONCE_MORE if unproven else ():
            page.read([part.line for name in unproven for part in standing[name].parts], form)
        believed = _believed(standing, kind)
    origin = dict.fromkeys(believed, page)
    absent = [name for name, printed in kind.fields.items() if printed.wanted and name not in believed]
    if absent and page.lines:
        passes = 3
        other = found(picture, "raw")
        other.read(other.lines, "raw")
        more = _believed(_places(other, kind), kind)
        believed |= {name: more[name] for name in absent if name in more}
        origin |= {name: other for name in absent if name in more}
    return _reading(picture, kind, believed, origin, qr, passes)


def _reading(picture: Picture, kind: Kind, believed: dict[str, Candidate], origin: dict[str, Page], qr: str, passes: int) -> Reading:
    reading = Reading(kind.name, qr_text=qr, passes=passes)
    for name, candidate in believed.items():
        accepted = candidate.value.sound and candidate.confidence >= kind.fields[name].floor
        boxes = [origin[name].on_original(line, picture.scale) for line in candidate.lines]
        reading.fields[name] = FieldReading(candidate.value.text, round(candidate.confidence, 4), accepted, boxes, candidate.source)
    reading.missing = [name for name, printed in kind.fields.items() if printed.wanted and name not in believed]
    reading.qr_agrees = codes.agrees(qr, {name: read.value for name, read in reading.fields.items() if read.accepted})
    return reading


def _places(page: Page, kind: Kind) -> dict[str, Place]:
    """Where fields stand; numbers are also looked for wherever they stand, because their form alone tells them."""
    standing = places(page, kind)
    for name, pattern in (("uscc", r"[0-9A-Z]{18}"), ("licence_no", r"J?Y[0-9OQDIlZSB]{14}")):
        if name in kind.fields and not (name in standing and standing[name].parts):
            hits = [line for line in page.lines if re.search(pattern, compact(line.text))]
            if hits:
                standing[name] = Place(None, [Part(hits[0], 0)])
    return standing


def _probe(page: Page, kind: Kind, standing: dict[str, Place], names: list[str]) -> None:
    """Give fields whose label stands alone, and dates that make no day, the strip right of their label to be read."""
    strips = []
    for name in names:
        place = standing.get(name)
        if place and place.label and (not place.parts or kind.fields[name].form == "date") and label_only(place):
            strips.append(probe(page, place.label))
            place.parts = [Part(strips[-1], 0)]
    page.read(strips, "clean")


def _believed(standing: dict[str, Place], kind: Kind) -> dict[str, Candidate]:
    made = {name: fused(candidates(place, kind.fields[name], kind)) for name, place in standing.items()}
    return {name: candidate for name, candidate in made.items() if candidate}


def _doubtful(candidate: Candidate | None, printed: Printed) -> bool:
    """Whether a field deserves a second look."""
    if candidate is None:
        return True
    return not candidate.value.sound or candidate.confidence < FAINT or _unproven(candidate, printed)


def _unproven(candidate: Candidate | None, printed: Printed) -> bool:
    """Whether a number with a check digit has not been read so that it fits."""
    return printed.form in ("uscc", "food_licence") and not (candidate and candidate.value.certain)
