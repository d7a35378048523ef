"""Which columns a data set has: read from the yml beside the mart's sql, so that a screen can be checked without any service."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from jiandu.content import plain, read_yaml
from jiandu.dashboard.definition import Dataset
from jiandu.settings import ROOT

FOLDER = ROOT / "dbt_project" / "models" / "marts"
SOURCES = ROOT / "dbt_project" / "models" / "staging" / "sources.yml"


@dataclass(frozen=True)
class KnownColumn:
    """A column with its Chinese title and its Spark type."""

    name: str
    title: str
    type: str

    @property
    def is_time(self) -> bool:
        """Whether a time axis can stand on it."""
        return self.type in {"date", "timestamp"}


@cache
def described() -> dict[str, dict[str, KnownColumn]]:
    """Columns of every mart and of the reference tables published beside them. Raises ``ContentError`` for a yml that is not YAML."""
    tables: list[dict[str, Any]] = [model for path in sorted(FOLDER.glob("*.yml")) for model in plain(read_yaml(path)).get("models", [])]
    tables += [table for source in plain(read_yaml(SOURCES))["sources"] if source["name"] == "reference" for table in source["tables"]]
    return {table["name"]: {column["name"]: known(column) for column in table["columns"]} for table in tables}


def known(column: dict[str, Any]) -> KnownColumn:
    """A column of a dbt yml."""
    label = column.get("config", {}).get("meta", {}).get("label", column["name"])
    return KnownColumn(column["name"], label, column["data_type"])


def columns_of(name: str, dataset: Dataset) -> dict[str, KnownColumn]:
    """Columns of a data set: its own declaration, else its mart's."""
    if dataset.columns:
        return {column: KnownColumn(column, item.title, item.type) for column, item in dataset.columns.items()}
    return described().get(name, {})
