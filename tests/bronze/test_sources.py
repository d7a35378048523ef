"""Rows that come without a file: a table of another database and change messages take the same way."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from jiandu import contracts, ingest, lake
from jiandu.clock import ZONE, parse_as_of
from jiandu.contracts import Contract
from jiandu.errors import JianduError
from jiandu.source import RawRow, RawRows
from jiandu.source.rows import MOMENT, ROW_NO, SOURCE_AT

Land = Callable[[str, list[str]], Path]
AS_OF = parse_as_of("2026-11-20")


def test_a_table_is_read_from_its_newest_change_on(land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader itself is tested where it lives; here it is asked with the right watermark, and the same rows are the same delivery."""
    from jiandu.source import jdbc

    contract = contracts.load("register__change")
    asked: list[datetime | None] = []
    monday = datetime(2026, 11, 2, tzinfo=ZONE)

    def read(_: Contract, since: datetime | None) -> RawRows:
        asked.append(since)
        columns = {ROW_NO: pa.array([1], pa.int64()), SOURCE_AT: pa.array([monday], MOMENT), "no": pa.array(["A1"]), "state": pa.array(["在册"])}
        return RawRows(pa.table(columns))

    monkeypatch.setattr(jdbc, "read", read)
    [first] = ingest.ingest_table(contract, AS_OF)
    [second] = ingest.ingest_table(contract, AS_OF)
    assert (first.silver, second.status, second.delivery_id) == ({"new": 1}, "repeated", first.delivery_id)
    assert asked == [None, monday]


def test_a_topic_is_not_read_by_ingest(land: Land) -> None:
    with pytest.raises(JianduError, match="is fed by its topic"):
        ingest.ingest("register__change", None, AS_OF)


def test_rows_that_do_not_fit_are_held_as_lines(land: Land, empty_lake: object) -> None:
    result = ingest.ingest_rows("register__change", "topic:0:1–2", [RawRow({"no": "A1", "stat": "在册"}, 1, position=7)], AS_OF)
    assert result.status == "held"
    assert "no column state; unknown column stat" in result.reason
    from jiandu import held

    kept = json.loads((Path(held.folder("topic:0:1–2")) / "rows.jsonl").read_text("utf-8"))
    assert (kept["no"], kept["stat"], kept["#position"]) == ("A1", "在册", 7)
    assert lake.open_table("bronze", "register__change") is None


def test_an_archive_of_messages_is_ingested_like_its_topic(land: Land, tmp_path: Path) -> None:
    def message(lsn: int, op: str, before: dict[str, str] | None, after: dict[str, str] | None) -> str:
        source = {"lsn": lsn, "ts_ms": 1793462400000 + lsn, "table": "change", "schema": "register", "connector": "postgresql", "db": "x"}
        return json.dumps({"before": before, "after": after, "source": source, "op": op, "ts_ms": 1}, ensure_ascii=False)

    row = {"no": "A1", "state": "在册"}
    path = tmp_path / "archive.jsonl"
    path.write_text("\n".join([message(10, "c", None, row), message(20, "u", row, row | {"state": "注销"}), "not json", message(30, "d", row, None)]), "utf-8")
    [result] = ingest.ingest("register__change", [path], AS_OF)
    assert (result.status, result.rows, result.silver, result.quarantined) == ("loaded", 4, {"new": 1, "changed": 1, "deleted": 1}, 1)
