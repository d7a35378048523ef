"""What a model looks at and when time alone changes it: read off the compiled statement, or refused with the reason."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from jiandu.collision import vocabulary
from jiandu.collision.clockwork import clock
from jiandu.collision.compile import Compiled, compile_model
from jiandu.collision.datasets import dataset, empty_sql
from jiandu.collision.engines import DuckEngine, engine
from jiandu.collision.library import load
from jiandu.collision.model import Model
from jiandu.collision.origins import Unclear
from jiandu.collision.reach import follow

DAY = date(2026, 11, 20)


def changed(**parts: Any) -> Model:
    """The pension model with some parts replaced."""
    model = load(["payment_after_death"])[0].model
    return Model.model_validate({**model.model_dump(by_alias=True), **parts})


def compiled(model: Model, day: date = DAY) -> Compiled:
    """Compiled for a day, every feed fresh."""
    return compile_model(model, day, lambda _: True)


def asking(question: dict[str, Any], derive: dict[str, Any] | None = None) -> Model:
    """A model of one element over deaths and pensions."""
    finding = {"id": "one", "title": "x", "all": ["one"], "severity": "blue", "sentence": "请核查{person_name}。", "document_type": "检察建议"}
    place = {"county_code": "d.county_code", "body": "d.person_name", "body_level": "'县'"}
    anchor = {"data": "civil__death", "as": "d", "key": "d.death_no"}
    return changed(elements=[{"id": "one", "title": "x", **question}], derive=derive or {}, findings=[finding], jurisdiction=place, anchor=anchor)


PENSION = {"data": "social__pension_payment", "as": "pay"}


def test_every_data_set_of_a_model_hangs_on_its_anchor() -> None:
    reach = follow(compiled(load(["nonlitigation_execution"])[0].model))
    tied = {node.data: (node.key.sql, node.above[0]) for node in reach.nodes if node.key}
    # The enforcement case hangs on the court's case, whose number comes from a row that hangs on the penalty.
    assert tied["court__enforcement_case"][0] == ('"origin_case_no"',)
    number, key = tied["court__enforcement_case"][1]
    assert (reach.nodes[number].data, key.sql) == ("court__nonlit_case", ('"case_no"',))
    grouped = follow(compiled(load(["payment_after_death"])[0].model))
    assert [(key.data, key.sql) for key in grouped.groups] == [("civil__death", ('"person_id_no"',))]


@pytest.mark.parametrize(("match", "reason"), [
    ("pay.pay_month > d.death_date", "no equal value ties"),
    ("pay.person_id_no = d.person_id_no OR pay.person_name = d.person_name", "no equal value ties"),
    ("pay.person_id_no = coalesce(d.person_id_no, '无')", "no equal value ties"),
    ("pay.paid_cny = days_between(d.death_date, d.registered_date)", "another type"),
])
def test_what_cannot_be_followed_is_refused_with_its_reason(match: str, reason: str) -> None:
    with pytest.raises(Unclear, match=reason):
        follow(compiled(asking({"exists": {**PENSION, "match": match}})))


def test_values_of_either_column_are_followed() -> None:
    reach = follow(compiled(asking({"exists": {**PENSION, "match": "pay.person_id_no = coalesce(d.person_id_no, d.person_name)"}})))
    assert [key.sql for _, key in reach.nodes[1].above] == [('"person_id_no"',), ('"person_name"',)]


@pytest.mark.parametrize("question", [
    "as_of > d.death_date", "as_of <= days_after(d.death_date, 30)", "days_between(d.death_date, as_of) > 90", "days_between(as_of, d.death_date) < 0 - 10",
    "coalesce(d.cancelled_date, as_of) > d.registered_date", "age_on(d.death_date, as_of) >= 1", "age_on(d.death_date, as_of) > 0",
    "as_of BETWEEN d.death_date AND d.registered_date", "days_after(as_of, 30) > d.registered_date",
    "CASE WHEN as_of > d.registered_date THEN d.person_name = '甲' ELSE days_between(d.death_date, as_of) <= 20 END", "so_far > 45",
])
def test_an_answer_changes_on_no_other_day_than_the_clock_says(question: str) -> None:
    """Day by day over a year and a half: whenever the answer changes, the clock had called since the last evaluation."""
    model = asking({"is": question}, {"so_far": "days_between(d.death_date, as_of)"})
    made = engine("duckdb")
    assert isinstance(made, DuckEngine)
    deaths = "(VALUES ('1', DATE '2026-01-30', DATE '2026-03-02', NULL), ('2', DATE '2024-02-29', DATE '2026-06-30', DATE '2026-06-29'), "
    deaths += "('3', DATE '2026-12-31', DATE '2027-01-01', NULL), ('4', NULL, NULL, NULL)) AS v(death_no, death_date, registered_date, cancelled_date)"
    made.connection.execute(f"CREATE TABLE civil__death AS SELECT * FROM ({empty_sql(dataset('civil__death'))}) UNION ALL BY NAME "
                            f"SELECT death_no, death_no AS record_key, '甲' AS person_name, death_date, registered_date, cancelled_date FROM {deaths}")
    made.connection.execute("CREATE TABLE days AS SELECT CAST(unnest(generate_series(DATE '2026-01-01', DATE '2027-07-01', INTERVAL 1 DAY)) AS DATE) AS day")
    hours = clock(compiled(model))
    assert hours.daily == ()
    # One statement for all days: the day of evaluation becomes a column.
    sql = vocabulary.render(hours.chain(), "duckdb").replace("CAST('2026-11-20' AS DATE) AS \"as_of\"", '_days.day AS "as_of"')
    made.connection.execute(f"CREATE TABLE chain AS {sql.replace('FROM civil__death AS d', 'FROM civil__death AS d CROSS JOIN days AS _days')}")
    told = made.connection.execute(f"SELECT _anchor, as_of, e_one, LEAST({', '.join(hours.flips)}, NULL) FROM chain ORDER BY _anchor, as_of").fetchall()
    flips, seen = 0, dict[str, tuple[bool | None, date | None]]()
    for anchor, day, answer, wake in told:
        before, due = seen.get(anchor, (None, day))
        called = due is not None and due <= day
        assert called or answer == before, (question, anchor, day)
        flips += anchor in seen and answer != before
        seen[anchor] = (answer, wake if called else due)
    assert flips >= 1


@pytest.mark.parametrize(("question", "why"), [
    ({"is": "month_end(as_of) > d.death_date"}, "as_of inside month_end"),
    ({"exists": {**PENSION, "match": "pay.person_id_no = d.person_id_no", "where": "pay.pay_month < as_of"}}, "as_of"),
    ({"is": "workdays_between(d.death_date, as_of) > 5"}, "as_of"),
])
def test_a_clock_that_cannot_be_solved_is_named(question: dict[str, Any], why: str) -> None:
    assert any(why in reason for reason in clock(compiled(asking(question))).daily)


def test_a_sentence_that_shows_the_day_changes_daily() -> None:
    finding = {"id": "one", "title": "x", "all": ["one"], "severity": "blue", "sentence": "已{so_far}天，请核查。", "document_type": "检察建议"}
    model = asking({"is": "d.death_date IS NOT NULL"}, {"so_far": "days_between(d.death_date, as_of)"}).model_dump(by_alias=True)
    assert clock(compiled(Model.model_validate({**model, "findings": [finding]}))).daily == ("so_far shows the day itself",)
