"""Several readings of one field made one: a check digit decides first, then agreement, then confidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from jiandu.identifiers import uscc
from jiandu.licence.engine import Text
from jiandu.licence.layout import Part, Place, before_next_label, label_at
from jiandu.licence.page import Line
from jiandu.licence.values import Value, parsed
from jiandu.licence.vocabulary import Kind, Printed, compact

PROVEN = 0.97
"""Confidence of a value whose check digits prove it, however faint its characters were."""
WORDS = ("text", "name", "person", "authority", "items")


@dataclass(frozen=True)
class Candidate:
    """One reading of a field: ``confidence`` is that of its weakest character."""

    value: Value
    confidence: float
    lines: tuple[Line, ...]
    source: str


def candidates(place: Place, printed: Printed, kind: Kind) -> list[Candidate]:
    """The readings of a field: for words the best reading of each line put together, for codes and dates one candidate a form of crop."""
    lines = tuple(part.line for part in place.parts)
    if not lines:
        return []
    forms = list(dict.fromkeys(form for line in lines for form in line.readings))
    if printed.form in WORDS:
        best = [_best(part, printed, kind) for part in place.parts]
        value = parsed("".join(text for text, _ in best), printed)
        return [Candidate(value, min(confidence for _, confidence in best), lines, "+".join(forms))] if value else []
    made = []
    for form in forms:
        cut = [_cut(part, line_text, printed, kind) for part in place.parts if (line_text := part.line.readings.get(form))]
        value = parsed("".join(text for text, _ in cut), printed)
        if value:
            made.append(Candidate(value, min(confidence for _, confidence in cut), lines, form))
    return made


def fused(found: Iterable[Candidate]) -> Candidate | None:
    """The value to believe. Two different values that are both proven leave confidence 0: a human must look."""
    groups: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in found:
        groups[candidate.value.text].append(candidate)
    if not groups:
        return None
    ranked = sorted(groups.values(), key=_rank, reverse=True)
    best = max(ranked[0], key=lambda candidate: candidate.confidence)
    confidence = best.confidence
    if best.value.certain:
        rivals = [group for group in ranked[1:] if group[0].value.certain]
        confidence = 0.0 if rivals else PROVEN if len(ranked[0]) > 1 or _proven(best.value.text) else confidence
    elif len(ranked) > 1:
        confidence *= _weight(ranked[0]) / (_weight(ranked[0]) + 0.5 * _weight(ranked[1]))
    return Candidate(best.value, round(confidence, 4), best.lines, best.source)


def _rank(group: list[Candidate]) -> tuple[bool, bool, float]:
    return group[0].value.certain, group[0].value.sound, _weight(group)


def _weight(group: list[Candidate]) -> float:
    return sum(candidate.confidence for candidate in group)


def _proven(code: str) -> bool:
    """Whether a credit code's inner organisation code fits too: two independent check digits leave one chance in 340."""
    return len(code) == 18 and uscc.organisation_check(code[8:16]) == code[16]


def _best(part: Part, printed: Printed, kind: Kind) -> tuple[str, float]:
    """A line's text for the field, from the form of crop that most agree on, and its weakest character."""
    votes: defaultdict[str, list[float]] = defaultdict(list)
    strength: defaultdict[str, float] = defaultdict(float)
    for reading in part.line.readings.values():
        text, confidence = _cut(part, reading, printed, kind)
        votes[text].append(confidence)
        strength[text] += confidence + 0.5 * sum(reading.confidences) / max(len(reading.confidences), 1) + (0.0 if text else -1.0)
    text = max(votes, key=lambda text: strength[text])
    return text, max(votes[text])


def _cut(part: Part, reading: Text, printed: Printed, kind: Kind) -> tuple[str, float]:
    """The field's share of a line in one reading: without the label, where the line begins with it."""
    text = compact(reading.text)
    confidences = [confidence for character, confidence in zip(reading.text, reading.confidences, strict=False) if not character.isspace()]
    start = part.start
    if start:
        found = label_at(text, kind)
        start = found[1] if found and found[0] == printed.name else min(start, len(text))
    own = before_next_label(text[start:], kind)
    return own, min(confidences[start : start + len(own)], default=0.0)
