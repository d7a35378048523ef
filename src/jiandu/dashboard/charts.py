"""From a chart's definition to the parameters of a Superset visualisation. One function a kind; everything else about drawing is here too."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from jiandu.dashboard.definition import Bar, Chart, Condition, Dataset, Line, Map, Metric, Number, Pivot, Range, TableChart
from jiandu.dashboard.marts import KnownColumn

Params = dict[str, Any]
MONTH, DAY, MINUTE = "%Y-%m", "%Y-%m-%d", "%m-%d %H:%M"
DATE_CN = "%Y年%-m月%-d日"

SCHEME = "supersetColors"
"""For words without a colour of their own in _shared.yml."""

NO_UPPER_END = 99_999
"""Upper end of the map's last step, as its legend writes it."""

HAIR_SPACE = "\u200a"

OUTLINE = {"r": 255, "g": 255, "b": 255, "a": 1}
SHADES = ("#EAF1FB", "#C6DBF2", "#93BDE4", "#5E98D0", "#2F6FB3", "#1F4E9E")
"""Colours of the map's steps, light to dark: one hue, so that no place is painted as good or bad."""


MONTHS = {"time_grain_sqla": "P1M", "x_axis_time_format": MONTH, "tooltipTimeFormat": "%Y年%-m月"}
MINUTES = {"time_grain_sqla": "PT1M", "x_axis_time_format": "%H:%M", "tooltipTimeFormat": MINUTE}


def params(chart: Chart, dataset: Dataset, columns: dict[str, KnownColumn]) -> Params:
    """The parameters Superset stores with a chart. Raises ``AssertionError`` for a kind nobody wrote a function for."""
    shared = {"adhoc_filters": [item for name, condition in chart.where.items() for item in filters(name, condition)], "extra_form_data": {}}
    match chart:
        case Number():
            return shared | number(chart, dataset)
        case Line():
            return shared | line(chart, dataset)
        case Bar():
            return shared | bar(chart, dataset, columns)
        case TableChart():
            return shared | table(chart, dataset, columns)
        case Pivot():
            return shared | pivot(chart, dataset)
        case Map():
            return shared | polygon_map(chart, dataset)
        case _:
            raise AssertionError(f"unknown kind of chart {type(chart).__name__}")


def number(chart: Number, dataset: Dataset) -> Params:
    """One number, with its course below when a trend is asked for."""
    shown = dataset.metrics[chart.metric]
    sizes = {"header_font_size": 0.4, "subheader_font_size": 0.15, "subtitle_font_size": 0.15, "metric_name_font_size": 0.15}
    form: Params = {"time_format": DATE_CN, "force_timestamp_formatting": True} if shown.format == "date" else {"y_axis_format": shown.format}
    colour = {"conditional_formatting": painted(chart.metric, shown, chart.colour)} if chart.colour else {}
    if chart.trend is None:
        return sizes | form | colour | {"viz_type": "big_number_total", "metric": chart.metric, "subtitle": chart.caption}
    return sizes | form | {
        "viz_type": "big_number", "metric": chart.metric, "x_axis": chart.trend, "time_grain_sqla": "P1M", "subtitle": chart.caption,
        "compare_lag": chart.lag, "compare_suffix": chart.lag_title, "show_trend_line": True, "start_y_axis_at_zero": True, "rolling_type": "None",
        "time_format": MONTH, "color_picker": {"r": 31, "g": 78, "b": 158, "a": 1},
    }


def painted(metric: str, shown: Metric, colour: str) -> list[Params]:
    """A number in a colour of its own, whatever its value."""
    return [{"column": metric, "operator": "≥", "targetValue": 0, "colorScheme": colour, "useGradient": False}]


def line(chart: Line, dataset: Dataset) -> Params:
    """Lines (or areas) over months or minutes."""
    return axes(chart.metrics, dataset, chart.format) | {
        "viz_type": "echarts_area" if chart.area else "echarts_timeseries_line", "x_axis": chart.x, "groupby": chart.by, "show_legend": True,
        "markerEnabled": True, "markerSize": 5, "seriesType": "line", "opacity": 0.15 if chart.area else 0.2, "y_axis_bounds": [0, None],
        **(MINUTES if chart.grain == "minute" else MONTHS),
    }


