"""All screens of all content roots, read and checked: every problem of every file, each at file:line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml.comments import CommentedMap

from jiandu import content
from jiandu.dashboard.definition import GRID, Bar, Chart, Dashboard, Dataset, Line, Map, Number, Pivot, Range, Row, Shared, TableChart, Text
from jiandu.dashboard.marts import KnownColumn, columns_of
from jiandu.errors import ContentError, Problem
from jiandu.settings import ROOT

SHARED = ROOT / "dashboards" / "_shared.yml"
PLACES = {"city_name": "city_code", "county_name": "county_code"}
"""Columns that name a place, and the code that orders them. Rankings of places were abolished in October 2024."""

DIRECTIONS = "+-"


@dataclass(frozen=True)
class Screen:
    """A dashboard with the place it was read from."""

    slug: str
    path: Path
    definition: Dashboard
    tree: CommentedMap


@dataclass(frozen=True)
class Catalogue:
    """Everything to compile: screens by slug and each data set once."""

    shared: Shared
    screens: list[Screen]
    datasets: dict[str, Dataset]

    def columns(self, name: str) -> dict[str, KnownColumn]:
        """Columns of a data set by name."""
        return columns_of(name, self.datasets[name])


def load() -> Catalogue:
    """Read and check every screen. Raises ``ContentError`` with all problems of all files."""
    shared = content.read_unit(SHARED, Shared)
    screens: list[Screen] = []
    problems: list[Problem] = []
    for slug, path in content.units("dashboards").items():
        try:
            screens.append(Screen(slug, path, content.read_unit(path, Dashboard), content.read_yaml(path)))
        except ContentError as error:
            problems += error.problems
    datasets = dict(shared.datasets)
    for screen in screens:
        for name, dataset in screen.definition.datasets.items():
            if name in datasets:
                where = f"{screen.path}:{content.line_of(screen.tree, ['datasets', name])}"
                problems.append(Problem(where, f"data set {name} is declared already", "use it as it is, or declare what both need in _shared.yml"))
            datasets.setdefault(name, dataset)
    catalogue = Catalogue(shared, screens, datasets)
    problems += [problem for screen in screens for problem in check(screen, catalogue)]
    if problems:
        raise ContentError(problems)
    return catalogue


def check(screen: Screen, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong with a screen that has the right form."""
    def at(*location: str | int) -> str:
        return f"{screen.path}:{content.line_of(screen.tree, location)}"

    for name, dataset in screen.definition.datasets.items():
        if not columns_of(name, dataset):
            yield Problem(at("datasets", name), f"no mart {name} in dbt_project/models/marts, and no columns given here", "add the mart's yml or columns:")
    for index, item in enumerate(screen.definition.filters):
        yield from unknown(at("filters", index), catalogue, item.dataset, [item.column], [])
    seen: set[str] = set()
    for number, row in enumerate(screen.definition.rows):
        yield from check_row(row, at("rows", number))
        for index, block in enumerate(row.blocks):
            if isinstance(block, Text):
                continue
            where = at("rows", number, "blocks", index)
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
        name = chart.order.lstrip(DIRECTIONS)
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
    if isinstance(chart, (TableChart,)) and bool(chart.columns) == bool(chart.by or chart.metrics):
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
        if listed and chart.order[0].lstrip(DIRECTIONS) != PLACES[listed]:
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
            return [*chart.columns, *chart.by, *chart.colours, *(name.lstrip(DIRECTIONS) for name in chart.order)], chart.metrics
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
