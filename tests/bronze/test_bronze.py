"""Bronze: every row of a readable delivery as it came; what cannot be read is held with its bytes; repetition and crashes change nothing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jiandu import bronze, ingest, lake, quarantine, silver
from jiandu.clock import parse_as_of
from jiandu.errors import JianduError
from jiandu.settings import settings

Land = Callable[[str, list[str]], Path]
NAME = "register__resident"
AS_OF = parse_as_of("2026-11-20")


def table(layer: str, columns: str, order: str = "1, 2", where: str = "true") -> list[tuple[Any, ...]]:
    with lake.duck() as connection:
        if not lake.view(connection, layer, NAME, "rows"):
            return []
        return connection.execute(f"SELECT {columns} FROM rows WHERE {where} ORDER BY {order}").fetchall()


def versions() -> dict[str, int | None]:
    return {layer: opened and opened.version() for layer in ("bronze", "silver", "quarantine") for opened in [lake.open_table(layer, NAME)]}


def balanced() -> bool:
    """Rows of bronze = rows of silver + open rows of quarantine, for each delivery."""
    count = {layer: dict(table(layer, "delivery_id, count(*)", "1", f"{where} GROUP BY 1"))
             for layer, where in (("bronze", "true"), ("silver", "true"), ("quarantine", "replayed_at IS NULL"))}
    return all(number == count["silver"].get(name, 0) + count["quarantine"].get(name, 0) for name, number in count["bronze"].items())


def test_rows_as_delivered(land: Land) -> None:
    path = land("20261101", ["A第1号,在册,1.5,说明", ",在册,1,", "A3,在册,多,"])
    [result] = ingest.ingest(NAME, None, AS_OF)
    assert (result.status, result.rows, result.silver, result.quarantined) == ("loaded", 3, {"new": 1}, 2)
    assert result.delivery_id == hashlib.sha256(f"{NAME}\0002026-11-01\0".encode() + path.read_bytes()).hexdigest()
    rows = table("bronze", "row_no, raw, row_hash, file, op, tier, sealed, loaded_at", "row_no")
    assert [row[0] for row in rows] == [2, 3, 4]
    assert json.loads(rows[0][1]) == {"编号": "A第1号", "状态": "在册", "金额（万元）": "1.5", "备注": "说明"}
    assert rows[0][2] == hashlib.sha256(rows[0][1].encode()).hexdigest()
    assert rows[0][3:7] == (path.name, "upsert", "internal", False)
    assert rows[0][7] == AS_OF
    assert table("silver", "resident_no, grant_cny::DOUBLE, row_no") == [("A1号", 15000.0, 2)]
    assert balanced()


def test_delivered_twice_changes_nothing(land: Land) -> None:
    land("20261101", ["A1,在册,1,"])
    ingest.ingest(NAME, None, AS_OF)
    before = versions()
    [again] = ingest.ingest(NAME, None, parse_as_of("2026-11-21"))
    assert again.status == "repeated"
    assert versions() == before


def test_the_same_bytes_on_another_day_are_another_delivery(land: Land) -> None:
    """A register that returned to an earlier state must not be taken for a repetition of it."""
    land("20261101", ["A1,在册,1,"])
    land("20261102", ["A1,注销,1,"])
    land("20261103", ["A1,在册,1,"])
    assert [result.silver for result in ingest.ingest(NAME, None, AS_OF)] == [{"new": 1}, {"changed": 1}, {"changed": 1}]
    assert table("silver", "resident_state", "1", silver.current_sql()) == [("在册",)]


@pytest.mark.parametrize(("data", "said"), [
    ("编号,状态,金额（万元）,备注\n1,在册,1,\n".encode("gb18030"), "not utf-8 text"), (b"", "empty"), ("编号,状态,金额（万元）,备注\n1,在".encode(), "cut off"),
    ("编号,状态,金额（万元）,备注,新列\n1,在册,1,,x\n".encode(), "unknown column 新列"), ("编号,状态,备注\n1,在册,\n".encode(), "no column 金额（万元）"),
])
def test_what_cannot_be_read_is_held_with_its_bytes(land: Land, data: bytes, said: str) -> None:
    path = land("20261101", [])
    path.write_bytes(data)
    good = land("20261102", ["A1,在册,1,"])
    held, loaded = ingest.ingest(NAME, None, AS_OF)
    assert (held.status, loaded.status, loaded.source) == ("held", "loaded", good.name), "a held delivery stops no other"
    assert said in held.reason
    assert str(path) in held.reason or NAME in held.reason
    folder = Path(settings().lake_root) / "held" / held.delivery_id
    assert (folder / path.name).read_bytes() == data
    assert said in json.loads((folder / "reason.json").read_text("utf-8"))["reason"]
    assert table("bronze", "count(*)", "1", f"delivery_id = '{held.delivery_id}'") == [(0,)]


def test_a_held_delivery_is_taken_by_a_mended_contract(land: Land, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = land("20261101", [])
    path.write_text("编号,状态,金额（万元）,备注,新列\n1,在册,1,,x\n", "utf-8")
    [held] = ingest.ingest(NAME, None, AS_OF)
    kept = Path(settings().lake_root) / "held" / held.delivery_id / path.name
    pack = Path(__file__).parents[1] / "silver" / "pack"
    root = tmp_path / "mended"
    (root / "sources").mkdir(parents=True)
    (root / "fields.yml").write_bytes((pack / "fields.yml").read_bytes())
    mended = (pack / "sources" / f"{NAME}.yml").read_text("utf-8").replace("备注: {ignore: free text}", "备注: {ignore: free text}\n  新列: {ignore: unused}")
    (root / "sources" / f"{NAME}.yml").write_text(mended, "utf-8")
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(root)]))
    settings.cache_clear()
    [loaded] = ingest.ingest(NAME, [kept], AS_OF)
    assert (loaded.status, loaded.delivery_id, loaded.rows) == ("loaded", held.delivery_id, 1)
    assert not kept.exists(), "its rows are in bronze now"


def test_a_name_without_a_date_is_held(land: Land) -> None:
    path = land("20261101", ["A1,在册,1,"])
    path.rename(path.with_name("register__resident_latest.csv"))
    [held] = ingest.ingest(NAME, None, AS_OF)
    assert held.status == "held"
    assert "does not carry the date" in held.reason


@pytest.mark.parametrize(("module", "name"), [(quarantine, "append"), (silver, "merge")])
def test_a_crash_between_commits_is_repaired_by_running_again(land: Land, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    land("20261101", ["A1,在册,1,", "A2,在册,1,", ",在册,1,"])
    ingest.ingest(NAME, None, AS_OF)
    land("20261102", ["A1,注销,1,", "A3,在册,1,", ",在册,1,"])

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, name, crash)
        with pytest.raises(KeyboardInterrupt):
            ingest.ingest(NAME, None, AS_OF)
    assert not balanced()
    results = ingest.ingest(NAME, None, parse_as_of("2026-11-25"))
    assert [result.status for result in results] == ["repeated", "loaded"]
    assert balanced()
    assert table("silver", "DISTINCT loaded_at", "1") == [(AS_OF,)], "the repair has the load time of the first try"
    assert table("bronze", "count(*)", "1") == [(6,)]


def test_one_percent_of_bad_rows_is_refused_alone(land: Land) -> None:
    land("20261101", [f"A{number},{'在册' if number % 100 else ''},{number},x" for number in range(1, 2001)])
    [result] = ingest.ingest(NAME, None, AS_OF)
    assert (result.silver, result.quarantined) == ({"new": 1980}, 20)
    assert balanced()
    assert result.warnings == {"expected_rows": 2000}


def test_an_unwritable_lake_is_one_clear_error(land: Land, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = land("20261101", ["A1,在册,1,"])
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be", "utf-8")
    monkeypatch.setenv("JIANDU_LAKE_URI", str(blocked / "lake"))
    settings.cache_clear()
    with pytest.raises(JianduError, match="cannot be read or written") as raised:
        ingest.ingest(NAME, [path], AS_OF)
    assert len(raised.value.problems) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_one_clear_error(land: Land) -> None:
    path = land("20261101", ["A1,在册,1,"])
    path.chmod(0)
    with pytest.raises(JianduError, match="cannot be read"):
        ingest.ingest(NAME, [path], AS_OF)


def test_files_are_ordered_by_business_date_and_arrival(land: Land) -> None:
    land("20261102", ["A1,注销,1,"])
    land("20261101", ["A1,在册,1,"])
    assert [result.delivered_on and result.delivered_on.day for result in ingest.ingest(NAME, None, AS_OF)] == [1, 2]
    positions = [position for (position,) in table("bronze", '"position"', "1")]
    assert positions == [20261101 * bronze.DELIVERIES_A_DAY, 20261102 * bronze.DELIVERIES_A_DAY]
