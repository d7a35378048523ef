"""Quarantine: each refused row once, with column, rule, reason and physical row; replay after a fix."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jiandu import ingest, lake, quarantine, replay
from jiandu.cli import application, mount
from jiandu.clock import parse_as_of
from jiandu.settings import settings

Land = Callable[[str, list[str]], Path]
NAME = "register__resident"
AS_OF = parse_as_of("2026-11-20")
mount()


def counts() -> tuple[int, ...]:
    found = []
    with lake.duck() as connection:
        for layer, where in (("bronze", "true"), ("silver", "true"), ("quarantine", "replayed_at IS NULL")):
            there = lake.view(connection, layer, NAME, "rows")
            found.append(connection.execute(f"SELECT count(*) FROM rows WHERE {where}").fetchall()[0][0] if there else 0)
    return tuple(found)


@pytest.fixture
def refused(land: Land) -> Path:
    """A delivery of which three rows are refused for different reasons and one cannot even be split."""
    return land("20261101", ["A1,在册,1,", "A2,,很多,", "A3,在册,-1,", ",在册,1,", "A5,在册,1,,,", "A6,别的,1,"])


def test_reasons(refused: Path) -> None:
    [result] = ingest.ingest(NAME, [refused], AS_OF)
    assert (result.quarantined, result.silver, result.warnings) == (4, {"new": 2}, {"one_of:resident_state": 1})
    rows = quarantine.refused_rows(NAME)
    assert [(row["row_no"], row["column"], row["rule"]) for row in rows] == [
        (3, "金额（万元）", "type"), (4, "金额（万元）", "range:grant_cny"), (5, "编号", "key"), (6, "", "cells"),
    ]
    assert rows[0]["reason"] == "“金额（万元）”不是金额：很多；“状态”为空"
    assert rows[1]["reason"] == "“金额（万元）”超出范围 0～：-10000.00"
    assert rows[3]["reason"] == "该行有 6 列，表头有 4 列"
    assert json.loads(str(rows[3]["raw"])) == {"#line": "A5,在册,1,,,"}
    assert counts() == (6, 2, 4)


@pytest.fixture
def mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Replace the contract by one that allows negative amounts."""

    def mend() -> None:
        pack, root = Path(__file__).parents[1] / "silver" / "pack", tmp_path / "mended"
        (root / "sources").mkdir(parents=True)
        (root / "fields.yml").write_bytes((pack / "fields.yml").read_bytes())
        text = (pack / "sources" / f"{NAME}.yml").read_text("utf-8").replace("min: 0}", "min: -1000000}")
        (root / "sources" / f"{NAME}.yml").write_text(text, "utf-8")
        monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(root)]))
        settings.cache_clear()

    return mend


def test_replay_accepts_what_passes_now(refused: Path, mended: Callable[[], None]) -> None:
    [loaded] = ingest.ingest(NAME, [refused], AS_OF)
    assert [result.accepted for result in replay.replay(NAME, parse_as_of("2026-11-21"))] == [0]
    mended()
    [result] = replay.replay(NAME, parse_as_of("2026-11-22"))
    assert (result.tried, result.accepted, result.open, result.silver) == (4, 1, 3, {"new": 1})
    assert counts() == (6, 3, 3)
    with lake.duck() as connection:
        lake.view(connection, "silver", NAME, "rows")
        lake.view(connection, "bronze", NAME, "arrived")
        query = """SELECT s.row_no, s.delivery_id, s.row_hash = b.row_hash, s.loaded_at, s.valid_from = b.source_at
            FROM rows s JOIN arrived b USING (delivery_id, row_no) WHERE s.resident_no = 'A3'"""
        assert connection.execute(query).fetchall() == [(4, loaded.delivery_id, True, parse_as_of("2026-11-22"), True)]
    assert [result.accepted for result in replay.replay(NAME, parse_as_of("2026-11-23"))] == [0], "replaying again adds nothing"
    assert counts() == (6, 3, 3)


def test_a_crash_in_replay_is_repaired_by_replaying(refused: Path, mended: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    ingest.ingest(NAME, [refused], AS_OF)
    mended()

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(replay, "_mark", crash)
        with pytest.raises(KeyboardInterrupt):
            replay.replay(NAME, AS_OF)
    assert counts() == (6, 3, 4)
    assert [result.accepted for result in replay.replay(NAME, AS_OF)] == [1]
    assert counts() == (6, 3, 3)


def test_a_replayed_row_does_not_overrule_newer_ones(land: Land, mended: Callable[[], None]) -> None:
    first, second = land("20261101", ["A1,在册,-1,"]), land("20261102", ["A1,注销,1,"])
    for path in (first, second):
        ingest.ingest(NAME, [path], AS_OF)
    mended()
    assert [result.silver for result in replay.replay(NAME, AS_OF)] == [{"late": 1}]
    with lake.duck() as connection:
        lake.view(connection, "silver", NAME, "rows")
        assert connection.execute("SELECT resident_state FROM rows WHERE superseded_at IS NULL AND valid_to IS NULL").fetchall() == [("注销",)]


def test_commands(refused: Path, mended: Callable[[], None]) -> None:
    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(application, ["--as-of", "2026-11-20", *words])
        return result.exit_code, result.output

    code, said = run("ingest", NAME, str(refused))
    assert code == 0
    assert "2 new" in said
    code, said = run("quarantine", "list")
    assert code == 0
    assert "range:grant_cny" in said
    code, said = run("quarantine", "show", NAME)
    assert "register__resident_20261101.csv:4" in said
    assert "超出范围" in said
    mended()
    code, said = run("--json", "quarantine", "replay", NAME)
    assert code == 1, "rows stay refused"
    assert json.loads(said)[0]["accepted"] == 1
    assert run("quarantine", "replay", "no__such")[0] != 0
    refused.write_bytes(b"")
    code, said = run("ingest", NAME, str(refused))
    assert code == 2
    assert "the file is empty" in said
