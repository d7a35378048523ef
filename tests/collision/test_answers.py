"""Prosecutors' answers: given through the store's door, back in the lake, and counted by a backtest as its yield."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from jiandu import lake, ops
from jiandu.cli import application, mount
from jiandu.clock import parse_as_of
from jiandu.clue import show
from jiandu.clue.answer import allowed, gather, give
from jiandu.clue.publish import publish
from jiandu.clue.seal import WORDS, seal
from jiandu.collision import backtest, run
from jiandu.errors import JianduError
from jiandu.services import secrets
from jiandu.settings import Settings, settings

from .conftest import DEATH, PENSION, deliver_rows

DAY = parse_as_of("2026-11-20T08:00:00+08:00")
MODEL = "overpaid"
PEOPLE = ("990101194001010011", "990101194001010038", "990101194001010054")


def test_which_answers_follow_which() -> None:
    assert allowed("待核查")[:2] == ("核查中", "属实")
    assert "排除" in allowed("属实")
    assert "排除" not in allowed("立案")
    assert allowed("排除") == ("核查中",)
    assert allowed("提起诉讼") == ()


@pytest.mark.usefixtures("small_model")
def test_answers_become_the_yield_of_a_backtest(fresh_lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANDU_POSTGRES_DSN", secrets.read()["postgres_dsn"])
    settings.cache_clear()
    deliver_rows("civil__death", [{**DEATH, "death_no": f"SW{number}", "person_id_no": one} for number, one in enumerate(PEOPLE)], DAY)
    deliver_rows("social__pension_payment", [{**PENSION, "payment_no": f"YL{number}", "person_id_no": one} for number, one in enumerate(PEOPLE)], DAY)
    run([MODEL], DAY, "duckdb")
    publish(DAY)
    clues = {row["anchor"]: row["clue_id"] for row in show.current()}
    assert outcome() is None or outcome() == (3, 0, 0, 3)
    mount()
    said = CliRunner().invoke(application, ["--json", "--as-of", DAY.isoformat(), "clue", "answer", clues["SW0"][:12], "属实", "--by", "甲"])
    assert json.loads(said.output) == {"clue_id": clues["SW0"], "was": "待核查", "work_state": "属实"}
    give(clues["SW1"], "核查中", "乙", DAY)
    give(clues["SW1"], "排除", "乙", DAY + timedelta(days=1), "已全额追回，登记滞后")
    for number, state, reason, what in (("SW0", "核查中", "", "does not follow"), ("SW2", "排除", "", "why"), ("SW9", "属实", "", "published clues begin so")):
        with pytest.raises(JianduError, match=what):
            give(clues.get(number, "zz"), state, "甲", DAY, reason)
    assert outcome() == (3, 1, 1, 1)
    give(clues["SW0"], "立案", "甲", DAY + timedelta(days=2), document_no="云青检行公立〔2026〕1号")
    assert gather() == 0
    assert outcome() == (3, 1, 1, 1)
    with ops.transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM ops.audit WHERE action = 'clue.answer'")).scalar_one() == 4
        assert connection.execute(text("SELECT work_state FROM ops.clue ORDER BY anchor")).scalars().all() == ["立案", "排除", "待核查"]
    kept = lake.open_table("clue", "answer")
    assert kept is not None
    assert not {"answered_by", "reason"} & {field.name for field in kept.schema().fields}
    shown = CliRunner().invoke(application, ["model", "backtest", MODEL, "--from", "2026-11-20", "--to", "2026-11-20"])
    assert "3 found: 1 right, 1 wrong, 1 not answered" in shown.output
    looks_and_seals(clues)


def outcome() -> tuple[int, int, int, int] | None:
    """Found, right, wrong, not answered."""
    found = backtest.backtest(MODEL, DAY.date(), DAY.date()).tracks[0].outcome
    return (found.found, found.confirmed, found.excluded, found.unanswered) if found else None


def looks_and_seals(clues: dict[str, str]) -> None:
    """A look behind the mask stays in the audit trail; sealing destroys what people wrote of the case."""
    shown = CliRunner().invoke(application, ["clue", "show", clues["SW2"]])
    assert "李*" in shown.output
    assert "李四" not in shown.output + CliRunner().invoke(application, ["--json", "clue", "show", clues["SW2"]]).output
    unsaid = CliRunner().invoke(application, ["clue", "show", clues["SW2"], "--unmasked"])
    assert isinstance(unsaid.exception, JianduError)
    assert "李四" in CliRunner().invoke(application, ["clue", "show", clues["SW2"], "--unmasked", "--by", "丙", "--reason", "核对身份"]).output
    seal("civil__death", "SW1", "甲", "法院决定", DAY)
    with ops.transaction() as connection:
        looks = connection.execute(text("SELECT actor, reason FROM ops.audit WHERE action = 'clue.show'")).all()
        written = connection.execute(text("SELECT reason FROM ops.answer UNION ALL SELECT reason FROM ops.audit")).scalars().all()
    assert looks == [("丙", "核对身份")]
    assert "已全额追回，登记滞后" not in written
    assert written.count(WORDS) == 2
