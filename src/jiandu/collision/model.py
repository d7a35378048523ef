"""The form of a supervision model: what one YAML file may say. Every SQL fragment is DuckDB's dialect plus the words of ``vocabulary``."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Line = Literal["criminal", "civil", "administrative", "public_interest", "juvenile", "complaint"]
Severity = Literal["blue", "yellow", "orange", "red"]
SEVERITIES: tuple[Severity, ...] = ("red", "orange", "yellow", "blue")

NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = {"as_of", "record_key", "value", "cases"}


def a_name(text: str) -> str:
    """A name fit to become a column: lower case, digits, underscores; not one the engine uses itself."""
    if not NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not a name: lower-case letters, digits, underscores")
    if text in RESERVED:
        raise ValueError(f"{text!r} is a word of the engine; choose another name")
    return text


Name = Annotated[str, AfterValidator(a_name)]
Sql = Annotated[str, BeforeValidator(lambda value: str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, (int, float)) else value)]


class Strict(BaseModel):
    """No unknown words anywhere."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Join(Strict):
    """A further data set beside the rows of a lookup; rows without a partner stay."""

    data: str
    alias: Name = Field(alias="as")
    on: Sql


class Lookup(Strict):
    """Rows of a data set that belong to an anchor row. Several ``match`` lines are alternatives: any of them brings a row in."""

    data: str
    alias: Name = Field(alias="as")
    match: list[Sql] = Field(min_length=1)
    where: Sql | None = None
    join: list[Join] = []

    @field_validator("match", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @property
    def datasets(self) -> list[str]:
        """The data sets it reads."""
        return [self.data, *(join.data for join in self.join)]


class Absence(Lookup):
    """Something that should have happened ``by`` a day and did not; without ``by`` it is simply not there."""

    by: Sql | None = None


class Measure(Lookup):
    """An aggregate over the rows, tested; ``value`` stands for it in ``test`` and ``<element>_value`` in sentences."""

    value: Sql
    default: Sql | None = None
    test: Sql

    @model_validator(mode="after")
    def _one_match(self) -> Measure:
        if len(self.match) > 1:
            raise ValueError("an aggregate takes one match: with alternatives a row would count twice")
        return self


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
    join: list[Join] = []
    value: Sql | None = None
    default: Sql | None = None
    latest: Sql | None = None
    take: dict[Name, Sql] = {}

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
    """One question to one data set, answered met, not met or unknown. ``needs`` says when it can be asked at all."""

    id: Name
    title: str
    is_: Sql | None = Field(None, alias="is")
    exists: Lookup | None = None
    absent: Absence | None = None
    measure: Measure | None = None
    any: list[str] | None = None
    needs: Sql | None = None
    unknown: str | None = None
    detail: str | None = None

    @model_validator(mode="after")
    def _one_question(self) -> Element:
        forms = [self.is_, self.exists, self.absent, self.measure, self.any]
        if sum(form is not None for form in forms) != 1:
            raise ValueError("an element asks exactly one of: is, exists, absent, measure, any")
        return self

    @property
    def lookup(self) -> Lookup | None:
        """The rows it reads beside the anchor's, if any."""
        return self.exists or self.absent or self.measure


class Jurisdiction(Strict):
    """Who is supervised and where; the procuratorate of the same level answers for it."""

    county_code: Sql
    body: Sql
    body_level: Sql


class Finding(Strict):
    """A combination of elements that makes a clue; the first finding in file order whose elements all hold wins."""

    id: str
    title: str
    all: list[str] = Field(min_length=1)
    severity: Severity | dict[Severity, Sql]
    sentence: str
    occurred_on: Sql | None = None
    clock_start: Sql | None = None
    deadline: Sql | None = None
    document_type: str
    confidence: Sql = "1.0"
    line: Line | None = None
    jurisdiction: Jurisdiction | None = None


class LegalBasis(Strict):
    """An article relied on, and the days it was in force."""

    law: str
    article: str
    since: date = Field(alias="from")
    until: date | None = Field(None, alias="to")
    says: str
    status: Literal["verified", "unverified"] = "verified"


class Case(Strict):
    """An inline test: rows in, clues out. ``clues`` lists what must be there with the columns given, ``unknown`` the undecided anchors."""

    name: str
    as_of: date | datetime | None = None
    rows: dict[str, list[dict[str, Any]]] = {}
    stale: list[str] = []
    clues: list[dict[str, Any]] = []
    unknown: list[str] = []


class Model(Strict):
    """One supervision model."""

    title: str
    description: str
    line: Line
    subject: Subject
    anchor: Anchor
    derive: dict[Name, Column] = {}
    elements: list[Element] = Field(min_length=1)
    findings: list[Finding] = Field(min_length=1)
    occurred_on: Sql
    jurisdiction: Jurisdiction
    parameters: list[str] = []
    legal_basis: list[LegalBasis] = Field(min_length=1)
    false_positives: list[str] = Field(min_length=1)
    runbook: list[str] = Field(min_length=1)
    cases_as_of: date | datetime | None = None
    case_defaults: dict[str, dict[str, Any]] = {}
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
        for lookup in [*(column.lookup for column in self.derive.values()), *(element.lookup for element in self.elements)]:
            found += lookup.datasets if lookup else []
        return list(dict.fromkeys(found))
