"""The streaming job on a real Spark and Kafka: captures once, signals out, the same scores as the live consumer's library."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from jiandu import keywords, lake
from jiandu.behaviour import TOPIC as SIGNALS
from jiandu.behaviour import decode, lag, streaming
from jiandu.evidence.verify import verify
from jiandu.live.post import TOPIC, Post, encode
from jiandu.settings import Settings
from jiandu.stream import broker

pytestmark = pytest.mark.spark
AS_OF = "2026-11-20T08:00:00+08:00"
NOON = datetime.fromisoformat(AS_OF) - timedelta(hours=2)
LURE = "高价收电话卡，学生优先，当天结算，电话13900000001"


@pytest.fixture
def topics(kafka: Settings, spark: Settings, fresh_lake: Settings) -> None:
    """Empty topics and an empty lake."""
    client = broker.admin()
    for topic in {TOPIC, SIGNALS} & set(client.list_topics()):
        client.delete_topics([topic])
    client.close()
    streaming.ensure_topic()


@contextmanager
def running() -> Iterator[None]:
    """The job, until the block ends."""
    stop = threading.Event()
    job = threading.Thread(target=streaming.run, args=(AS_OF, stop))
    job.start()
    try:
        yield
    finally:
        stop.set()
        job.join()


def post(number: int, text: str, account: int = 0, minute: float = 0) -> Post:
    at = NOON + timedelta(minutes=minute)
    url, seen_at = f"http://127.0.0.1/{number}", at + timedelta(seconds=20)
    return Post("forum", str(number), f"t{number}", "云江市闲聊", f"{account:032x}", text, "", url, at, seen_at, deleted=False)


def send(values: list[bytes]) -> None:
    producer = broker.producer()
    for value in values:
        producer.send(TOPIC, value=value)
    producer.flush()
    producer.close()


def signals() -> list[Any]:
    client = broker.consumer(None)
    try:
        return [decode(message.value or b"") for message in broker.all_messages(client, SIGNALS)]
    finally:
        client.close()


def until(done: Any, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.2)


@pytest.mark.usefixtures("topics")
def test_findings_reach_the_lake_once_and_behaviour_reaches_kafka() -> None:
    lures = [post(n, LURE if n % 2 else LURE.replace("当天", "马上"), n % 4, n) for n in range(8)]
    chatter = [post(100 + n, f"今天路口交通拥堵，女儿上学第{n}次迟到") for n in range(20)]
    send([*map(encode, lures[:6]), b"{broken", *map(encode, chatter), encode(lures[0])])
    with running():
        until(lambda: {signal.kind for signal in signals()} >= {"campaign", "contacts"})
        status = lag.status()
        assert (status.state, status.problem) == ("reading", "")
    first = signals()
    # A new process from the lake alone: the checkpoint is gone, everything on the topic is read again, and two posts more.
    shutil.rmtree(streaming.checkpoint().removeprefix("file://"))
    send([encode(lures[6]), encode(lures[7])])
    with running():
        until(lambda: any(signal.kind == "campaign" and signal.value == 8 for signal in signals()))
    rows = lake.rows("bronze", "public__post")
    assert sorted(row["record_key"] for row in rows) == sorted(lure.key for lure in lures)
    assert not any("女儿" in json.dumps(row, default=str, ensure_ascii=False) for row in rows)
    scorer = keywords.Scorer(keywords.load())
    for row in rows:
        told = scorer.score(json.loads(row["raw"])["text"])
        assert (row["level"], tuple(row["categories"]), row["lexicon_version"]) == (told.level, told.categories, told.version)
    assert {signal.kind for signal in first} <= {signal.kind for signal in signals()}
    assert all("13900000001" not in f"{signal.subject}{signal.sentence}" for signal in signals())
    evidence = verify("posts")
    assert evidence.problems == []
    assert evidence.seals >= 2
