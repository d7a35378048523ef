"""A model with mistakes: every one named with its line, in one run. A new model: well formed, and failing until it is made right."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jiandu.cli import application, mount
from jiandu.collision import elements, lint, template
from jiandu.collision.library import load
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
    ("title: 逾期, is", "title: 逾期, 未办, is", 9, "Extra inputs"),
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
    ("from: 2020-01-01", "from: 2010-01-01, to: 2019-12-31", 14, "repealed on 2019-12-31"),
    ("from: 2020-01-01", "from: 2020-01-01, to: 2019-12-31", 14, "before it begins"),
    ("  due_on: term", "  idle_on: p.served_date\n  due_on: term", 7, "nothing reads idle_on"),
    ("is: as_of > due_on", "is: as_of > due_on OR TRUE", 9, "always TRUE"),
    ("is: as_of > due_on}", "is: as_of > due_on}\n  - {id: again, title: 又, is: as_of  >  due_on}", 10, "ask the same"),
    ("  - {id: late,", "  - {id: a, title: 先, all: [overdue], severity: blue, sentence: 请核查, document_type: x}\n  - {id: late,", 12, "never found"),
    ("{id: overdue, title: 逾期, is: as_of > due_on}", "{id: overdue, title: 逾期, expected: {data: court__nonlit_case, as: nl, "
     "match: nl.penalty_doc_no = p.penalty_doc_no, by: due_on, early: [5]}}", 11, "no early_sentence"),
    ("document_type: 检察建议}", "document_type: 检察建议, early_sentence: 请核查}", 11, "none of its elements warns early"),
    ("{id: overdue, title: 逾期, is: as_of > due_on}", "{id: overdue, title: 逾期, expected: {data: court__nonlit_case, as: nl, "
     "match: nl.penalty_doc_no = p.penalty_doc_no}}", 9, "write the last day"),
    ("{id: overdue, title: 逾期, is: as_of > due_on}", "{id: overdue, title: 逾期, use: of_ag, with: {}}", 9, "no element of_ag"),
    ("is: as_of > due_on}", "use: of_age, with: {birth: p.served_date, day: p.served_date, year: 1}}", 9, "takes no year"),
    ("is: as_of > due_on}", "use: penalty_stands, with: {revoked_date: p.gone}}", 9, "penalty_stands.yml"),
])
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert line in found, found
    assert says in found[line]


def test_a_mistake_inside_an_element_is_named_with_the_element_s_own_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(tmp_path)]))
    settings.cache_clear()
    element = template.write_element("applied", "court__nonlit_case", tmp_path)
    element.write_text(element.read_text("utf-8").replace("found_row.case_no", "other_row.case_no"), "utf-8")
    path = tmp_path / "tried.yml"
    path.write_text(GOOD.replace("is: as_of > due_on", "use: applied, with: {record: p.penalty_doc_no}"), "utf-8")
    assert [problem.where for problem in lint.examine(path)[1] if "no such alias" in problem.what] == [f"{element}:8"]
    element.write_text(element.read_text("utf-8").replace("$record", "$recrod"), "utf-8")
    assert {problem.what for problem in elements.problems()} == {"$recrod is nothing it takes", "record is taken and not used"}


def test_a_twin_of_another_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    renamed = GOOD.replace("due_on", "term_end").replace("overdue", "too_late").replace("p.", "row_.").replace("as: p", "as: row_")
    for name, text in (("one", GOOD), ("two", renamed)):
        (tmp_path / "models" / f"{name}.yml").write_text(text, "utf-8")
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(tmp_path)]))
    settings.cache_clear()
    assert [(problem.where.rpartition("/")[2], problem.what) for problem in lint.lint(["one"])] == [
        ("one.yml:1", "asks what two asks: 100% of their elements are the same"),
    ]


def test_a_year_without_days_off_is_announced() -> None:
    assert lint.notices(date(2026, 11, 20)) == []
    [notice] = lint.notices(date(2027, 1, 4))
    assert "2027" in notice.what
    assert "law/calendar_2027.yml" in notice.todo


def test_version_follows_the_elements_it_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(tmp_path)]))
    settings.cache_clear()
    element = template.write_element("applied", "court__nonlit_case", tmp_path)
    used = GOOD.replace("is: as_of > due_on}", "is: as_of > due_on}\n  - {id: applied, use: applied, with: {record: p.penalty_doc_no}}")
    (tmp_path / "models" / "tried.yml").write_text(used.replace("all: [overdue]", "all: [overdue, applied]"), "utf-8")
    element.write_text(element.read_text("utf-8").replace("found_row.case_no", "found_row.penalty_doc_no"), "utf-8")
    assert list(elements.problems()) == []
    before = load(["tried"])[0]
    assert before.model.element("applied").source == "applied"
    assert before.model.datasets == ["justice__penalty", "court__nonlit_case"]
    element.write_text(element.read_text("utf-8").replace("TODO 中文名称", "已申请"), "utf-8")
    after = load(["tried"])[0]
    assert after.version != before.version
    assert after.model.element("applied").title.startswith("已申请")


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
    assert again.exit_code == 1
    assert again.output.count("still to do") == path.read_text("utf-8").count("TODO") - 3, "a comment, and three in one line"
    path.write_text(path.read_text("utf-8").replace("TODO", "done"), "utf-8")
    again = CliRunner().invoke(application, ["model", "lint", "overdue_reply"])
    assert again.exit_code == 0, again.output
