"""Every piece of a model that a rule may look at: its data sets, its lookups, its SQL, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jiandu.collision.chain import Location
from jiandu.collision.model import Lookup, Model

Complaint = tuple[Location, str, str]
"""Where in the file, what, and what to do."""


@dataclass(frozen=True)
class Fragment:
    """A piece of SQL in a model: where it stands, and the aliases it may look at."""

    location: Location
    sql: str
    aliases: frozenset[str]


def named_data(model: Model) -> Iterator[tuple[Location, str]]:
    """Every data set a model names, with its place."""
    yield ("anchor", "data"), model.anchor.data
    for place, lookup in lookups(model):
        yield (*place, "data"), lookup.data
        for number, join in enumerate(lookup.join):
            yield (*place, "join", number, "data"), join.data
    for number, case in enumerate(model.cases):
        for name in [*case.rows, *case.stale]:
            yield ("cases", number, "rows", name), name


def lookups(model: Model) -> Iterator[tuple[Location, Lookup]]:
    """Every lookup with its place."""
    for name, column in model.derive.items():
        if column.lookup:
            yield ("derive", name), column.lookup
    for number, element in enumerate(model.elements):
        if element.lookup:
            yield ("elements", number, element.form), element.lookup
        if element.expected and element.expected.paused:
            yield ("elements", number, "expected", "paused"), element.expected.paused


def fragments(model: Model) -> Iterator[Fragment]:
    """Every piece of SQL in a model."""
    own = frozenset({model.anchor.alias})
    anchor, subject = model.anchor, model.subject
    singles: list[tuple[Location, str | None]] = [(("anchor", name), getattr(anchor, name)) for name in ("key", "where", "one_per", "order")]
    singles += [(("subject", name), getattr(subject, name)) for name in ("key", "name", "id", "birth")]
    singles += [(("derive", name, "sql"), column.sql) for name, column in model.derive.items()]
    singles.append((("occurred_on",), model.occurred_on))
    for number, one in enumerate(model.elements):
        singles += [(("elements", number, "is"), one.is_), (("elements", number, "needs"), one.needs)]
        question = one.question
        singles += [(("elements", number, one.form, *piece.place), piece.sql) for piece in (question.pieces() if question else ()) if not piece.on_rows]
    for number, finding in enumerate(model.findings):
        singles += [(("findings", number, name), getattr(finding, name)) for name in ("occurred_on", "clock_start", "deadline", "confidence")]
        if isinstance(finding.severity, dict):
            singles += [(("findings", number, "severity", level), sql) for level, sql in finding.severity.items()]
        if finding.jurisdiction:
            singles += [(("findings", number, "jurisdiction", name), getattr(finding.jurisdiction, name)) for name in ("county_code", "body", "body_level")]
    singles += [(("jurisdiction", name), getattr(model.jurisdiction, name)) for name in ("county_code", "body", "body_level")]
    yield from (Fragment(place, sql, own) for place, sql in singles if sql is not None)
    for place, lookup in lookups(model):
        beside = frozenset({lookup.alias, *(join.alias for join in lookup.join)})
        yield from (Fragment((*place, "match", number), sql, own | beside) for number, sql in enumerate(lookup.match))
        yield from (Fragment((*place, "join", number, "on"), join.on, beside) for number, join in enumerate(lookup.join))
        if lookup.where:
            yield Fragment((*place, "where"), lookup.where, own | beside)
        if place[0] == "derive":
            column = model.derive[str(place[1])]
            values = [("value", column.value), ("latest", column.latest), *column.take.items()]
            yield from (Fragment((*place, name), sql, own | beside) for name, sql in values if sql is not None)
            continue
        asked = model.elements[int(place[1])].reach or lookup
        yield from (Fragment((*place, *piece.place), piece.sql, own | beside) for piece in asked.pieces() if piece.on_rows)


def derived_names(model: Model) -> set[str]:
    """Every name a fragment may use bare."""
    names = {"as_of", "value", "ratio", "difference", "reference"} | {name for name, column in model.derive.items() if not column.take}
    names |= {name for column in model.derive.values() for name in column.take}
    return names | {f"e_{element.id}" for element in model.elements} | {name for element in model.elements for name in element.takes_out}
