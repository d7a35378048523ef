"""The live reader on a real broker and a real store: exactly once in effect, whatever is sent, killed, taken away or changed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
import pytest
from sqlalchemy import make_url, text

from jiandu import ops
from jiandu.behaviour import TOPIC as SIGNALS
from jiandu.behaviour import encode as encode_signal
from jiandu.keywords import Fresh, Scorer
from jiandu.live import door, service, topics, watch
from jiandu.live.consumer import Reader
from jiandu.live.post import DEAD, LARGEST_BYTES, TOPIC, Post, encode
from jiandu.settings import Settings
from jiandu.stream import broker
from tests.live.conftest import AS_OF, LURE, post
from tests.live.test_door import signal as raised

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
        post(7, "手机卡高价回收\x00"), post(8, post_id="9" * 5000), encode(post(9)).replace(b',"deleted":false', b""),
    ]
    produce([post(100), *bad, post(101, "今天天气不错，出门走走", "乙"), post(102, LURE, "丙", posted_at=AS_OF + timedelta(minutes=5))])
    worker = read()
    assert worker.reader.counts["dead"] == len(bad)
    assert worker.reader.counts["findings"] == 2, "a clock that runs five minutes ahead is forgiven"
    found = [one.what.partition(":")[0] for one in watch.letters()]
    expected = ["malformed", "malformed", "fields", "fields", "huge", "huge", "future", "future", "time", "account", "characters", "fields", "fields"]
    assert found == expected
    assert rows("SELECT count(*) FROM ops.clue") == [(1,)]
    worker.reader.rate.write()
    assert rows("SELECT sum(posts), sum(findings), sum(dead) FROM ops.live_rate") == [(16, 2, 13)], "read in one minute or in two"


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
    topic: str, lexicons: Path, tmp_path: Path,
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
        with shut() as cut:
            until = time.monotonic() + 20
            while worker.beat.state != "waiting" and time.monotonic() < until:
                produce([post(6, "手机卡高价回收，见面交易安全可靠", "己")])
                time.sleep(0.2)
            assert "PostgreSQL" in worker.beat.problem
            assert cut("SELECT count(*) FROM ops.clue") in ([(4,)], [(5,)])
            produce([post(7, "手机卡高价回收，周末来车站找穿蓝衣服的", "庚")])
            time.sleep(0.5)
            assert cut("SELECT count(*) FROM ops.live_post WHERE post_key = 'forum:7'") == [(0,)]
        wait_for("SELECT count(*) FROM ops.clue", 6)
        assert rows("SELECT count(*) FROM ops.live_post WHERE post_key = 'forum:4'") == [(0,)]
        assert rows("SELECT count(*) FROM ops.live_lexicon") == [(2,)]
    finally:
        stop.set()
        running.join(30)


@contextmanager
def shut() -> Iterator[Callable[[str], list[Any]]]:
    """The store with its door shut: every connection is ended, and only the one that looks on is let in."""
    address = make_url(ops.dsn()).set(drivername="postgresql")
    here, beside = (address.set(database=name).render_as_string(hide_password=False) for name in (address.database, "template1"))
    with psycopg.connect(here, autocommit=True) as inside, psycopg.connect(beside, autocommit=True) as outside:
        name = psycopg.sql.Identifier(str(address.database))
        outside.execute(psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        outside.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s", [address.database, inside.info.backend_pid])
        try:
            yield lambda sql: inside.execute(sql).fetchall()  # type: ignore[arg-type]
        finally:
            outside.execute(psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


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
    gone = topics.expire(AS_OF + timedelta(hours=73))
    assert (gone[TOPIC], gone[SIGNALS]) == (3, 1)
    topics.expire(datetime.now(UTC) + timedelta(hours=73))  # a letter's own hours run from its writing
    left = {name: len(list(broker.all_messages(client, name))) for name in (TOPIC, SIGNALS, DEAD)}
    client.close()
    assert left == {TOPIC: 0, SIGNALS: 0, DEAD: 0}
    kept = rows("SELECT body FROM ops.live_post")
    assert len(kept) == 1
    assert "天气" not in str(kept) + str(rows("SELECT * FROM ops.live_change")) + str(rows("SELECT * FROM ops.live_campaign"))


def test_what_retention_took_is_told_for_a_day(topic: str, lexicons: Path) -> None:
    clock = [AS_OF]
    produce([post(1), post(2)])
    reader = Reader(lambda: clock[0], Fresh([lexicons]))
    reader.open()
    try:
        until = time.monotonic() + 20
        while reader.counts["posts"] < 2 and time.monotonic() < until:
            reader.step()
        assert reader.gap() == ""
        produce([post(3), post(4), post(5)])
        admin = broker.admin()
        admin.delete_records({partition: 4 for partition in reader.next if tuple(partition) == (TOPIC, 0)})
        admin.close()
        reader.open()
        assert reader.gap().startswith("2 messages left the topics")
        clock[0] += timedelta(hours=23)
        assert reader.gap()
        clock[0] += timedelta(hours=2)
        assert reader.gap() == ""
    finally:
        reader.close()


def test_no_message_ends_the_reader(topic: str, read: Callable[[], service.Worker], monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that is none, a post the scorer fails at, one the door fails at, one the store refuses: each is a letter with its own address."""
    sound = encode_signal(raised("campaign", "forum:2"))
    produce([sound.replace(b'"value": 5', b'"value": "9"'), b"[" * 50_000, sound.replace(b"forum:2", b"\\u0000"), sound], SIGNALS)
    produce([post(1, "怪物" + LURE), post(2), post(3, LURE + "！门口", "乙"), post(4, LURE + "？库里", "丙")])
    score, row = Scorer.score, door._Turn.row

    def failing(self: Scorer, words: str) -> Any:
        if "怪物" in words:
            raise RecursionError("too deep")
        return score(self, words)

    def refused(self: Any, clue: str, at: Post, *more: Any) -> None:
        if at.post_id == "3":
            raise TypeError("not understood")
        row(self, clue, at, *more)
        if at.post_id == "4":
            self.rows[-1]["clue_id"] = None

    monkeypatch.setattr(Scorer, "score", failing)
    monkeypatch.setattr(door._Turn, "row", refused)
    worker = read()
    assert worker.reader.counts["dead"] == 6
    found = {(one.message.where, one.what.partition(":")[0]) for one in watch.letters()}
    signals = {(f"{SIGNALS}:0:{number}", "not a signal") for number in range(3)}
    assert found == {(f"{TOPIC}:0:0", "scorer"), (f"{TOPIC}:0:2", "door"), (f"{TOPIC}:0:3", "store"), *signals}
    assert rows("SELECT post_key FROM ops.live_post") == [("forum:2",)]
    assert rows("SELECT severity FROM ops.clue") == [("orange",)], "the sound signal reached its post"
    assert read().reader.counts["posts"] == 0, "nothing is read twice"
