"""From the platforms to the clues: both crawled on two days, pictures read perfectly, registers loaded; every truth of the world is found."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jiandu.clock import parse_as_of
from jiandu.clue import show
from jiandu.clue.tables import LIVE
from jiandu.collision import run
from jiandu.crawl import crawl
from jiandu.demo.licence_pictures import Licence
from jiandu.demo.takeaway import deliveries, registers, server, truth
from jiandu.demo.takeaway.pictures import Album
from jiandu.demo.takeaway.shops import API, PAGES, Shop
from jiandu.demo.takeaway.switch import Switch, read, write
from jiandu.demo.takeaway.world import build
from jiandu.identifiers import food_licence
from jiandu.ingest import ingest
from jiandu.settings import Settings, settings

AS_OF = parse_as_of(Settings().demo_as_of)
BEFORE = AS_OF - timedelta(days=1)
KINDS = {"food": "食品经营许可证", "business": "营业执照", "small_catering": "小餐饮登记证", "filing": "仅销售预包装食品备案"}
SURE = ("证号", "经营者名称", "统一社会信用代码", "法定代表人", "经营场所", "主体业态", "经营项目", "有效期至", "发证机关", "发证日期")


def perfect(sha256: str, licence: Licence, damage: str) -> dict[str, Any]:
    """What a reader that never errs says of a picture: all of it, or that it cannot be read."""
    columns = json.loads((Path(__file__).parents[2] / "dags/sources/samples/platform__licence_reading.jsonl").read_text("utf-8").splitlines()[0])
    row: dict[str, Any] = dict.fromkeys(columns) | {"图片": sha256, "引擎版本": "perfect", "识别时间": AS_OF.isoformat(), "识别明细": "{}"}
    if damage == "unreadable":
        return row | {"识别结论": "无法识别", "无法识别原因": "nothing to read"}
    said = (licence.number, licence.operator_name, licence.uscc, licence.legal_rep, licence.business_address, licence.business_form,
            licence.business_items, licence.valid_until and licence.valid_until.isoformat(), licence.issuer, licence.issued and licence.issued.isoformat())
    row |= {name: value or None for name, value in zip(SURE, said, strict=True)}
    row |= {f"{name}置信度": "0.99" for name, value in zip(SURE, said, strict=True) if value and f"{name}置信度" in columns}
    sound = food_licence.check_digit(licence.number[2:15]) == licence.number[15] if licence.kind == "food" else None
    told = {"识别结论": "已识别", "证照种类": KINDS[licence.kind]} | ({"证号校验": "是" if sound else "否"} if sound is not None else {})
    return row | told | ({"二维码与文字一致": "是" if licence.number in licence.qr_text else "否"} if licence.qr_text else {})


def readings(shops: list[Shop], album: Album) -> list[dict[str, Any]]:
    """Perfect readings of every picture the platforms can show."""
    found = {}
    for shop in shops:
        for one in shop.listings:
            for place, licence in enumerate(shop.licences):
                sha256 = hashlib.sha256(album.photo(shop, one, place)).hexdigest()
                found[sha256] = perfect(sha256, licence, one.damage if licence.kind != "business" else "")
    return [*found.values()]


@pytest.fixture
def world(empty_lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Shop]:
    """Both platforms crawled a day apart; shops, readings and registers in silver."""
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    switch = tmp_path / "switch.json"
    write(switch, Switch(1, f"{AS_OF.date()}", f"{BEFORE.date()}", 150, trouble=False, stand_ins=True))
    running = [server.server(name, 0, switch, tmp_path / f"{name}.jsonl") for name in (PAGES, API)]
    for one in running:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    monkeypatch.setenv("JIANDU_TAKEAWAY_SITES", json.dumps([f"http://127.0.0.1:{one.server_port}" for one in running]))
    settings.cache_clear()
    for as_of in (BEFORE, AS_OF):
        state = read(switch)
        state.day = f"{as_of.date()}"
        write(switch, state)
        for spider in ("shisuda", "baiwei"):
            crawl(spider, as_of)
    for one in running:
        one.shutdown()
        one.server_close()
    shops = build(1, AS_OF.date(), 150)
    landing = settings().landing_root
    deliveries.write(shops, landing, AS_OF.date())
    lines = readings(shops, Album(1, stand_ins=True, at=tmp_path / "home" / "demo" / "takeaway" / "pictures"))
    (landing / f"platform__licence_reading_{AS_OF:%Y%m%d}.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    rows = [
        {**deliveries.labelled("market__food_licence", row), "page_url": "http://127.0.0.1/", "page_sha256": "0"} for row in registers.food_licences(shops)
    ]
    (landing / f"market__food_licence_{AS_OF:%Y%m%d}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    for data_set in ("platform__takeaway_shop", "platform__licence_reading", "market__food_licence", *deliveries.REGISTERS):
        for result in ingest(data_set, None, AS_OF):
            assert (result.status, result.quarantined) == ("loaded", 0), (result.source, result.reason)
    return shops


def test_every_truth_is_found_and_no_decoy_fires(world: list[Shop]) -> None:
    [summary] = run(["takeaway_licence"], AS_OF, "duckdb")
    assert not summary.stale
    found = {row["anchor"]: row["finding"] for row in show.current(states=LIVE)}
    key = truth.answers(world)
    truths = {answer.anchor: answer for answer in key if answer.kind == "truth"}
    assert not Counter(f"{answer.variety}: {found.get(anchor)}" for anchor, answer in truths.items() if found.get(anchor) != answer.finding)
    assert not Counter(answer.variety for answer in key if answer.kind == "decoy" and answer.anchor in found)
    assert set(found) == set(truths)
