"""Every recorded change message is read into the normal form: the 32 public files, and thirty from a real Debezium connector."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jiandu.clock import ZONE
from jiandu.settings import settings
from jiandu.stream.change import BadMessage, Change, Layout, Message
from jiandu.stream.envelopes import decode

FOLDER = settings().fixtures / "cdc_messages"
RECORDED = settings().fixtures.parent / "recipes" / "cdc" / "messages.jsonl"

needs_files = pytest.mark.skipif(not FOLDER.is_dir(), reason="no cdc_messages in the fixtures")
needs_recorded = pytest.mark.skipif(not RECORDED.is_file(), reason="no recorded connector messages beside the fixtures")

EXPECTED = {
    "canal/table/computedcolumn/canal-data-1.jsonl": {"upsert": 1},
    "canal/table/computedcolumn/canal-data-2.jsonl": {"upsert": 2},
    "canal/table/event/event-delete.jsonl": {"delete": 1},
    "canal/table/event/event-insert.jsonl": {"upsert": 3},
    "canal/table/event/event-row.jsonl": {"upsert": 1},
    "canal/table/event/event-update.jsonl": {"upsert": 1},
    "canal/table/initialemptytopic/canal-data-1.jsonl": {"upsert": 1},
    "canal/table/metadatacolumn/canal-data-1.jsonl": {"upsert": 1},
    "canal/table/nononddldata/canal-data-1.jsonl": {"skip": 2},
    "canal/table/nonpk/canal-data-1.jsonl": {"upsert": 2},
    "canal/table/startupmode/canal-data-1.jsonl": {"upsert": 2},
    "canal/table/startupmode/canal-data-2.jsonl": {"upsert": 2},
    "canal/table/watermark/canal-data-1.jsonl": {"upsert": 2},
    "debezium/table/computedcolumn/debezium-data-1.jsonl": {"upsert": 1},
    "debezium/table/metadatacolumn/debezium-data-1.jsonl": {"upsert": 1},
    "debezium/table/schema/alltype/debezium-data-1.jsonl": {"upsert": 1},
    "debezium/table/startupmode/debezium-data-1.jsonl": {"upsert": 2},
    "debezium/table/startupmode/debezium-data-2.jsonl": {"upsert": 2},
    "debezium/table/watermark/debezium-data-1.jsonl": {"upsert": 2},
    "maxwell/table/computedcolumn/maxwell-data-1.jsonl": {"upsert": 1},
    "maxwell/table/metadatacolumn/maxwell-data-1.jsonl": {"upsert": 1},
    "maxwell/table/startupmode/maxwell-data-1.jsonl": {"upsert": 2},
    "maxwell/table/startupmode/maxwell-data-2.jsonl": {"upsert": 2},
    "maxwell/table/watermark/maxwell-data-1.jsonl": {"upsert": 2},
    "ogg/table/computedcolumn/ogg-data-1.jsonl": {"upsert": 1},
    "ogg/table/event/event-delete.jsonl": {"delete": 1},
    "ogg/table/event/event-insert.jsonl": {"upsert": 3},
    "ogg/table/event/event-update.jsonl": {"upsert": 1},
    "ogg/table/metadatacolumn/ogg-data-1.jsonl": {"upsert": 1},
    "ogg/table/startupmode/ogg-data-1.jsonl": {"upsert": 2},
    "ogg/table/startupmode/ogg-data-2.jsonl": {"upsert": 2},
    "ogg/table/watermark/ogg-data-1.jsonl": {"upsert": 2},
}


def read(path: Path, layout: Layout | None = None) -> list[Change]:
    lines = path.read_bytes().splitlines()
    envelope = path.relative_to(FOLDER).parts[0]
    return [change for offset, line in enumerate(lines) for change in decode(envelope, Message("t", 0, offset, line), layout)]


def recorded(topic: str, layout: Layout) -> dict[int, list[Change]]:
    """Changes of the recorded connector messages of one topic, by offset."""
    found = {}
    for line in RECORDED.read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["topic"] == topic:
            found[entry["offset"]] = decode("debezium", message(entry), layout)
    return found


def message(entry: dict[str, Any]) -> Message:
    def packed(part: Any) -> bytes | None:
        return None if part is None else json.dumps(part).encode()

    return Message(entry["topic"], entry["partition"], entry["offset"], packed(entry["value"]), packed(entry["key"]), entry["timestamp"])


@needs_files
def test_every_file_is_expected() -> None:
    assert {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.jsonl")} == set(EXPECTED)
    assert sum(len(path.read_bytes().splitlines()) for path in FOLDER.rglob("*.jsonl")) == 49


@needs_files
@pytest.mark.parametrize("name", EXPECTED)
def test_file(name: str) -> None:
    changes = read(FOLDER / name)
    assert Counter(change.op for change in changes) == EXPECTED[name]
    for change in changes:
        assert change.source_at is not None
        assert change.source_at.utcoffset() is not None
        assert change.op == "skip" or (change.table and all(value is None or isinstance(value, str) for value in change.row.values()))
        assert change.op == "skip" or name.startswith("debezium") or "nonpk" in name or change.key


@needs_files
def test_canal_spot_values() -> None:
    inserted = read(FOLDER / "canal/table/event/event-insert.jsonl")
    assert [change.row for change in inserted] == [
        {"pt": "1", "_id": "1", "v1": "one"}, {"pt": "1", "_id": "2", "v1": "two"}, {"pt": "2", "_id": "4", "v1": "four"},
    ]
    assert inserted[2].key == {"_id": "4"}
    assert inserted[0].source_at == datetime(2023, 5, 2, 5, 51, 46, tzinfo=UTC)
    assert inserted[0].position == (1683006706000 << 21 | 728) < inserted[1].position
    [updated] = read(FOLDER / "canal/table/event/event-update.jsonl")
    assert (updated.row, updated.before) == ({"pt": "1", "_id": "2", "v1": "second", "v2": None}, {"pt": "1", "_id": "2", "v1": "two", "v2": None})
    [deleted] = read(FOLDER / "canal/table/event/event-delete.jsonl")
    assert (deleted.op, deleted.key, deleted.table) == ("delete", {"_id": "1"}, "paimon_sync_table.schema_evolution_1")
    ddl = read(FOLDER / "canal/table/nononddldata/canal-data-1.jsonl")
    assert ddl[0].note == "ALTER: ALTER TABLE schema_evolution_2 ADD COLUMN v2 INT"
    nokey = read(FOLDER / "canal/table/nonpk/canal-data-1.jsonl", Layout(key=("v0",)))
    assert nokey[0].key == {"v0": "five"}


@needs_files
def test_maxwell_and_ogg_spot_values() -> None:
    scooter, battery = read(FOLDER / "maxwell/table/startupmode/maxwell-data-1.jsonl")
    assert (scooter.key, scooter.row["weight"], scooter.table) == ({"id": "101"}, "3.14", "test.product")
    assert scooter.source_at == battery.source_at == datetime(2020, 8, 6, 3, 34, 43, tzinfo=UTC)
    [changed] = read(FOLDER / "ogg/table/event/event-update.jsonl")
    assert (changed.position, changed.key) == (157, {"id": "103"})
    assert changed.before is not None
    assert (changed.before["weight"], changed.row["weight"]) == ("5.1", "8.1")
    assert changed.source_at == datetime(2020, 5, 13, 17, 32, 10, 904000, tzinfo=ZONE)
    [gone] = read(FOLDER / "ogg/table/event/event-delete.jsonl")
    assert (gone.op, gone.position, gone.row["name"]) == ("delete", 158, "scooter")
    exact = read(FOLDER / "ogg/table/watermark/ogg-data-1.jsonl")
    assert exact[0].row["weight"] == "3.140000104904175"


@needs_files
def test_every_mysql_type_by_schema() -> None:
    [change] = read(FOLDER / "debezium/table/schema/alltype/debezium-data-1.jsonl")
    assert change.snapshot == "true"
    assert change.source_at == datetime(2024, 1, 25, 7, 18, 6, 275000, tzinfo=UTC)
    row = change.row
    expected = {
        "_id": "1", "pt": "1.1", "_bit1": "true", "_bit": "0" * 53 + "11111000111", "_boolean": "1", "_bool": "0",
        "_smallint_unsigned_zerofill": "3000", "_bigint_unsigned": "20000000000", "_serial": "40000000000", "_float": "1.5",
        "_numeric": "12345.110", "_fixed": "123456789876543212345678987654321.110", "_big_decimal": "2222222222222222300000001111.1234567890",
        "_date": "2023-03-23", "_datetime": "2023-03-23T14:30:05", "_datetime3": "2023-03-23T14:30:05.123000",
        "_datetime6": "2023-03-23T14:30:05.123456", "_datetime_p": "2023-03-24T14:30:00", "_datetime_p2": "2023-03-24T14:30:05.120000",
        "_timestamp": "2023-03-23T22:00:10.123456Z", "_char": "Paimon", "_enum": "value1", "_set": "a,b", "_year": "2023",
        "_time": "10:13:23", "_json": '{"a": "b"}',
    }
    assert {name: row[name] for name in expected} == expected
    assert json.loads(row["_point"] or "")["x"] == "1.0"
    assert len(row) == 78


LICENCE = Layout(key=("licence_no",), types={
    "licence_no": "string", "capital": "decimal", "rate": "number", "issued_on": "date", "expires_on": "date",
    "closed_at": "timestamp", "updated_at": "timestamp",
})


@needs_recorded
def test_recorded_connector_licences() -> None:
    by_offset = recorded("agency.market_reg.market.licence", LICENCE)
    assert [[change.op for change in by_offset[offset]] for offset in range(16)] == [
        ["upsert"], ["upsert"], ["upsert"], ["upsert"], ["delete"], ["skip"], ["upsert"], ["delete"], ["skip"], ["upsert"], ["upsert"],
        ["upsert"], ["upsert"], ["upsert"], ["upsert"], ["upsert"],
    ]
    [first] = by_offset[0]
    assert (first.snapshot, first.position, first.table) == ("first", 26442496, "market.licence")
    assert first.row["issued_on"] == "2021-03-01"
    assert first.row["closed_at"] == "2024-01-02T03:04:05.123456"
    assert first.row["capital"] == "100000.00"
    assert first.row["tags"] == '["a", "b"]'
    [second] = by_offset[1]
    assert (second.row["issued_on"], second.row["expires_on"], dict(second.flags)) == ("0001-01-01", None, {"expires_on": "infinite"})
    [gone], [moved] = by_offset[4], by_offset[6]
    assert (gone.key, gone.row["merchant"], moved.key) == ({"licence_no": "L003"}, "测试餐馆三", {"licence_no": "L003-NEW"})
    [without_rate] = by_offset[15]
    assert (without_rate.row["rate"], without_rate.flags["rate"], without_rate.flags["expires_on"]) == (None, "not_a_number", "infinite")
    [stream] = by_offset[13]
    assert (stream.row["active"], stream.row["expires_on"], stream.row["closed_at"]) == (None, None, "2025-02-28T12:34:56.789000")


@needs_recorded
def test_recorded_connector_penalties() -> None:
    by_offset = recorded("agency.market_reg.market.penalty", Layout(key=("id",), types={"amount": "decimal", "decided_at": "timestamp"}))
    [gone] = by_offset[3]
    assert (gone.op, gone.key, gone.row["id"]) == ("delete", {"id": "2"}, "2")
    [large] = by_offset[6]
    assert (large.row["licence_no"], large.unavailable, large.row["amount"]) == (None, ["licence_no"], "700.00")
    assert [change.op for change in by_offset[8]] == ["truncate"]
    twice = recorded("agency.market_reg.market.evt", Layout(key=("id",)))
    assert twice[1430] == twice[1737], "a repetition after a killed connector is the same change"


@needs_recorded
def test_recorded_connector_in_iso_mode() -> None:
    by_offset = recorded("agency.iso.market.licence", LICENCE)
    assert by_offset[1][0].row["issued_on"] == "2021-03-01"
    assert (by_offset[3][0].row["issued_on"], by_offset[3][0].row["expires_on"]) == ("2025-02-28", None)


def envelope(**parts: Any) -> bytes:
    return json.dumps({"before": None, "after": None, "source": {"schema": "s", "table": "t", "lsn": 7, "ts_ms": 1700000000000}, "op": "c"} | parts).encode()


@pytest.mark.parametrize(("kind", "value", "shown", "flag"), [
    ("date", 20513, "2026-03-01", ""), ("date", -719162, "0001-01-01", ""), ("date", 2932896, "9999-12-31", ""),
    ("date", -622191234, None, "infinite"), ("date", -625821272, None, "infinite"), ("date", -2147472692, None, "infinite"),
    ("date", -2147472691, None, "infinite"), ("date", "infinity", None, "infinite"), ("date", "-5877611-06-21Z", None, "infinite"),
    ("date", 1704164645123456, "2024-01-02", ""), ("date", "2026-11-20T20:00:00Z", "2026-11-21", ""), ("date", "2026-11-20", "2026-11-20", ""),
    ("timestamp", 1704164645123, "2024-01-02T03:04:05.123000", ""), ("timestamp", 1704164645123456, "2024-01-02T03:04:05.123456", ""),
    ("timestamp", 1704164645123456789, "2024-01-02T03:04:05.123456", ""), ("timestamp", 253402300799000, "9999-12-31T23:59:59", ""),
    ("timestamp", 253402300799000000, "9999-12-31T23:59:59", ""), ("timestamp", "+292278994-08-16T23:00:00Z", None, "infinite"),
    ("timestamp", -2147472692, None, "infinite"), ("timestamp", 9223372036825200, None, "infinite"), ("timestamp", 9223372036825200000, None, "infinite"),
    ("decimal", "NAN", None, "not_a_number"), ("decimal", "12.50", "12.50", ""), ("decimal", {"scale": 2, "value": "AN8="}, "2.23", ""),
    ("number", "-Infinity", None, "infinite"), ("decimal", "POSITIVE_INFINITY", None, "infinite"), ("timestamp", -9223372036832400000, None, "infinite"),
    ("timestamp", "-infinity", None, "infinite"), ("date", -622191233, None, "infinite"),
    ("string", "NAN", "NAN", ""), ("integer", 12, "12", ""), ("boolean", True, "true", ""),
    ("string", "__debezium_unavailable_value", None, "unavailable"), ("string_list", ["__debezium_unavailable_value"], None, "unavailable"),
])
def test_values_without_schema_follow_the_field(kind: str, value: Any, shown: str | None, flag: str) -> None:
    [change] = decode("debezium", Message("t", 0, 0, envelope(after={"k": 1, "v": value})), Layout(key=("k",), types={"v": kind}))
    assert (change.row["v"], change.flags.get("v", "")) == (shown, flag)


def test_decimal_bytes_by_schema() -> None:
    column = {"field": "v", "type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "parameters": {"scale": "2"}}
    schema = {"fields": [{"field": "after", "fields": [column, {"field": "k", "type": "int32"}]}]}
    payload = json.loads(envelope(after={"k": 1, "v": "MA=="}))
    [change] = decode("debezium", Message("t", 0, 0, json.dumps({"schema": schema, "payload": payload}).encode()), Layout(key=("k",)))
    assert change.row["v"] == "0.48"
    payload["after"]["v"] = "not base64!"
    with pytest.raises(BadMessage, match=r"t:0:9: after\.v does not fit its schema"):
        decode("debezium", Message("t", 0, 9, json.dumps({"schema": schema, "payload": payload}).encode()))


def test_mysql_positions_grow() -> None:
    def at(file: str, pos: int, row: int) -> int:
        source = {"db": "d", "table": "t", "file": file, "pos": pos, "row": row, "ts_ms": 1}
        return decode("debezium", Message("t", 0, 0, envelope(source=source, after={"k": 1})))[0].position

    order = [at("mysql-bin.000003", 4, 0), at("mysql-bin.000003", 4, 1), at("mysql-bin.000003", 5, 0), at("mysql-bin.000004", 4, 0)]
    assert order == sorted(set(order))
    assert at("mysql-bin.200000", 2**32, 5) < 2**63


@pytest.mark.parametrize(("envelope_name", "body"), [
    ("canal", {"type": "UPDATE", "es": 1000, "ts": 1001, "database": "d", "table": "t", "isDdl": False, "pkNames": ["k"],
               "data": [{"k": "2", "v": "a"}], "old": [{"k": "1"}]}),
    ("maxwell", {"type": "update", "ts": 1, "database": "d", "table": "t", "primary_key_columns": ["k"], "data": {"k": 2, "v": "a"}, "old": {"k": 1}}),
    ("ogg", {"op_type": "U", "op_ts": "2020-05-13 15:40:06", "pos": "7", "table": "d.t", "primary_keys": ["k"],
             "before": {"k": 1, "v": "a"}, "after": {"k": 2}}),
    ("debezium", {"op": "u", "source": {"db": "d", "table": "t", "lsn": 1, "ts_ms": 1}, "before": {"k": 1, "v": "a"}, "after": {"k": 2, "v": "a"}}),
])
def test_key_change_is_delete_and_upsert(envelope_name: str, body: dict[str, Any]) -> None:
    gone, come = decode(envelope_name, Message("t", 0, 0, json.dumps(body).encode()), Layout(key=("k",)))
    assert (gone.op, gone.key, come.op, come.key, come.row) == ("delete", {"k": "1"}, "upsert", {"k": "2"}, {"k": "2", "v": "a"})


@pytest.mark.parametrize(("name", "value", "said"), [
    ("debezium", b"{not json", "not JSON"), ("debezium", b"\xff\xfe", "not UTF-8"), ("debezium", b"[1]", "a JSON list"),
    ("debezium", b'{"a": 1}', "no member 'op'"), ("debezium", b'{"op": "c", "source": 3}', "'source' is a int"),
    ("debezium", b'{"op": "z", "source": {}}', "unknown operation"), ("debezium", b'{"op": "c", "source": {}}', "without an after"),
    ("debezium", b'{"op": "d", "source": {}}', "neither key nor before"), ("debezium", b'{"op": "c", "source": {}, "after": {"a": NaN}}', "no JSON value"),
    ("canal", b'{"type": "INSERT", "es": "x"}', "'es' is a str"),
    ("canal", b'{"type":"UPDATE","es":1,"database":"d","table":"t","data":[{}],"old":[{},{}]}', "old has 2"),
    ("maxwell", b'{"type": "explode", "ts": 1}', "unknown type"), ("ogg", b'{"op_type":"I","table":"t","pos":"x","op_ts":"y"}', "no trail position"),
])
def test_bad_messages_say_where_and_what(name: str, value: bytes, said: str) -> None:
    with pytest.raises(BadMessage, match=f"t:3:42: .*{said}"):
        decode(name, Message("t", 3, 42, value))


def test_tombstones_and_other_tables_are_skipped_with_a_note() -> None:
    assert [change.note for change in decode("debezium", Message("t", 0, 0, None))] == ["tombstone"]
    [other] = decode("debezium", Message("t", 0, 0, envelope(after={"k": 1})), Layout(table="s.other"))
    assert (other.op, other.note) == ("skip", "table s.t is not meant")
