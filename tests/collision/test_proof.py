"""The nightly proof: quiet where changes led to what a full run finds, loud with model and clues where they did not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from jiandu.cli import application, mount
from jiandu.clock import parse_as_of
from jiandu.clue import show
from jiandu.collision.proof import prove
from jiandu.errors import JianduError
from jiandu.settings import settings

from .conftest import DEATH, PENSION

DAY = parse_as_of("2026-11-20T08:00:00+08:00")
MODEL = "overpaid"


@pytest.mark.usefixtures("small_model")
def test_a_difference_fails_the_proof_and_names_model_and_clue(deliver: Callable[..., None]) -> None:
    deliver("civil__death", [DEATH], DAY)
    deliver("social__pension_payment", [PENSION], DAY)
    [proof] = prove([MODEL], DAY, "duckdb")
    assert (proof.opened, proof.differences) == (0, 0)  # the first evaluation was a full one: there is nothing to compare yet
    night = DAY + timedelta(days=1)
    [proof] = prove([MODEL], night, "duckdb")
    assert (proof.how, proof.differences, proof.kept) == ("full", 0, 1)
    with sqlite3.connect(settings().home / "collision" / "social__pension_payment.sqlite") as file:
        file.execute("DELETE FROM rows")  # what must never happen: rows that are not those of the lake
    deliver("civil__death", [{**DEATH, "registered_date": date(2026, 6, 1)}], night, "corrected")
    night += timedelta(days=1)
    clue = show.current()[0]["clue_id"]
    with pytest.raises(JianduError, match=rf"{MODEL}: a full run finds 1 clues otherwise .*{clue[:12]} \(reopened\)"):
        prove([MODEL], night, "duckdb")
    mount()  # a second look at the same night does not make it quiet
    shown = CliRunner().invoke(application, ["--as-of", night.isoformat(), "--engine", "duckdb", "model", "run", MODEL, "--full"])
    assert shown.exit_code == 1
    assert clue[:12] in shown.output
    assert show.current()[0]["clue_id"] == clue
