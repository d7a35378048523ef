"""From the platforms to the clues: both crawled on two days, pictures read perfectly, registers loaded; every truth of the world is found."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jiandu.clock import parse_as_of
from jiandu.clue import show
from jiandu.clue.replay import replay_all
from jiandu.clue.seal import seal
from jiandu.clue.tables import LIVE
from jiandu.collision import run
from jiandu.crawl import crawl
from jiandu.demo.licence_pictures import Licence
from jiandu.demo.takeaway import deliveries, registers, server, truth
from jiandu.demo.takeaway.pictures import Album
from jiandu.demo.takeaway.shops import API, PAGES, Shop
from jiandu.demo.takeaway.switch import Switch, read, write
from jiandu.demo.takeaway.world import build
from jiandu.errors import JianduError
from jiandu.evidence.verify import verify
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


@dataclass
class Town:
    """Both platforms, running, and the landing folder."""

    switch: Path
    album: Album

    def day_is(self, as_of: datetime, clean: bool = False) -> None:
        """Let it be that day there; ``clean``: everybody has mended."""
        state = read(self.switch)
        state.day, state.clean = f"{as_of.date()}", clean
        write(self.switch, state)

    def captured(self, count: int) -> list[Shop]:
        """The first shops crawled on both days; shops, readings and registers in silver."""
        write(self.switch, Switch(1, f"{AS_OF.date()}", f"{BEFORE.date()}", count, trouble=False, stand_ins=True))
        for as_of in (BEFORE, AS_OF):
            self.day_is(as_of)
            for spider in ("shisuda", "baiwei"):
                crawl(spider, as_of)
        shops = build(1, AS_OF.date(), count)
        deliveries.write(shops, settings().landing_root, AS_OF.date())
        lands("platform__licence_reading", AS_OF, readings(shops, self.album))
        lands("market__food_licence", AS_OF, [{**deliveries.labelled("market__food_licence", row), "page_url": "http://127.0.0.1/", "page_sha256": "0"}
                                              for row in registers.food_licences(shops)])
        ingested("platform__takeaway_shop", "platform__licence_reading", "market__food_licence", *deliveries.REGISTERS)
        return shops


def lands(data_set: str, as_of: datetime, rows: list[dict[str, Any]]) -> None:
    """A delivery of the day."""
    path = settings().landing_root / f"{data_set}_{as_of:%Y%m%d}.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def ingested(*data_sets: str, as_of: datetime = AS_OF) -> None:
    """What landed, taken without a refused row."""
    for data_set in data_sets:
        for result in ingest(data_set, None, as_of):
            assert result.status in ("loaded", "repeated"), (result.source, result.reason)
            assert result.quarantined == 0


@pytest.fixture
def town(empty_lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """The platforms on loopback."""
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    switch = tmp_path / "switch.json"
    running = [server.server(name, 0, switch, tmp_path / f"{name}.jsonl") for name in (PAGES, API)]
    for one in running:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    monkeypatch.setenv("JIANDU_TAKEAWAY_SITES", json.dumps([f"http://127.0.0.1:{one.server_port}" for one in running]))
    settings.cache_clear()
    yield Town(switch, Album(1, stand_ins=True, at=tmp_path / "home" / "demo" / "takeaway" / "pictures"))
    for one in running:
        one.shutdown()
        one.server_close()


def test_every_truth_is_found_no_decoy_fires_and_every_card_is_made_again(town: Town) -> None:
    world = town.captured(150)
    [summary] = run(["takeaway_licence"], AS_OF, "duckdb")
    assert not summary.stale
    found = {row["anchor"]: row["finding"] for row in show.current(states=LIVE)}
    key = truth.answers(world)
    truths = {answer.anchor: answer for answer in key if answer.kind == "truth"}
    assert not Counter(f"{answer.variety}: {found.get(anchor)}" for anchor, answer in truths.items() if found.get(anchor) != answer.finding)
    assert not Counter(answer.variety for answer in key if answer.kind == "decoy" and answer.anchor in found)
    assert set(found) == set(truths)
    again = list(replay_all())
    assert [one.differences for one in again if one.differences] == []
    assert len(again) == len(truths)


def test_a_later_look_at_one_shop_withdraws_its_clue_and_names_the_capture(town: Town) -> None:
    """After the suggestion's term the page is captured again: what mended is withdrawn by that capture, what did not stands; then a capture is sealed."""
    town.captured(40)
    run(["takeaway_licence"], AS_OF, "duckdb")
    mended, moved = "百味到家:32-1031", "百味到家:21-1020"
    assert {(mended, "f1_not_shown"), (moved, "f6_elsewhere")} <= {(row["anchor"], row["finding"]) for row in show.current()}
    later = AS_OF + timedelta(days=1)
    town.day_is(later, clean=True)
    report = crawl("baiwei", later, shop="32-1031")
    assert (report.rows, Path(report.delivery).name) == (1, "platform__takeaway_shop_baiwei_shop_20261121.jsonl")
    with pytest.raises(JianduError, match="HTTP 404"):
        crawl("baiwei", later, shop="0-0000")
    lands("platform__licence_reading", later, readings(build(1, AS_OF.date(), 40, clean=True), town.album))
    ingested("platform__takeaway_shop", "platform__licence_reading", as_of=later)
    run(["takeaway_licence"], later, "duckdb")
    standing = {row["anchor"] for row in show.current()}
    assert moved in standing
    assert mended not in standing
    [clue] = [row for row in show.current(states=("withdrawn",)) if row["anchor"] == mended]
    card = show.card(clue["clue_id"])
    captures = [row["record_key"] for row in card["ended"]["rows"] if row["dataset"] == "platform__takeaway_shop"]
    assert any("2026-11-21" in key for key in captures), card["ended"]
    assert verify("baiwei").problems == []
    assert [one.differences for one in replay_all() if one.differences] == []
    [capture] = {piece["record_key"] for piece in card["evidence"] if "2026-11-21" in piece["record_key"] and piece["dataset"] == "platform__takeaway_shop"}
    sealed = seal("platform__takeaway_shop", capture, "检察官甲", "测试", later)
    assert clue["clue_id"] in sealed.clues
    with pytest.raises(JianduError, match="no clue of that number"):
        show.card(clue["clue_id"])
    assert [one.differences for one in replay_all() if one.differences] == [], "what is left replays, the sealed clue is not compared"
