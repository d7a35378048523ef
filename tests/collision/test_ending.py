"""A clue that is withdrawn names the row that ended it: one that came, was corrected or was deleted; and the card replays to the same bytes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner

from jiandu import contracts, lake
from jiandu.cli import application, mount
from jiandu.clock import parse_as_of
from jiandu.clue import replay, show
from jiandu.collision import ended, run
from jiandu.collision.ended import LakeRecords
from jiandu.ingest import ingest_rows
from jiandu.settings import Settings
from jiandu.source.rows import RawRow

from .conftest import DEATH, PENSION

DAY = parse_as_of("2026-11-20T08:00:00+08:00")
NEXT = DAY + timedelta(days=1)
ALIVE = {**PENSION, "payment_no": "YL9", "person_id_no": "990101195001010037", "person_name": "王五"}
MODEL = "overpaid"
Deliver = Callable[..., None]


def delete(data: str, field: str, key: str, day: datetime) -> None:
    """An agency's word that a record is no more."""
    contract = contracts.load(data)
    name = next(name for name, column in contract.columns.items() if column.field == field)
    assert ingest_rows(contract, f"deletion {key}", [RawRow(dict.fromkeys(contract.columns) | {name: key}, 1, "delete", 1, day)], day).status == "loaded"


EVENTS: dict[str, tuple[str, dict[str, Any] | None, list[tuple[str, str]]]] = {
    "refunded": ("social__pension_payment", {"refunded_cny": 240, "refunded_date": date(2026, 11, 20)}, [("YL", "changed")]),
    "another's": ("social__pension_payment", {"person_id_no": "990101195001010037", "person_name": "王五"}, [("YL", "corrected")]),
    "no payment": ("social__pension_payment", None, [("YL", "deleted")]),
    "no death": ("civil__death", None, [("SW", "deleted")]),
    "cancelled": ("civil__death", {"cancelled_date": date(2026, 11, 20)}, [("SW", "corrected")]),
    "another died": ("civil__death", {"person_id_no": "990101195001010045"}, [("SW", "changed"), ("YL", "passed")]),
}
"""Event → the data set, what becomes of its row (None: deleted), and the rows that are named."""


@pytest.mark.usefixtures("small_model")
def test_the_row_that_ended_a_clue_is_named(deliver: Deliver) -> None:
    ids = [f"99010119400101{number:03d}" for number in range(len(EVENTS))]
    people = [f"{one}{'10X98765432'[sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(one)) % 11]}" for one in ids]
    deaths = [{**DEATH, "death_no": f"SW{number}", "person_id_no": one} for number, one in enumerate(people)]
    payments = [{**PENSION, "payment_no": f"YL{number}", "person_id_no": one} for number, one in enumerate(people)]
    deliver("civil__death", deaths, DAY)
    deliver("social__pension_payment", [*payments, ALIVE], DAY)
    assert run([MODEL], DAY, "duckdb")[0].opened == len(EVENTS)
    for data, rows in (("civil__death", deaths), ("social__pension_payment", payments)):
        deliver(data, [{**row, **(change or {})} if data == of else row for row, (of, change, _) in zip(rows, EVENTS.values(), strict=True)], NEXT)
        for row, (of, change, _) in zip(rows, EVENTS.values(), strict=True):
            if (of, change) == (data, None):
                delete(data, next(iter(row)), str(next(iter(row.values()))), NEXT)
    summary = run([MODEL], NEXT, "duckdb")[0]
    assert (summary.withdrawn, summary.how) == (len(EVENTS), "changes")
    for row in show.current(states=("withdrawn",)):
        card, number = show.card(row["clue_id"]), int(row["anchor"][2:])
        expected = [(f"{key}{number}", how) for key, how in list(EVENTS.values())[number][2]]
        assert [(one["record_key"], one["how"]) for one in card["ended"]["rows"]] == expected
        assert card["ended"]["is_model_changed"] is False
        first = card["ended"]["rows"][0]
        assert first["was"]["row_hash"] != first["is"]["row_hash"]
        assert newest(first["dataset"], first["record_key"]) == (first["is"]["delivery_id"], first["is"]["row_no"])
    assert [one for one in replay.replay_all() if one.differences] == []
    assert run([MODEL], NEXT, "duckdb", "full")[0].differences == 0


def newest(data: str, key: str) -> tuple[str, int]:
    """Delivery and row number of a record's last word."""
    table = lake.open_table("silver", data)
    assert table is not None
    rows = [row for row in table.to_pyarrow_table().to_pylist() if row["record_key"] == key and row["valid_to"] is None and row["superseded_at"] is None]
    return rows[0]["delivery_id"], rows[0]["row_no"]


@pytest.mark.usefixtures("small_model")
def test_both_ways_of_evaluating_give_the_same_bytes(deliver: Deliver) -> None:
    texts = []
    for how in ("changes", "full"):
        for layer in ("clue", "silver", "bronze", "quarantine"):
            wipe(layer)
        deliver("civil__death", [DEATH], DAY)
        deliver("social__pension_payment", [PENSION, ALIVE], DAY)
        run([MODEL], DAY, "duckdb", how)
        delete("social__pension_payment", "payment_no", "YL1", NEXT)
        run([MODEL], NEXT, "duckdb", how)
        texts.append(show.card(show.current(states=("withdrawn",))[0]["clue_id"])["text"])
    assert texts[0] == texts[1]


