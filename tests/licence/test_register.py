"""From pages to readings in the lake: each picture read once, doubtful values in no column, a repeated run without a trace."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from jiandu import ingest, lake, silver
from jiandu.clock import parse_as_of
from jiandu.licence import kept, register
from jiandu.licence.pool import read_all
from jiandu.settings import Settings, settings

AS_OF = parse_as_of("2026-11-20T08:00:00+08:00")


def shop(number: int, **shown: str | None) -> str:
    """A captured page as delivered."""
    page = {
        "平台": "食速达", "门店编号": f"S{number}", "店名": "店", "采集时间": "2026-11-19T02:10:00+08:00", "行政区划代码": "990103", "页面地址": None,
        "纬度": None, "经度": None, "公示主体": None, "公示证号": None, "证照链接层级": "0", "许可证图片": None, "营业执照图片": None,
        "菜品分类": None, "菜品": None,
        "无堂食标识": "否", "自述仅外卖": "否", "营业状态": "营业", "page_url": "http://127.0.0.1/s", "page_sha256": "0" * 64,
    }
    return json.dumps(page | shown, ensure_ascii=False)


@pytest.fixture
def own_home(empty_lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home of this test alone: readings and evidence are kept there."""
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    return settings()


@pytest.fixture
def pictures(own_home: Settings) -> list[str]:
    """Two pages: pictures that are none, and one whose bytes were never kept. Returns the hashes."""
    hashes = []
    for content in (b"<html>403</html>", b""):
        digest = hashlib.sha256(content).hexdigest()
        target = settings().home.resolve() / "evidence" / "pages" / digest[:2] / digest
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        hashes.append(digest)
    hashes.append("f" * 64)
    landed = settings().landing_root / "platform__takeaway_shop_20261119.jsonl"
    landed.parent.mkdir(parents=True, exist_ok=True)
    pages = [shop(1, 许可证图片=hashes[0], 营业执照图片=hashes[1]), shop(2, 许可证图片=hashes[2]), shop(3, 许可证图片=hashes[0])]
    landed.write_text("\n".join(pages) + "\n", "utf-8")
    [result] = ingest.ingest("platform__takeaway_shop", [landed], AS_OF)
    assert result.silver == {"new": 3}
    return hashes


def test_each_picture_is_read_once_and_a_repeat_changes_nothing(pictures: list[str]) -> None:
    first = register.read_new(AS_OF, workers=1)
    assert (first.named, first.read, first.unreadable, first.known, first.absent) == (3, 2, 2, 0, [pictures[2]])
    content = Path(first.delivery).read_bytes()
    again = register.read_new(AS_OF, workers=1)
    assert (again.read, again.known, again.delivery) == (0, 2, first.delivery)
    assert Path(again.delivery).read_bytes() == content
    assert len(list(settings().landing_root.glob("platform__licence_reading_*"))) == 1


def test_readings_are_taken_by_ingest_like_any_delivery(pictures: list[str]) -> None:
    run = register.read_new(AS_OF, workers=1)
    [result] = ingest.ingest("platform__licence_reading", [Path(run.delivery)], AS_OF)
    assert result.silver == {"new": 2}
    connection = lake.duck()
    name = silver.current(connection, "platform__licence_reading")
    reasons = connection.execute(f"SELECT unreadable_reason FROM {name} WHERE reading_outcome = 'unreadable' ORDER BY 1").fetchall()
    assert reasons == [("不是图片:网页(HTML)",), ("文件为空",)]  # silver keeps one width of punctuation


def test_a_doubtful_value_has_no_column_to_stand_in_and_waits_for_a_human(own_home: Settings) -> None:
    def field(value: str, confidence: float, accepted: bool) -> dict[str, object]:
        return {"value": value, "confidence": confidence, "accepted": accepted, "boxes": [], "source": "raw"}

    entry = kept.keep("ab" * 32, {
        "outcome": "read", "reason": "", "kind": "食品经营许可证", "passes": 2, "qr": "", "qr_agrees": None, "engine": "e",
        "review": ["valid_until_date", "uscc"], "fields": {"licence_no": field("JY29901030000012", 0.99, True),
        "valid_until_date": field("2029-12-20", 0.2, False)},
    }, AS_OF)
    row = register.row(entry)
    assert row["有效期至"] is None
    assert row["有效期至置信度"] == "0.2"
    assert "2029-12-20" in str(row["识别明细"])
    assert row["待复核字段"] == "valid_until_date、uscc"
    assert row["证号校验"] == "否"
    assert [(item["field"], item["value"]) for item in register.waiting()] == [("uscc", ""), ("valid_until_date", "2029-12-20")]
    path = register.land(AS_OF)
    assert path is not None
    [result] = ingest.ingest("platform__licence_reading", [path], AS_OF)
    assert result.silver == {"new": 1}


def test_pictures_read_by_a_run_that_died_land_with_the_run_of_another_day(pictures: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Read on the 20th and killed before it landed; nothing was left to read on the 21st, and each further day brings its own only."""
    def dies(wanted: dict[str, Path], workers: int = 0) -> Iterator[tuple[str, kept.Entry]]:
        yield from list(read_all(wanted, workers))[:1]
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(register, "read_all", dies)
        with pytest.raises(KeyboardInterrupt):
            register.read_new(AS_OF, workers=1)
    next_day, after = AS_OF + timedelta(days=1), AS_OF + timedelta(days=2)
    run = register.read_new(next_day, workers=1)
    assert (run.known, run.read) == (1, 1)
    [result] = ingest.ingest("platform__licence_reading", [Path(run.delivery)], next_day)
    assert result.silver == {"new": 2}
    assert register.read_new(next_day, workers=1).delivery == run.delivery, "a repeat lands the same bytes"
    assert register.land(after) is None
    assert len(list(settings().landing_root.glob("platform__licence_reading_*"))) == 1
