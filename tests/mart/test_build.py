"""Marts on real Spark and PostgreSQL: known sums, an empty province, a broken promise, and who may read what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from jiandu import lake, mart, ops
from jiandu.clue.publish import publish
from jiandu.errors import JianduError
from jiandu.mart import catalog, transform
from jiandu.services import secrets
from jiandu.settings import Settings, settings

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def rows(query: str) -> list[tuple[Any, ...]]:
    """What the operational store answers."""
    with ops.engine().connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.fixture(scope="module")
def own_lake(spark: Settings, postgres: Settings, empty_ops: Callable[[], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty lake for this module, and an empty store."""
    folder = tmp_path_factory.mktemp("mart")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIANDU_LAKE_URI", str(folder / "lake"))
        settings.cache_clear()
        empty_ops()
        yield folder
    settings.cache_clear()


@pytest.fixture(scope="module")
def empty(own_lake: Path, as_of: datetime) -> mart.BuildSummary:
    """A build before anything was delivered."""
    settings.cache_clear()
    return mart.build(as_of)


@pytest.fixture(scope="module")
def built(empty: mart.BuildSummary, small_lake: Callable[[], None], as_of: datetime) -> mart.BuildSummary:
    """The same province after its first deliveries and clues."""
    settings.cache_clear()
    small_lake()
    publish(as_of)
    return mart.build(as_of)


def test_a_province_without_data_shows_zero(empty: mart.BuildSummary) -> None:
    assert empty.rows["indicator_month"] == empty.rows["clue_overview"] == 0
    assert empty.rows["division_map"] == 36
    assert empty.rows["place"] == 37
    assert not empty.warnings


def test_rates_are_the_sums_of_the_records_known_at_the_as_of(built: mart.BuildSummary) -> None:
    found = {
        name: (numerator, denominator) for name, numerator, denominator in
        rows(f"SELECT indicator, sum(numerator), sum(denominator) FROM mart.indicator_month WHERE month = '{OCTOBER}' AND kind = '比率' GROUP BY indicator")
    }
    assert found == {
        "arrest_refusal_rate": (1, 8), "non_prosecution_rate": (12, 17), "conditional_non_prosecution_rate": (2, 2), "guilty_plea_rate": (7, 19),
        "reply_in_time_rate": (1, 3),
    }


def test_persons_and_cases_are_counted_apart(built: mart.BuildSummary) -> None:
    counts = dict(rows("SELECT indicator, sum(numerator) FROM mart.indicator_month WHERE kind = '数量' GROUP BY indicator"))
    assert (counts["arrest_accepted_persons"], counts["arrest_accepted_cases"]) == (8, 3)
    assert (counts["documents_issued"], counts["documents_due"], counts["documents_replied"], counts["documents_adopted"]) == (4, 3, 2, 1)
    assert not rows("SELECT indicator FROM mart.indicator_month GROUP BY indicator HAVING count(DISTINCT unit) > 1")


def test_clues_have_levels_and_trends(built: mart.BuildSummary) -> None:
    trend = {
        month: (opened, withdrawn, standing) for month, opened, withdrawn, standing in
        rows("SELECT month, sum(opened), sum(withdrawn), sum(standing) FROM mart.clue_by_city_month_model WHERE month >= '2026-10-01' GROUP BY month")
    }
    assert trend == {OCTOBER: (2, 0, 2), NOVEMBER: (1, 1, 2)}
    assert rows("SELECT count(*) FROM mart.clue_overview WHERE is_standing") == [(2,)]
    assert rows("SELECT level, sum(standing) FROM mart.division_map GROUP BY level ORDER BY level") == [("city", 2), ("county", 2)]


def test_a_second_build_publishes_the_same_numbers(built: mart.BuildSummary) -> None:
    again = mart.postgres.publish([mart.transform.Mart(name, promised(name)) for name in built.rows])
    assert again == built.rows


def test_the_live_view_follows_the_store_and_names_nobody(built: mart.BuildSummary) -> None:
    found = rows("SELECT clue_no, severity_title, county_name, state_title, summary FROM mart.live_alert ORDER BY clue_no")
    assert len(found) == rows("SELECT count(*) FROM ops.clue")[0][0]
    assert not [row for row in found if "测试企业" in row[4]]
    with ops.engine().begin() as connection:
        connection.execute(text("UPDATE ops.clue SET work_state = '核查中' WHERE clue_id LIKE 'a%'"))
    assert ("核查中",) in rows("SELECT work_state FROM mart.live_alert")


def test_the_screens_role_reads_marts_and_nothing_else(built: mart.BuildSummary, postgres: Settings) -> None:
    reader = create_engine(secrets.read(postgres)["bi_reader_dsn"].replace("psycopg2", "psycopg"))
    try:
        with reader.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM mart.clue_overview")).scalar_one() == 3
            assert connection.execute(text("SELECT count(*) FROM mart.live_alert")).scalar_one() > 0
        with reader.connect() as connection, pytest.raises(ProgrammingError):
            connection.execute(text("SELECT count(*) FROM ops.clue"))
    finally:
        reader.dispose()


def test_a_build_can_follow_a_build(built: mart.BuildSummary, as_of: datetime) -> None:
    assert mart.build(as_of).rows == built.rows


def test_a_broken_promise_is_named_and_changes_nothing(built: mart.BuildSummary, as_of: datetime) -> None:
    begun = catalog.register()
    before = rows("SELECT count(*), max(as_of) FROM mart.clue_overview")
    table = lake.open_table("clue", "finding")
    assert table is not None
    twice: pa.Table = table.to_pyarrow_table().slice(0, 1)
    lake.append("clue", "finding", twice, "a copy of a change")
    assert transform.run(as_of, begun).tests == built.tests, "what was written since a build began is not read by it"
    with pytest.raises(JianduError, match="stg_clue_change_is_sound"):
        transform.run(as_of + timedelta(minutes=1), catalog.register())
    assert rows("SELECT count(*), max(as_of) FROM mart.clue_overview") == before


def promised(name: str) -> dict[str, str]:
    """Columns of a mart as its yml promises them."""
    from jiandu.dashboard.marts import described

    return {column.name: column.type for column in described()[name].values()}
