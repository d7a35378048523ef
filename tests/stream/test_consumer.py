"""The stream service on a real broker: exactly once in effect, through poison, kills, outages, lost and new topics."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import psutil
import pytest

from jiandu import lake, stream
from jiandu.errors import ServiceUnavailable
from jiandu.settings import Settings, settings
from jiandu.stream import beat, broker, compaction, reconciliation, replay, service
from jiandu.stream.consumer import Gap, Reader
from tests.stream.conftest import AS_OF, Shops, change, counts, current, row

Clock = Callable[[], datetime]


@pytest.fixture
def topic(kafka: Settings, empty_ops: Callable[[], None], shops: Shops) -> Iterator[str]:
    """The test's topic, made with one partition and deleted afterwards; an empty ledger."""
    empty_ops()
    client = broker.admin()
    client.create_topics({shops.topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    client.close()
    yield shops.topic
    client = broker.admin()
    client.delete_topics([name for name in client.list_topics() if name.startswith(shops.topic)])
    client.close()


def produce(topic: str, values: Iterable[bytes | None], partition: int = 0) -> None:
    client = broker.producer()
    for value in values:
        client.send(topic, value=value, key=b"null", partition=partition)
    client.flush()
    client.close()


def read(at: Clock, **options: bool) -> service.Worker:
    """Everything that is there now, as ``jiandu stream run --once`` does."""
    [worker] = service.run(at, only="test__shop", once=True, **options)
    return worker


def test_poison_goes_to_the_dead_letters_and_the_stream_goes_on(topic: str, shops: Shops, at: Clock) -> None:
    bad = [b"{not json", b"\xff\x00", change("c", 2, row("2") | {"extra": 1})]
    produce(topic, [change("c", 1, row("1")), *bad, change("c", 3, row("3", None)), change("c", 4, row("4"))])
    worker = read(at)
    assert worker.beat.dead == 3
    assert current() == {"1": "甲店", "4": "甲店"}
    assert counts() == {"bronze": 3, "silver": 2, "quarantine": 1}, "a row without a name is the contract's affair, not the envelope's"
    letters = replay.letters(shops.contract)
    assert [letter.message.offset for letter in letters] == [1, 2, 3]
    assert [letter.what for letter in letters][2] == "unknown column extra"
    assert letters[1].message.value == b"\xff\x00"
    assert read(at).beat.dead == 0, "a second run neither reads nor reports them again"
    # After a fix of the contract what can be applied is, and leaves the dead letters.
    path = shops.root / "sources" / "test__shop.yml"
    path.write_text(path.read_text().replace("key: [shop_no]", "  extra: {ignore: not needed, optional: true}\nkey: [shop_no]"))
    assert replay.replay(shops.contract, AS_OF) == replay.Outcome(applied=1, left=2)
    assert replay.replay(shops.contract, AS_OF) == replay.Outcome(applied=0, left=2)
    assert current() == {"1": "甲店", "2": "甲店", "4": "甲店"}
    counts()


def test_a_second_run_and_new_messages(topic: str, at: Clock) -> None:
    produce(topic, [change("c", 1, row("1")), None, None])
    assert read(at).beat.next == {"0": 3}
    before = version()
    assert read(at).beat.next == {"0": 3}
    assert version() == before
    produce(topic, [change("u", 2, row("1", "新店"))])
    assert read(at).beat.next == {"0": 4}
    assert current() == {"1": "新店"}


def version() -> int:
    table = lake.open_table("bronze", "test__shop")
    return int(table.version()) if table else -1


def test_ledger_down_waits_and_completes(topic: str, at: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL does not answer: the batch is in the lake, the ledger is not; afterwards nothing is doubled."""
    produce(topic, [change("c", n, row(str(n))) for n in range(1, 6)])
    monkeypatch.setenv("JIANDU_POSTGRES_DSN", "postgresql+psycopg://nobody@127.0.0.1:9/none")
    settings.cache_clear()
    with pytest.raises(ServiceUnavailable):
        read(at)
    assert beat.read("test__shop") is not None
    monkeypatch.delenv("JIANDU_POSTGRES_DSN")
    settings.cache_clear()
    produce(topic, [change("c", 6, row("6"))])
    read(at)
    assert counts() == {"bronze": 6, "silver": 6, "quarantine": 0}
    assert ledger() == {f"{topic}:0:0–4": 5, f"{topic}:0:5–5": 1}


def ledger() -> dict[str, int]:
    """Rows by delivery."""
    from sqlalchemy import text

    from jiandu import ops

    with ops.engine().connect() as store:
        return {name: rows for name, rows in store.execute(text("SELECT delivery_id, rows_total FROM ops.delivery")).fetchall()}


def test_cut_short_between_bronze_and_silver(topic: str, at: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Died after bronze was committed: the next run completes that delivery under its own name before it reads on."""
    from jiandu import silver

    produce(topic, [change("c", 1, row("1")), b"poison", change("c", 2, row("2"))])
    with monkeypatch.context() as patch:
        patch.setattr(silver, "merge", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            read(at)
    assert lake.open_table("silver", "test__shop") is None
    produce(topic, [change("c", 3, row("3"))])
    assert read(at).beat.dead == 0, "its dead letter is out already"
    assert counts() == {"bronze": 3, "silver": 3, "quarantine": 0}
    assert len(replay.letters("test__shop")) == 1


def test_killed_mid_stream(topic: str, home: Settings) -> None:
    """kill -9 of the service while it loads, three times: every message once."""
    total = 6_000
    produce(topic, (change("c", n, row(str(n % 1500), f"第{n}次")) for n in range(1, total + 1)))
    command = [sys.executable, "-m", "jiandu", "--as-of", AS_OF.isoformat(), "stream", "run", "--contract", "test__shop"]
    for kill in range(3):
        with subprocess.Popen(command, env=dict(os.environ), stderr=subprocess.DEVNULL) as process:
            reached = version()
            wait_for(lambda reached=reached: version() > reached or done(total), 90)
            time.sleep(0.05 + 0.2 * kill)
            process.send_signal(signal.SIGKILL)
    subprocess.run([*command, "--once"], check=True, timeout=300)
    assert counts() == {"bronze": total, "silver": total, "quarantine": 0}
    with lake.duck() as connection:
        lake.view(connection, "bronze", "test__shop", "bronze")
        assert connection.execute("SELECT count(DISTINCT position), count(DISTINCT row_no) FROM bronze").fetchall() == [(total, total)]
    assert current()["1"] == "第4501次"
    assert len(current()) == 1500


def kill(config: Settings, word: str) -> None:
    """kill -9 of the supervised process whose command holds ``word``."""
    from jiandu.services import processes

    record = processes.read_record(config)
    assert record is not None
    living = [process for process in processes.family(record) if process.status() != psutil.STATUS_ZOMBIE]
    [found] = [process for process in living if word in process.cmdline()]
    found.kill()
    found.wait(20)


def done(total: int) -> bool:
    heard = beat.read("test__shop")
    return heard is not None and heard.next.get("0") == total


def wait_for(what: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def test_polite_stop_of_the_service(topic: str, home: Settings) -> None:
    produce(topic, [change("c", 1, row("1"))])
    command = [sys.executable, "-m", "jiandu", "--as-of", AS_OF.isoformat(), "stream", "run", "--contract", "test__shop"]
    with subprocess.Popen(command, env=dict(os.environ)) as process:
        wait_for(lambda: done(1), 60)
        heard = beat.read("test__shop")
        assert heard is not None
        assert heard.alive
        process.terminate()
        assert process.wait(20) == 0
    heard = beat.read("test__shop")
    assert heard is not None
    assert (heard.state, heard.alive) == ("stopped", False)


def test_broker_killed_while_reading(topic: str, kafka: Settings, at: Clock) -> None:
    """The supervisor restarts the broker; the service waits and goes on."""
    from jiandu.services import stack

    stop = threading.Event()
    running = threading.Thread(target=lambda: service.run(at, only="test__shop", stop=stop), daemon=True)
    running.start()
    try:
        produce(topic, [change("c", 1, row("1"))])
        wait_for(lambda: current() == {"1": "甲店"}, 60)
        kill(kafka, "kafka.Kafka")
        stack.up(["kafka"], kafka)
        produce(topic, [change("c", 2, row("2"))])
        wait_for(lambda: len(current()) == 2, 120)
    finally:
        stop.set()
        running.join(60)
    assert counts() == {"bronze": 2, "silver": 2, "quarantine": 0}


def test_topic_made_again_is_read_from_its_beginning(topic: str, at: Clock) -> None:
    produce(topic, [change("c", n, row(str(n))) for n in range(1, 4)])
    read(at)
    client = broker.admin()
    client.delete_topics([topic])
    wait_for(lambda: topic not in client.list_topics(), 30)
    client.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    client.close()
    produce(topic, [change("c", n, row(str(n))) for n in range(11, 15)])
    worker = read(at)
    assert worker.reader.progress == {} or len(current()) == 7
    assert len(current()) == 7
    with lake.duck() as connection:
        lake.view(connection, "bronze", "test__shop", "bronze")
        names = [name for (name,) in connection.execute("SELECT DISTINCT delivery_id FROM bronze ORDER BY 1").fetchall()]
    assert names == [f"{topic}:0:0–2", f"{topic}@2:0:0–3"]
    assert read(at).beat.next == {"0": 4}


def test_messages_deleted_before_they_were_read(topic: str, at: Clock) -> None:
    from kafka import TopicPartition

    produce(topic, [change("c", n, row(str(n))) for n in range(1, 3)])
    read(at)
    produce(topic, [change("c", n, row(str(n))) for n in range(3, 8)])
    client = broker.admin()
    client.delete_records({TopicPartition(topic, 0): 5})
    client.close()
    with pytest.raises(Gap, match="offsets 2–4"):
        read(at)
    assert len(current()) == 2
    read(at, accept_gap=True)
    assert sorted(current()) == ["1", "2", "6", "7"]


def test_status_tells_what_is_wrong(topic: str, at: Clock) -> None:
    produce(topic, [change("c", 1, row("1")), b"poison"])
    read(at)
    produce(topic, [change("c", 2, row("2"))])
    [found] = [entry for entry in stream.status() if entry.contract == "test__shop"]
    assert (found.lag, found.dead_letters, found.alive, found.topic) == (1, 1, False, topic)
    assert "not running" in found.problem
    assert "Kafka Connect does not answer" in found.problem


def test_reconcile_after_a_truncation_and_a_snapshot(topic: str, shops: Shops, at: Clock) -> None:
    produce(topic, [change("c", n, row(str(n))) for n in range(1, 5)])
    read(at)
    assert reconciliation.missing(shops.contract) is None
    produce(topic, [json.dumps({"op": "t", "before": None, "after": None, "source": {"schema": "s", "table": "t", "lsn": 9, "ts_ms": 1793500000000}}).encode(),
                    change("c", 10, row("2")), change("c", 11, row("7"))])
    read(at)
    assert len(current()) == 5, "the truncation alone deletes nothing"
    found = reconciliation.missing(shops.contract)
    assert found is not None
    assert (found.keys, found.current) == (["1", "3", "4"], 5)
    assert reconciliation.delete(shops.contract, found, AS_OF) == 3
    assert sorted(current()) == ["2", "7"]
    assert replay.letters(shops.contract) == []
    produce(topic, [change("r", 20, row("7"), snapshot="last")])
    read(at)
    found = reconciliation.missing(shops.contract)
    assert found is not None
    assert found.keys == ["2"]
    reconciliation.delete(shops.contract, found, AS_OF)
    assert sorted(current()) == ["7"]
    counts()


def test_many_small_batches_are_put_together(topic: str, at: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "FILES", 3)
    reader = Reader("test__shop", at)
    produce(topic, [change("c", 1, row("1"))])
    assert reader.open()
    for number in range(2, 6):
        assert reader.step() == 1
        produce(topic, [change("u", number, row("1", f"第{number}版"))])
    assert reader.step() == 1
    reader.close()
    table = lake.open_table("silver", "test__shop")
    assert table is not None
    assert len(table.file_uris()) < 4
    assert current() == {"1": "第5版"}
    assert counts() == {"bronze": 5, "silver": 5, "quarantine": 0}
    assert read(at).beat.next == {"0": 5}


def test_several_partitions(kafka: Settings, empty_ops: Callable[[], None], shops: Shops, at: Clock) -> None:
    client = broker.admin()
    client.create_topics({shops.topic: {"num_partitions": 3, "replication_factor": 1}}, wait_for_metadata=True)
    client.close()
    for partition in range(3):
        produce(shops.topic, [change("c", n, row(f"{partition}-{n}")) for n in range(1, 4)], partition)
    assert read(at).beat.next == {"0": 3, "1": 3, "2": 3}
    produce(shops.topic, [change("c", 9, row("2-9"))], 2)
    read(at)
    assert len(current()) == 10


def test_a_topic_that_is_not_there_yet(kafka: Settings, shops: Shops, at: Clock) -> None:
    with pytest.raises(ServiceUnavailable, match="does not exist yet"):
        read(at)
