"""Silver is a function of the set of accepted rows, whatever order they came in: the law in SQL against the law in plain Python."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jiandu import lake, silver
from jiandu.history import timeline_sql
from jiandu.ingest import ingest_rows
from jiandu.settings import settings
from jiandu.source import RawRow

START = datetime(2026, 1, 1, tzinfo=UTC)


class Row(NamedTuple):
    """An accepted row of a record."""

    key: str
    day: int
    position: int
    load: int
    row_no: int
    content: int


def holding(rows: list[Row]) -> dict[tuple[str, int], tuple[Row, int | None]]:
    """The law: by key and valid day, the row that holds and the day it ends."""
    found: dict[tuple[str, int], tuple[Row, int | None]] = {}
    for key in {row.key for row in rows}:
        last_words = []
        for day in sorted({row.day for row in rows if row.key == key}):
            said = sorted((row for row in rows if (row.key, row.day) == (key, day)), key=lambda row: (row.position, row.load, row.row_no))
            word = said[-1]
            for row in reversed(said):
                if row.content != word.content:
                    break
                word = row
            if not last_words or last_words[-1].content != word.content:
                last_words.append(word)
        for number, word in enumerate(last_words):
            found[key, word.day] = (word, last_words[number + 1].day if number + 1 < len(last_words) else None)
    return found


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2)), max_size=14))
def test_timeline(drawn: list[tuple[str, int, int, int, int]]) -> None:
    rows = [Row(key, day, position, load, number, content) for number, (key, day, position, load, content) in enumerate(drawn)]
    table = pa.table({
        "record_key": [row.key for row in rows], "valid_from": [START + timedelta(days=row.day) for row in rows], "position": [row.position for row in rows],
        "loaded_at": [START + timedelta(hours=row.load) for row in rows], "delivery_id": ["d"] * len(rows), "row_no": [row.row_no for row in rows],
        "content_hash": [row.content for row in rows],
    }, schema=pa.schema({"record_key": pa.string(), "valid_from": pa.timestamp("us", "UTC"), "position": pa.int64(), "loaded_at": pa.timestamp("us", "UTC"),
                         "delivery_id": pa.string(), "row_no": pa.int64(), "content_hash": pa.int64()}))
    with lake.duck() as connection:
        connection.register("spoken", table)
        found = {row_no: ends and (ends - START).days for row_no, ends in connection.execute(f"SELECT row_no, ends FROM ({timeline_sql('spoken')})").fetchall()}
    assert found == {word.row_no: ends for word, ends in holding(rows).values()}


Batch = list[tuple[str, str, str]]
BATCHES = st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from(["upsert", "upsert", "delete"])), min_size=1, max_size=3),
                   min_size=1, max_size=4)


@hypothesis_settings(max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BATCHES, st.randoms(use_true_random=False))
def test_any_order_and_repetition(land: Callable[..., Path], tmp_path: Path, batches: list[Batch], chance: random.Random) -> None:
    """Batches in random order, some twice: the same current rows as the law over all of them, and as_known at every load."""
    order = [*range(len(batches)), *chance.sample(range(len(batches)), len(batches) // 2)]
    chance.shuffle(order)
    rows: list[Row] = []
    seen: set[int] = set()
    os.environ["JIANDU_LAKE_URI"] = str(tmp_path / f"lake{chance.random()}")
    settings.cache_clear()
    for load, number in enumerate(order):
        raw = [RawRow({"no": key, "state": state}, at, op, position=number + 1, source_at=START + timedelta(days=number // 2))  # type: ignore[arg-type]
               for at, (key, state, op) in enumerate(batches[number], 1)]
        loaded_at = START + timedelta(days=100 + load)
        result = ingest_rows("register__change", f"batch-{number}", raw, loaded_at)
        assert result.status == ("repeated" if number in seen else "loaded")
        if number not in seen:
            rows += [Row(key, number // 2, number + 1, load, at, 0 if op == "delete" else ord(state)) for at, (key, state, op) in enumerate(batches[number], 1)]
        seen.add(number)
    with lake.duck() as connection:
        assert read(connection, silver.current(connection, "register__change")) == current(rows)
        for load in range(len(order)):
            view = silver.as_known(connection, "register__change", START + timedelta(days=100 + load))
            assert read(connection, f"(SELECT * FROM {view} WHERE {silver.current_sql()})") == current([row for row in rows if row.load <= load])
        assert connection.execute("SELECT count(*) FROM silver__register__change").fetchall() == [(len(rows),)]


def current(rows: list[Row]) -> dict[str, tuple[int, int, str]]:
    """Day, row number and state of each record that is there now."""
    return {row.key: (row.day, row.row_no, chr(row.content)) for row, ends in holding(rows).values() if ends is None and row.content}


def read(connection: duckdb.DuckDBPyConnection, relation: str | None) -> dict[str, tuple[int, int, str]]:
    found = connection.execute(f"SELECT record_key, valid_from, row_no, resident_state FROM {relation}").fetchall()
    return {key: ((valid_from - START).days, row_no, state) for key, valid_from, row_no, state in found}
