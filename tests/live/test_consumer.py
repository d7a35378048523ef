"""The live reader on a real broker and a real store: exactly once in effect, whatever is sent, killed, taken away or changed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jiandu import ops
from jiandu.errors import ServiceUnavailable
from jiandu.keywords import Fresh
from jiandu.live import service, topics, watch
from jiandu.live.post import DEAD, LARGEST_BYTES, SIGNALS, TOPIC, Post, encode
from jiandu.settings import Settings
from jiandu.stream import broker
from tests.live.conftest import AS_OF, LURE, post

pytestmark = pytest.mark.usefixtures("fresh_lake")


@pytest.fixture
def topic(kafka: Settings) -> Iterator[str]:
    """Fresh topics: those of public posts have one name, so each test begins with none of them."""
    remove()
    topics.ensure()
    yield TOPIC
    remove()


def remove() -> None:
    client = broker.admin()
    known = [name for name in client.list_topics() if name in topics.ALL]
    if known:
        client.delete_topics(known)
    until = time.monotonic() + 20
    while set(topics.ALL) & set(client.list_topics()) and time.monotonic() < until:
        time.sleep(0.1)
    client.close()


def produce(values: Iterable[bytes | Post], topic: str = TOPIC, partition: int = 0, timestamp_ms: int | None = None) -> None:
    client = broker.producer()
    for value in values:
        body = encode(value) if isinstance(value, Post) else value
        client.send(topic, value=body, partition=partition, timestamp_ms=timestamp_ms)
    client.flush()
    client.close()


@pytest.fixture
def read(lexicons: Path) -> Callable[[], service.Worker]:
    """Everything that is there now, as ``jiandu live run --once`` does."""
    return lambda: service.run(lambda: AS_OF, once=True, fresh=Fresh([lexicons]))


def rows(sql: str) -> list[Any]:
    with ops.transaction() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_poison_goes_to_the_dead_letters_with_its_reason_and_the_rest_goes_on(topic: str, read: Callable[[], service.Worker]) -> None:
    late = AS_OF + timedelta(hours=2)
    bad = [
        b"{not json", b"\xff\x00", b"[]", encode(post(1)).replace(b'"deleted":false', b'"deleted":"no"'), b"x" * (LARGEST_BYTES + 1), post(2, "长" * 20_001),
        post(3, posted_at=late), post(4, seen_at=late), encode(post(5)).replace(b"Z", b""), post(6, account="张三"),
        post(7, "手机卡高价回收\x00"), post(8, post_id="9" * 5000),
    ]
    produce([post(100), *bad, post(101, "今天天气不错，出门走走", "乙"), post(102, LURE, "丙", posted_at=AS_OF + timedelta(minutes=5))])
    worker = read()
    assert worker.reader.counts["dead"] == len(bad)
    assert worker.reader.counts["findings"] == 2, "a clock that runs five minutes ahead is forgiven"
    found = [one.what.partition(":")[0] for one in watch.letters()]
    expected = ["malformed", "malformed", "fields", "fields", "huge", "huge", "future", "future", "time", "account", "characters", "fields"]
    assert found == expected
    assert rows("SELECT count(*) FROM ops.clue") == [(1,)]
    assert rows("SELECT posts, findings, dead FROM ops.live_rate") in ([], [(15, 2, 12)])


def test_killed_at_any_moment_nothing_is_lost_or_doubled(topic: str, home: Settings) -> None:
    """kill -9 of the process right after its first transactions, twice; six campaigns."""
    contacts = [f"高价收电话卡，加微信 kaka{number}88" for number in range(6)]
    produce([post(number, contacts[number % 6] + "。" * (number % 3), str(number)) for number in range(300)])
    produce([post(900 + number, "今天天气不错") for number in range(300)])
    command = [sys.executable, "-m", "jiandu", "--as-of", AS_OF.isoformat(), "live", "run"]
    for kill in range(2):
        with subprocess.Popen(command, env=dict(os.environ), stderr=subprocess.DEVNULL) as process:
            until = time.monotonic() + 30
            before = rows("SELECT count(*) FROM ops.live_post")
            while before == rows("SELECT count(*) FROM ops.live_post") and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(0.004 * kill)
            os.kill(process.pid, signal.SIGKILL)
        produce([post(1000 + kill * 60 + number, contacts[number % 6], f"{kill}-{number}") for number in range(60)])
    subprocess.run([*command, "--once"], check=True, timeout=300)
    assert rows("SELECT count(*), count(DISTINCT post_key), count(DISTINCT clue_id) FROM ops.live_post") == [(420, 420, 6)]
    last = "SELECT DISTINCT ON (clue_id) * FROM ops.live_change ORDER BY clue_id, change_no DESC"
    assert rows(f"SELECT count(*), bool_and((facts->>'sentence') ~ '70条公开帖文') FROM ({last}) AS last") == [(6, True)]
    assert rows("SELECT count(*), count(DISTINCT clue_id) FROM ops.outbox WHERE channel = 'webhook' AND state = 'open'") == [(6, 6)]
    counted = "SELECT clue_id, count(*) AS n, max(change_no) AS most FROM ops.live_change GROUP BY 1"
    assert rows(f"SELECT bool_and(c.change_no = j.n AND j.n = j.most) FROM ops.clue c JOIN ({counted}) j USING (clue_id)") == [(True,)]


def test_more_partitions_while_running_an_edit_of_the_lexicon_and_a_store_that_was_away(
    topic: str, lexicons: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = tmp_path / "lexicons"
    own.mkdir()
    for file in lexicons.iterdir():
        (own / file.name).write_bytes(file.read_bytes())
    stop = threading.Event()
    worker = service.Worker(lambda: AS_OF, stop, Fresh([own], every_seconds=0.2))
    running = threading.Thread(target=worker.run)
    running.start()
    try:
        produce([post(1)])
        wait_for("SELECT count(*) FROM ops.clue", 1)
        client = broker.admin()
        client.create_partitions({TOPIC: 3})
        client.close()
        produce([post(2, "带人办卡的来，长期有效", "乙")], partition=2)
        wait_for("SELECT count(*) FROM ops.clue", 2)
        broken = (own / "cards.yml").read_text()
        (own / "cards.yml").write_text(broken.replace("weight: 9", "weight: heavy"))
        time.sleep(0.5)
        produce([post(3, "周末带人办卡，一次结清不拖欠", "丙")])
        wait_for("SELECT count(*) FROM ops.clue", 3)
        assert worker.reader.fresh.problems, "a broken edit is told and keeps the last good version"
        (own / "cards.yml").write_text(broken.replace("带人办卡", "带人开卡"))
        time.sleep(0.5)
        produce([post(4, "带人办卡要的报名", "丁"), post(5, "本地带人开卡，量大从优", "戊")])
        wait_for("SELECT count(*) FROM ops.clue", 4)
        away = worker.reader.door
        fail = True

        def taken(self: Any, *given: Any) -> Any:
            if fail:
                raise ServiceUnavailable.at("store", "away", "wait")
            return original(self, *given)

        original = type(away).apply
        monkeypatch.setattr(type(away), "apply", taken)
        produce([post(6, "手机卡高价回收，见面交易安全可靠", "己")])
        time.sleep(1)
        assert rows("SELECT count(*) FROM ops.clue") == [(4,)]
        fail = False
        wait_for("SELECT count(*) FROM ops.clue", 5)
        assert rows("SELECT count(*) FROM ops.live_post WHERE post_key = 'forum:4'") == [(0,)]
        assert rows("SELECT count(*) FROM ops.live_lexicon") == [(2,)]
    finally:
        stop.set()
        running.join(30)


def wait_for(sql: str, value: int) -> None:
    until = time.monotonic() + 20
    while rows(sql) != [(value,)]:
        assert time.monotonic() < until, f"{sql}: {rows(sql)}"
        time.sleep(0.05)


def test_what_has_no_finding_is_gone_after_72_hours(topic: str, read: Callable[[], service.Worker]) -> None:
    then = int(AS_OF.timestamp() * 1000)
    produce([post(1, "今天天气不错"), b"broken", post(2)], timestamp_ms=then)
    produce([b"{}"], SIGNALS, timestamp_ms=then)
    read()
    client = broker.consumer(None)
    assert topics.expire(AS_OF + timedelta(hours=71)) == dict.fromkeys(sorted(topics.ALL), 0)
    topics.expire(AS_OF + timedelta(days=400))
    left = {name: len(list(broker.all_messages(client, name))) for name in (TOPIC, SIGNALS, DEAD)}
    client.close()
    assert left == {TOPIC: 0, SIGNALS: 0, DEAD: 0}
    kept = rows("SELECT body FROM ops.live_post")
    assert len(kept) == 1
    assert "天气" not in str(kept) + str(rows("SELECT * FROM ops.live_change")) + str(rows("SELECT * FROM ops.live_campaign"))
