"""Silver: outcomes, history by valid time and load time, deletions, duplicates, parsing of each type."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jiandu import ingest, lake, silver
from jiandu.clock import ZONE, parse_as_of
from jiandu.settings import settings
from jiandu.source import RawRow

Land = Callable[[str, list[str]], Path]
NAME = "register__resident"


def load(*paths: Path, day: int = 20) -> list[dict[str, int]]:
    return [ingest.ingest(NAME, [path], parse_as_of(f"2026-11-{day + number}"))[0].silver for number, path in enumerate(paths)]


def versions(name: str = NAME, columns: str = "resident_state, valid_from, valid_to, superseded_at, outcome") -> list[tuple[Any, ...]]:
    with lake.duck() as connection:
        lake.view(connection, "silver", name, "rows")
        rows = connection.execute(f"SELECT {columns} FROM rows ORDER BY valid_from, position, loaded_at, row_no").fetchall()
    return [tuple(value.astimezone(ZONE).day if isinstance(value, datetime) else value for value in row) for row in rows]


def test_new_changed_unchanged(land: Land) -> None:
    days = [land("20261101", ["A1,在册,1,"]), land("20261102", ["A1,在册,1,"]), land("20261103", ["A1,注销,1,"])]
    assert load(*days) == [{"new": 1}, {"unchanged": 1}, {"changed": 1}]
    assert versions() == [("在册", 1, 3, None, "new"), ("在册", 2, None, 21, "unchanged"), ("注销", 3, None, None, "changed")]


def test_a_late_delivery_takes_its_place_and_overrules_nothing(land: Land) -> None:
    first, second, third = land("20261101", ["A1,在册,1,"]), land("20261102", ["A1,迁出,1,"]), land("20261103", ["A1,注销,1,"])
    assert load(first, third, second) == [{"new": 1}, {"changed": 1}, {"late": 1}]
    assert versions() == [("在册", 1, 2, None, "new"), ("迁出", 2, 3, None, "late"), ("注销", 3, None, None, "changed")]


def test_what_repeated_an_older_state_holds_again_when_a_late_row_comes_between(land: Land) -> None:
    first, second, third = land("20261101", ["A1,在册,1,"]), land("20261102", ["A1,注销,1,"]), land("20261103", ["A1,在册,1,"])
    assert load(first, third, second) == [{"new": 1}, {"unchanged": 1}, {"late": 1}]
    assert versions() == [("在册", 1, 2, None, "new"), ("注销", 2, 3, None, "late"), ("在册", 3, None, None, "unchanged")]


def test_a_second_file_of_a_day_corrects_the_first(land: Land) -> None:
    path = land("20261101", ["A1,在册,1,"])
    load(path)
    path.write_text(path.read_text("utf-8").replace("在册", "注销"), "utf-8")
    assert load(path, day=21) == [{"changed": 1}]
    assert versions() == [("在册", 1, None, 21, "new"), ("注销", 1, None, None, "changed")]


def test_the_last_of_repeated_keys_wins_and_is_counted(land: Land) -> None:
    path = land("20261101", ["A1,在册,1,", "A1,迁出,1,", "A1,注销,1,", "A2,在册,1,"])
    [result] = ingest.ingest(NAME, [path], parse_as_of("2026-11-20"))
    assert (result.silver, result.duplicates) == ({"new": 2, "changed": 2}, 2)
    with lake.duck() as connection:
        found = connection.execute(f"SELECT resident_no, resident_state FROM {silver.current(connection, NAME)} ORDER BY 1").fetchall()
    assert found == [("A1", "注销"), ("A2", "在册")]


def test_as_known_before_a_correction(land: Land) -> None:
    load(land("20261101", ["A1,在册,1,"]), land("20261103", ["A1,注销,1,"]), land("20261102", ["A1,迁出,1,"]))
    with lake.duck() as connection:
        for day, expected in ((19, []), (20, [("在册", None)]), (21, [("在册", 3), ("注销", None)]), (22, [("在册", 2), ("迁出", 3), ("注销", None)])):
            view = silver.as_known(connection, NAME, parse_as_of(f"2026-11-{day}"))
            rows = connection.execute(f"SELECT resident_state, valid_to FROM {view} ORDER BY valid_from").fetchall()
            assert [(state, end and end.astimezone(ZONE).day) for state, end in rows] == expected


def change(state: str | None, position: int, day: int, op: str = "upsert") -> RawRow:
    return RawRow({"no": "A1", "state": state}, position, op, position, datetime(2026, 11, day, tzinfo=ZONE))  # type: ignore[arg-type]


def test_changes_and_deletions_by_position(land: Land) -> None:
    batches = [[change("在册", 10, 1)], [change("注销", 30, 3)], [change("迁出", 20, 3)], [change(None, 40, 4, "delete")], [change("在册", 50, 5)]]
    outcomes = [ingest.ingest_rows("register__change", f"t:0:{number}", batch, parse_as_of("2026-11-20") + timedelta(hours=number)).silver
                for number, batch in enumerate(batches)]
    assert outcomes == [{"new": 1}, {"changed": 1}, {"late": 1}, {"deleted": 1}, {"changed": 1}]
    with lake.duck() as connection:
        found = connection.execute(f"SELECT resident_state FROM {silver.current(connection, 'register__change')}").fetchall()
    assert found == [("在册",)]
    again = ingest.ingest_rows("register__change", "t:0:7–9", [change("迁出", 20, 3), change(None, 40, 4, "delete")], parse_as_of("2026-11-21"))
    assert again.silver == {"unchanged": 1, "deleted": 1}


def test_a_deletion_may_carry_the_key_alone_and_hides_the_record(land: Land) -> None:
    ingest.ingest_rows("register__change", "t:0:1", [change("在册", 1, 1)], parse_as_of("2026-11-20"))
    gone = [RawRow({"no": "A1"}, 2, "delete", 2, datetime(2026, 11, 2, tzinfo=UTC))]
    assert ingest.ingest_rows("register__change", "t:0:2", gone, parse_as_of("2026-11-20")).silver == {"deleted": 1}
    with lake.duck() as connection:
        assert connection.execute(f"SELECT count(*) FROM {silver.current(connection, 'register__change')}").fetchall() == [(0,)]


def test_a_key_change_is_a_deletion_and_a_new_record_under_one_number(land: Land) -> None:
    ingest.ingest_rows("register__change", "t:0:1", [change("在册", 1, 1)], parse_as_of("2026-11-20"))
    moment = datetime(2026, 11, 2, tzinfo=ZONE)
    renamed = [RawRow({"no": "A1", "state": "在册"}, 2, "delete", 2, moment), RawRow({"no": "A9", "state": "在册"}, 2, "upsert", 2, moment)]
    ingest.ingest_rows("register__change", "t:0:2", renamed, parse_as_of("2026-11-20"))
    later = [RawRow({"no": "A9", "state": "注销"}, 3, "upsert", 3, moment + timedelta(days=1))]
    ingest.ingest_rows("register__change", "t:0:3", later, parse_as_of("2026-11-21"))
    with lake.duck() as connection:
        found = connection.execute(f"SELECT resident_no, resident_state FROM {silver.current(connection, 'register__change')}").fetchall()
    assert found == [("A9", "注销")]


def spell(day: str, rows: list[dict[str, Any]]) -> Path:
    path = settings().landing_root / f"register__spell_{day}.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_a_corrected_state_is_not_overruled_by_the_older_file_that_comes_late(land: Land) -> None:
    """valid_from is a field: both files speak of the same day, and the business date of the file decides."""
    newer = spell("20261103", [{"no": "A1", "state": "注销", "since": "2026-01-05"}])
    older = spell("20261101", [{"no": "A1", "state": "在册", "since": "2026-01-05"}])
    outcomes = [ingest.ingest("register__spell", [path], parse_as_of("2026-11-20"))[0].silver for path in (newer, older)]
    assert outcomes == [{"new": 1}, {"late": 1}]
    assert [row[0] for row in versions("register__spell") if row[3] is None] == ["注销"]


def test_types_and_sealing(land: Land) -> None:
    full = {"no": " Ａ1 ", "state": None, "since": "2026年1月5日", "tags": "逃逸、无证", "open": "是", "seen": "2026-01-05 10:00"}
    full |= {"visits": "无", "ratio": "0.5"}
    plain = {"no": "A2", "state": "", "since": "20260105", "tags": ["a", "b"], "open": False, "seen": "2026-01-05T02:00:00Z", "visits": 3.0, "ratio": 1}
    [result] = ingest.ingest("register__spell", [spell("20261101", [full, plain])], parse_as_of("2026-11-20"))
    assert result.silver == {"new": 2}, result
    with lake.duck() as connection:
        lake.view(connection, "silver", "register__spell", "rows")
        query = "SELECT resident_no, resident_state, tags, is_open, seen_at, visits, ratio, sealed, record_key FROM rows ORDER BY 1"
        found = connection.execute(query).fetchall()
    seen = datetime(2026, 1, 5, 10, tzinfo=ZONE)
    assert [(*row[:4], row[4].astimezone(ZONE), *row[5:]) for row in found] == [
        ("A1", None, ["逃逸", "无证"], True, seen, None, 0.5, True, "A1"), ("A2", None, ["a", "b"], False, seen, 3, 1.0, True, "A2"),
    ]


def test_duplicates_may_hold_a_delivery(land: Land) -> None:
    row = {"no": "A1", "state": "在册", "since": "2026-01-05"}
    [result] = ingest.ingest("register__spell", [spell("20261101", [row, row])], parse_as_of("2026-11-20"))
    assert result.status == "held"
    assert "1 rows repeat a key" in result.reason
    assert lake.open_table("bronze", "register__spell") is None


def test_a_field_that_a_contract_gains_starts_empty(land: Land, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(land("20261101", ["A1,在册,1,说明"]))
    pack, root = Path(__file__).parent / "pack", tmp_path / "gained"
    (root / "sources").mkdir(parents=True)
    (root / "fields.yml").write_text((pack / "fields.yml").read_text("utf-8") + "remark: {type: string, meaning: free text}\n", "utf-8")
    text = (pack / "sources" / f"{NAME}.yml").read_text("utf-8").replace("{ignore: free text}", "{field: remark}")
    (root / "sources" / f"{NAME}.yml").write_text(text, "utf-8")
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(root)]))
    settings.cache_clear()
    assert load(land("20261102", ["A1,在册,1,说明", "A2,在册,1,"]), day=21) == [{"new": 1, "changed": 1}]
    assert versions(columns="resident_no, remark, valid_to") == [("A1", None, 2), ("A1", "说明", None), ("A2", None, None)]
