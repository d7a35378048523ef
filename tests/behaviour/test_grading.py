"""The table of grades, the form of signals, and the live model as content."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from jiandu import cli, content
from jiandu.behaviour import Signal, SignalRefused, decode, encode, grade
from jiandu.behaviour import model as live
from jiandu.behaviour.rules import Grading, Rules, rules
from jiandu.clock import ZONE
from jiandu.errors import ContentError

START = datetime(2026, 11, 19, 12, tzinfo=ZONE)


def signal(kind: str, value: float = 9) -> Signal:
    return Signal(kind, "account:a", START, START + timedelta(hours=1), value, 5, ("p:1",), "句（仅为线索）")  # type: ignore[arg-type]


@pytest.mark.parametrize(("level", "kinds", "expected"), [
    (0, "burst campaign contacts threads outlet", 0),  # behaviour alone warns of nobody
    (1, "", 1), (1, "burst", 2), (1, "burst campaign contacts", 3), (1, "outlet", 3),
    (2, "", 2), (2, "threads", 3), (2, "burst campaign threads", 4), (2, "outlet", 4),
    (3, "burst", 3), (3, "burst contacts", 4), (4, "", 4), (1, "words", 1),
])
def test_the_grade_is_looked_up(level: int, kinds: str, expected: int) -> None:
    assert grade(level, [signal(kind) for kind in kinds.split()]) == expected


def test_a_kind_counts_once_and_a_signal_taken_back_not_at_all() -> None:
    assert grade(1, [signal("burst"), replace(signal("burst"), subject="board:x")]) == grade(1, [signal("burst")]) == 2
    assert grade(1, [signal("burst", value=4.9)]) == 1


def test_more_behaviour_never_lowers_a_grade() -> None:
    for level in range(5):
        grades = [grade(level, [signal(kind) for kind in rules().grading.counted[:count]]) for count in range(5)]
        assert grades == sorted(grades)
        assert grades[0] == level
        assert grade(level, [signal("outlet")]) >= grades[0]
    with pytest.raises(ValueError, match="not a level"):
        grade(5, [])


def test_a_table_that_warns_without_content_is_refused() -> None:
    table = rules().grading.model_dump()
    table["table"]["none"] = {"by_kinds": ["none", "blue"], "with_decisive": "none"}
    with pytest.raises(ValidationError, match="warn of nobody"):
        Grading.model_validate(table)
    with pytest.raises(ValidationError, match="cannot change a grade"):
        Grading.model_validate(rules().grading.model_dump() | {"counted": ["words"]})


def test_a_window_that_would_be_half_forgotten_is_refused_with_its_line(tmp_path: Path) -> None:
    text = content.units("behaviour")["live"].read_text("utf-8")
    (tmp_path / "live.yml").write_text(text.replace("late_hours: 24", "late_hours: 60").replace("at_least: 5\n", "at_least: -5\n"), "utf-8")
    with pytest.raises(ContentError) as refused:
        content.read_unit(tmp_path / "live.yml", Rules)
    assert "live.yml:10: account_burst.at_least" in str(refused.value)
    (tmp_path / "live.yml").write_text(text.replace("late_hours: 24", "late_hours: 60"), "utf-8")
    with pytest.raises(ContentError, match="a late post must find its whole window remembered"):
        content.read_unit(tmp_path / "live.yml", Rules)


def test_signals_travel_whole_and_anything_else_is_refused() -> None:
    assert decode(encode(signal("burst"))) == signal("burst")
    body = json.loads(encode(signal("burst")))
    for broken in (body | {"kind": "guess"}, body | {"extra": 1}, body | {"window_end": "2026-11-19T12:00:00"}, body | {"value": -1}, [body], {}):
        with pytest.raises(SignalRefused):
            decode(json.dumps(broken).encode())
    with pytest.raises(SignalRefused):
        decode(b"\xff{")


@pytest.mark.parametrize("name", live.names())
def test_live_models_are_sound_and_their_cases_hold(name: str) -> None:
    assert live.lint([name]) == []
    assert [outcome for outcome in live.run_cases(live.read(name)) if outcome.wrong] == []


def test_model_commands_know_live_models() -> None:
    cli.mount()
    run = CliRunner().invoke
    listed = json.loads(run(cli.application, ["--json", "model", "list"]).output)
    assert {"model": "online_risk", "line": "juvenile"}.items() <= next(one for one in listed if one["model"] == "online_risk").items()
    explained = run(cli.application, ["--json", "model", "explain", "online_risk"])
    told = json.loads(explained.output)
    assert told["live"] is True
    assert {"campaign", "outlet", "phone_cards"} <= {element["id"] for element in told["elements"]}
    assert any("溯源" in step for step in told["runbook"])
    assert run(cli.application, ["model", "lint", "online_risk"]).exit_code == 0
    tested = json.loads(run(cli.application, ["--json", "model", "test", "online_risk"]).output)
    assert {outcome["model"] for outcome in tested} == {"online_risk"}


def test_mistakes_of_a_live_model_are_named_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = content.units("live_models")["online_risk"].read_text("utf-8")
    broken = text.replace("phone_cards", "phone_kards").replace("from: 2024-01-01,", "from: 2024-01-01, to: 2025-01-01,")
    (tmp_path / "online_risk.yml").write_text(broken, "utf-8")
    monkeypatch.setattr(live.content, "units", lambda kind: {"online_risk": tmp_path / "online_risk.yml"} if kind == "live_models" else units(kind))
    told = [str(problem) for problem in live.lint()]
    assert any("online_risk.yml:7: no lexicon phone_kards" in one for one in told)
    assert any("未成年人网络保护条例第二十二条至第三十条 is not in force on 2026-11-20" in one for one in told)
    assert len(told) == 2


units = content.units
