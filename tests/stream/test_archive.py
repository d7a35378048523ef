"""An archive of messages is read like its topic; order and repetition of messages do not matter; what cannot be applied is told."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from jiandu import contracts, ingest, lake, silver
from jiandu.settings import settings
from jiandu.stream.change import Message
from jiandu.stream.intake import Intake
from tests.stream.conftest import AS_OF, Shops, change, counts, current, row


def messages(values: list[bytes | None]) -> list[Message]:
    return [Message("t", 0, offset, value) for offset, value in enumerate(values)]


def load(contract: str, listed: list[Message], delivery: str) -> Any:
    found = contracts.load(contract)
    batch = Intake(found).batch(listed)
    return ingest.ingest_rows(found, delivery, batch.raw_rows(found), AS_OF), batch


HISTORY = [
    change("r", 10, row("1", "甲店", expires=-622191234)), change("c", 20, row("2", "乙店")), change("u", 30, row("1", "甲店新"), row("1", "甲店")),
    change("d", 40, None, row("2", "乙店")), None, change("c", 50, row("3", "丙店", capital="NAN")),
    change("d", 60, None, row("3", "丙店")), None, change("c", 60, row("4", "丙店")), change("u", 70, row("1", "甲店末"), row("1", "甲店新")),
]
FINAL = {"1": "甲店末", "4": "丙店"}


def test_history_of_changes(shops: Shops) -> None:
    result, batch = load(shops.contract, messages(HISTORY), "t:0:0–9")
    assert result.silver == {"new": 4, "changed": 2, "deleted": 2}
    assert batch.notes == {"tombstone": 2}
    assert current() == FINAL
    assert counts() == {"bronze": 8, "silver": 8, "quarantine": 0}
    with lake.duck() as connection:
        lake.view(connection, "silver", shops.contract, "silver")
        assert connection.execute("SELECT DISTINCT shop_expires_date FROM silver").fetchall() == [(None,)], "infinity never becomes a past date"


def test_archive_gives_the_same_as_the_topic(shops: Shops, tmp_path: Path) -> None:
    load(shops.contract, messages(HISTORY), "t:0:0–9")
    by_topic = rows_of(shops.contract)
    archive = shops.write("test__archive", "{kind: file, pattern: 'a*', format: messages, kafka: {envelope: debezium}}")
    plain, wrapped, texts = tmp_path / "a1.jsonl", tmp_path / "a2.jsonl", tmp_path / "a3.jsonl"
    plain.write_bytes(b"\n".join(value for value in HISTORY if value))
    entries = [{"topic": "t", "partition": 0, "offset": n, "key": None, "value": json.loads(value) if value else None} for n, value in enumerate(HISTORY)]
    wrapped.write_text("\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries))
    texts.write_text("\n".join(json.dumps(entry | {"value": entry["value"] and json.dumps(entry["value"])}) for entry in entries))
    first = ingest.ingest(archive, [plain], AS_OF)
    assert [result.status for result in first] == ["loaded"]
    assert rows_of(archive) == by_topic
    again = ingest.ingest(archive, [wrapped, texts], AS_OF)
    assert [result.silver for result in again] == [{"unchanged": 6, "deleted": 2}] * 2
    assert current(archive) == FINAL
    # The contract of a topic takes an archive too.
    assert ingest.ingest(shops.contract, [wrapped], AS_OF)[0].status == "loaded"
    assert current() == FINAL


def test_broken_lines_of_an_archive_are_quarantined(shops: Shops, tmp_path: Path) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_bytes(b"\n".join([change("c", 1, row("1")), b"{oops", change("c", 2, row("2") | {"new": 1}), change("c", 3, row("3"))]))
    [result] = ingest.ingest(shops.contract, [file], AS_OF)
    assert (result.rows, result.quarantined, result.silver) == (4, 2, {"new": 2})
    assert counts()["quarantine"] == 2
    with lake.duck() as connection:
        lake.view(connection, "quarantine", shops.contract, "quarantine")
        found = connection.execute("SELECT row_no, reason FROM quarantine ORDER BY 1").fetchall()
    assert [number for number, _ in found] == [2, 3]
    assert "not JSON" in found[0][1]
    assert "unknown column new" in found[1][1]


def rows_of(contract: str) -> list[tuple[Any, ...]]:
    """What silver says of every record, without the numbers of messages."""
    with lake.duck() as connection:
        lake.view(connection, "silver", contract, "silver")
        query = """SELECT record_key, stall_name, shop_capital_cny, shop_issued_date, shop_expires_date, valid_from, valid_to, outcome, position FROM silver
                   ORDER BY ALL"""
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("valid_from", ["delivery", "shop_changed_at"])
def test_any_order_and_repetition_gives_the_same_records(valid_from: str, shops: Shops) -> None:
    """As many histories as hypothesis likes in one lake: each has its own keys."""
    name = shops.write("test__any", "{kind: file, pattern: x, format: messages, kafka: {envelope: debezium}}", valid_from)
    runs = iter(range(10_000))

    @profile(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["甲", "乙", None])), min_size=1, max_size=12), st.integers(0, 2**32), st.integers(1, 4))
    def check(steps: list[tuple[int, str | None]], seed: int, batches: int) -> None:
        run, draw = next(runs), random.Random(seed)
        told = [f"{run}-{key}" for key, _ in steps]
        state: dict[str, dict[str, Any]] = {}
        values: list[bytes] = []
        for lsn, (key, (_, text)) in enumerate(zip(told, steps, strict=True), 1):
            if text is None:
                if key in state:
                    values.append(change("d", lsn, None, state.pop(key)))
                continue
            after = row(key, text, changed=f"2026-11-01T00:00:{lsn:02d}Z")
            values.append(change("u" if key in state else "c", lsn, after, state.get(key)))
            state[key] = after
        shuffled = values + draw.choices(values, k=len(values) // 2) if values else []
        draw.shuffle(shuffled)
        size = -(-len(shuffled) // batches) or 1
        for start in range(0, len(shuffled), size):
            load(name, messages(list(shuffled[start : start + size])), f"run{run}:{start}")
        assert {key: text for key, text in current(name).items() if key.startswith(f"{run}-")} == {key: after["name"] for key, after in state.items()}

    check()
    counts(name)


def test_unchanged_large_value_is_the_last_known_one(shops: Shops) -> None:
    large = "__debezium_unavailable_value"
    load(shops.contract, messages([change("c", 1, row("1", "很长的店名"))]), "t:0:0–0")
    found, batch = load(shops.contract, messages([
        change("u", 2, row("1", large, capital="11.00")), change("u", 3, row("1", "改名", capital="12.00")), change("u", 4, row("1", large, capital="13.00")),
        change("u", 5, row("9", large)),
    ]), "t:0:1–4")
    assert found.rows == 3
    assert current() == {"1": "改名"}
    with lake.duck() as connection:
        lake.view(connection, "silver", shops.contract, "silver")
        assert connection.execute("SELECT stall_name FROM silver WHERE position = 2").fetchall() == [("很长的店名",)]
        assert connection.execute("SELECT count(*) FROM silver WHERE contains(stall_name, 'debezium')").fetchall() == [(0,)]
    assert [letter.message.offset for letter in batch.letters] == [3]
    assert "no earlier state" in batch.letters[0].what


def test_partial_update_of_goldengate(shops: Shops) -> None:
    name = shops.write("test__ogg", "{kind: file, pattern: x, format: messages, kafka: {envelope: ogg}}")
    whole = row("1", "甲店", issued="2026-01-02", changed="2026-11-01 00:00:00")

    def ogg(pos: int, op: str, after: dict[str, Any]) -> bytes:
        shown = {"table": "S.SHOP", "op_type": op, "op_ts": f"2026-11-01 00:00:{pos:02d}", "pos": f"{pos:020d}", "primary_keys": ["no"], "after": after}
        return json.dumps(shown, ensure_ascii=False).encode()

    _, batch = load(name, messages([ogg(1, "I", whole), ogg(2, "U", {"no": "1", "capital": 12.5})]), "o:0:0–1")
    assert not batch.letters
    with lake.duck() as connection:
        lake.view(connection, "silver", name, "silver")
        assert connection.execute("SELECT stall_name, shop_capital_cny::VARCHAR FROM silver WHERE position = 2").fetchall() == [("甲店", "12.50")]


def test_a_change_during_the_snapshot_is_not_lost(shops: Shops) -> None:
    """The snapshot's clock is later than a change that its picture does not show yet."""
    late = int(change_time(500).timestamp() * 1_000_000)
    snapshot = change("r", 10, row("1", "旧"), snapshot="last", ts_us=late, ts_ms=late // 1000)
    load(shops.contract, messages([snapshot, change("u", 20, row("1", "新"))]), "t:0:0–1")
    assert current() == {"1": "新"}
    load(shops.contract, [Message("t", 0, 2, change("u", 30, row("1", "更新")))], "t:0:2–2")
    assert current() == {"1": "更新"}


def change_time(lsn: int) -> Any:
    from datetime import timedelta

    from tests.stream.conftest import BEGAN

    return BEGAN + timedelta(seconds=lsn)


def test_truncation_and_new_columns_wait_for_a_person(shops: Shops) -> None:
    renamed = {name if name != "name" else "title": value for name, value in row("2").items()}
    truncate = json.dumps({"op": "t", "before": None, "after": None, "source": {"schema": "shop", "table": "shop", "lsn": 9, "ts_ms": 1}}).encode()
    _, batch = load(shops.contract, messages([change("c", 1, row("1")), change("c", 2, renamed), truncate]), "t:0:0–2")
    assert current() == {"1": "甲店"}
    assert [letter.what for letter in batch.letters] == ["unknown column title; no column name", "TRUNCATE of shop.shop: not applied"]
    assert "reconcile test__shop" in batch.letters[1].todo


def test_a_batch_of_deletes_alone(shops: Shops) -> None:
    load(shops.contract, messages([change("c", 1, row("1"))]), "t:0:0–0")
    gone = Message("t", 0, 1, change("d", 2), json.dumps({"no": "1"}).encode())
    result, _ = load(shops.contract, [gone], "t:0:1–1")
    assert result.silver == {"deleted": 1}
    assert current() == {}


@pytest.mark.skipif(not (settings().fixtures.parent / "recipes/cdc/messages.jsonl").is_file(), reason="no recorded messages beside the fixtures")
def test_recorded_connector_archive(shops: Shops, tmp_path: Path) -> None:
    """Sixteen messages of a real connector on one table, among them infinite dates, NaN, a key change and a renamed column."""
    lines = (settings().fixtures.parent / "recipes/cdc/messages.jsonl").read_text("utf-8").splitlines()
    file = tmp_path / "recorded.jsonl"
    file.write_text("\n".join(line for line in lines if '"topic": "agency.market_reg.market.licence"' in line))
    name = shops.write("test__licence", "{kind: file, pattern: x, format: messages, kafka: {envelope: debezium}}")
    path = shops.root / "sources" / f"{name}.yml"
    head, _, tail = path.read_text().partition("columns:\n")
    mapped = {"licence_no": "shop_no", "merchant": "stall_name", "capital": "shop_capital_cny", "issued_on": "shop_issued_date",
              "expires_on": "shop_expires_date", "updated_at": "shop_changed_at"}
    ignored = ["scope", "rate", "closed_at", "open_time", "active", "tags", "extra", "ref", "raw"]
    columns = [f"  {column}: {{field: {field}}}" for column, field in mapped.items()] + [f"  {column}: {{ignore: not needed}}" for column in ignored]
    columns += ["  risk_level: {ignore: not needed, optional: true}", "  big: {ignore: not needed, optional: true}"]
    path.write_text(head + "columns:\n" + "\n".join(columns) + "\nkey:" + tail.partition("\nkey:")[2])
    [result] = ingest.ingest(name, [file], AS_OF)
    assert (result.rows, result.quarantined) == (14, 2), "a renamed column and the year 1 are refused, two tombstones are skipped"
    assert current(name) == {"L001": "测试餐馆一(改名)", "L003-NEW": "测试餐馆三", "L004": "测试餐馆四", "L005": "测试餐馆五", "L006": "测试餐馆六"}
    with lake.duck() as connection:
        lake.view(connection, "silver", name, "silver")
        assert connection.execute("SELECT min(shop_expires_date)::VARCHAR FROM silver").fetchall() == [("2026-03-01",)]
        query = f"SELECT shop_capital_cny::VARCHAR FROM silver WHERE record_key = 'L001' AND {silver.current_sql()}"
        assert connection.execute(query).fetchall() == [("1.00",)]
