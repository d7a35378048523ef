"""The form of a supervision model: what one YAML file may say once its imported elements stand in it (``elements``)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from jiandu.collision.questions import (
    Absence,
    Comparison,
    Concentration,
    Expected,
    Join,
    Lookup,
    Measure,
    Name,
    Overlap,
    Question,
    Reach,
    Severity,
    Sql,
    Strict,
    TextCheck,
)

__all__ = ["SEVERITIES", "Case", "Column", "Element", "Finding", "Join", "LegalBasis", "Line", "Lookup", "Model", "Name", "Severity", "Sql", "Strict"]

Line = Literal["criminal", "civil", "administrative", "public_interest", "juvenile", "complaint"]
SEVERITIES: tuple[Severity, ...] = ("red", "orange", "yellow", "blue")


class Anchor(Strict):
    """The event a clue hangs on: each row of ``data`` that passes ``where``; ``one_per`` keeps the first by ``order``."""

    data: str
    alias: Name = Field(alias="as")
    key: Sql
    where: Sql | None = None
    one_per: Sql | None = None
    order: Sql | None = None


class Subject(Strict):
    """Whom a clue is about. ``key`` must never change when data are corrected; a person's key is stored only as a keyed hash."""

    kind: Literal["person", "organisation", "agency", "court", "case"]
    key: Sql
    name: Sql
    id: Sql | None = None
    birth: Sql | None = None


class Column(Strict):
    """A derived column: an expression, an aggregate over a lookup (``value``), or fields of its latest row (``take``)."""

    sql: Sql | None = None
    data: str | None = None
    alias: Name | None = Field(None, alias="as")
    match: Sql | None = None
    where: Sql | None = None
    join: list[Join] = Field(default_factory=list)
    value: Sql | None = None
    default: Sql | None = None
    latest: Sql | None = None
    take: dict[Name, Sql] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"sql": value} if isinstance(value, (str, int, float)) else value

    @model_validator(mode="after")
    def _one_form(self) -> Column:
        looks_up = self.data is not None
        if (self.sql is not None) == looks_up:
            raise ValueError("write an expression, or a lookup with data, as, match")
        if looks_up and (self.alias is None or self.match is None):
            raise ValueError("a lookup needs data, as and match")
        if looks_up and (self.value is not None) == bool(self.take):
            raise ValueError("a lookup needs either value (an aggregate) or take with latest (fields of one row)")
        if bool(self.take) != (self.latest is not None):
            raise ValueError("take and latest come together: latest says which row")
        return self

    @property
    def lookup(self) -> Lookup | None:
        """The rows it reads, if it reads any."""
        if self.data is None:
            return None
        return Lookup.model_validate({"data": self.data, "as": self.alias, "match": [self.match], "where": self.where, "join": self.join})


class Element(Strict):
    """One question to one data set, answered met, not met or unknown. ``needs`` says when it can be asked at all.

    ``source`` names the file of ``elements/`` it was imported from; a model never writes it itself.
    """

    id: Name
    title: str
    source: str | None = None
    is_: Sql | None = Field(None, alias="is")
    exists: Lookup | None = None
    absent: Absence | None = None
    expected: Expected | None = None
    measure: Measure | None = None
    concentration: Concentration | None = None
    overlap: Overlap | None = None
    text: TextCheck | None = None
    compare: Comparison | None = None
    reach: Reach | None = None
    any: list[str] | None = None
    needs: Sql | None = None
    unknown: str | None = None
    detail: str | None = None

    @model_validator(mode="after")
    def _one_question(self) -> Element:
        if sum(getattr(self, form) is not None for form in FORMS) != 1:
            raise ValueError(f"an element asks exactly one of: {', '.join(form.rstrip('_') for form in FORMS)}")
        return self

    @property
    def form(self) -> str:
        """Which question it asks, as written in the file: ``is``, ``exists``, ``expected`` …"""
        return next(form for form in FORMS if getattr(self, form) is not None).rstrip("_")

    @property
    def question(self) -> Question | None:
        """The question itself, unless it is an expression (``is``) or made of others (``any``)."""
        return None if self.form in ("is", "any") else getattr(self, self.form)

    @property
    def lookup(self) -> Lookup | None:
        """The rows it reads beside the anchor's, if any."""
        question = self.question
        return question.lookup if isinstance(question, Reach) else question if isinstance(question, Lookup) else None

    @property
    def counted(self) -> Lookup | None:
        """The rows whose mere number decides it."""
        return self.exists or self.absent or self.expected

    @property
    def lookups(self) -> list[Lookup]:
        """Every lookup, the periods that stop its clock included."""
        paused = self.expected.paused if self.expected else None
        return [lookup for lookup in (self.lookup, paused) if lookup is not None]

    @property
    def takes_out(self) -> list[str]:
        """Columns it leaves behind for later fragments and sentences."""
        names = {"measure": ("value",), "concentration": ("value",), "overlap": ("value",), "reach": ("value",), "compare": ("reference", "ratio")}
        clock = ("by", "stopped") if self.expected and self.expected.paused else ("by",) if self.expected else ()
        return [f"{self.id}_{name}" for name in (*names.get(self.form, ()), *clock)]


