"""What each answer of a model rests on: the anchor row, and which rows of which data sets, through every derived column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from jiandu.collision import vocabulary
from jiandu.collision.model import Column, Element, Finding, Lookup, Model


@dataclass(frozen=True)
class Reads:
    """The sources of an answer: the anchor row itself or not, and lookups beside it."""

    anchor: bool
    lookups: tuple[Lookup, ...]

    @property
    def datasets(self) -> list[str]:
        """Data sets of the lookups."""
        return list(dict.fromkeys(name for lookup in self.lookups for name in lookup.datasets))


class _Same:
    """A model as itself, not as its contents: what was computed for it is found again."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __hash__(self) -> int:
        return id(self.model)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.model is self.model


@lru_cache(maxsize=256)
def _memory(_: _Same) -> dict[tuple[str, str], list[str]]:
    return {}


class Dependencies:
    """Answers for one model; each is computed once, whoever asks."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._memory = _memory(_Same(model))

    @cached_property
    def columns(self) -> dict[str, Reads]:
        """What each derived column rests on."""
        found: dict[str, Reads] = {}
        for name, column in self.model.derive.items():
            below = self._read(column_fragments(column), found)
            lookup = column.lookup
            reads = Reads(below.anchor, _unique([*below.lookups, lookup] if lookup else below.lookups))
            found.update(dict.fromkeys(column.take or [name], reads))
        return found

    def fragments(self, sql: Iterable[str]) -> Reads:
        """What some fragments rest on."""
        return self._read(sql, self.columns)

    def element(self, element: Element) -> Reads:
        """What decides an element; for ``any`` what decides its parts. An absence rests on the anchor row that started the clock."""
        if element.any is not None:
            parts = [self.element(self.model.element(name)) for name in element.any]
            return Reads(any(part.anchor for part in parts), _unique(lookup for part in parts for lookup in part.lookups))
        own = self.fragments(own_fragments(element))
        waits = element.absent is not None or element.expected is not None
        anchor = waits or element.compare is not None or (element.lookup is None and (own.anchor or not own.lookups))
        return Reads(anchor, _unique([*own.lookups, *element.lookups]))

    def datasets(self, of: Element | Finding) -> list[str]:
        """Data sets an element or a finding rests on, the anchor's own first."""
        place = (type(of).__name__, of.id)
        if place not in self._memory:
            self._memory[place] = self._datasets(of)
        return self._memory[place]

    def _datasets(self, of: Element | Finding) -> list[str]:
        elements = [of] if isinstance(of, Element) else [self.model.element(name) for name in of.all]
        return list(dict.fromkeys([self.model.anchor.data, *(name for element in elements for name in self.element(element).datasets)]))

    def elements(self, finding: Finding) -> list[str]:
        """Ids of a finding's elements, the parts of ``any`` included."""
        return list(dict.fromkeys(name for one in finding.all for name in self._with_parts(one)))

    def _with_parts(self, name: str) -> list[str]:
        return [name, *(part for below in self.model.element(name).any or [] for part in self._with_parts(below))]

    def _read(self, sql: Iterable[str], known: dict[str, Reads]) -> Reads:
        anchor, lookups = False, list[Lookup]()
        for table, name in (column for text in sql for column in vocabulary.names_in(text)):
            below = known.get(name) if table in ("", self.model.anchor.alias) else None
            anchor |= below.anchor if below else table == self.model.anchor.alias
            lookups += below.lookups if below else ()
        return Reads(anchor, _unique(lookups))


def counted_beside(model: Model) -> dict[str, str]:
    """Columns that count an element's rows, by the derived column that takes fields of the latest of just these rows: they are read once for both."""
    taken = {asked_rows(lookup, lookup.match[0]): name for name, column in model.derive.items() if column.take and (lookup := column.lookup)}
    asked = {f"_n_{one.id}_{number}": asked_rows(one.counted, match) for one in model.elements if one.counted for number, match in enumerate(one.counted.match)}
    return {name: taken[rows] for name, rows in asked.items() if rows in taken}


def asked_rows(lookup: Lookup, match: str) -> str:
    """What makes two lookups bring in the same rows by one match."""
    return repr((lookup.data, lookup.alias, match, lookup.where, lookup.join))


def column_fragments(column: Column) -> list[str]:
    """Every SQL fragment a derived column holds."""
    texts = [column.sql, column.match, column.where, column.value, column.latest, *column.take.values()]
    return [text for text in texts if text]


def own_fragments(element: Element) -> list[str]:
    """Every SQL fragment an element itself holds."""
    question = element.question
    texts = [element.is_, element.needs, *(piece.sql for piece in question.pieces())] if question else [element.is_, element.needs]
    for lookup in element.lookups:
        texts += [*lookup.match, lookup.where, *(piece.sql for piece in lookup.pieces())]
    return [text for text in texts if text]


def _unique(lookups: Iterable[Lookup]) -> tuple[Lookup, ...]:
    kept: list[Lookup] = []
    for lookup in lookups:
        if lookup not in kept:
            kept.append(lookup)
    return tuple(kept)
