"""The data sets a model may name: silver tables by contract, and the tables Jiandu itself derives. Where they live, their columns, their secrecy."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jiandu import content, contracts, fields
from jiandu.collision.pinned import pinned
from jiandu.errors import JianduError

EVIDENCE = {"record_key": "VARCHAR", "delivery_id": "VARCHAR", "row_no": "BIGINT", "row_hash": "VARCHAR", "sealed": "BOOLEAN"}
"""What every row carries beside its fields, so that a clue can name the row it rests on."""

PARTY_REGISTRY = {
    "party_key": "VARCHAR", "registry_dataset": "VARCHAR", "registry_key": "VARCHAR", "match_kind": "VARCHAR", "probability": "DOUBLE",
    "band": "VARCHAR", "explanation": "VARCHAR", "as_of": "TIMESTAMPTZ",
}


@dataclass(frozen=True)
class Dataset:
    """One data set: ``layer``/``table`` in the lake, field → DuckDB type, key, secrecy, and how old its newest delivery may be."""

    name: str
    title: str
    layer: str
    table: str
    columns: dict[str, str]
    key: tuple[str, ...]
    tier: str
    sealed: bool
    freshness_days: float
    personal: frozenset[str] = frozenset()
    recency: str = "source_at"
    """Column of the delivered rows that says how recent the feed is: files are dated, a stream or table is as recent as its last reading."""
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    """Field → what the delivering agency calls its column."""


DERIVED = {
    "match__party_registry": Dataset(
        "match__party_registry", "当事人与救助登记的匹配", "match", "party_registry", PARTY_REGISTRY,
        ("party_key", "registry_dataset", "registry_key"), "sensitive", False, 3, recency="as_of",
    ),
}
"""Tables the flow makes itself, named like data sets: ``match__<table>``."""


def dataset(name: str) -> Dataset:
    """The data set of that name. Raises ``JianduError`` when there is none."""
    found = pinned().datasets or _all(tuple(content.roots()))
    if name not in found:
        raise JianduError.at(name, "no data set of that name", f"jiandu new source NAME makes a contract; there are: {', '.join(sorted(found))}")
    return found[name]


def known(name: str) -> bool:
    """Whether a contract or a derived table has that name."""
    return name in _all(tuple(content.roots()))


@cache
def _all(roots: tuple[Path, ...]) -> dict[str, Dataset]:
    dictionary = fields.load_fields()
    found = dict(DERIVED)
    for name, contract in contracts.load_all().items():
        columns = {field: dictionary[field].duck_type for field in contract.fields}
        personal = frozenset(field for field in columns if dictionary[field].tier in ("personal", "sensitive"))
        found[name] = Dataset(
            name, contract.title, "silver", name, columns, tuple(contract.key), contract.tier, contract.sealed, contract.expected.freshness_days, personal,
            "loaded_at" if contract.delivery.kind in ("kafka", "jdbc") else "source_at",
            {column.field: header for header, column in contract.columns.items()},
        )
    return found


def all_columns(data: Dataset) -> dict[str, str]:
    """Fields and evidence columns with their types."""
    return data.columns | EVIDENCE


def empty_sql(data: Dataset) -> str:
    """A query with the data set's columns and no rows: what a feed that never delivered looks like."""
    casts = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in all_columns(data).items())
    return f"SELECT {casts} WHERE 1 = 0"


def current_sql(data: Dataset, table: str, present: Iterable[str], predicate: str) -> str:
    """The data set's rows in force, over ``table`` whose columns are ``present``; a field nobody delivered yet is NULL."""
    there = set(present)
    columns = [f'"{name}"' if name in there else f'{_stand_in(data, name, kind)} AS "{name}"' for name, kind in all_columns(data).items()]
    return f"SELECT {', '.join(columns)} FROM {table} WHERE {predicate}"


def _stand_in(data: Dataset, name: str, kind: str) -> str:
    if name == "record_key" and data.layer != "silver":
        return "CONCAT_WS('|', " + ", ".join(f'"{key}"' for key in data.key) + ")"
    if name == "sealed":
        return "FALSE"
    return f"CAST(NULL AS {kind})"
