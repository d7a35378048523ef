"""The register of readings: pictures that captured shop pages name, read once, landed as a delivery that ingest takes like any other."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from jiandu import lake
from jiandu.clock import ZONE, parse_as_of
from jiandu.crawl.landing import land_bytes
from jiandu.identifiers import food_licence
from jiandu.licence import answers, kept
from jiandu.licence.engine import engine_version
from jiandu.licence.pool import read_all
from jiandu.settings import settings

SHOPS, READINGS = "platform__takeaway_shop", "platform__licence_reading"
OUTCOMES = {"read": "已识别", "unreadable": "无法识别"}
COLUMNS = {
    "证号": "licence_no", "经营者名称": "operator_name", "统一社会信用代码": "uscc", "法定代表人": "legal_rep", "住所": "registered_address",
    "经营场所": "business_address", "主体业态": "business_form", "经营项目": "business_items", "有效期至": "valid_until_date", "发证机关": "issuer",
    "发证日期": "issued_date",
}
"""Delivered column of a field's value; its confidence stands beside it under the same name and 置信度."""


@dataclass
class Run:
    """What a run did: pictures ``named`` by pages, ``read`` now, ``known`` before, ``absent`` (named, but their bytes were never kept)."""

    named: int = 0
    known: int = 0
    read: int = 0
    unreadable: int = 0
    absent: list[str] = field(default_factory=list)
    delivery: str = ""


def read_new(as_of: datetime, workers: int = 0) -> Run:
    """Read every picture that captured pages name and this engine version has not read, then land the day's readings.

    Repeating it reads nothing and lands the same bytes. Each reading is kept as soon as it is made, so that a killed run goes on.
    """
    run, wanted = Run(), {}
    for sha256 in named():
        run.named += 1
        picture = settings().home.resolve() / "evidence" / "pages" / sha256[:2] / sha256
        if kept.known(sha256):
            run.known += 1
        elif picture.is_file():
            wanted[sha256] = picture
        else:
            run.absent.append(sha256)
    for sha256, reading in read_all(wanted, workers):
        kept.keep(sha256, reading, as_of)
        run.read += 1
        run.unreadable += reading["outcome"] == "unreadable"
    run.delivery = str(land(as_of) or "")
    return run


def named() -> list[str]:
    """Hashes of all pictures that captured shop pages show as licences, sorted."""
    with lake.glance() as connection:
        if not lake.view(connection, "silver", SHOPS, columns=("food_image_sha256", "business_image_sha256")):
            return []
        found = connection.execute(
            f"SELECT food_image_sha256 AS sha FROM silver__{SHOPS} UNION SELECT business_image_sha256 FROM silver__{SHOPS} ORDER BY sha").fetchall()
    return [sha for (sha,) in found if sha]


def land(as_of: datetime) -> Path | None:
    """Land the readings made, or put right by a person, on ``as_of``'s day by then as one delivery, and with them those of earlier days that no
    delivery of another day holds: a run that died never landed its own. The same bytes land once; other bytes of the day get a number. ``None``
    without readings.
    """
    day, there = as_of.astimezone(ZONE).date(), landed_before(as_of)
    rows = []
    for entry in (answers.corrected(entry, as_of) for entry in kept.everything()):
        read_on = parse_as_of(entry["read_at"]).astimezone(ZONE).date()
        if read_on == day or (read_on < day and (entry["image_sha256"], entry["read_at"]) not in there):
            rows.append(row(entry))
    if not rows:
        return None
    content = ("\n".join(json.dumps(line, ensure_ascii=False) for line in rows) + "\n").encode()
    return land_bytes(delivery_stem(as_of), content)


def landed_before(as_of: datetime) -> set[tuple[str, str]]:
    """Picture and instant of the readings in deliveries of other days than ``as_of``'s: its own day's are made again, so that the same bytes land."""
    own, found = delivery_stem(as_of), set()
    for path in settings().landing_root.glob(f"{READINGS}_*.jsonl"):
        for line in path.read_text("utf-8", "replace").splitlines() if not path.name.startswith(own) else ():
            with suppress(ValueError, KeyError, TypeError):  # what is no row is ingest's to refuse
                told = json.loads(line)
                if told["引擎版本"] == engine_version():
                    found.add((told["图片"], told["识别时间"]))
    return found


def delivery_stem(as_of: datetime) -> str:
    """How the names of a day's deliveries begin."""
    return f"{READINGS}_{as_of.astimezone(ZONE):%Y%m%d}"


def row(entry: kept.Entry) -> dict[str, Any]:
    """A reading as the contract delivers it: doubtful values only in the detail, their columns empty."""
    fields = entry["fields"]
    line = {
        "图片": entry["image_sha256"], "引擎版本": engine_version(), "识别时间": entry["read_at"], "识别结论": OUTCOMES[entry["outcome"]],
        "无法识别原因": entry["reason"] or None, "证照种类": entry["kind"] or None,
    }
    for column, name in COLUMNS.items():
        read = fields.get(name)
        line[column] = read["value"] if read and read["accepted"] else None
        line[f"{column}置信度"] = str(read["confidence"]) if read else None
    number = fields.get("licence_no")
    sound = food_licence.verdict(number["value"]) if number and number["accepted"] and number["value"].startswith("JY") else None
    line["证号校验"] = None if sound is None else "是" if sound.valid and not sound.warnings else "否"
    agrees = {True: "是", False: "否", None: None}[entry["qr_agrees"]]
    detail = json.dumps({"fields": fields, "passes": entry["passes"]}, ensure_ascii=False, sort_keys=True)
    return line | {"二维码": entry["qr"] or None, "二维码与文字一致": agrees, "待复核字段": "、".join(entry["review"]) or None, "识别明细": detail}


def waiting() -> list[dict[str, Any]]:
    """The review queue: each doubtful field of each picture, with what was read, how surely, and where the picture is; least sure first."""
    queue = []
    for entry in map(answers.corrected, kept.everything()):
        for name in entry["review"]:
            read = entry["fields"].get(name, {"value": "", "confidence": 0.0, "boxes": []})
            picture = settings().home.resolve() / "evidence" / "pages" / entry["image_sha256"][:2] / entry["image_sha256"]
            queue.append({"image_sha256": entry["image_sha256"], "kind": entry["kind"], "field": name, "value": read["value"],
                          "confidence": read["confidence"], "boxes": read["boxes"], "picture": str(picture)})
    return sorted(queue, key=lambda item: (item["confidence"], item["image_sha256"], item["field"]))
