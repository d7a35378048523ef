"""An edited model: nothing runs in it before somebody looked at what it changes, and then just that is changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from jiandu import content, lake
from jiandu.cli import application, mount
from jiandu.clock import parse_as_of
from jiandu.clue import replay, show
from jiandu.collision import archive, proposal, run
from jiandu.errors import JianduError
from jiandu.settings import settings

DAY = parse_as_of("2026-11-20T08:00:00+08:00")
MODEL = "overpaid"


def death(number: int) -> dict[str, Any]:
    """A death registered."""
    return {
        "death_no": f"SW{number}", "person_name": "李四", "person_id_no": f"99010119400101001{number}", "death_date": date(2026, 5, 20),
        "registered_date": date(2026, 5, 30), "county_code": "990101",
    }


def pension(number: int, paid: int) -> dict[str, Any]:
    """A month paid after it."""
    return {
        "payment_no": f"YL{number}", "person_name": "李四", "person_id_no": f"99010119400101001{number}", "insurance_type": "城乡居民", "pay_month": "2026-06",
        "paid_cny": paid, "county_code": "990101", "agency_name": "青澜区居民养老保险中心",
    }


@pytest.fixture
def edited(small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deliver: Callable[..., None]) -> Callable[[str, str], None]:
    """Three deaths, three payments after them, one evaluation; call it to edit the model's file."""
    shutil.copytree(content.ROOT / content.PRODUCT_FOLDERS["law"], tmp_path / "law")
    monkeypatch.setattr(content, "PRODUCT_FOLDERS", {**content.PRODUCT_FOLDERS, "law": str(tmp_path / "law")})
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    deliver("civil__death", [death(number) for number in (1, 2, 3)], DAY)
    deliver("social__pension_payment", [pension(1, 100), pension(2, 240), pension(3, 20000)], DAY)
    assert run([MODEL], DAY, "duckdb")[0].opened == 3

    def edit(old: str, new: str) -> None:
        text = small_model.read_text("utf-8")
        assert old in text
        small_model.write_text(text.replace(old, new), "utf-8")

    return edit


def states() -> dict[str, str]:
    """Anchor → state of every clue."""
    return {row["anchor"]: row["state"] for row in show.current(states=("open", "updated", "reopened", "withdrawn", "suspended"))}


NARROW = ("      test: value > 0\n", "      test: value > 200\n")
"""An edit that lets a small sum pass."""


def test_an_edit_runs_only_once_activated_and_changes_exactly_what_was_shown(edited: Callable[[str, str], None]) -> None:
    edited(*NARROW)
    edited("red: overpaid_value >= 50000", "red: overpaid_value >= 15000")
    later = DAY + timedelta(hours=1)
    before = run([MODEL], later, "duckdb")[0]
    assert (before.edited, before.kept, before.withdrawn) == (True, 3, 0)
    found = proposal.propose(MODEL, later)
    assert found.edited
    assert found.settled
    assert {one.anchor: one.change for one in found.changes} == {"SW1": "withdrawn", "SW3": "updated"}
    assert (found.counts["withdrawn"], found.counts["updated"], found.counts["kept"], found.counts["new"]) == (1, 1, 1, 0)
    assert states() == dict.fromkeys(("SW1", "SW2", "SW3"), "open")
    done = proposal.activate(MODEL, "张检察官")
    assert done.digest == found.digest
    assert states() == {"SW1": "withdrawn", "SW2": "open", "SW3": "updated"}
    record = archive.activations(MODEL)[-1]
    assert (record["activated_by"], record["edition"], record["replaces"], record["withdrawn"]) == ("张检察官", found.edition, found.active, 1)
    after = run([MODEL], later + timedelta(hours=1), "duckdb")[0]
    assert (after.edited, after.kept, after.opened, after.updated) == (False, 2, 0, 0)
    assert not [one.differences for clue in show.current(states=("withdrawn", "open", "updated")) for one in replay.replay(clue["clue_id"]) if one.differences]


