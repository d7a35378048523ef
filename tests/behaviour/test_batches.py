"""One batch at a time, without Spark: what is let through, kept once, survives a kill, and what reported outlets say."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from kafka.errors import NotEnoughReplicasError
from msgspec.structs import replace

from jiandu import content, keywords, lake
from jiandu.behaviour import Signal, batches, capture, outlets
from jiandu.behaviour.batches import Worker
from jiandu.behaviour.capture import SITE, TABLE
from jiandu.behaviour.judging import Reported
from jiandu.behaviour.kept import Kept, hashed
from jiandu.behaviour.scoring import SCHEMA, score_batches
from jiandu.clock import ZONE
from jiandu.errors import ServiceUnavailable
from jiandu.evidence.verify import verify
from jiandu.live.post import Post, encode
from jiandu.stream import broker

CLOCK = datetime(2026, 11, 20, 8, tzinfo=ZONE)
LURE = "高价收电话卡，有意的请打13900000001"
Row = dict[str, Any]


@pytest.fixture
def own(empty_lake: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lake and a home of this test's own."""
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JIANDU_HASH_KEY", "k")
    batches.settings.cache_clear()


def post(number: int, text: str = LURE, minute: float = 0, account: int = 1) -> Post:
    at = CLOCK - timedelta(hours=2) + timedelta(minutes=minute)
    return Post("forum", str(number), "t", "闲聊", f"{account:032x}", text, "", f"http://127.0.0.1/{number}", at, at, deleted=False)


def scored(values: Sequence[bytes], first: int = 0, folders: tuple[str, ...] = ()) -> list[Row]:
    """Messages as the executors hand them on."""
    sent = [{"partition": 0, "offset": first + place, "sent_ms": 1, "value": value} for place, value in enumerate(values)]
    schema = pa.schema([("partition", pa.int32()), ("offset", pa.int64()), ("sent_ms", pa.int64()), ("value", pa.binary())])
    folders = folders or tuple(map(str, content.folders("lexicons")))
    return [row for batch in score_batches([pa.RecordBatch.from_pylist(sent, schema)], folders, keywords.load().dumped()) for row in batch.to_pylist()]


def worker(sent: list[Signal]) -> Worker:
    return Worker(send=sent.extend)


def test_an_executor_that_starts_while_an_edit_is_broken_goes_on_with_the_last_good_lexicons(tmp_path: Path) -> None:
    broken = tmp_path / "lexicons"
    shutil.copytree(content.folders("lexicons")[0], broken)
    edited = sorted(broken.glob("*.yml"))[-1]
    edited.write_text(edited.read_text("utf-8") + "\nno_such_key: 1\n", "utf-8")
    message = encode(post(1))
    assert scored([message], folders=(str(broken),)) == scored([message])
    assert scored([message])[0]["level"] > 0


def test_only_findings_and_contacts_pass_and_the_rest_is_a_count() -> None:
    mother, notice = post(2, "女儿今天放学晚，路口交通拥堵"), post(3, "家长会改到周五，咨询电话13811112222")
    gone, title = replace(post(4), deleted=True), replace(post(5, "请看标题"), title="高价收电话卡")
    rows = scored([encode(post(1)), encode(mother), encode(notice), encode(gone), encode(title), b"{broken", b""])
    assert [(row["offset"], row["level"] > 0) for row in rows[:-1]] == [(0, True), (2, False), (4, True)]
    assert (rows[-1]["value"], rows[-1]["posts"], rows[-1]["dead"]) == (None, 7, 2)
    assert set(rows[0]) == set(SCHEMA.names)


def test_executors_and_the_live_consumers_scorer_agree() -> None:
    texts = [LURE, "出租手机卡，日结", "高 价 收 電 話 卡", "民警提醒：高价收电话卡是骗局", "电子烟学生可送不查身份证", "今天天气好", "女儿" * 50]
    posts = [post(number, text) for number, text in enumerate(texts)]
    scorer = keywords.Scorer(keywords.load())
    expected = {
        number: (score.level, list(score.categories), score.version)
        for number, one in enumerate(posts) if (score := scorer.score(one.words)).level or score.contacts
    }
    found = {row["offset"]: (row["level"], row["categories"], row["version"]) for row in scored([*map(encode, posts)]) if row["value"]}
    assert found == expected
    assert any(level for level, _, _ in found.values())


