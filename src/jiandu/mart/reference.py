"""Reference tables the marts join: divisions in force at the as-of with their outlines, and one row a feed with what the lake holds of it.

Row counts come from the tables by path, read by DuckDB in one pass a table: eighteen feeds take a second, where one Spark
query over three tables a feed takes its time in planning.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Literal

import pyarrow as pa
from deltalake import write_deltalake
from pydantic import BaseModel, ConfigDict

from jiandu import content, contracts, heard, lake
from jiandu.clock import ZONE
from jiandu.collision import law, readiness
from jiandu.contracts import Contract
from jiandu.desk import board
from jiandu.errors import JianduError
from jiandu.mart.outline import outlines
from jiandu.mart.transform import PROJECT

KINDS = {"file": "文件交换", "jdbc": "数据库直连", "kafka": "变更流", "crawl": "公开网页采集"}
TIERS = {"public": "公开", "internal": "内部", "personal": "个人信息", "sensitive": "敏感"}

INDICATORS = PROJECT / "indicators.yml"
PUBLISHED = ("indicator_definition", "place", "model_gap", "licence_sight")
"""Reference tables that screens and live views read themselves."""

PLACE = pa.schema([(name, pa.string()) for name in ("code", "name", "level", "city_code", "city_name", "polygon")])
INDICATOR = pa.schema([(name, pa.string()) for name in ("indicator", "title", "unit", "kind", "formula", "source")])
FEED = pa.schema([
    ("contract", pa.string()), ("title", pa.string()), ("owner", pa.string()), ("kind", pa.string()), ("tier", pa.string()),
    ("freshness_days", pa.int32()), ("deliveries", pa.int64()), ("last_delivered_at", pa.timestamp("us", "UTC")),
    ("last_loaded_at", pa.timestamp("us", "UTC")), ("bronze_rows", pa.int64()), ("silver_rows", pa.int64()),
    ("silver_current_rows", pa.int64()), ("quarantine_rows", pa.int64()), ("replayed_rows", pa.int64()),
])
MODEL_COUNTY = pa.schema([
    *((name, pa.string()) for name in ("model", "model_title", "county_code", "status")),
    *((name, pa.int32()) for name in ("findings", "findings_ready", "missing")), ("reason", pa.string()),
])
MODEL_GAP = pa.schema([
    *((name, pa.string()) for name in ("dataset", "field", "title")), *((name, pa.int32()) for name in ("models", "unlocks", "counties")),
])


class Indicator(BaseModel):
    """One row of ``dbt_project/indicators.yml``."""

    model_config = ConfigDict(extra="forbid")

    title: str
    unit: Literal["人", "件", "件次"]
    kind: Literal["数量", "比率"]
    formula: str
    source: str


class Indicators(BaseModel):
    """``dbt_project/indicators.yml``."""

    indicators: dict[str, Indicator]


def write(as_of: datetime) -> None:
    """Write the reference tables of layer mart. Raises ``ContentError`` for broken contracts, divisions or indicators."""
    indicators = content.read_unit(INDICATORS, Indicators).indicators
    replace("indicator_definition", pa.Table.from_pylist([{"indicator": name} | item.model_dump() for name, item in indicators.items()], INDICATOR))
    replace("place", pa.Table.from_pylist(places(as_of.astimezone(ZONE).date()), PLACE))
    replace("feed", pa.Table.from_pylist([feed(name, contract, as_of) for name, contract in contracts.load_all().items()], FEED))
    found = readiness.ready(None, as_of)
    replace("model_county", pa.Table.from_pylist([model_county(row) for row in found.counties], MODEL_COUNTY))
    replace("licence_sight", pa.Table.from_pylist(list(board.rows()), board.LICENCE))
    replace("model_gap", pa.Table.from_pylist([vars(row) for row in found.unlocks], MODEL_GAP))


def replace(name: str, rows: pa.Table) -> None:
    """Overwrite a reference table in one commit."""
    write_deltalake(lake.uri("mart", name), rows, mode="overwrite", schema_mode="overwrite", configuration=lake.TABLE_PROPERTIES)


def places(day: date) -> list[dict[str, Any]]:
    """Divisions in force on ``day``. The province counts as a city of its own: what its organs do must not fall off the screens."""
    valid = law.divisions(day)
    if not valid:
        raise JianduError.at("law/divisions.yml", f"no division in force on {day} in any content root", "add law/divisions.yml")
    names = {row["code"]: "省本级" if row["level"] == "province" else row["name"] for row in valid}
    rings = outlines([row["code"] for row in valid if row["level"] != "province"])
    return [place(row, names, rings.get(row["code"])) for row in valid]


def place(row: dict[str, Any], names: dict[str, str], ring: list[list[float]] | None) -> dict[str, Any]:
    """One row of ``place``."""
    city = row["code"] if row["level"] == "province" else row["code"][:4] + "00"
    outline = json.dumps(ring) if ring else None
    return {"code": row["code"], "name": names[row["code"]], "level": row["level"], "city_code": city, "city_name": names[city], "polygon": outline}


def model_county(row: readiness.County) -> dict[str, Any]:
    """One row of ``model_county``."""
    said = {name: getattr(row, name) for name in ("model", "county_code", "status", "findings", "findings_ready", "reason")}
    return {**said, "model_title": row.title, "missing": len(row.missing)}


def feed(name: str, contract: Contract, as_of: datetime) -> dict[str, Any]:
    """One row of ``feed``: what stands in the three layers of a contract, loaded by ``as_of``."""
    duck = lake.duck()
    try:
        there = {layer for layer in ("bronze", "silver", "quarantine") if lake.view(duck, layer, name, layer)}
        bronze = "SELECT count(*), count(DISTINCT delivery_id), max(source_at), max(loaded_at) FROM bronze WHERE loaded_at <= $1"
        silver = "SELECT count(*), count_if(superseded_at IS NULL AND valid_to IS NULL AND outcome <> 'deleted') FROM silver WHERE loaded_at <= $1"
        refused = "SELECT count_if(replayed_at IS NULL), count_if(replayed_at IS NOT NULL) FROM quarantine WHERE loaded_at <= $1"
        rows, deliveries, delivered, loaded = one(duck, bronze, as_of) if "bronze" in there else (0, 0, None, None)
        kept, current = one(duck, silver, as_of) if "silver" in there else (0, 0)
        open_rows, replayed = one(duck, refused, as_of) if "quarantine" in there else (0, 0)
    finally:
        duck.close()
    delivered = max(filter(None, (delivered, heard.latest(name, as_of))), default=None)
    return {
        "contract": name, "title": contract.title, "owner": contract.owner, "kind": KINDS[contract.delivery.kind], "tier": TIERS[contract.tier],
        "freshness_days": contract.expected.freshness_days, "deliveries": deliveries, "last_delivered_at": delivered, "last_loaded_at": loaded,
        "bronze_rows": rows, "silver_rows": kept, "silver_current_rows": current, "quarantine_rows": open_rows, "replayed_rows": replayed,
    }


def one(duck: Any, query: str, as_of: datetime) -> tuple[Any, ...]:
    """The only row of a query over one layer."""
    row: tuple[Any, ...] = duck.execute(query, [as_of]).fetchone()
    return row
