"""Rows of the field dictionary written as the agency would: its own column names, units, words, dates, all as text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jiandu.demo.record import contract, field_types

IGNORED = {"备注": None, "死亡原因": "疾病", "jarq": None}
"""What agencies write into columns that no model needs."""
FACTORS = {"wan": 10_000}


def rendered(data_set: str, rows: pa.Table, dates: str = "%Y-%m-%d") -> pa.Table:
    """``rows`` under the delivered names of the contract, every value text, null where there is nothing."""
    names, arrays = [], []
    for name, column in contract(data_set)["columns"].items():
        names.append(name)
        if "field" not in column:
            arrays.append(pa.array([IGNORED[name]] * len(rows), pa.string()))
        else:
            arrays.append(text(rows.column(column["field"]).combine_chunks(), column, dates))
    return pa.table(arrays, names=names)


def text(values: pa.Array, column: dict[str, Any], dates: str) -> pa.Array:
    """One column of a contract as text."""
    if column.get("map"):
        words = {value: word for word, value in column["map"].items()}
        return pa.array([None if value is None else words[value] for value in values.to_pylist()], pa.string())
    kind = field_types()[column["field"]]
    if kind == "date":
        return days(values, column.get("format", dates))
    if kind == "timestamp":
        return pc.strftime(pc.cast(values, pa.timestamp("s")), format="%Y-%m-%d %H:%M:%S")
    if kind in ("decimal", "number"):
        factor = FACTORS[column["unit"]] if column.get("unit") else 1
        return pc.cast(pc.divide(values, pa.scalar(float(factor))), pa.string())
    return pc.cast(values, pa.string())


def days(values: pa.Array, style: str) -> pa.Array:
    """Days in a style; each different day is written once."""
    coded = pc.dictionary_encode(values)
    written = [day.strftime(style) for day in coded.dictionary.to_pylist()]
    return pc.take(pa.array(written, pa.string()), coded.indices)


def numeric(data_set: str) -> set[str]:
    """Delivered columns that hold numbers."""
    columns = contract(data_set)["columns"]
    return {name for name, column in columns.items() if field_types().get(column.get("field", "")) in ("decimal", "number", "integer")}


def broken(row: pa.Table, column: str, cell: str) -> pa.Table:
    """A rendered row with one cell replaced by ``cell`` (empty text: nothing)."""
    place = row.column_names.index(column)
    return row.set_column(place, column, pa.array([cell or None] * len(row), pa.string()))


def whole(values: np.ndarray[Any, Any]) -> pa.Array:
    """Row numbers as an Arrow array."""
    return pa.array(values, pa.int64())