@pytest.mark.usefixtures("own")
def test_findings_are_kept_once_with_their_capture_and_a_time_stamp() -> None:
    sent: list[Signal] = []
    one = worker(sent)
    first = scored([encode(post(n, account=n)) for n in range(4)] + [encode(post(9, "家长会改到周五，咨询电话13811112222"))])
    told = one.take(first, CLOCK)
    again = one.take([*first, *scored([encode(post(0, account=0))], first=100)], CLOCK)
    rows = lake.rows("bronze", TABLE)
    assert sorted(row["record_key"] for row in rows) == [f"forum:{n}" for n in range(4)]
    assert {row["delivery_id"] for row in rows} == {f"jiandu.posts:0:{n}" for n in range(4)}
    assert {signal.kind for signal in told} == {"campaign", "contacts"}
    assert (again, sent) == ([], told)
    assert not any("13900000001" in f"{signal.subject}{signal.sentence}" for signal in told)
    one.captures.chain.close()
    evidence = verify(SITE)
    assert (evidence.problems, evidence.links, evidence.seals) == ([], 1, 1)


@pytest.mark.usefixtures("own")
def test_a_kill_between_lake_and_kafka_sends_the_signals_again_and_keeps_nothing_twice() -> None:
    before, last = scored([encode(post(n, account=n)) for n in range(3)]), scored([encode(post(3, account=3))], first=3)

    def fails(signals: Sequence[Signal]) -> None:
        if any(signal.kind == "campaign" for signal in signals):
            raise ServiceUnavailable.at("Kafka", "gone")

    killed = Worker(send=fails)
    killed.take(before, CLOCK)
    with pytest.raises(ServiceUnavailable):
        killed.take(last, CLOCK)
    killed.captures.chain.close()
    sent: list[Signal] = []
    restarted = worker(sent)
    restarted.take(last, CLOCK)
    assert {(signal.kind, signal.value) for signal in sent if signal.kind == "campaign"} == {("campaign", 4.0)}
    assert {signal.key for signal in restarted.memory.signals()} <= {signal.key for signal in sent}
    assert len(lake.rows("bronze", TABLE)) == 4


@pytest.mark.usefixtures("own")
def test_the_same_words_seen_again_are_kept_once_and_a_change_once_more() -> None:
    first, changed = post(1), post(1, text=f"{LURE}，学生优先")
    one = worker([])
    for minutes, said in enumerate([first, first, changed, first, changed]):
        one.take(scored([encode(replace(said, seen_at=said.seen_at + timedelta(minutes=minutes)))], first=minutes), CLOCK)
    one.captures.chain.close()
    restarted = worker([])
    restarted.take(scored([encode(replace(first, seen_at=CLOCK))], first=9), CLOCK)
    rows = sorted(lake.rows("bronze", TABLE), key=lambda row: row["seen_at"])
    assert [row["delivery_id"] for row in rows] == ["jiandu.posts:0:0", "jiandu.posts:0:2"]
    assert [row["seen_at"] for row in rows] == [first.seen_at, first.seen_at + timedelta(minutes=2)], "the first capture of each version stays"


@pytest.mark.usefixtures("own")
def test_a_report_keeps_its_tier_and_no_number_stands_in_the_lake_but_in_the_words() -> None:
    report, public = replace(post(1, account=1), platform="hotline__report"), [post(n, account=n) for n in (2, 3)]
    one = worker([])
    one.take(scored([encode(each) for each in (report, *public)]), CLOCK)
    rows = {row["record_key"]: row for row in lake.rows("bronze", TABLE)}
    assert {key: row["tier"] for key, row in rows.items()} == {"hotline__report:1": "sensitive", "forum:2": "personal", "forum:3": "personal"}
    assert {contact for row in rows.values() for contact in row["contacts"]} == {hashed("phone:13900000001", b"k")}
    one.captures.chain.close()
    sent: list[Signal] = []
    worker(sent).take([], CLOCK)
    assert sent == one.memory.signals(), "a restart knows the contact by the same hash"
    assert {signal.kind for signal in sent} == {"contacts"}


