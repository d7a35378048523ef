"""A small world whose records drift: rows made from a model's own cases, delivered late, twice, corrected and deleted, as silver keeps them."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from jiandu import lake
from jiandu.collision.compile import compile_model
from jiandu.collision.datasets import Dataset, dataset
from jiandu.collision.library import Loaded
from jiandu.collision.reach import follow

ARROW = {
    "VARCHAR": pa.string(), "DATE": pa.date32(), "TIMESTAMPTZ": pa.timestamp("us", "UTC"), "DECIMAL(18,2)": pa.decimal128(18, 2), "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "VARCHAR[]": pa.list_(pa.string()),
}
KEPT = {
    "record_key": pa.string(), "valid_to": ARROW["TIMESTAMPTZ"], "superseded_at": ARROW["TIMESTAMPTZ"], "outcome": pa.string(), "delivery_id": pa.string(),
    "row_no": pa.int64(), "row_hash": pa.string(), "sealed": pa.bool_(),
}
Row = dict[str, Any]


@dataclass
class World:
    """Records of every data set a model reads; about ``size`` anchors. ``seed`` decides everything."""

    loaded: Loaded
    seed: int
    size: int = 30
    now: dict[str, dict[str, Row]] = field(default_factory=dict)
    number: int = 0

    def __post_init__(self) -> None:
        self.draw = random.Random(f"{self.loaded.id}:{self.seed}")
        self.links = linked(self.loaded)
        self.day = datetime.combine(self.loaded.model.cases_as_of or date(2026, 11, 20), datetime.min.time(), UTC)
        self.now = {name: {} for name in self.loaded.model.datasets}
        self.templates: dict[str, list[Row]] = {}
        for name in self.now:
            rows = [row for case in self.loaded.model.cases for row in case.rows.get(name, [])]
            self.templates[name] = [{**self.loaded.model.case_defaults.get(name, {}), **row} for row in rows or [{}]]

    def first(self) -> None:
        """The first deliveries of every data set."""
        for name in self.now:
            self.deliver(name, [self.row(name) for _ in range(self.size)], [])

    def batch(self) -> None:
        """One delivery or two: new, corrected, repeated, late and deleted rows."""
        for name in self.draw.sample(sorted(self.now), min(len(self.now), self.draw.choice((1, 1, 2)))):
            there = sorted(self.now[name])
            fresh = [self.row(name) for _ in range(self.draw.randint(0, 3))]
            corrected = [self.corrected(name, key) for key in self.draw.sample(there, min(len(there), self.draw.randint(0, 4)))]
            repeated = [self.now[name][key] for key in self.draw.sample(there, min(len(there), self.draw.randint(0, 2)))]
            deleted = self.draw.sample(there, min(len(there), self.draw.choice((0, 0, 1, 3))))
            self.deliver(name, [*fresh, *corrected, *repeated], deleted)

    def row(self, name: str) -> Row:
        """A row after one of the model's cases, with keys that meet those of other rows, on another day."""
        given = dict(self.draw.choice(self.templates[name]))
        moved = timedelta(days=self.draw.choice((0, 0, 0, 1, -1, self.draw.randint(-30, 30), self.draw.randint(-200, 60))))
        for column, kind in dataset(name).columns.items():
            value = given.get(column)
            if isinstance(value, date):
                given[column] = value + moved
            pool, absent = self.links.get((name, column)) if kind == "VARCHAR" else None, column in given and value is None
            if pool is not None and self.draw.random() < (0.3 if absent else 1 if value is not None else 0.5):
                given[column] = f"{pool}{self.draw.randrange(self.size)}"
            elif pool is None and column in dataset(name).key and kind == "VARCHAR" and "__" not in str(value):
                given[column] = f"{name}{self.draw.randrange(3 * self.size)}"
        return given

    def corrected(self, name: str, key: str) -> Row:
        """The same record with some fields of another row."""
        row, other = dict(self.now[name][key]), self.row(name)
        for column in self.draw.sample(sorted(row), max(1, len(row) // 3)):
            if column not in dataset(name).key:
                row[column] = other.get(column)
        return row

    def deliver(self, name: str, rows: list[Row], deleted: list[str]) -> None:
        """Write one delivery as silver does: the old version closed, the new one open, in one commit."""
        self.number += 1
        data, delivery = dataset(name), f"delivery {self.number}"
        last = {record_key(data, row): row for row in rows}
        written: list[Row] = []
        for number, row in enumerate(rows):
            key = record_key(data, row)
            superseded = row is not last[key] or self.now[name].get(key) == row
            written.append(self.kept(data, delivery, number, key, row, "unchanged" if superseded else "new", self.day if superseded else None))
        ended = [key for key in last if key in self.now[name] and self.now[name][key] != last[key]]
        for number, key in enumerate(deleted, len(rows)):
            if key not in last:
                written.append(self.kept(data, delivery, number, key, {}, "deleted", None))
                ended.append(key)
                del self.now[name][key]
        if self.draw.random() < 0.3 and self.now[name]:  # a late version of a record: it ended before it came
            key = self.draw.choice(sorted(self.now[name]))
            written.append(self.kept(data, delivery, len(written), key, self.row(name), "late", None) | {"valid_to": self.day - timedelta(days=9)})
        self.now[name].update(last)
        self.commit(data, written, ended)

    def kept(self, data: Dataset, delivery: str, number: int, key: str, row: Row, outcome: str, superseded: datetime | None) -> Row:
        """A row with what silver adds."""
        text = json.dumps(row, default=str, sort_keys=True)
        return {**{name: row.get(name) for name in data.columns}, "record_key": key, "valid_to": None, "superseded_at": superseded, "outcome": outcome,
                "delivery_id": delivery, "row_no": number, "row_hash": hashlib.sha256(text.encode()).hexdigest(), "sealed": data.sealed}

    def commit(self, data: Dataset, rows: list[Row], ended: list[str]) -> None:
        """One commit; the rows of derived tables are replaced as a whole, as their makers do."""
        uri = lake.uri(data.layer, data.table)
        columns = {name: ARROW[kind] for name, kind in data.columns.items()}
        if data.layer != "silver":
            whole = [{name: row.get(name) for name in columns} for row in self.now[data.name].values()]
            write_deltalake(uri, pa.Table.from_pylist(whole, pa.schema(columns)), mode="overwrite", configuration=lake.TABLE_PROPERTIES)
            return
        table = pa.Table.from_pylist([{**row, **_typed(row, data.columns)} for row in rows], pa.schema({**columns, **KEPT}))
        if not ended:
            write_deltalake(uri, table, mode="append", configuration=lake.TABLE_PROPERTIES)
        else:
            closing = pa.Table.from_pylist([{"record_key": key, "valid_to": self.day, "outcome": "closing"} for key in ended], table.schema)
            same = "target.record_key = source.record_key AND source.outcome = 'closing' AND target.valid_to IS NULL AND target.superseded_at IS NULL"
            (
                DeltaTable(uri).merge(pa.concat_tables([table, closing]), same, source_alias="source", target_alias="target")
                .when_matched_update({"valid_to": "source.valid_to"})
                .when_not_matched_insert({name: f"source.{name}" for name in table.schema.names}, predicate="source.outcome <> 'closing'").execute()
            )
        if self.draw.random() < 0.1:
            DeltaTable(uri).optimize.compact()


def record_key(data: Dataset, row: Mapping[str, Any]) -> str:
    """The key as silver writes it."""
    return "|".join(str(row.get(name) or "") for name in data.key)


def linked(loaded: Loaded) -> dict[tuple[str, str], str]:
    """Columns that are compared with each other → the name of their common pool of values."""
    reach = follow(compile_model(loaded.model, date(2026, 11, 20), lambda _: True))
    pools: dict[tuple[str, str], str] = {}
    for name in loaded.model.datasets:
        for column in dataset(name).key[:1]:
            pools[name, column] = f"{name}.{column}"
    for node in reach.nodes[1:]:
        assert node.key is not None
        for _, above in node.above:
            for mine, other in zip(node.key.sql, above.sql, strict=True):
                here, there = (column_of(node.data, mine), column_of(above.data, other))
                old, new = pools.get(here, f"{here[0]}.{here[1]}"), pools.setdefault(there, f"{there[0]}.{there[1]}")
                pools[here] = new
                pools.update({place: new for place, pool in pools.items() if pool == old})
    return {place: f"{pool.replace('.', '-')}-" for place, pool in pools.items()}


def column_of(data: str, sql: str) -> tuple[str, str]:
    """The field behind a key; a record's key is its first field."""
    name = sql.strip('"')
    return data, dataset(data).key[0] if name == "record_key" else name


def _typed(row: Row, columns: Mapping[str, str]) -> Row:
    """Values as Arrow wants them."""
    typed = {}
    for name, kind in columns.items():
        value = row[name]
        if value is not None and kind.startswith("DECIMAL"):
            value = Decimal(str(value)).quantize(Decimal("0.01"))
        elif value is not None and kind == "VARCHAR":
            value = str(value)
        elif value is not None and kind == "TIMESTAMPTZ" and not isinstance(value, datetime):
            value = datetime.combine(value, datetime.min.time(), UTC)
        elif isinstance(value, datetime) and value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
        typed[name] = value
    return typed
