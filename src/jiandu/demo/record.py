"""Rows of the province in terms of the field dictionary, and how pieces of a data set are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jiandu import content
from jiandu.settings import ROOT

Column = npt.NDArray[Any]
Columns = Mapping[str, Column]

ARROW = {
    "string": pa.string(), "date": pa.date32(), "timestamp": pa.timestamp("us"), "decimal": pa.float64(), "integer": pa.int64(),
    "number": pa.float64(), "boolean": pa.bool_(), "string_list": pa.string(),
}
"""How a field travels inside the generator; lists travel as text joined by 、, as the agencies type them."""
LAG = "_lag"
"""Days by which the agency is late with a row."""


@cache
def field_types() -> dict[str, str]:
    """Type of every field, from the field dictionary."""
    tree = content.plain(content.read_yaml(ROOT / "src" / "jiandu" / "fields.yml"))
    return {name: entry["type"] for name, entry in tree.items()}


@cache
def contract(data_set: str) -> dict[str, Any]:
    """The contract of a data set as written: the generator delivers exactly what it promises."""
    tree = content.plain(content.read_yaml(content.units("sources")[data_set]))
    return dict(tree)


@cache
def schema(data_set: str) -> pa.Schema:
    """Arrow schema of a data set: the fields of its contract and the lag of its delivery."""
    named = [entry["field"] for entry in contract(data_set)["columns"].values() if "field" in entry]
    web_only = {"page_url", "page_sha256"}  # the crawler adds these
    return pa.schema([*((name, ARROW[field_types()[name]]) for name in named if name not in web_only), (LAG, pa.int64())])


def table(data_set: str, columns: Columns) -> pa.Table:
    """Columns as a table of the data set. Raises ``KeyError`` for a missing and ``ValueError`` for an unknown column."""
    wanted = schema(data_set)
    unknown = set(columns) - set(wanted.names)
    if unknown:
        raise ValueError(f"{data_set} has no {sorted(unknown)}")
    n = len(next(iter(columns.values())))
    full = {LAG: np.zeros(n, dtype=np.int64), **columns}
    return pa.table([pa.array(full[item.name], item.type, from_pandas=True) for item in wanted], schema=wanted)


@dataclass
class Story:
    """One planted row that is not delivered plainly: ``early`` is the wrong content of its first delivery."""

    row: int
    early: dict[str, Any]


@dataclass
class Planted:
    """Rows planted one by one: missing fields are null; ``stories`` name rows that were first delivered with other content."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    stories: dict[str, list[Story]] = field(default_factory=dict)

    def add(self, data_set: str, row: dict[str, Any], early: dict[str, Any] | None = None) -> dict[str, Any]:
        """Add a row; ``early`` are the fields in which its first delivery differed. Returns the row."""
        rows = self.rows.setdefault(data_set, [])
        if early is not None:
            self.stories.setdefault(data_set, []).append(Story(len(rows), early))
        rows.append(row)
        return row

    def table(self, data_set: str) -> pa.Table:
        """The planted rows of a data set."""
        return rows_table(data_set, self.rows.get(data_set, []))


def rows_table(data_set: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Single rows as a table; a field that a row does not have is null. Raises ``ValueError`` for an unknown field."""
    wanted = schema(data_set)
    unknown = {name for row in rows for name in row} - set(wanted.names)
    if unknown:
        raise ValueError(f"{data_set} has no {sorted(unknown)}")
    filled = [{LAG: 0, **row} for row in rows]
    return pa.table([pa.array([row.get(item.name) for row in filled], item.type) for item in wanted], schema=wanted)