@pytest.mark.usefixtures("own")
def test_a_restart_judges_lateness_as_it_was_judged_even_without_a_checkpoint() -> None:
    """Two posts of one contact came in time, one too late: three would be a signal, also when everything is read anew."""
    day = 60 * 24
    came = [[post(1, minute=-30)], [post(2)], [post(3, text="电子烟学生可送不查身份证", minute=day)], [post(4, minute=-60)]]
    clock, sent = CLOCK + timedelta(days=1), list[Signal]()
    rows = [scored([*map(encode, posts)], first=number) for number, posts in enumerate(came)]
    one = worker(sent)
    for batch in rows:
        one.take(batch, clock)
    assert (sent, one.memory.too_late, len(lake.rows("bronze", TABLE))) == ([], 1, 4)
    one.captures.chain.close()
    for again in ([], rows[3], [row for batch in rows for row in batch if row["value"]]):
        restarted = worker(sent)
        restarted.take(again, clock)
        assert (sent, restarted.memory.posts) == ([], one.memory.posts)
        restarted.captures.chain.close()
    assert len(lake.rows("bronze", TABLE)) == 4


@pytest.mark.usefixtures("own")
def test_a_signal_the_broker_refuses_stops_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    class Refused:
        def get(self, timeout: float) -> None:
            raise NotEnoughReplicasError

    class Producer:
        def send(self, topic: str, key: bytes, value: bytes) -> Refused:
            asked.append(key)
            return Refused()

        def flush(self, timeout: float) -> None:
            """A flush does not say what was refused."""

    monkeypatch.setattr(broker, "producer", Producer)
    with pytest.raises(ServiceUnavailable, match="did not take the signals"):
        Worker().take(scored([encode(post(n, account=n)) for n in range(4)]), CLOCK)
    assert asked


@pytest.mark.usefixtures("own")
def test_many_small_batches_are_put_together_and_lose_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "FILES", 4)
    one = worker([])
    for number in range(9):
        one.take(scored([encode(post(number))], first=number), CLOCK)
    table = lake.open_table("bronze", TABLE)
    assert table is not None
    assert len(table.file_uris()) < 4
    assert len({row["record_key"] for row in lake.rows("bronze", TABLE)}) == 9


@pytest.mark.usefixtures("own")
def test_posts_from_the_future_are_left_to_the_dead_letters() -> None:
    sent: list[Signal] = []
    one = worker(sent)
    one.take(scored([encode(post(n, minute=60 * 24 * 30)) for n in range(9)]), CLOCK)
    assert (sent, lake.rows("bronze", TABLE), one.memory.watermark, one.rates.counts["dead"]) == ([], [], None, 9)


def outlet_reported(loaded_at: datetime, cleared: datetime) -> None:
    """A report of the lure's number, in force between two days."""
    moment = pa.timestamp("us", "UTC")
    schema = pa.schema([
        ("report_no", pa.string()), ("outlet_name", pa.string()), ("outlet_phone", pa.string()), ("superseded_at", moment), ("outcome", pa.string()),
        ("sealed", pa.bool_()), ("loaded_at", moment), ("cleared_date", pa.date32()),
    ])
    row = {"report_no": "1", "outlet_name": "蓝点通讯", "outlet_phone": "13900000001", "outcome": "new", "sealed": False, "loaded_at": loaded_at,
           "cleared_date": cleared.date()}
    lake.append("silver", "telecom__reported_number", pa.Table.from_pylist([row], schema), "one")


@pytest.mark.usefixtures("own")
def test_a_number_cleared_while_the_job_is_down_lowers_its_signals_once() -> None:
    outlet_reported(CLOCK - timedelta(days=1), CLOCK + timedelta(days=1))
    raised: list[Signal] = []
    one = worker(raised)
    one.take(scored([encode(post(1))]), CLOCK)
    one.captures.chain.close()
    assert raised
    assert all(signal.kind == "outlet" and signal.holds for signal in raised)
    lowered: list[Signal] = []
    two = worker(lowered)
    two.take([], CLOCK + timedelta(days=1))
    two.captures.chain.close()
    assert [(signal.key, signal.value, signal.post_keys) for signal in lowered] == [(signal.key, 0, signal.post_keys) for signal in raised]
    again: list[Signal] = []
    worker(again).take([], CLOCK + timedelta(days=1, hours=1))
    assert again == []


