"""What a contract may say: the shape of ``sources/<agency>__<dataset>.yml``. What it must make sense of is checked in ``rules``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

Severity = Literal["fail", "warn"]
Scalar = str | int | float | bool | None

UNITS = {"wan": "10000", "yi": "100000000", "qian": "1000", "fen": "0.01"}
"""Units agencies deliver in, as factors to the unit of the field (万, 亿, 千, 分)."""


class Shape(BaseModel):
    """Anything in a contract: an unknown key is an error, a loaded contract does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ExcelLayout(Shape):
    """Where the table stands in a workbook. ``header_row`` is the 1-based row right above the data; rows above it that hold two or
    more cells are headers too (a title holds one). A pair ``[first, last]`` names the header rows outright."""

    sheet: int | str = 0
    header_row: int | tuple[int, int] = 1


class XmlLayout(Shape):
    """``record``: the path of the repeated element below the root, e.g. ``缴款明细/缴款``."""

    record: str


class JdbcLayout(Shape):
    """A table of another database. ``database`` is one of the embedded server; ``url_setting`` names a setting that holds an address."""

    table: str
    watermark: str
    database: str = ""
    url_setting: str = ""


class KafkaLayout(Shape):
    """A topic of change messages and the envelope they come in; a file of messages needs the envelope only."""

    topic: str = ""
    envelope: Literal["debezium", "canal", "maxwell", "ogg"]


class Delivery(Shape):
    """How rows arrive. A crawler lands JSON lines, which are then read like any agency's file."""

    kind: Literal["file", "jdbc", "kafka", "crawl"]
    pattern: str = ""
    delivered_on: str = ""
    format: Literal["csv", "excel", "jsonl", "xml", "messages", ""] = ""
    encoding: Literal["utf-8", "utf-8-sig", "gb18030"] = "utf-8"
    delimiter: str = Field(",", min_length=1, max_length=1)
    excel: ExcelLayout = ExcelLayout()
    xml: XmlLayout | None = None
    jdbc: JdbcLayout | None = None
    kafka: KafkaLayout | None = None

    @model_validator(mode="after")
    def complete(self) -> Delivery:
        """Each kind needs its own settings."""
        kinds: dict[str, dict[str, object]] = {
            "file": {"pattern": self.pattern, "format": self.format}, "crawl": {"pattern": self.pattern, "format": self.format},
            "jdbc": {"jdbc": self.jdbc}, "kafka": {"kafka": self.kafka, "kafka.topic": self.kafka and self.kafka.topic},
        }
        needs = kinds[self.kind]
        needs |= {"xml": self.xml} if self.format == "xml" else {}
        needs |= {"kafka.envelope": self.kafka} if self.format == "messages" else {}
        if missing := [name for name, value in needs.items() if not value]:
            raise ValueError(f"kind {self.kind} {self.format} needs {', '.join(missing)}".replace("  ", " "))
        if self.jdbc and bool(self.jdbc.database) == bool(self.jdbc.url_setting):
            raise ValueError("jdbc needs either database or url_setting")
        return self


class Column(Shape):
    """One delivered column: the field it becomes, or why it is ignored.

    ``map`` translates values (an unmapped one refuses the row), ``unit`` multiplies, ``format`` replaces the date formats,
    ``separator`` splits a list, ``nulls`` are words for "nothing", ``optional`` columns may be absent from a delivery.
    """

    field: str = ""
    ignore: str = ""
    clean: Literal["text", "document_no", "resident_id", "uscc", "name", "phone", "address"] = "text"
    unit: Literal["wan", "yi", "qian", "fen", ""] = ""
    map: dict[Scalar, Scalar] | None = None
    format: str | list[str] = ""
    separator: str = ""
    nulls: list[str] = []
    optional: bool = False

    @model_validator(mode="after")
    def one_way(self) -> Column:
        """A column is taken or ignored."""
        if bool(self.field) == bool(self.ignore):
            raise ValueError("give either field or ignore (with the reason)")
        return self

    @property
    def formats(self) -> list[str]:
        """The date formats this column declares, if any."""
        return [self.format] if isinstance(self.format, str) and self.format else list(self.format)


class _Check(Shape):
    severity: Severity = "fail"


class Required(_Check):
    """These fields are never empty."""

    check: Literal["required"]
    fields: list[str] = Field(min_length=1)


class OneOf(_Check):
    """A field, where present, takes one of these values."""

    check: Literal["one_of"]
    field: str
    values: list[str] = Field(min_length=1)


class Range(_Check):
    """A number or date, where present, lies within bounds, both inclusive."""

    check: Literal["range"]
    field: str
    min: Any = None
    max: Any = None


class Valid(_Check):
    """An identifier, where present, is well formed with a right check digit; ``party_id`` is either of the first two."""

    check: Literal["valid"]
    field: str
    as_: Literal["resident_id", "uscc", "party_id"] = Field(alias="as")


class Order(_Check):
    """Dates that follow one another: non-decreasing among those that are present."""

    check: Literal["order"]
    fields: list[str] = Field(min_length=2)


class Expression(_Check):
    """A DuckDB boolean over the fields of one row; NULL passes, as in SQL."""

    check: Literal["expression"]
    sql: str
    name: str


Check = Annotated[Required | OneOf | Range | Valid | Order | Expression, Field(discriminator="check")]


class Expected(Shape):
    """What a usual delivery looks like: rows from–to, and after how many days without one the feed counts as stale."""

    rows: tuple[int, int]
    freshness_days: float = Field(gt=0)


class Contract(Shape):
    """What an agency delivers and what silver makes of it. ``id`` is ``<agency>__<dataset>``, the stem of its file."""

    title: str
    description: str
    owner: str
    legal_basis: str
    tier: Literal["public", "internal", "personal", "sensitive"]
    sealed: bool = False
    schedule: str = ""
    delivery: Delivery
    duplicates: Literal["last", "fail"] = "last"
    columns: dict[str, Column] = Field(min_length=1)
    constants: dict[str, Scalar] = {}
    key: list[str] = Field(min_length=1)
    valid_from: str
    checks: list[Check] = Field(min_length=1)
    expected: Expected

    _id: str = PrivateAttr("")
    _path: str = PrivateAttr("")

    @property
    def id(self) -> str:
        """``<agency>__<dataset>``: name of its tables, its DAG and its file."""
        return self._id

    @property
    def path(self) -> str:
        """The file it was read from."""
        return self._path

    @property
    def agency(self) -> str:
        """The part before ``__``."""
        return self._id.partition("__")[0]

    @property
    def dataset(self) -> str:
        """The part after ``__``."""
        return self._id.partition("__")[2]

    @property
    def fields(self) -> list[str]:
        """Fields of silver in the order of the contract: delivered ones, then constants."""
        return [column.field for column in self.columns.values() if column.field] + list(self.constants)

    def column_of(self, field: str) -> str:
        """The delivered column that becomes ``field``; the field's own name for a constant."""
        return next((name for name, column in self.columns.items() if column.field == field), field)
