"""The questions an element may ask: which rows it looks at, and what must be true of them. SQL is DuckDB's dialect plus the words of ``vocabulary``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Severity = Literal["blue", "yellow", "orange", "red"]

NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = {"as_of", "record_key", "value", "cases", "ratio", "difference", "reference"}


def a_name(text: str) -> str:
    """A name fit to become a column: lower case, digits, underscores; not one the engine uses itself."""
    if not NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not a name: lower-case letters, digits, underscores")
    if text in RESERVED:
        raise ValueError(f"{text!r} is a word of the engine; choose another name")
    return text


def as_sql(value: Any) -> Any:
    """Numbers and truth values of YAML are SQL too."""
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, (int, float)) else value


def one_or_many(value: Any) -> Any:
    """A single text stands for a list of one."""
    return [value] if isinstance(value, str) else value


Name = Annotated[str, AfterValidator(a_name)]
Sql = Annotated[str, BeforeValidator(as_sql)]


class Strict(BaseModel):
    """No unknown words anywhere."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Piece(NamedTuple):
    """A fragment of SQL inside a question: where it stands there, and whether it may look at the rows looked up."""

    place: tuple[str | int, ...]
    sql: str
    on_rows: bool


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

    _many = field_validator("match", mode="before")(one_or_many)

    @property
    def datasets(self) -> list[str]:
        """The data sets it reads."""
        return [self.data, *(join.data for join in self.join)]

    def pieces(self) -> Iterator[Piece]:
        """Its SQL beyond match, where and join, which every lookup has."""
        yield from ()


class OneMatch(Lookup):
    """A lookup whose rows are computed with: with alternatives a row would count twice."""

    @model_validator(mode="after")
    def _one_match(self) -> OneMatch:
        if len(self.match) > 1:
            raise ValueError("takes one match: with alternatives a row would count twice")
        return self


class Absence(Lookup):
    """Something that is not there, whatever the day."""


class Within(Strict):
    """A statutory period: calendar days or months (ending on a working day), or working days."""

    days: Sql | None = None
    months: Sql | None = None
    workdays: Sql | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Within:
        if sum(unit is not None for unit in (self.days, self.months, self.workdays)) != 1:
            raise ValueError("write one of days, months, workdays")
        return self


class Pause(OneMatch):
    """Periods that stop a clock: the days after ``from`` up to ``to`` do not count; one without an end still runs."""

    since: Sql = Field(alias="from")
    until: Sql = Field(alias="to")

    def pieces(self) -> Iterator[Piece]:
        yield Piece(("from",), self.since, True)
        yield Piece(("to",), self.until, True)