@pytest.mark.usefixtures("own")
def test_a_report_raises_and_its_end_lowers_posts_that_memory_forgot_long_ago() -> None:
    outlet_reported(CLOCK + timedelta(days=10), CLOCK + timedelta(days=12))
    sent: list[Signal] = []
    one = worker(sent)
    one.take(scored([encode(post(1))]), CLOCK)
    assert sent == []
    for days in (9, 11, 13):
        later = post(days, text=f"第{days}日，电子烟学生可送不查身份证", minute=60 * 24 * days)
        told = one.take(scored([encode(later)], first=days), CLOCK + timedelta(days=days))
        assert "forum:1" not in one.memory.posts
        assert [(signal.kind, signal.post_keys, signal.holds) for signal in told] == [("outlet", ("forum:1",), days == 11)] * (2 if days > 9 else 0)


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(("text", "column", "written"), [
    (LURE, "outlet_phone", "139-0000-0001"), (LURE, "outlet_phone", "+86 １３９００００0001"), (LURE, "outlet_phone", "008613900000001"),
    ("学生跑分，薇信PaoFen_7788", "outlet_wechat", " paofen_7788"), ("学生跑分，微信：paofen7788", "outlet_wechat", "PaoFen7788"),
])
def test_a_reported_contact_is_known_however_it_was_delivered(text: str, column: str, written: str) -> None:
    schema = pa.schema([
        ("report_no", pa.string()), ("outlet_name", pa.string()), (column, pa.string()), ("superseded_at", pa.timestamp("us", "UTC")),
        ("outcome", pa.string()), ("sealed", pa.bool_()), ("loaded_at", pa.timestamp("us", "UTC")),
    ])
    row = {"report_no": "1", "outlet_name": "蓝点通讯", column: written, "outcome": "new", "sealed": False, "loaded_at": CLOCK - timedelta(days=1)}
    lake.append("silver", "platform__report", pa.Table.from_pylist([row], schema), "one")
    [kept] = [Kept.of(one) for one in scored([encode(post(1, text))]) if one["value"]]
    assert set(outlets.reported(CLOCK, b"k")) == set(kept.contacts)


@pytest.mark.usefixtures("own")
def test_reported_outlets_are_those_in_force_at_the_instant() -> None:
    def row(number: int, name: str | None, **more: Any) -> Row:
        return {"report_no": str(number), "outlet_name": name, "outlet_phone": "13900000001", "superseded_at": None, "outcome": "new", "sealed": False,
                "loaded_at": CLOCK - timedelta(days=1), "cleared_date": None} | more
    rows = [
        row(1, "蓝点通讯"), row(2, "蓝点通讯"), row(3, "白帆数码"), row(4, "蓝点通讯", superseded_at=CLOCK), row(5, "蓝点通讯", outcome="deleted"),
        row(6, "蓝点通讯", loaded_at=CLOCK + timedelta(days=1)), row(7, "蓝点通讯", sealed=True),
        row(8, "蓝点通讯", cleared_date=(CLOCK - timedelta(days=1)).date()), row(9, None, outlet_phone=None),
    ]
    moment = pa.timestamp("us", "UTC")
    schema = pa.schema([
        ("report_no", pa.string()), ("outlet_name", pa.string()), ("outlet_phone", pa.string()), ("superseded_at", moment), ("outcome", pa.string()),
        ("sealed", pa.bool_()), ("loaded_at", moment), ("cleared_date", pa.date32()),
    ])
    assert outlets.reported(CLOCK, b"k") == {}
    lake.append("silver", "hotline__report", pa.Table.from_pylist(rows, schema), "one")
    assert outlets.reported(CLOCK, b"k") == {hashed("phone:13900000001", b"k"): Reported("蓝点通讯", 3)}
    sent: list[Signal] = []
    worker(sent).take(scored([encode(post(1))]), CLOCK)
    assert [(signal.kind, signal.holds) for signal in sent] == [("outlet", True), ("outlet", True)]
    assert "蓝点通讯" in sent[0].sentence