def bar(chart: Bar, dataset: Dataset, columns: dict[str, KnownColumn]) -> Params:
    """Bars over categories in a given order, or over months."""
    result = axes(chart.metrics, dataset, chart.format) | {
        "viz_type": "echarts_timeseries_bar", "x_axis": chart.x, "groupby": chart.by, "orientation": "horizontal" if chart.horizontal else "vertical",
        "stack": "Stack" if chart.stack else None, "show_value": chart.labels, "show_legend": len(chart.metrics) > 1 or bool(chart.by),
    }
    if columns[chart.x].is_time:
        return result | MONTHS
    if chart.order:
        # Superset orders a category axis by a metric only; one that is not drawn carries the order.
        name, downwards = chart.order.lstrip("-"), chart.order.startswith("-")
        # It is made tiny, because Superset adds it to the totals it writes on the bars.
        expression = f"({dataset.metrics[name].sql if name in dataset.metrics else order_of(columns[name])}) / 1e12"
        ordering = {"expressionType": "SQL", "sqlExpression": expression, "label": f"order by {name}", "hasCustomLabel": True}
        # A horizontal axis is drawn from below: turned round, so that it reads from above.
        result |= {"timeseries_limit_metric": ordering, "x_axis_sort": ordering["label"], "x_axis_sort_asc": downwards == chart.horizontal}
    return result | {"xAxisForceCategorical": True}


def axes(metrics: list[str], dataset: Dataset, number_format: str | None) -> Params:
    """What lines and bars have in common."""
    return {
        "metrics": series(metrics, dataset), "row_limit": 10000, "legendType": "scroll", "legendOrientation": "top", "rich_tooltip": True, "only_total": True,
        "y_axis_format": number_format or format_of(metrics, dataset), "truncate_metric": True, "truncateYAxis": False, "truncateXAxis": True,
        "x_axis_title": "", "y_axis_title": "", "x_axis_sort_asc": True, "color_scheme": SCHEME, "sort_series_type": "name", "sort_series_ascending": True,
    }


def series(metrics: list[str], dataset: Dataset) -> list[Params]:
    """Metrics as series in the order given. Superset sorts series by their labels, in the browser's collation, and knows no other
    order of the author's: hair spaces, which sort before any letter and can hardly be seen, carry it. They also keep the label apart from
    the title of the data set's metric, by whose name Superset would look for the colour."""
    return [
        {"expressionType": "SQL", "sqlExpression": item.sql, "label": HAIR_SPACE * (len(metrics) - index) + item.title, "hasCustomLabel": True}
        for index, item in enumerate(dataset.metrics[name] for name in metrics)
    ]


def order_of(column: KnownColumn) -> str:
    """What orders a group: the number a code is, else the smallest value."""
    return f"MIN(CAST({column.name} AS bigint))" if column.name.endswith("_code") else f"MIN({column.name})"


def table(chart: TableChart, dataset: Dataset, columns: dict[str, KnownColumn]) -> Params:
    """Rows as they are, or groups."""
    shared: Params = {
        "viz_type": "table", "row_limit": chart.limit, "server_pagination": False, "include_search": chart.search, "page_length": chart.page,
        "show_cell_bars": False, "align_pn": False, "color_pn": False, "table_timestamp_format": MINUTE, "allow_rearrange_columns": False,
        "allow_render_html": chart.html, "conditional_formatting": colours_of(chart), "column_config": column_config(chart, dataset, columns),
    }
    if chart.columns:
        order = [json.dumps([name.lstrip("+-"), not name.startswith("-")]) for name in chart.order]
        return shared | {"query_mode": "raw", "all_columns": chart.columns, "order_by_cols": order}
    first = chart.order[0]
    ordering = {
        "expressionType": "SQL", "sqlExpression": order_of(columns[first.lstrip("+-")]), "label": f"order by {first.lstrip('+-')}", "hasCustomLabel": True,
    }
    return shared | {
        "query_mode": "aggregate", "groupby": chart.by, "metrics": chart.metrics, "timeseries_limit_metric": ordering,
        "order_desc": first.startswith("-"), "percent_metrics": [], "show_totals": False,
    }


def colours_of(chart: TableChart) -> list[Params]:
    """Cells painted by their text, e.g. the four severities."""
    return [
        {"column": column, "operator": "=", "targetValue": value, "colorScheme": colour, "useGradient": False}
        for column, values in chart.colours.items() for value, colour in values.items()
    ]