FORMS = ("is_", "exists", "absent", "expected", "measure", "concentration", "overlap", "text", "compare", "reach", "any")
"""The questions, as fields of an element."""


class Jurisdiction(Strict):
    """Who is supervised and where; the procuratorate of the same level answers for it."""

    county_code: Sql
    body: Sql
    body_level: Sql


class Finding(Strict):
    """A combination of elements that makes a clue; the first finding in file order whose elements all hold wins.

    ``early_sentence`` is what an early notice says while an element that warns early is still pending and the others hold.
    """

    id: str
    title: str
    all: list[str] = Field(min_length=1)
    severity: Severity | dict[Severity, Sql]
    sentence: str
    early_sentence: str | None = None
    occurred_on: Sql | None = None
    clock_start: Sql | None = None
    deadline: Sql | None = None
    document_type: str
    confidence: Sql = "1.0"
    line: Line | None = None
    jurisdiction: Jurisdiction | None = None


class LegalBasis(Strict):
    """An article relied on, and the days it was in force; ``replaced_by`` names the law that took its place, another of the list."""

    law: str
    article: str
    since: date = Field(alias="from")
    until: date | None = Field(None, alias="to")
    replaced_by: str | None = None
    says: str
    status: Literal["verified", "unverified"] = "verified"

    def in_force(self, day: date) -> bool:
        """Whether the article was in force on a day."""
        return self.since <= day and (self.until is None or day <= self.until)

    def is_repealed(self, day: date, listed: Iterable[LegalBasis]) -> bool:
        """Whether it was repealed before a day and no other article listed, of the same law or of its successor, took its place."""
        if self.until is None or self.until < self.since or self.until >= day:
            return False
        return not any(other.law in (self.law, self.replaced_by) and other.in_force(day) for other in listed)


class Case(Strict):
    """An inline test: rows in, clues out. ``clues`` lists what must be there with the columns given, ``unknown`` the undecided anchors."""

    name: str
    as_of: date | datetime | None = None
    rows: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    stale: list[str] = Field(default_factory=list)
    clues: list[dict[str, Any]] = Field(default_factory=list)
    unknown: list[str] = Field(default_factory=list)


class Model(Strict):
    """One supervision model. Offices of ``also_to`` at the same procuratorate are told of its clues beside the office of ``line``."""

    title: str
    description: str
    line: Line
    also_to: list[Line] = Field(default_factory=list)
    subject: Subject
    anchor: Anchor
    derive: dict[Name, Column] = Field(default_factory=dict)
    elements: list[Element] = Field(min_length=1)
    findings: list[Finding] = Field(min_length=1)
    occurred_on: Sql
    jurisdiction: Jurisdiction
    parameters: list[str] = Field(default_factory=list)
    legal_basis: list[LegalBasis] = Field(min_length=1)
    false_positives: list[str] = Field(min_length=1)
    runbook: list[str] = Field(min_length=1)
    cases_as_of: date | datetime | None = None
    case_defaults: dict[str, dict[str, Any]] = Field(default_factory=dict)
    cases: list[Case]

    @model_validator(mode="after")
    def _every_case_has_a_day(self) -> Model:
        timeless = [case.name for case in self.cases if case.as_of is None]
        if self.cases_as_of is None and timeless:
            raise ValueError(f"no as_of for the case {timeless[0]!r}: give it one, or cases_as_of for all")
        return self

    def element(self, name: str) -> Element:
        """The element with that id."""
        return next(element for element in self.elements if element.id == name)

    def finding(self, name: str) -> Finding:
        """The finding with that id."""
        return next(finding for finding in self.findings if finding.id == name)

    @property
    def datasets(self) -> list[str]:
        """Every data set it reads, the anchor's first."""
        found = [self.anchor.data]
        columns = [column.lookup for column in self.derive.values() if column.lookup]
        for lookup in [*columns, *(lookup for element in self.elements for lookup in element.lookups)]:
            found += lookup.datasets
        return list(dict.fromkeys(found))

    @property
    def read_whole(self) -> dict[str, str]:
        """Elements whose answer for one row depends on all rows of a data set, with that data set: such a model is evaluated in full."""
        return {element.id: element.reach.data for element in self.elements if element.reach}

    def warns_early(self, finding: Finding) -> list[Element]:
        """The elements of a finding that warn before their day."""
        return [element for element in map(self.element, finding.all) if element.expected and element.expected.early]
