"""The models of weights that were ever used, in the lake: the newest is in force; a result names the one it was made with."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa

from jiandu import lake
from jiandu.matching.model import Weights, parse

TABLE = ("match", "model")
SCHEMA = pa.schema([
    ("model_version", pa.string()), ("trained_at", pa.timestamp("us", "UTC")), ("kind", pa.string()), ("labels", pa.int64()), ("body", pa.string()),
])


def current() -> Weights | None:
    """The model in force; ``None`` before the first."""
    table = lake.open_table(*TABLE)
    if table is None:
        return None
    rows = table.to_pyarrow_table().to_pylist()
    newest = max(rows, key=lambda row: (row["trained_at"], row["model_version"]))
    return parse(newest["body"], lake.uri(*TABLE))


def trained(left: pa.Table, right: pa.Table, as_of: datetime) -> Weights:
    """Train on two sides, keep the model and put it in force; one that is in force already is kept once."""
    from jiandu.matching.training import train

    weights = train(left, right)
    row = {
        "model_version": weights.version, "trained_at": as_of, "kind": weights.kind, "labels": weights.trained_on.get("labels", 0), "body": weights.text(),
    }
    lake.append(*TABLE, pa.Table.from_pylist([row], SCHEMA), f"model:{weights.version}:{as_of.isoformat()}")
    return weights