def test_an_edition_that_comes_back_at_the_same_instant_brings_its_clues_back(edited: Callable[[str, str], None]) -> None:
    edited(*NARROW)
    proposal.activate(MODEL, "张检察官", again=DAY)
    assert states() == {"SW1": "withdrawn", "SW2": "open", "SW3": "open"}
    edited(*reversed(NARROW))
    found = proposal.propose(MODEL, DAY)
    assert found.settled
    assert found.counts["new"] == 1
    proposal.activate(MODEL, "张检察官")
    assert states() == {"SW1": "reopened", "SW2": "open", "SW3": "open"}
    assert {row["run_id"] for row in archive.activations(MODEL)} == {row["run_id"] for row in lake.rows("clue", "evaluation")}
    assert len(archive.activations(MODEL)) == 3
    assert run([MODEL], DAY, "duckdb")[0].status == "repeated"
    assert not replay.replay(next(row["clue_id"] for row in show.current() if row["anchor"] == "SW1"))[-1].differences


def test_activation_is_refused_when_something_moved(edited: Callable[[str, str], None], deliver: Callable[..., None]) -> None:
    with pytest.raises(JianduError, match="nobody has looked"):
        proposal.activate(MODEL, "张检察官")
    edited(*NARROW)
    proposal.propose(MODEL, DAY + timedelta(hours=1))
    edited("test: value > 200", "test: value > 300")
    with pytest.raises(JianduError, match="have moved since"):
        proposal.activate(MODEL, "张检察官")
    found = proposal.propose(MODEL, DAY + timedelta(hours=1))
    assert found.counts["withdrawn"] == 2
    deliver("social__pension_payment", [pension(1, 100), pension(2, 1000)], DAY + timedelta(days=1), "more")
    with pytest.raises(JianduError, match="have moved since"):
        proposal.activate(MODEL, "张检察官")
    assert set(states().values()) == {"open"}
    again = proposal.activate(MODEL, "张检察官", again=DAY + timedelta(days=1))
    assert not again.settled
    assert states() == {"SW1": "withdrawn", "SW2": "updated", "SW3": "open"}


def test_cases_and_comments_need_no_activation_and_calendars_neither(edited: Callable[[str, str], None]) -> None:
    edited("cases_as_of: 2026-11-20", "# a remark\ncases_as_of: 2026-11-20")
    edited("  - name: 死亡次月仍发放一个月", "  - name: 死亡次月仍发放")
    assert not proposal.propose(MODEL, DAY + timedelta(hours=1)).edited
    calendar = Path(content.PRODUCT_FOLDERS["law"]) / "calendar.yml"
    text = calendar.read_text("utf-8")
    calendar.write_text(text.replace("workdays: [", "workdays: [01-03, ", 1), "utf-8")
    assert calendar.read_text("utf-8") != text
    again = run([MODEL], DAY, "duckdb")[0]
    assert (again.status, again.edited) == ("evaluated", False), "a calendar is data: it is evaluated again"


def test_a_broken_file_leaves_the_active_edition_running(edited: Callable[[str, str], None]) -> None:
    edited("line: public_interest", "line: military")
    with pytest.raises(JianduError, match="Input should be"):
        run([MODEL], DAY + timedelta(hours=1), "duckdb")
    table = lake.open_table("clue", "evaluation")
    assert table is not None
    assert table.to_pyarrow_table().num_rows == 2


def test_commands(edited: Callable[[str, str], None]) -> None:
    edited(*NARROW)
    mount()
    runner, at = CliRunner(), ["--as-of", "2026-11-20T09:00:00+08:00", "--engine", "duckdb"]
    shown = runner.invoke(application, [*at, "--json", "model", "diff", MODEL])
    assert json.loads(shown.output)["counts"]["withdrawn"] == 1
    assert "1 withdrawn" in runner.invoke(application, [*at, "model", "diff", MODEL]).output
    assert "edited since activation" in runner.invoke(application, [*at, "model", "run", MODEL]).output
    done = runner.invoke(application, ["--engine", "duckdb", "model", "activate", MODEL, "--by", "张检察官"])
    assert "activated by 张检察官" in done.output