class Expected(Lookup):
    """Something owed by a day: met when the day has passed without it.

    The last day is ``by``, or follows from ``after`` and ``within``. With ``at``, the day of the act, an act after the last day came
    too late. ``grace_days`` is what a feed may lag behind; ``early`` warns so many days before, each with a severity.
    """

    by: Sql | None = None
    after: Sql | None = None
    within: Within | None = None
    at: Sql | None = None
    paused: Pause | None = None
    grace_days: int = Field(0, ge=0, le=60)
    early: dict[int, Severity] = {}

    @field_validator("early", mode="before")
    @classmethod
    def _bands(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        if len(value) > 3:
            raise ValueError("more than three bands: give each its severity, {30: blue, 15: yellow}")
        return dict(zip(sorted(value, reverse=True), ("blue", "yellow", "orange"), strict=False))

    @model_validator(mode="after")
    def _one_clock(self) -> Expected:
        if (self.by is None) == (self.after is None) or (self.after is None) != (self.within is None):
            raise ValueError("write the last day (by), or the start and the period (after, within)")
        if self.paused and (self.within is None or self.within.workdays is not None):
            raise ValueError("paused stops a clock of days or months that starts with after")
        if any(days < 1 for days in self.early):
            raise ValueError("early bands are whole days before the last day")
        return self

    def pieces(self) -> Iterator[Piece]:
        if self.by is not None:
            yield Piece(("by",), self.by, False)
        if self.after is not None and self.within is not None:
            yield Piece(("after",), self.after, False)
            for unit in ("days", "months", "workdays"):
                if (length := getattr(self.within, unit)) is not None:
                    yield Piece(("within", unit), length, False)
        if self.at is not None:
            yield Piece(("at",), self.at, True)


class Measure(OneMatch):
    """An aggregate over the rows, tested; ``value`` stands for it in ``test`` and ``<element>_value`` in sentences."""

    value: Sql
    default: Sql | None = None
    test: Sql

    def pieces(self) -> Iterator[Piece]:
        yield Piece(("value",), self.value, True)
        yield Piece(("test",), self.test, False)


class Concentration(OneMatch):
    """The most that any stretch of ``days`` holds: rows, ``distinct`` values, or the ``share`` of rows for which something is true.

    ``<element>_value`` is that most, ``value`` in ``test``. A share counts only stretches of ``at_least`` rows.
    """

    on: Sql
    days: int = Field(ge=1)
    distinct: Sql | None = None
    share: Sql | None = None
    at_least: int = Field(1, ge=1)
    test: Sql

    @model_validator(mode="after")
    def _one_number(self) -> Concentration:
        if self.distinct is not None and self.share is not None:
            raise ValueError("either distinct or share")
        return self

    def pieces(self) -> Iterator[Piece]:
        for name in ("on", "distinct", "share"):
            if (sql := getattr(self, name)) is not None:
                yield Piece((name,), sql, True)
        yield Piece(("test",), self.test, False)


class Overlap(OneMatch):
    """Periods that overlap by ``min_days`` days or more: the rows with one another, or each with the period ``beside`` it.

    A period runs from its first day to its last; an end on the day of another's start is no overlap; without an end it runs until today.
    """

    period: tuple[Sql, Sql]
    beside: tuple[Sql, Sql] | None = None
    min_days: int = Field(1, ge=1)

    def pieces(self) -> Iterator[Piece]:
        for name in ("period", "beside"):
            for number, sql in enumerate(getattr(self, name) or ()):
                yield Piece((name, number), sql, True)


class TextCheck(Strict):
    """Phrases in a text, whatever the width of its characters and its spaces.

    ``lacks``: met when one of the phrases is missing (a list in the list holds wordings of which one is enough);
    ``says``: met when one of the phrases stands there.
    """

    of: Sql
    lacks: list[str | list[str]] = []
    says: list[str] = []

    @model_validator(mode="after")
    def _one_list(self) -> TextCheck:
        if bool(self.lacks) == bool(self.says):
            raise ValueError("write lacks (required phrases) or says (forbidden ones)")
        return self

    def pieces(self) -> Iterator[Piece]:
        """Its SQL."""
        yield Piece(("of",), self.of, False)


class Comparison(OneMatch):
    """A value against a reference: an aggregate over rows, or with ``latest`` a field of the latest row.

    ``test`` may say ``ratio`` (value / reference), ``difference`` (value - reference), ``reference``; sentences
    ``<element>_reference`` and ``<element>_ratio``. Without a reference it cannot be computed.
    """

    value: Sql
    reference: Sql
    latest: Sql | None = None
    test: Sql

    def pieces(self) -> Iterator[Piece]:
        yield Piece(("value",), self.value, False)
        yield Piece(("reference",), self.reference, True)
        if self.latest is not None:
            yield Piece(("latest",), self.latest, True)
        yield Piece(("test",), self.test, False)


class Reach(Strict):
    """How many other nodes are reached from ``start`` over shared values of ``over`` in at most ``hops`` steps.

    A node is what ``node`` identifies; a value that more than ``hub`` nodes share links nothing (a registration agent's address is no
    tie). ``where`` says which nodes count, ``value`` in ``test`` is their number. Looks at the whole data set: no evaluation by changes.
    """

    data: str
    alias: Name = Field(alias="as")
    node: Sql
    start: Sql
    over: list[Sql] = Field(min_length=1)
    hops: int = Field(1, ge=1, le=4)
    hub: int = Field(50, ge=2)
    where: Sql | None = None
    test: Sql

    _many = field_validator("over", mode="before")(one_or_many)

    @property
    def lookup(self) -> Lookup:
        """The row it starts from."""
        return Lookup.model_validate({"data": self.data, "as": self.alias, "match": f"{self.node} = {self.start}"})

    def pieces(self) -> Iterator[Piece]:
        """Its SQL."""
        yield Piece(("node",), self.node, True)
        yield Piece(("start",), self.start, False)
        yield from (Piece(("over", number), sql, True) for number, sql in enumerate(self.over))
        if self.where is not None:
            yield Piece(("where",), self.where, True)
        yield Piece(("test",), self.test, False)


Question = Lookup | TextCheck | Reach
