"""A model with mistakes: every one named with its line, in one run. A new model: well formed, and failing until it is made right."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jiandu.cli import application, mount
from jiandu.collision import lint, template
from jiandu.settings import settings

GOOD = """\
title: 试
description: A model for tests.
line: administrative
subject: {kind: case, key: p.penalty_doc_no, name: p.party_name}
anchor: {data: justice__penalty, as: p, key: p.penalty_doc_no}
derive:
  due_on: term_days(p.decision_date, 15)
elements:
  - {id: overdue, title: 逾期, is: as_of > due_on}
findings:
  - {id: late, title: 逾期, all: [overdue], severity: yellow, sentence: "{party_name}应于{due_on}前办理，请核查。", document_type: 检察建议}
occurred_on: p.decision_date
jurisdiction: {county_code: p.county_code, body: p.agency_name, body_level: p.agency_level}
legal_basis: [{law: 法, article: 一, from: 2020-01-01, says: 应办理}]
false_positives: [无]
runbook: [核对]
cases_as_of: 2026-11-20
cases:
  - {name: found, rows: {justice__penalty: [{penalty_doc_no: "1", decision_date: 2026-01-01, agency_level: 县}]}, clues: [{anchor: "1", finding: late}]}
  - {name: none, rows: {}}
"""


def problems(tmp_path: Path, text: str) -> dict[int, str]:
    """Line → complaint of a model."""
    path = tmp_path / "tried.yml"
    path.write_text(text, "utf-8")
    return {int(problem.where.rpartition(":")[2]): problem.what for problem in lint.examine(path)[1]}


def test_a_good_model_has_no_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == {}


@pytest.mark.parametrize(("old", "new", "line", "says"), [
    ("line: administrative", "line: military", 3, "Input should be"),
    ("title: 试", "title: 试\ncolour: red", 2, "Extra inputs"),
    ("data: justice__penalty", "data: justice__penalties", 5, "no data set"),
    ("key: p.penalty_doc_no, name", "key: p.party_id_no, name", 4, "personal"),
    ("p.decision_date, 15", "p.decided_date, 15", 7, "decided_date"),
    ("p.decision_date, 15", "p.decision_date", 7, "takes 2"),
    ("is: as_of > due_on", "is: as_of > due_day", 9, "no derived column"),
    ("is: as_of > due_on", "is: as_of >", 9, "not SQL"),
    ("is: as_of > due_on", "is: q.fine_cny > 1", 9, "no such alias"),
    ("is: as_of > due_on", "is: due_on", 9, "not yes or no"),
    ("is: as_of > due_on", "is: \"p.fine_cny > param('theft_amount_cny', due_on)\"", 9, "param"),
    ("all: [overdue]", "all: [overdu]", 11, "no element"),
    ("前办理", "{ghost}前办理", 11, "{ghost}"),
    ("{id: overdue,", "{id: never, title: 空, is: as_of > due_on}\n  - {id: overdue,", 9, "decides nothing"),
    ("finding: late", "finding: later", 11, "no case finds late"),
    ("decision_date: 2026-01-01, agency", "decision: 2026-01-01, agency", 19, "no field decision"),
    ("from: 2020-01-01", "from: soon", 14, "date"),
])
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert line in found, found
    assert says in found[line]


def test_three_mistakes_are_named_in_one_run(tmp_path: Path) -> None:
    text = GOOD.replace("as_of > due_on", "as_of > due_day").replace("all: [overdue]", "all: [nothing]").replace("{party_name}应", "{ghost}应")
    assert set(problems(tmp_path, text)) == {9, 11}
    assert len(lint.examine(tmp_path / "tried.yml")[1]) >= 4


def test_a_broken_step_hides_no_later_one(tmp_path: Path) -> None:
    text = GOOD.replace("p.decision_date, 15", "p.case_name, 15").replace("body: p.agency_name", "body: p.fine_cny + p.party_name")
    assert {7, 13} <= set(problems(tmp_path, text))


def test_a_new_model_is_well_formed_and_fails_its_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = template.write("overdue_reply", "procuratorate__document", tmp_path)
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(tmp_path)]))
    settings.cache_clear()
    assert lint.examine(path)[1] == []
    mount()
    answer = CliRunner().invoke(application, ["model", "test", "overdue_reply"])
    assert answer.exit_code == 1
    assert re.search(r"no clue for 1", answer.output)
    again = CliRunner().invoke(application, ["model", "lint", "overdue_reply"])
    assert again.exit_code == 0, again.output
