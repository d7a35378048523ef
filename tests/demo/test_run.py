"""The whole flow through real services, as ``jiandu demo`` runs it: everything planted is found, and a second run doubles nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from jiandu import lake
from jiandu.demo import score
from jiandu.demo.run import run
from jiandu.settings import Settings, settings

SCALE, SEED = 0.2, 1

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def told(stack: Settings) -> str:
    """What one run of the demo said; it ends clean."""
    said = io.StringIO()
    clean = run(SCALE, SEED, Console(file=said, width=200))
    assert clean, said.getvalue()
    return said.getvalue()


def counted(query: Callable[[str], list[Any]]) -> dict[str, Any]:
    """Everything that a second run could double."""
    tables = {f"{layer}.{name}": table.version() for layer in ("bronze", "silver", "quarantine", "clue") for name in lake.tables(layer)
              if (table := lake.open_table(layer, name))}
    rows = {name: query(f"SELECT count(*) FROM ops.{name}")[0][0] for name in ("delivery", "clue", "outbox", "evaluation")}
    return tables | rows


@pytest.fixture
def query(stack: Settings) -> Callable[[str], list[Any]]:
    from sqlalchemy import text

    from jiandu.demo import outcome

    return lambda statement: outcome.query(text(statement))


def test_every_truth_is_found_and_no_decoy_fires(told: str) -> None:
    scores = score.by_model(score.answer_key(), score.standing(), score.standing(["early"]))
    assert len(scores) == 13
    assert [one for one in scores if not one.clean] == []


def test_it_ends_with_the_tables_and_the_addresses(told: str) -> None:
    address = f":{settings().port('superset')}"
    for words in ("Rows by stage", "Clues by model and finding", "Alerts delivered", "Against the answer key", address, "线索仅供人工核查"):
        assert words in told


def test_rows_of_bronze_are_rows_of_silver_and_quarantine(told: str, query: Callable[[str], list[Any]]) -> None:
    assert query("SELECT delivery_id FROM ops.delivery WHERE status = 'loaded' AND rows_total <> rows_silver + rows_quarantine") == []


def test_the_planted_bad_delivery_is_held_and_visible(told: str, query: Callable[[str], list[Any]]) -> None:
    held = query("SELECT source, reason FROM ops.delivery WHERE status = 'held'")
    assert held
    assert all(reason for _, reason in held)
    assert f"held: {held[0][0]}" in told


def test_every_alert_was_delivered_once_through_both_channels(told: str, query: Callable[[str], list[Any]]) -> None:
    states = query("SELECT channel, count(*), count(delivered_at) FROM ops.outbox GROUP BY channel")
    assert {row[0] for row in states} == {"mail", "webhook"}
    assert all(total == delivered for _, total, delivered in states)


def test_a_second_run_doubles_nothing(told: str, query: Callable[[str], list[Any]]) -> None:
    before = counted(query)
    said = io.StringIO()
    assert run(SCALE, SEED, Console(file=said, width=200)), said.getvalue()
    assert counted(query) == before
