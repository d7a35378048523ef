"""Reference tables the marts join: divisions in force at the as-of with their outlines, and one row a feed with what the lake holds of it.

Row counts come from the tables by path, read by DuckDB in one pass a table: eighteen feeds take a second, where one Spark
query over three tables a feed takes its time in planning.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from jiandu import content, contracts, lake
from jiandu.clock import ZONE
from jiandu.contracts import Contract
from jiandu.errors import JianduError
from jiandu.mart.outline import outlines

KINDS = {"file": "文件交换", "jdbc": "数据库直连", "kafka": "变更流", "crawl": "公开网页采集"}
TIERS = {"public": "公开", "internal": "内部", "personal": "个人信息", "sensitive": "敏感"}

DIVISION = pa.schema([
    ("code", pa.string()), ("name", pa.string()), ("level", pa.string()), ("city_code", pa.string()),
    ("longitude", pa.float64()), ("latitude", pa.float64()), ("polygon", pa.string()),
])
FEED = pa.schema([
    ("contract", pa.string()), ("title", pa.string()), ("owner", pa.string()), ("kind", pa.string()), ("tier", pa.string()),
    ("freshness_days", pa.int32()), ("deliveries", pa.int64()), ("last_delivered_at", pa.timestamp("us", "UTC")),
    ("last_loaded_at", pa.timestamp("us", "UTC")), ("bronze_rows", pa.int64()), ("silver_rows", pa.int64()),
    ("silver_current_rows", pa.int64()), ("quarantine_rows", pa.int64()), ("replayed_rows", pa.int64()),
])


def write(as_of: datetime) -> None:
    """Write ``mart.ref_division`` and ``mart.ref_feed``. Raises ``ContentError`` for broken contracts or divisions."""
    replace("ref_division", pa.Table.from_pylist(divisions(as_of.astimezone(ZONE).date()), DIVISION))
    replace("ref_feed", pa.Table.from_pylist([feed(name, contract, as_of) for name, contract in contracts.load_all().items()], FEED))


def replace(name: str, rows: pa.Table) -> None:
    """Overwrite a reference table in one commit."""
    write_deltalake(lake.uri("mart", name), rows, mode="overwrite", schema_mode="overwrite", configuration=lake.TABLE_PROPERTIES)


def divisions(day: date) -> list[dict[str, Any]]:
    """Divisions in force on ``day``. The province counts as a city of its own: what its organs do must not fall off the screens."""
    units = content.units("law")
    if "divisions" not in units:
        raise JianduError.at("spark_jobs/law/divisions.yml", "no table of divisions in any content root", "add law/divisions.yml")
    rows = content.plain(content.read_yaml(units["divisions"]))["divisions"]
    valid = [row for row in rows if row["valid_from"] <= day and (row["valid_to"] is None or day <= row["valid_to"])]
    shapes = outlines([row["code"] for row in valid if row["level"] != "province"])
    return [division(row, shapes.get(row["code"])) for row in valid]


def division(row: dict[str, Any], ring: list[list[float]] | None) -> dict[str, Any]:
    """One row of ``ref_division``; the position is the middle of the outline's box."""
    province = row["level"] == "province"
    place: dict[str, Any] = {"longitude": None, "latitude": None, "polygon": None}
    if ring:
        east, north = [point[0] for point in ring], [point[1] for point in ring]
        place = {"longitude": (min(east) + max(east)) / 2, "latitude": (min(north) + max(north)) / 2, "polygon": json.dumps(ring)}
    city = row["code"] if province else row["code"][:4] + "00"
    return {"code": row["code"], "name": "省本级" if province else row["name"], "level": row["level"], "city_code": city} | place


def feed(name: str, contract: Contract, as_of: datetime) -> dict[str, Any]:
    """One row of ``ref_feed``: what stands in the three layers of a contract, loaded by ``as_of``."""
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
    return {
        "contract": name, "title": contract.title, "owner": contract.owner, "kind": KINDS[contract.delivery.kind], "tier": TIERS[contract.tier],
        "freshness_days": contract.expected.freshness_days, "deliveries": deliveries, "last_delivered_at": delivered, "last_loaded_at": loaded,
        "bronze_rows": rows, "silver_rows": kept, "silver_current_rows": current, "quarantine_rows": open_rows, "replayed_rows": replayed,
    }


def one(duck: Any, query: str, as_of: datetime) -> tuple[Any, ...]:
    """The only row of a query over one layer."""
    row: tuple[Any, ...] = duck.execute(query, [as_of]).fetchone()
    return row