def column_config(chart: TableChart, dataset: Dataset, columns: dict[str, KnownColumn]) -> Params:
    """Formats and alignment: dates as days, numbers to the right, words to the left."""
    shown: Params = {}
    for name in [*chart.columns, *chart.by]:
        kind = columns[name].type
        if kind == "date":
            shown[name] = {"d3TimeFormat": DAY, "horizontalAlign": "left"}
        elif kind == "timestamp":
            shown[name] = {"d3TimeFormat": MINUTE, "horizontalAlign": "left"}
        elif kind in {"bigint", "int", "double"}:
            shown[name] = {"d3NumberFormat": ",d" if kind != "double" else ",.1f", "horizontalAlign": "right"}
    return shown | {name: {"d3NumberFormat": dataset.metrics[name].format} for name in chart.metrics}


def pivot(chart: Pivot, dataset: Dataset) -> Params:
    """A cross table in the order of names."""
    return {
        "viz_type": "pivot_table_v2", "groupbyRows": chart.rows, "groupbyColumns": chart.across, "metrics": chart.metrics, "metricsLayout": "COLUMNS",
        "aggregateFunction": "Sum", "rowTotals": chart.totals, "colTotals": chart.totals, "row_limit": 10000, "rowOrder": "key_a_to_z",
        "colOrder": "key_a_to_z", "valueFormat": format_of(chart.metrics, dataset), "date_format": MONTH, "time_grain_sqla": "P1M",
    }


def polygon_map(chart: Map, dataset: Dataset) -> Params:
    """Polygons without tiles: the map style is empty, so no address outside is ever asked for an image."""
    steps = [*chart.steps, NO_UPPER_END]
    breaks = [
        {"minValue": low, "maxValue": high, "color": rgba(SHADES[index])} for index, (low, high) in enumerate(pairwise(steps))
    ]
    return {
        "viz_type": "deck_polygon", "line_column": chart.polygon, "line_type": "json", "metric": chart.metric, "filled": True, "stroked": True,
        "extruded": False, "autozoom": True, "opacity": 100, "line_width": 1.5, "line_width_unit": "pixels", "multiplier": 1, "reverse_long_lat": False,
        "color_scheme_type": "color_breakpoints", "color_breakpoints": breaks, "default_breakpoint_color": rgba(SHADES[0]), "stroke_color_picker": OUTLINE,
        "fill_color_picker": rgba(SHADES[3]), "linear_color_scheme": "blue_white_yellow", "legend_position": "br", "legend_format": ",d", "mapbox_style": "",
        "row_limit": 1000, "filter_nulls": True, "point_radius_fixed": {"type": "fix", "value": 1},
        "viewport": {"longitude": 103.6, "latitude": 28.1, "zoom": 6},
        "tooltip_contents": [
            {"item_type": "column", "column_name": chart.name, "verbose_name": None},
            {"item_type": "metric", "metric_name": chart.metric, "label": dataset.metrics[chart.metric].title},
        ],
    }


def rgba(colour: str) -> dict[str, int]:
    """``#rrggbb`` as Superset's colour picker writes it."""
    return {"r": int(colour[1:3], 16), "g": int(colour[3:5], 16), "b": int(colour[5:7], 16), "a": 1}


def format_of(metrics: list[str], dataset: Dataset) -> str:
    """The number format of an axis: that of its first metric."""
    return dataset.metrics[metrics[0]].format


def filters(name: str, condition: Condition) -> list[Params]:
    """A condition of ``where:`` as Superset's simple filters."""
    if isinstance(condition, Range):
        ends = ((">=", "GREATER_THAN_OR_EQUAL", condition.min), ("<=", "LESS_THAN_OR_EQUAL", condition.max))
        return [simple(name, sign, code, value) for sign, code, value in ends if value is not None]
    if isinstance(condition, list):
        return [simple(name, "IN", "IN", condition)]
    return [simple(name, "==", "EQUALS", condition)]


def simple(name: str, sign: str, code: str, value: object) -> Params:
    """One filter of Superset."""
    return {"clause": "WHERE", "expressionType": "SIMPLE", "subject": name, "operator": sign, "operatorId": code, "comparator": value}
