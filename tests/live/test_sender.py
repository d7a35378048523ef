"""A first notice leaves when it is written, over every channel, without anybody asking; other models' alerts wait for their own delivery."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from jiandu import ops
from jiandu.alert.receivers import Receivers, shelf
from jiandu.live import sender, watch
from jiandu.live.door import Batch, Door, Scored
from jiandu.live.judge import Judge
from jiandu.services import secrets
from jiandu.settings import Settings, settings
from tests.live.conftest import AS_OF, post
from tests.live.test_door import signal


@pytest.fixture
def receivers(fresh_lake: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Receivers]:
    """Both receivers up, in a home of the test's own."""
    monkeypatch.setenv("JIANDU_POSTGRES_DSN", secrets.read()["postgres_dsn"])
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    running = Receivers()
    yield running
    running.stop()


def test_notices_leave_at_once_and_one_by_one(receivers: Receivers, judge: Judge, scored: Callable[..., list[Scored]]) -> None:
    stop = threading.Event()
    running = threading.Thread(target=sender.run, args=(lambda: AS_OF, stop))
    running.start()
    try:
        door = Door(AS_OF)
        door.apply(Batch(scored(post(1))), judge, AS_OF)
        until(lambda: len(shelf("webhook").bodies()) == len(shelf("mail").bodies()) == 1)
        with ops.transaction() as store:
            other = "UPDATE ops.outbox SET group_key = 'x:other_model', message_key = NULL, delivered_at = NULL WHERE channel = 'mail'"
            store.execute(text(other))
        door.apply(Batch(signals=[signal("outlet", "forum:1")]), judge, AS_OF)
        until(lambda: len(shelf("webhook").bodies()) == 2)
        first, second = (json.loads(body) for body in shelf("webhook").bodies())
        assert [one["clues"][0]["severity"] for one in (first, second)] == ["yellow", "red"]
        assert first["recipient"] == "990101:juvenile"
        assert "线索仅供人工核查" in first["text"]
        assert "手机卡" not in json.dumps(first, ensure_ascii=False)
        assert watch.sending() == ""
    finally:
        stop.set()
        running.join(20)
    with ops.transaction() as store:
        assert store.scalar(text("SELECT count(*) FROM ops.outbox WHERE group_key = 'x:other_model' AND message_key IS NULL")) == 1


def test_a_channel_that_fails_unexpectedly_ends_the_process_and_the_heartbeat_says_so(receivers: Receivers) -> None:
    """A column that the store lacks is no ``JianduError``; silence would be a sender that lives and sends nothing."""
    assert "never started" in watch.sending()
    with ops.transaction() as store:
        store.execute(text("ALTER TABLE ops.outbox RENAME COLUMN message_key TO other"))
    try:
        with pytest.raises(DBAPIError, match="message_key"):
            sender.run(lambda: AS_OF, threading.Event())
    finally:
        with ops.transaction() as store:
            store.execute(text("ALTER TABLE ops.outbox RENAME COLUMN other TO message_key"))
    assert "stopped" in watch.sending()


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
