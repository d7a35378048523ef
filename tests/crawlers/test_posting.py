"""What a crawl sends and what it knows it has sent, without a broker: an acknowledged producer stands for it."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from jiandu import ingest
from jiandu.crawl import reported
from jiandu.crawl.posting import Posting
from jiandu.live.post import Post, decode
from jiandu.settings import Settings, settings
from jiandu.stream import broker
from tests.crawlers.conftest import AS_OF

HOTLINE = "hotline__report"
SAMPLES = Path(__file__).parents[2] / "dags" / "sources" / "samples"


class Taken:
    """An acknowledgement."""

    def get(self, timeout: float) -> None:
        """It is there."""


class Producer:
    """Takes every message at once."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    def send(self, topic: str, key: bytes, value: bytes) -> Taken:
        self.values.append(value)
        return Taken()

    def close(self) -> None:
        """Nothing is left to send."""


@pytest.fixture
def producer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Producer:
    made = Producer()
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path))
    monkeypatch.setenv("JIANDU_HASH_KEY", "k")
    settings.cache_clear()
    monkeypatch.setattr(broker, "producer", lambda: made)
    return made


def test_an_old_post_edited_lately_is_sent_once_and_its_removal_once(producer: Producer) -> None:
    """Written a hundred hours ago, changed today: every crawl of the next three days sees it."""
    old = Post("forum", "p1", "t1", "闲聊", "0" * 32, "高价收电话卡", "", "http://127.0.0.1/t1#p1", AS_OF - timedelta(hours=100), AS_OF, deleted=False)
    changed = AS_OF - timedelta(minutes=5)
    sent = []
    for hours in (0, 1, 71):
        posting = Posting("forum", AS_OF + timedelta(hours=hours))
        sent.append(posting.offer(replace(old, seen_at=posting.as_of), changed))
        posting.close()
    assert sent == [True, False, False]
    posting = Posting("forum", AS_OF + timedelta(hours=71))
    assert [posting.withdraw("forum", {"t1"}, set()), posting.withdraw("forum", {"t1"}, set())] == [1, 0]
    posting.close()
    assert [decode(value).deleted for value in producer.values] == [False, True]
    posting = Posting("forum", AS_OF + timedelta(hours=72))
    assert posting.index.execute("SELECT count(*) FROM sent").fetchone() == (0,), "forgotten three days after its last change"
    posting.close()


def test_a_post_is_forgotten_when_no_crawl_looks_at_it_any_more(producer: Producer) -> None:
    young = Post("forum", "p2", "t1", "闲聊", "0" * 32, "电子烟", "", "http://127.0.0.1/t1#p2", AS_OF - timedelta(hours=1), AS_OF, deleted=False)
    posting = Posting("forum", AS_OF)
    assert posting.offer(young)
    posting.close()
    posting = Posting("forum", AS_OF + timedelta(hours=71, minutes=1))
    assert posting.threads() == []
    posting.close()


def deliver(day: datetime, *reports: tuple[int, datetime, str]) -> None:
    """A hotline's file of that day, loaded then: number, when it was reported, its words."""
    path = settings().landing_root / f"{HOTLINE}_{day:%Y%m%d}.jsonl"
    sample = json.loads((SAMPLES / f"{HOTLINE}.jsonl").read_text("utf-8").splitlines()[0])
    rows = [sample | {"举报编号": f"RX{number}", "举报时间": f"{at:%Y-%m-%d %H:%M:%S}", "举报内容": words} for number, at, words in reports]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    [result] = ingest.ingest(HOTLINE, [path], day)
    assert result.quarantined == 0, result.reason


def test_a_report_that_came_late_is_sent_once_and_its_correction_once(producer: Producer, empty_lake: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """Reported on Friday, delivered on Tuesday with what is new; its words are put right a week later."""
    friday, tuesday = AS_OF, AS_OF + timedelta(days=4)
    deliver(tuesday, (1, friday, "高价收电话卡"), (2, tuesday - timedelta(hours=1), "校门口卖电子烟"))
    with caplog.at_level(logging.INFO):
        sent = [reported.send(tuesday + timedelta(hours=hours))[HOTLINE] for hours in (0, 1, 71)]
    assert sent == [2, 0, 0]
    assert "1 reports are older than three days and came late" in caplog.text
    first = decode(producer.values[0])
    assert (first.post_id, first.posted_at, first.seen_at) == ("RX1", friday, tuesday), "its own time stays"
    week = tuesday + timedelta(days=7)
    deliver(week, (1, friday, "高价收电话卡，专找学生"))
    assert [reported.send(week)[HOTLINE], reported.send(week + timedelta(hours=1))[HOTLINE]] == [1, 0]


def test_reports_that_came_while_nothing_was_sent_wait(producer: Producer, empty_lake: Settings) -> None:
    """The topic was away for a week, longer than posts are remembered."""
    deliver(AS_OF, (1, AS_OF, "高价收电话卡"))
    assert reported.send(AS_OF)[HOTLINE] == 1
    deliver(AS_OF + timedelta(days=1), (2, AS_OF, "校门口卖电子烟"))
    assert reported.send(AS_OF + timedelta(days=8))[HOTLINE] == 1
    assert [decode(value).post_id for value in producer.values] == ["RX1", "RX2"]


def test_what_was_there_before_reports_were_sent_at_all_is_counted(producer: Producer, empty_lake: Settings, caplog: pytest.LogCaptureFixture) -> None:
    deliver(AS_OF - timedelta(days=30), *((number, AS_OF - timedelta(days=40), "高价收电话卡") for number in range(3)))
    assert reported.send(AS_OF)[HOTLINE] == 0
    assert f"{HOTLINE}: 3 reports came here more than three days before any was sent" in caplog.text
