"""What a crawl sends and what it knows it has sent, without a broker: an acknowledged producer stands for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from jiandu.crawl.posting import Posting
from jiandu.live.post import Post, decode
from jiandu.settings import settings
from jiandu.stream import broker
from tests.crawlers.conftest import AS_OF


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
    old = Post("forum", "p1", "t1", "闲聊", "0" * 32, "高价收电话卡", "", "http://127.0.0.1/t1#p1", AS_OF - timedelta(hours=100), AS_OF)
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
    young = Post("forum", "p2", "t1", "闲聊", "0" * 32, "电子烟", "", "http://127.0.0.1/t1#p2", AS_OF - timedelta(hours=1), AS_OF)
    posting = Posting("forum", AS_OF)
    assert posting.offer(young)
    posting.close()
    posting = Posting("forum", AS_OF + timedelta(hours=71, minutes=1))
    assert posting.threads() == []
    posting.close()
