"""What is wrong with screens that have the right form: unknown names, wrong axes, rows too wide, and orders that would rank places."""

from __future__ import annotations

from collections.abc import Iterator

from jiandu.dashboard.catalogue import Catalogue, Screen, read
from jiandu.dashboard.definition import GRID, Bar, Chart, Line, Map, Number, Pivot, Range, Row, TableChart, Text
from jiandu.dashboard.marts import columns_of
from jiandu.errors import ContentError, Problem

PLACES = {"city_name": "city_code", "county_name": "county_code"}
"""Columns that name a place, and the code that orders them. Rankings of places were abolished in October 2024 (最高检「一取消三不再」)."""

SIGNS = "+-"
"""What may stand before a column to say the direction of an order."""


def lint() -> list[Problem]:
    """Every problem of every screen, each at file:line; empty when all is well."""
    try:
        load()
    except ContentError as error:
        return error.problems
    return []


def load() -> Catalogue:
    """Every screen, read and checked. Raises ``ContentError`` with all problems of all files."""
    catalogue, problems = read()
    problems += [problem for screen in catalogue.screens for problem in check(screen, catalogue)]
    if problems:
        raise ContentError(problems)
    return catalogue


def check(screen: Screen, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong with a screen that has the right form."""
    for name, dataset in screen.definition.datasets.items():
        if not columns_of(name, dataset):
            what = f"no mart {name} in dbt_project/models/marts, and no columns given here"
            yield Problem(screen.at("datasets", name), what, "add the mart's yml or columns:")
    for index, item in enumerate(screen.definition.filters):
        yield from unknown(screen.at("filters", index), catalogue, item.dataset, [item.column], [])
    seen: set[str] = set()
    for number, row in enumerate(screen.definition.rows):
        yield from check_row(row, screen.at("rows", number))
        for index, block in enumerate(row.blocks):
            if isinstance(block, Text):
                continue
            where = screen.at("rows", number, "blocks", index)
            if (identity := block.id or block.title) in seen:
                yield Problem(where, f"a second chart is called {identity}", "give one of them another title, or an id")
            seen.add(identity)
            yield from check_chart(block, where, catalogue)


def check_row(row: Row, where: str) -> Iterator[Problem]:
    """A row that does not fit the grid."""
    if (width := sum(block.width for block in row.blocks)) > GRID:
        yield Problem(where, f"the widths of this row add up to {width}", f"at most {GRID}")


def check_chart(chart: Chart, where: str, catalogue: Catalogue) -> Iterator[Problem]:
    """Unknown names, wrong axes, and orders that would rank places."""
    columns, metrics = uses(chart)
    if isinstance(chart, Bar) and chart.order:
        name = chart.order.lstrip(SIGNS)
        known_metrics = catalogue.datasets[chart.dataset].metrics if chart.dataset in catalogue.datasets else {}
        (metrics if name in known_metrics else columns).append(name)
    problems = list(unknown(where, catalogue, chart.dataset, [*columns, *chart.where], metrics))
    yield from problems
    if problems:
        return
    known = catalogue.columns(chart.dataset)
    time_axis = chart.x if isinstance(chart, Line) else chart.trend if isinstance(chart, Number) else None
    if time_axis and not known[time_axis].is_time:
        yield Problem(where, f"{time_axis} is not a date", "a line needs a time axis; use kind: bar for categories")
    if isinstance(chart, TableChart) and bool(chart.columns) == bool(chart.by or chart.metrics):
        yield Problem(where, "a table shows either columns or by and metrics", "give one of the two")
    yield from ranking(chart, where)
    for name, condition in chart.where.items():
        if isinstance(condition, Range) and known[name].type in {"string", "boolean"}:
            yield Problem(where, f"where: {name} is a {known[name].type}; min and max make no sense")


def ranking(chart: Chart, where: str) -> Iterator[Problem]:
    """A chart that lists places in any order but that of their codes: levels and trends are shown, leagues are not."""
    if isinstance(chart, Bar) and chart.x in PLACES and chart.order != PLACES[chart.x]:
        yield Problem(where, f"places must stand in the order of their codes, never by value ({chart.order or 'no order'})", f"order: {PLACES[chart.x]}")
    if isinstance(chart, TableChart):
        listed = next((name for name in chart.by if name in PLACES), None)
        if listed and chart.order[0].lstrip(SIGNS) != PLACES[listed]:
            yield Problem(where, "places must stand in the order of their codes, never by value", f"order: [{PLACES[listed]}]")


def uses(chart: Chart) -> tuple[list[str], list[str]]:
    """Columns and metrics a chart names."""
    match chart:
        case Number():
            return [chart.trend] if chart.trend else [], [chart.metric]
        case Line():
            return [chart.x, *chart.by], chart.metrics
        case Bar():
            return [chart.x, *chart.by], [*chart.metrics]
        case TableChart():
            return [*chart.columns, *chart.by, *chart.colours, *(name.lstrip(SIGNS) for name in chart.order)], chart.metrics
        case Pivot():
            return [*chart.rows, *chart.across], chart.metrics
        case Map():
            return [chart.polygon, chart.name], [chart.metric]
        case _:
            raise AssertionError(f"unknown kind of chart {type(chart).__name__}")


def unknown(where: str, catalogue: Catalogue, dataset: str, columns: list[str], metrics: list[str]) -> Iterator[Problem]:
    """Names that the data set does not have."""
    if dataset not in catalogue.datasets:
        yield Problem(where, f"unknown data set {dataset}", f"one of {', '.join(sorted(catalogue.datasets))}, or declare it under datasets:")
        return
    known = catalogue.columns(dataset)
    for name in columns:
        if name not in known:
            yield Problem(where, f"{dataset} has no column {name}", f"it has {', '.join(known)}")
    for name in metrics:
        if name not in catalogue.datasets[dataset].metrics:
            yield Problem(where, f"{dataset} has no metric {name}", f"it has {', '.join(catalogue.datasets[dataset].metrics)}")
