"""Rows as they were delivered: the one shape every reader gives and ingest takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa

ROW_NO, OP, POSITION, SOURCE_AT, REFUSED = "#row_no", "#op", "#position", "#source_at", "#refused"
"""Columns a reader may add beside the delivered ones; ``#`` keeps them apart from any agency's names.

``#row_no`` int64, the physical row or line in the file (or the offset in a topic), is always there. ``#op`` (upsert | delete),
``#position`` int64 (log sequence number) and ``#source_at`` (aware instant of the change) come from change messages and
databases. ``#refused`` holds why a row could not even be split into cells; its text then stands in ``#line``.
"""
LINE = "#line"
SYSTEM = (ROW_NO, OP, POSITION, SOURCE_AT, REFUSED, LINE)
MOMENT = pa.timestamp("us", tz="UTC")
TYPES = {ROW_NO: pa.int64(), OP: pa.string(), POSITION: pa.int64(), SOURCE_AT: MOMENT, REFUSED: pa.string(), LINE: pa.string()}


@dataclass(frozen=True)
class RawRow:
    """One delivered row: ``raw`` under the delivered names; a missing name or ``None`` is no value."""

    raw: Mapping[str, Any]
    row_no: int
    op: Literal["upsert", "delete"] = "upsert"
    position: int = 0
    source_at: datetime | None = None
    """Aware instant of the change; ``None``: the business date of the delivery."""


@dataclass(frozen=True)
class RawRows:
    """Delivered rows as columns: text under the delivered names, plus ``#row_no`` and what else of ``SYSTEM`` the source knows."""

    table: pa.Table

    @classmethod
    def of(cls, rows: Iterable[RawRow]) -> RawRows:
        """Columns of single rows. Columns are the union of their names in order of appearance; values become text."""
        listed = list(rows)
        names = list(dict.fromkeys(name for row in listed for name in row.raw))
        columns: dict[str, pa.Array] = {
            ROW_NO: pa.array([row.row_no for row in listed], pa.int64()), OP: pa.array([row.op for row in listed], pa.string()),
            POSITION: pa.array([row.position for row in listed], pa.int64()), SOURCE_AT: pa.array([row.source_at for row in listed], MOMENT),
        }
        columns |= {name: pa.array([as_text(row.raw.get(name)) for row in listed], pa.string()) for name in names}
        return cls(pa.table(columns))

    @property
    def names(self) -> list[str]:
        """The delivered column names."""
        return [name for name in self.table.column_names if name not in SYSTEM]

    def __len__(self) -> int:
        return int(self.table.num_rows)


def as_text(value: Any) -> str | None:
    """A delivered value as text: text as it is, nothing as ``None``, numbers and booleans as JSON writes them, lists and objects as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float, list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def text_table(names: Sequence[str], columns: Sequence[Sequence[str | None]], row_numbers: Sequence[int]) -> pa.Table:
    """A table of text columns with their row numbers."""
    arrays = [pa.array(row_numbers, pa.int64()), *(pa.array(column, pa.string()) for column in columns)]
    return pa.table(arrays, names=[ROW_NO, *names])
