"""The form of ``dashboards/<slug>.yml``: what a screen shows. How Superset draws it is decided in ``charts`` and ``layout``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

GRID = 12
"""Columns of a row; the widths of its charts add up to at most this."""


class Strict(BaseModel):
    """An unknown key is a mistake to be named, never ignored."""

    model_config = ConfigDict(extra="forbid")


class Column(Strict):
    """A column of a table that dbt does not describe (a live view)."""

    title: str
    type: Literal["string", "date", "timestamp", "bigint", "int", "double", "boolean"]


class Metric(Strict):
    """A named aggregate, the one definition of a number on all screens. ``format`` is a d3 format, or ``date`` for instants."""

    title: str
    sql: str
    format: str = ",d"


class Dataset(Strict):
    """A table or view of schema ``mart``. ``live``: never cached. Columns come from its dbt yml unless given here."""

    title: str
    time: str | None = None
    live: bool = False
    metrics: dict[str, Metric] = {}
    columns: dict[str, Column] = {}


class Filter(Strict):
    """A choice above the charts; it applies to every chart whose data set has the column."""

    title: str
    dataset: str
    column: str
    multiple: bool = True


class Range(Strict):
    """A condition on a number or date: both ends inclusive."""

    min: int | float | str | None = None
    max: int | float | str | None = None


Condition = bool | int | float | str | list[bool | int | float | str] | Range


class Block(Strict):
    """Anything that takes a place in a row."""

    width: Annotated[int, Field(ge=1, le=GRID)]


class Text(Block):
    """Markdown."""

    kind: Literal["text"]
    markdown: str


class Chart(Block):
    """What all charts share. ``id`` keeps a chart's identity when its title changes; by default the title is the identity."""

    title: str
    dataset: str
    id: str | None = None
    where: dict[str, Condition] = {}
    description: str | None = None


class Number(Chart):
    """One big number; with ``trend`` also its course over a time column, compared with ``lag`` steps before."""

    kind: Literal["number"]
    metric: str
    caption: str = ""
    trend: str | None = None
    lag: int = 1
    lag_title: str = "较上月"
    colour: str | None = None


class Line(Chart):
    """Metrics over a time column in steps of ``grain``, one line a metric and a value of ``by``."""

    kind: Literal["line"]
    x: str
    grain: Literal["month", "minute"] = "month"
    metrics: Annotated[list[str], Field(min_length=1)]
    by: list[str] = []
    area: bool = False
    format: str | None = None


class Bar(Chart):
    """Metrics over a category or a time column. ``order``: the numeric or code column, or the metric, that orders the categories; ``-`` turns it round."""

    kind: Literal["bar"]
    x: str
    metrics: Annotated[list[str], Field(min_length=1)]
    by: list[str] = []
    order: str | None = None
    horizontal: bool = False
    stack: bool = True
    labels: bool = False
    format: str | None = None


class TableChart(Chart):
    """Rows as they are (``columns``), or groups (``by`` and ``metrics``). ``order``: columns, newest first with a leading minus."""

    kind: Literal["table"]
    columns: list[str] = []
    by: list[str] = []
    metrics: list[str] = []
    order: Annotated[list[str], Field(min_length=1)]
    limit: int = 1000
    page: int = 0
    search: bool = False
    colours: dict[str, dict[str, str]] = {}
    html: bool = False
    """Cells that hold HTML are drawn as such, through Superset's filter: for columns the product itself makes and escapes."""


class Pivot(Chart):
    """A cross table: groups down, groups across, metrics in the cells; both sides in the order of their names."""

    kind: Literal["pivot"]
    rows: Annotated[list[str], Field(min_length=1)]
    across: list[str] = []
    metrics: Annotated[list[str], Field(min_length=1)]
    totals: bool = True


class Map(Chart):
    """Outlines coloured by a metric, without tiles from anywhere. ``steps``: the lower bounds of the colours."""

    kind: Literal["map"]
    polygon: str
    name: str
    metric: str
    steps: Annotated[list[int], Field(min_length=2, max_length=6)]


AnyBlock = Annotated[Text | Number | Line | Bar | TableChart | Pivot | Map, Field(discriminator="kind")]


class Row(Strict):
    """Blocks side by side, of one height (in steps of 8 pixels)."""

    height: Annotated[int, Field(ge=4, le=150)]
    blocks: Annotated[list[AnyBlock], Field(min_length=1)]


class Dashboard(Strict):
    """One screen."""

    title: str
    description: str
    refresh_seconds: Literal[0, 10, 15, 30, 60, 300] = 0
    datasets: dict[str, Dataset] = {}
    filters: list[Filter] = []
    rows: Annotated[list[Row], Field(min_length=1)]


class Shared(Strict):
    """``dashboards/_shared.yml``: what all screens have in common."""

    database: str
    viewer_role: str
    colours: dict[str, str]
    css: str
    datasets: dict[str, Dataset] = {}


def charts_of(dashboard: Dashboard) -> list[Any]:
    """The charts of a dashboard in reading order, texts left out."""
    return [block for row in dashboard.rows for block in row.blocks if not isinstance(block, Text)]
