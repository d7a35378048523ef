"""The law as data: days off, terms that run by law, parameters dated and placed; the same on DuckDB and by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from jiandu.collision import law, vocabulary
from jiandu.collision.engines import engine


def compute(sql: str) -> Any:
    """The value of an expression in DuckDB."""
    return duckdb.sql(vocabulary.render(f"SELECT {sql} AS answer", "duckdb")).fetchall()[0][0]


@pytest.mark.parametrize(("day", "works"), [
    ("2026-10-01", False), ("2026-10-07", False), ("2026-10-08", True), ("2026-10-10", True), ("2026-09-20", True), ("2026-02-14", True), ("2026-02-23", False),
    ("2025-10-08", False), ("2025-10-09", True), ("2024-02-09", True), ("2024-02-10", False), ("2023-12-30", False), ("2020-01-31", False),
    ("2020-02-03", True),
    ("2018-12-31", False), ("2018-12-29", True), ("2026-11-21", False), ("2026-11-20", True),
])
def test_days_off_are_those_announced(day: str, works: bool) -> None:
    assert law.is_workday(date.fromisoformat(day), law.exceptions_to_the_week()) is works


def test_calendar_counts_working_days_and_names_the_next_one() -> None:
    rows = {row["day"]: row for row in law.calendar().to_pylist()}
    assert rows[date(2026, 10, 1)]["next_workday"] == date(2026, 10, 8)
    assert rows[date(2026, 10, 9)]["next_workday"] == date(2026, 10, 9)
    assert rows[date(2026, 10, 12)]["workday_no"] - rows[date(2026, 9, 29)]["workday_no"] == 5  # 30 Sep, 8, 9, 10 (Saturday), 12 Oct
    exceptions = law.exceptions_to_the_week()
    for start in (date(2019, 1, 1), date(2026, 9, 1)):
        days = [start + timedelta(days=offset) for offset in range(90)]
        counted = sum(law.is_workday(day, exceptions) for day in days[1:])
        assert rows[days[-1]]["workday_no"] - rows[days[0]]["workday_no"] == counted


def test_every_announced_year_has_a_source_and_eleven_days_off_or_more() -> None:
    assert law.announced_years() == set(range(2018, 2027))


@pytest.mark.parametrize(("sql", "expected"), [
    ("months_after(DATE '2025-11-30', 3)", date(2026, 2, 28)),
    ("months_after(DATE '2026-02-28', 1)", date(2026, 3, 28)),
    ("days_after(DATE '2026-02-27', 2)", date(2026, 3, 1)),
    ("days_between(DATE '2026-02-27', DATE '2026-03-01')", 2),
    ("age_on(DATE '2010-07-20', DATE '2026-07-20')", 15),
    ("age_on(DATE '2010-07-20', DATE '2026-07-21')", 16),
    ("age_on(DATE '2008-02-29', DATE '2026-03-01')", 18),
    ("age_on(DATE '2008-02-29', DATE '2026-02-28')", 17),
    ("born('990101199002300017')", None),
    ("born('990101199001010017')", date(1990, 1, 1)),
    ("month_end(DATE '2024-02-03')", date(2024, 2, 29)),
    ("items(['a', 'b'])", 2),
    ("items(CAST(NULL AS VARCHAR[]))", 0),
])
def test_words_compute_by_law(sql: str, expected: object) -> None:
    assert compute(sql) == expected


@pytest.mark.parametrize(("sql", "expected"), [
    ("CASE WHEN a THEN next_workday(x) ELSE next_workday(y) END", "NEXT_WORKDAY(CASE WHEN a THEN x ELSE y END)"),
    ("greatest((CASE WHEN a THEN next_workday(x) ELSE next_workday(y) END), z)", "GREATEST((NEXT_WORKDAY(CASE WHEN a THEN x ELSE y END)), z)"),
    ("CASE WHEN b THEN (CASE WHEN a THEN next_workday(x) ELSE next_workday(y) END) ELSE next_workday(z) END",
     "NEXT_WORKDAY(CASE WHEN b THEN CASE WHEN a THEN x ELSE y END ELSE z END)"),
    ("z < CASE WHEN a THEN next_workday(x) WHEN b THEN next_workday(y) END", "z < NEXT_WORKDAY(CASE WHEN a THEN x WHEN b THEN y END)"),
    ("CASE WHEN a THEN next_workday(x) ELSE y END", "CASE WHEN a THEN NEXT_WORKDAY(x) ELSE y END"),
    ("CASE WHEN next_workday(a) > z THEN next_workday(x) ELSE y END", "CASE WHEN NEXT_WORKDAY(a) > z THEN NEXT_WORKDAY(x) ELSE y END"),
])
def test_a_choice_of_days_is_put_off_once_wherever_it_stands(sql: str, expected: str) -> None:
    assert vocabulary.gather(vocabulary.parse(sql)).sql("duckdb").upper() == expected.upper()


@pytest.mark.parametrize(("name", "day", "expected"), [
    ("drunk_bac_without_circumstance", "2023-12-27", 80), ("drunk_bac_without_circumstance", "2023-12-28", 150),
    ("drunk_bac_without_circumstance", "2010-01-01", None), ("theft_amount_cny", "2026-01-01", 2000), ("notice_service_days", "2021-06-01", 60),
])
def test_parameter_has_the_value_of_its_day(name: str, day: str, expected: int | None) -> None:
    sql = law.parameter_sql(law.parameters()[name], f"DATE '{day}'", "", "99")
    assert compute(sql) == expected


def test_more_specific_place_wins() -> None:
    values = [{"value": 1, "source": "全国标准", "status": "verified"}, {"value": 2, "place": "9901", "source": "本市标准", "status": "fictional"}]
    parameter = law.Parameter.model_validate({"title": "x", "unit": "元", "values": values})
    assert compute(law.parameter_sql(parameter, "DATE '2026-01-01'", "'990102'", "99")) == 2
    assert compute(law.parameter_sql(parameter, "DATE '2026-01-01'", "'990202'", "99")) == 1


def test_places_have_names() -> None:
    made = engine("duckdb")
    assert made.query("SELECT name FROM law__division WHERE code = '990101'").to_pylist() == [{"name": "青澜区"}]
