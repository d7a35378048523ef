"""The compiler: checked content in, a Superset assets bundle out. Same content, same bytes; every uuid follows from a name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from jiandu.dashboard import charts, layout
from jiandu.dashboard.catalogue import Catalogue, Screen
from jiandu.dashboard.definition import Chart, Dataset, charts_of
from jiandu.dashboard.marts import KnownColumn

NAMESPACE = uuid5(NAMESPACE_URL, "jiandu:dashboard")
MARK = "jiandu:dashboards"
"""Stands in ``external_url`` of everything applied from content, followed by ``#<digest>``: what carries it is ours to update and remove."""

NEVER_CACHED = -1
SUPERSET_TYPES = {
    "string": "STRING", "date": "DATE", "timestamp": "TIMESTAMP", "bigint": "BIGINT", "int": "INTEGER", "double": "FLOAT", "boolean": "BOOLEAN",
}


@dataclass(frozen=True)
class Bundle:
    """Files of an assets bundle by path, and what was compiled."""

    files: dict[str, dict[str, Any]]
    slugs: list[str]
    viewer_role: str

    @property
    def digest(self) -> str:
        """Identity of the content: two bundles with one digest make the same screens."""
        return hashlib.sha256(json.dumps(self.files, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def contents(self) -> dict[str, str]:
        """The files as text; JSON is YAML, and has one way to write a thing. Everything carries the mark and the digest."""
        mark = {"is_managed_externally": True, "external_url": f"{MARK}#{self.digest[:16]}"}
        marked = {path: file if path.startswith(("metadata", "databases")) else file | mark for path, file in self.files.items()}
        return {path: json.dumps(file, ensure_ascii=False, indent=1, sort_keys=True) for path, file in sorted(marked.items())}


def compile_bundle(catalogue: Catalogue, database_uri: str) -> Bundle:
    """All screens as one bundle. ``database_uri``: how Superset reaches the marts, without the password."""
    database = str(identity("database", "marts"))
    files: dict[str, dict[str, Any]] = {
        "metadata.yaml": {"version": "1.0.0", "type": "assets", "timestamp": "2026-01-01T00:00:00+00:00"},
        "databases/marts.yaml": database_file(database, catalogue.shared.database, database_uri),
    }
    used = {chart.dataset for screen in catalogue.screens for chart in charts_of(screen.definition)}
    used |= {item.dataset for screen in catalogue.screens for item in screen.definition.filters}
    for name in sorted(used):
        files[f"datasets/marts/{name}.yaml"] = dataset_file(name, catalogue.datasets[name], catalogue.columns(name), database)
    for screen in catalogue.screens:
        for number, chart in enumerate(charts_of(screen.definition), 1):
            files[f"charts/{screen.slug}_{number:02}.yaml"] = chart_file(screen, chart, catalogue)
        files[f"dashboards/{screen.slug}.yaml"] = dashboard_file(screen, catalogue)
    return Bundle(files, [screen.slug for screen in catalogue.screens], catalogue.shared.viewer_role)


def identity(kind: str, name: str) -> UUID:
    """The uuid of a thing by kind and name, the same on every machine."""
    return uuid5(NAMESPACE, f"{kind}/{name}")


def chart_identity(slug: str, chart: Chart) -> str:
    """The uuid of a chart: its id or title, within its dashboard."""
    return str(identity("chart", f"{slug}/{chart.id or chart.title}"))


def database_file(uuid: str, title: str, uri: str) -> dict[str, Any]:
    """The connection to the marts: read-only, not for uploads, not for free queries."""
    return {
        "version": "1.0.0", "uuid": uuid, "database_name": title, "sqlalchemy_uri": uri, "expose_in_sqllab": False, "allow_run_async": False,
        "allow_ctas": False, "allow_cvas": False, "allow_dml": False, "allow_file_upload": False, "cache_timeout": 60,
        "extra": {"metadata_params": {}, "engine_params": {"pool_pre_ping": True}, "schemas_allowed_for_file_upload": []},
    }


def dataset_file(name: str, dataset: Dataset, columns: dict[str, KnownColumn], database: str) -> dict[str, Any]:
    """A table of schema mart with Chinese titles and the metrics declared for it."""
    return {
        "version": "1.0.0", "uuid": str(identity("dataset", name)), "database_uuid": database, "table_name": name, "schema": "mart",
        "description": dataset.title, "main_dttm_col": dataset.time, "cache_timeout": NEVER_CACHED if dataset.live else None, "sql": None, "params": None,
        "columns": [
            {
                "column_name": column.name, "verbose_name": column.title, "is_dttm": column.is_time, "type": SUPERSET_TYPES[column.type],
                "groupby": True, "filterable": True, "is_active": True,
            }
            for column in columns.values()
        ],
        "metrics": [
            {"metric_name": metric, "verbose_name": item.title, "expression": item.sql, "d3format": None if item.format == "date" else item.format}
            for metric, item in dataset.metrics.items()
        ],
    }


def chart_file(screen: Screen, chart: Chart, catalogue: Catalogue) -> dict[str, Any]:
    """One chart."""
    params = charts.params(chart, catalogue.datasets[chart.dataset], catalogue.columns(chart.dataset))
    return {
        "version": "1.0.0", "uuid": chart_identity(screen.slug, chart), "slice_name": chart.title, "viz_type": params["viz_type"],
        "description": chart.description, "dataset_uuid": str(identity("dataset", chart.dataset)), "params": params, "cache_timeout": None,
    }


def dashboard_file(screen: Screen, catalogue: Catalogue) -> dict[str, Any]:
    """One dashboard."""
    definition = screen.definition
    uuids = {chart.id or chart.title: chart_identity(screen.slug, chart) for chart in charts_of(definition)}
    datasets = {name: str(identity("dataset", name)) for name in catalogue.datasets}
    return {
        "version": "1.0.0", "uuid": str(identity("dashboard", screen.slug)), "dashboard_title": definition.title, "description": definition.description,
        "slug": screen.slug, "published": True, "css": catalogue.shared.css, "position": layout.position(definition, uuids),
        "metadata": layout.metadata(definition, catalogue.shared, datasets),
    }
