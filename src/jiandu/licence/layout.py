"""From lines to fields: which line is a label, what stands to its right on the same line, what continues below it.

Positions are measured along the print, not along the picture's edges: a photograph is skewed and foreshortened.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import numpy as np

from jiandu.licence.page import Line, Page
from jiandu.licence.vocabulary import Kind, compact

ALIKE = 0.72
"""Share of a label's characters that must agree where its print is damaged."""
LONGEST_LABEL = 17
TALLEST = 1.45
"""Lines much taller than their neighbour are a seal's or a watermark's, not its continuation."""
PROBED = 9.5
"""Heights of line to the right of a label where a short value (a date, a name) stands that was not found as a line."""


@dataclass
class Part:
    """What one line holds for a field: characters ``start`` to the end of the line's compact text."""

    line: Line
    start: int
    end: int | None = None

    @property
    def text(self) -> str:
        """The characters themselves."""
        return compact(self.line.text)[self.start : self.end]


@dataclass
class Place:
    """Where a field stands: its label's line (``None`` if only the value was found) and the parts of its value in reading order."""

    label: Line | None
    parts: list[Part] = field(default_factory=list)


def label_at(text: str, kind: Kind) -> tuple[str, int] | None:
    """The field whose label begins ``text`` (compact) and where its value begins; ``None`` for a line that begins with no label."""
    colon = text.find("：", 0, LONGEST_LABEL + 1)
    for label, name in kind.labels.items():
        if text.startswith(label):
            rest = len(label)
            return name, rest + 1 if text[rest : rest + 1] in "：.·。" and len(text) > rest else rest
    if colon <= 1:
        return None
    head = text[:colon]
    for label, name in kind.labels.items():
        tail = len(head) >= 4 and label.endswith(head[-4:])
        if tail or (len(label) >= 3 and SequenceMatcher(None, head, label).ratio() >= ALIKE):
            return name, colon + 1
    return None


def inner_labels(text: str, kind: Kind) -> list[tuple[str, int]]:
    """Fields whose label stands inside ``text``, and where their value begins: two columns found as one line."""
    found = []
    for label, name in kind.labels.items():
        at = text.find(f"{label}：", 1)
        if len(label) >= 4 and at > 0:
            found.append((name, at + len(label) + 1))
    return found


def before_next_label(text: str, kind: Kind) -> str:
    """``text`` up to the first label inside it."""
    ends = [at for label in kind.labels if len(label) >= 4 and (at := text.find(f"{label}：", 1)) > 0]
    return text[: min(ends)] if ends else text


def places(page: Page, kind: Kind) -> dict[str, Place]:
    """Where each field stands. A field printed twice keeps its first, topmost place."""
    labels: dict[str, Place] = {}
    taken: dict[int, str] = {}
    for line in sorted(page.lines, key=lambda line: line.left_y):
        found = label_at(compact(line.text), kind)
        if found and found[0] not in labels:
            labels[found[0]] = place = Place(line)
            taken[id(line)] = found[0]
            if found[1] < len(compact(line.text)):
                place.parts.append(Part(line, found[1]))
    for line in page.lines:
        for name, start in inner_labels(compact(line.text), kind):
            if name not in labels:
                labels[name] = Place(line, [Part(line, start)])
    starts = [place.label for place in labels.values() if place.label is not None]
    alone = [place.label for place in labels.values() if place.label is not None and not place.parts]
    for name, place in labels.items():
        if not place.parts and place.label is not None:
            place.parts += [Part(line, 0) for line in _to_the_right(page, place.label, starts, taken)]
            taken.update({id(part.line): name for part in place.parts})
        if kind.fields[name].form in ("text", "name", "authority", "items") and place.parts:
            place.parts += [Part(line, 0) for line in _below(page, place, alone, taken)]
            taken.update({id(part.line): name for part in place.parts})
    return labels


def label_only(place: Place) -> bool:
    """Whether the label's line holds nothing but the label."""
    return place.label is not None and not any(part.line is place.label for part in place.parts)


def probe(page: Page, label: Line) -> Line:
    """The strip to the right of a label as a line of its own, for a value that lies under a seal and was not found."""
    direction = math.radians(page.angle(label.right, label.right_y))
    along = np.array([math.cos(direction), math.sin(direction)], np.float32) * PROBED * label.height
    top, bottom = label.corners[1], label.corners[2]
    return Line(np.array([top, top + along, bottom + along, bottom], np.float32))


def offset(page: Page, line: Line, other: Line) -> float:
    """How far below ``line`` (in heights of it) the left edge of ``other`` stands, along the print."""
    direction = math.radians(page.angle((line.right + other.left) / 2, (line.right_y + other.left_y) / 2))
    if other.left < line.right:
        expected = line.left_y + math.tan(direction) * (other.left - line.left)
    else:
        expected = line.right_y + math.tan(direction) * (other.left - line.right)
    return (other.left_y - expected) / max(line.height, 1.0)


def _to_the_right(page: Page, label: Line, starts: list[Line], taken: dict[int, str]) -> list[Line]:
    """Untaken lines that go on where the label ends, up to the next label of the row."""
    row = sorted((line for line in page.lines if line.left > label.right - label.height and abs(offset(page, label, line)) < 0.6
                  and line.height < TALLEST * label.height), key=lambda line: line.left)
    found: list[Line] = []
    for line in row:
        if any(line is start for start in starts) or id(line) in taken:
            break
        reach = found[-1].right if found else label.right
        if line.left - reach > (9 if not found else 1.2) * label.height:
            break
        found.append(line)
    return found


def _below(page: Page, place: Place, labels: list[Line], taken: dict[int, str]) -> list[Line]:
    """Lines that continue the value's last line: aligned with its beginning, close under it, with no label to their left."""
    found: list[Line] = []
    first = place.parts[0]
    begin = _begin(first)
    last = first.line
    while True:
        lean = math.tan(math.radians(page.angle(begin, last.left_y)))
        under = [line for line in page.lines if id(line) not in taken and line not in found and 0.6 < _drop(page, last, line) < 2.3
                 and abs(line.left - (begin - lean * (line.left_y - first.line.left_y))) < 1.8 * last.height and line.height < TALLEST * last.height]
        under = [line for line in under if not _labelled(page, line, labels)]
        if not under:
            return found
        last = min(under, key=lambda line: _drop(page, last, line))
        found.append(last)


def _begin(part: Part) -> float:
    """x where a part's characters begin, within its line."""
    length = max(len(compact(part.line.text)), 1)
    return part.line.left + (part.line.right - part.line.left) * part.start / length


def _drop(page: Page, line: Line, other: Line) -> float:
    """Rows below, in heights; measured at the other's left edge along the print."""
    direction = math.tan(math.radians(page.angle(other.left, other.left_y)))
    return (other.left_y - (line.left_y + direction * (other.left - line.left))) / max(line.height, 1.0)


def _labelled(page: Page, line: Line, labels: list[Line]) -> bool:
    """Whether a label without a value of its own stands to the left in the same row (and near: not one of the other column)."""
    near = [start for start in labels if start.right <= line.left + line.height and line.left - start.right < 9 * line.height]
    return any(abs(offset(page, start, line)) < 0.6 for start in near)
