"""What people reported about the stories: hotline, platforms, and the telecom regulator's list of numbers. Files as those bodies send them.

Two reports are about planted campaigns (same phone or QQ number, so they belong to the same clue), the others are ordinary complaints.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from jiandu.demo.deliveries import Entry
from jiandu.demo.forum.stories import CARD_PHONE
from jiandu.demo.record import contract
from jiandu.demo.takeaway.deliveries import labelled

OUTLET, OUTLET_ADDRESS = "青澜区顺联通讯器材店", "云江市青澜区望江路18号"
HOTLINE, PLATFORM, TELECOM = "hotline__report", "platform__report", "telecom__reported_number"
STORY_REPORTS = {f"{HOTLINE}:RX2026112000001": "phone_cards", f"{PLATFORM}:JB2026112000001": "vapes"}
"""Reports that belong to a planted campaign, by the key they carry as posts."""


def rows(seed: int, as_of: datetime, clean: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Data set and row by field."""
    draws = Random(f"{seed} reports")

    def at(hours: float) -> str:
        return (as_of - timedelta(hours=hours, seconds=draws.randrange(600))).strftime("%Y-%m-%d %H:%M:%S")

    place = {"county_code": "990101"}
    calls = [
        (70.0, "来访", "其他", "家长反映学校门口早晚车辆多，希望增派人手疏导", "否"), (45.5, "电话", "其他", "来电咨询孩子不愿上学怎样寻求心理老师帮助", "是"),
        (20.2, "网络", "其他", "反映小区门口棋牌室噪音扰民", None),
    ]
    for number, (hours, channel, kind, words, minor) in enumerate(calls, 2):
        yield HOTLINE, {**place, "report_no": f"RX20261120{number:05d}", "reported_at": at(hours), "report_channel": channel, "report_kind": kind,
                        "report_text": words, "is_minor_involved": minor}
    for number, (hours, words) in enumerate([(30, "重复发广告，卖二手自行车"), (8, "标题与内容不符，浪费时间")], 2):
        yield PLATFORM, {**place, "platform_name": "云泽社区", "report_no": f"JB20261120{number:05d}", "reported_at": at(hours), "report_kind": "其他",
                         "reported_account_hash": f"5{number}" * 16, "page_url": f"https://forum.yunze.example/thread/t{number}", "report_text": words}
    yield TELECOM, {**place, "report_no": "TX2026111500004", "reported_at": at(5 * 24), "outlet_phone": "19912346611", "report_kind": "涉诈号码",
                    "outlet_name": "澄阳区桥头便民店", "county_code": "990201", "outlet_clerk_no": "QT0002"}
    yield TELECOM, {**place, "report_no": "TX2026110300007", "reported_at": at(17 * 24), "outlet_phone": "19912348800", "report_kind": "违规开卡",
                    "outlet_name": "青澜区旧街通讯店", "outlet_address": "云江市青澜区松风路3号", "outlet_clerk_no": "YC0031",
                    "cleared_date": f"{(as_of - timedelta(days=5)).date()}"}
    if clean:
        return
    outlet = {"outlet_name": OUTLET, "outlet_phone": CARD_PHONE, "outlet_address": OUTLET_ADDRESS}
    yield HOTLINE, {**place, **outlet, "report_no": "RX2026112000001", "reported_at": at(1.6), "report_channel": "电话", "report_kind": "收售电话卡",
                    "report_text": f"来电人称有人在校门口和网上高价收电话卡，专找学生办理，联系电话{CARD_PHONE}", "is_minor_involved": "是"}
    yield PLATFORM, {**place, "platform_name": "云泽社区", "report_no": "JB2026112000001", "reported_at": at(0.8), "report_kind": "烟酒电子烟",
                     "reported_account_hash": "a7" * 16, "page_url": "https://forum.yunze.example/thread/t900100",
                     "report_text": "账号向学生卖电子烟，送到校门口，不查身份证，QQ800123457"}
    yield TELECOM, {**place, **outlet, "report_no": "TX2026111800002", "reported_at": at(40), "report_kind": "收售电话卡", "outlet_clerk_no": "SL0007"}


def write(seed: int, as_of: datetime, landing: Path, clean: bool = False) -> list[Entry]:
    """Write the files; what ingest should make of each."""
    by_set: dict[str, list[dict[str, str | None]]] = {}
    for data_set, row in rows(seed, as_of, clean):
        by_set.setdefault(data_set, []).append(labelled(data_set, row))
    entries = []
    for data_set, made in by_set.items():
        form = contract(data_set)["delivery"]["format"]
        path = landing / f"{data_set}_{as_of:%Y%m%d}.{form}"
        path.write_text(as_csv(made) if form == "csv" else "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made), "utf-8")
        entries.append(Entry(path.name, data_set, f"{as_of.date()}", "loaded", len(made)))
    return entries


def as_csv(made: list[dict[str, str | None]]) -> str:
    """Rows as comma-separated values with their header."""
    sink = io.StringIO()
    writer = csv.DictWriter(sink, list(made[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: value or "" for name, value in row.items()} for row in made)
    return sink.getvalue()
