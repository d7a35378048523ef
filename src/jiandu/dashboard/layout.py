"""Where things stand on a screen: Superset's tree of rows and charts, the filters above, and the look."""

from __future__ import annotations

from typing import Any

from jiandu.dashboard.charts import SCHEME
from jiandu.dashboard.definition import Dashboard, Filter, Shared, Text

Tree = dict[str, Any]


def position(dashboard: Dashboard, chart_uuids: dict[str, str]) -> Tree:
    """The layout tree. ``chart_uuids``: uuid by the chart's identity. Ids count up, so that the same content gives the same bytes."""
    rows = [f"ROW-{number}" for number in range(1, len(dashboard.rows) + 1)]
    tree: Tree = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "parents": ["ROOT_ID"], "children": rows},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.title}},
    }
    number = 0
    for row_id, row in zip(rows, dashboard.rows, strict=True):
        children: list[str] = []
        for block in row.blocks:
            number += 1
            place = {"children": [], "parents": ["ROOT_ID", "GRID_ID", row_id]}
            size = {"width": block.width, "height": row.height}
            if isinstance(block, Text):
                item = {"type": "MARKDOWN", "id": f"MARKDOWN-{number}", "meta": {"code": block.markdown, **size}, **place}
            else:
                meta = {"chartId": number, "uuid": chart_uuids[block.id or block.title], "sliceName": block.title, **size}
                item = {"type": "CHART", "id": f"CHART-{number}", "meta": meta, **place}
            tree[str(item["id"])] = item
            children.append(str(item["id"]))
        meta = {"background": "BACKGROUND_TRANSPARENT"}
        tree[row_id] = {"type": "ROW", "id": row_id, "parents": ["ROOT_ID", "GRID_ID"], "children": children, "meta": meta}
    return tree


def metadata(dashboard: Dashboard, shared: Shared, dataset_uuids: dict[str, str]) -> Tree:
    """Refresh, colours, filters. Texts use no chart id of their own, so ids here are those of ``position``."""
    return {
        "color_scheme": SCHEME, "label_colors": shared.colours, "shared_label_colors": [], "cross_filters_enabled": False,
        "refresh_frequency": dashboard.refresh_seconds, "timed_refresh_immune_slices": [], "expanded_slices": {}, "default_filters": "{}",
        "filter_bar_orientation": "HORIZONTAL",
        "native_filter_configuration": [native_filter(index, item, dataset_uuids) for index, item in enumerate(dashboard.filters, 1)],
        "chart_configuration": {}, "global_chart_configuration": {"scope": {"rootPath": ["ROOT_ID"], "excluded": []}, "chartsInScope": []},
    }


def native_filter(index: int, item: Filter, dataset_uuids: dict[str, str]) -> Tree:
    """A choice above the charts. Superset applies it to every chart; one whose data set lacks the column ignores it."""
    return {
        "id": f"NATIVE_FILTER-{index}", "type": "NATIVE_FILTER", "filterType": "filter_select", "name": item.title, "description": "",
        "targets": [{"datasetUuid": dataset_uuids[item.dataset], "column": {"name": item.column}}],
        "controlValues": {
            "enableEmptyFilter": False, "defaultToFirstItem": False, "multiSelect": item.multiple, "searchAllOptions": False, "inverseSelection": False,
            "sortAscending": True,
        },
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}}, "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
    }