def wipe(layer: str) -> None:
    """Remove a layer of the lake."""
    shutil.rmtree(lake.uri(layer, "x").removeprefix("file://").rsplit("/", 1)[0], ignore_errors=True)


@pytest.mark.usefixtures("small_model")
def test_a_clue_suspended_in_between_is_compared_with_when_it_stood(deliver: Deliver) -> None:
    deliver("civil__death", [DEATH], DAY)
    deliver("social__pension_payment", [PENSION, ALIVE], DAY)
    run([MODEL], DAY, "duckdb")
    silent = DAY + timedelta(days=200)
    deliver("civil__death", [DEATH], silent, "again")
    assert run([MODEL], silent, "duckdb")[0].suspended == 1
    delete("social__pension_payment", "payment_no", "YL1", silent)
    assert run([MODEL], silent + timedelta(minutes=1), "duckdb")[0].withdrawn == 1
    clue = show.current(states=("withdrawn",))[0]["clue_id"]
    assert [row["how"] for row in show.card(clue)["ended"]["rows"]] == ["deleted"]
    assert [one.differences for one in replay.replay(clue)] == [(), (), ()]


def test_an_edited_model_is_named_as_what_ended_a_clue(deliver: Deliver, small_model: Path) -> None:
    deliver("civil__death", [DEATH], DAY)
    deliver("social__pension_payment", [PENSION], DAY)
    run([MODEL], DAY, "duckdb")
    small_model.write_text(small_model.read_text("utf-8").replace("test: value > 0", "test: value > 500"), "utf-8")
    mount()
    arguments = ["--as-of", NEXT.isoformat(), "--engine", "duckdb", "model", "activate", MODEL, "--by", "甲", "--again"]
    assert CliRunner().invoke(application, arguments).exit_code == 0
    clue = show.current(states=("withdrawn",))[0]["clue_id"]
    assert show.card(clue)["ended"] == {"rows": [], "is_model_changed": True}
    assert [one.differences for one in replay.replay(clue)] == [(), ()]


@pytest.mark.usefixtures("small_model")
def test_the_screen_says_it_and_an_altered_copy_is_named(deliver: Deliver) -> None:
    deliver("civil__death", [DEATH], DAY)
    deliver("social__pension_payment", [PENSION, ALIVE], DAY)
    run([MODEL], DAY, "duckdb")
    delete("social__pension_payment", "payment_no", "YL1", NEXT)
    run([MODEL], NEXT, "duckdb")
    clue = show.current(states=("withdrawn",))[0]["clue_id"]
    mount()
    shown = CliRunner().invoke(application, ["clue", "show", clue]).output.replace("\n", "")
    assert "终结原因" in shown
    assert "social__pension_payment YL1 已被删除" in shown
    kept = lake.open_table("clue", "evidence")
    assert kept is not None
    rows = kept.to_pyarrow_table()
    altered: list[dict[str, Any]] = [{**row, "row": json.dumps({"payment_no": "YL2"})} if row["how"] else row for row in rows.to_pylist()]
    write_deltalake(lake.uri("clue", "evidence"), pa.Table.from_pylist(altered, rows.schema), mode="overwrite")
    assert any("ended[0].copy_hash" in line for line in replay.replay(clue, 2)[0].differences)


def test_a_row_of_a_data_set_the_edited_model_reads_no_more_is_gone_from_sight(empty_lake: Settings) -> None:
    assert not LakeRecords("civil__death", {"civil__death": -1}, {}).now({("civil__death", "SW1"), ("social__pension_payment", "FF1")})


@pytest.mark.usefixtures("small_model")
def test_what_became_of_a_row_is_told_by_the_changes_alone(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "social__pension_payment"
    deliver(name, [PENSION, {**PENSION, "payment_no": "YL2"}, ALIVE], DAY)
    table = lake.open_table("silver", name)
    assert table is not None
    first = table.version()
    deliver(name, [PENSION, {**PENSION, "payment_no": "YL2", "refunded_cny": 240}], NEXT)
    delete(name, "payment_no", "YL1", NEXT)
    table.update_incremental()
    places = {(name, "YL1"), (name, "YL2"), (name, "YL9")}
    everywhere = LakeRecords(name, {name: table.version()}, {}).now(places)
    assert {key: row["is_deleted"] for (_, key), row in everywhere.items()} == {"YL1": True, "YL2": False, "YL9": False}
    changes = LakeRecords(name, {name: table.version()}, {}, {name: first})
    assert changes.now(places) == everywhere, "a row that did not change is found in the whole table"
    monkeypatch.setattr(ended, "whole", lambda *_, **__: "")
    del everywhere[name, "YL9"]
    assert changes.now(places) == everywhere
