"""What becomes of a clue when the answer changes: every step from every state, and never a withdrawal for want of data."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from jiandu import lake
from jiandu.cli import application, mount
from jiandu.clock import ZONE
from jiandu.clue import show, store
from jiandu.clue.card import NOTE
from jiandu.clue.store import Candidate, Verdict
from jiandu.errors import JianduError
from jiandu.settings import Settings

DAY = datetime(2026, 11, 20, 8, tzinfo=ZONE)
RUN = {"run_id": "r1", "model_version": "v1", "as_of": DAY}
FACTS = {"finding": "late", "anchor": "A1", "model": "m", "sentence": "请核查。", "content_hash": "h1", "severity": "yellow", "tier": "internal"}
ANSWERS = [{"element": "overdue", "title": "逾期", "answer": "met", "reason": ""}, {"element": "other", "title": "另", "answer": "not_met", "reason": ""}]
ROWS = [{"element": "overdue", "dataset": "d__s", "record_key": "1", "delivery_id": "x", "row_no": 1, "row_hash": "0", "row": "{}"}]


def candidate(verdict: Verdict, content: str = "h1", clue_id: str = "c1") -> Candidate:
    """One candidate of the clue."""
    return Candidate(clue_id, "A1", verdict, {**FACTS, "content_hash": content} if verdict in ("holds", "early") else None, ANSWERS, ROWS)


def known(state: str | None, content: str = "h1") -> dict[str, dict[str, Any]]:
    """What the store knew."""
    return {} if state is None else {"c1": {**FACTS, "clue_id": "c1", "change_no": 3, "state": state, "content_hash": content}}


@pytest.mark.parametrize(("before", "verdict", "content", "after"), [
    (None, "holds", "h1", "open"), (None, "unknown", "h1", None), (None, "fails", "h1", None),
    ("open", "holds", "h1", None), ("open", "holds", "h2", "updated"), ("open", "unknown", "h1", "suspended"), ("open", "fails", "h1", "withdrawn"),
    ("updated", "holds", "h1", None), ("reopened", "fails", "h1", "withdrawn"),
    (None, "early", "h1", "early"), ("early", "early", "h1", None), ("early", "early", "h2", "early"), ("early", "holds", "h1", "open"),
    ("early", "fails", "h1", "withdrawn"), ("early", "unknown", "h1", "suspended"), ("suspended", "early", "h1", "early"), ("open", "early", "h1", "early"),
    ("withdrawn", "early", "h1", "early"),
    ("suspended", "holds", "h1", "reopened"), ("suspended", "unknown", "h1", None), ("suspended", "fails", "h1", "withdrawn"),
    ("withdrawn", "holds", "h1", "reopened"), ("withdrawn", "unknown", "h1", None), ("withdrawn", "fails", "h1", None),
])
def test_each_step_from_each_state(before: str | None, verdict: Verdict, content: str, after: str | None) -> None:
    changes = store.compare(known(before), [candidate(verdict, content)], {"late": ["overdue"]}, RUN, "fails")
    assert [row["state"] for row in changes.finding] == ([after] if after else [])
    if after:
        assert changes.finding[0]["change_no"] == (4 if before else 1)
        assert changes.finding[0]["computable"] is (after != "suspended")
        assert [row["element"] for row in changes.element] == ["overdue"]
        assert {row["change_no"] for row in changes.evidence} == {changes.finding[0]["change_no"]}


@pytest.mark.parametrize(("mine", "other", "states"), [
    ("unknown", "met", ["suspended"]),  # its own finding cannot be computed: the lesser one does not take its place
    ("not_met", "met", ["updated"]),  # its own finding is gone: the lesser one holds
])
def test_a_clue_whose_own_finding_is_in_doubt_waits(mine: str, other: str, states: list[str]) -> None:
    answers = [{**ANSWERS[0], "answer": mine}, {**ANSWERS[1], "answer": other}]
    lesser = replace(candidate("holds", "h2"), finding={**FACTS, "finding": "lesser", "content_hash": "h2"}, elements=answers)
    changes = store.compare(known("open"), [lesser], {"late": ["overdue"], "lesser": ["other"]}, RUN, "fails")
    assert [row["state"] for row in changes.finding] == states
    graver = store.compare(known("open"), [lesser], {"lesser": ["other"], "late": ["overdue"]}, RUN, "fails")
    assert [row["finding"] for row in graver.finding] == ["lesser"], "a graver one takes its place at once"


@pytest.mark.parametrize(("gone", "state"), [("fails", "withdrawn"), ("unknown", "suspended")])
def test_an_anchor_no_longer_seen(gone: Verdict, state: str) -> None:
    changes = store.compare(known("open"), [], {"late": ["overdue"]}, RUN, gone)
    assert [row["state"] for row in changes.finding] == [state]
    assert changes.finding[0]["sentence"] == "请核查。"


def test_a_run_is_written_once(empty_lake: Settings) -> None:
    changes = store.compare({}, [candidate("holds")], {"late": ["overdue"]}, RUN, "fails")
    for _ in range(2):
        store.write(changes, "r1")
    for name in ("finding", "element", "evidence"):
        table = lake.open_table("clue", name)
        assert table is not None
        assert table.to_pyarrow_table().num_rows == 1
    assert store.latest("m")["c1"]["state"] == "open"
    assert store.latest("another") == {}


def test_reading_a_clue_by_its_first_digits(empty_lake: Settings) -> None:
    assert show.current() == []
    changes = store.compare({}, [candidate("holds", clue_id="abc1"), candidate("holds", clue_id="abd2")], {"late": ["overdue"]}, RUN, "fails")
    store.write(changes, "r1")
    assert show.card("ABC")["clue_id"] == "abc1"
    assert show.card("abc")["note"] == NOTE
    with pytest.raises(JianduError, match="2 clues begin so"):
        show.card("ab")
    with pytest.raises(JianduError, match="no clue"):
        show.card("f")
    assert [row["clue_id"] for row in show.current(["m"])] == ["abc1", "abd2"]
    assert show.current(["other"]) == []


def test_commands_show_what_the_store_holds(empty_lake: Settings) -> None:
    changes = store.compare({}, [candidate("holds", clue_id="abc1")], {"late": ["overdue"]}, RUN, "fails")
    store.write(changes, "r1")
    mount()
    runner = CliRunner()
    listed = runner.invoke(application, ["--json", "clue", "list"])
    assert [row["clue_id"] for row in json.loads(listed.output)] == ["abc1"]
    shown = runner.invoke(application, ["--json", "clue", "show", "abc"])
    card = json.loads(shown.output)
    assert (card["sentence"], card["elements"][0]["answer"], card["evidence"][0]["record_key"]) == ("请核查。", "met", "1")
    for arguments in (["clue", "list"], ["clue", "show", "abc1"]):
        assert NOTE in runner.invoke(application, arguments).output
