"""Readiness: a county without a feed, without a field, with a silent feed; what is required follows from the model's own cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from jiandu.cli import application, mount
from jiandu.clock import parse_as_of
from jiandu.collision import library, readiness
from jiandu.collision.datasets import dataset
from jiandu.collision.required import Trials
from jiandu.settings import Settings

DAY = parse_as_of("2026-11-20T08:00:00+08:00")
MODEL = "overpaid"


def death(number: int, county: str, died: date | None = date(2026, 5, 20)) -> dict[str, Any]:
    """A death registered in a county."""
    return {
        "death_no": f"SW{number}", "person_name": "李四", "person_id_no": f"99010119400101001{number}", "death_date": died,
        "registered_date": date(2026, 7, 6), "county_code": county,
    }


def pension(number: int, county: str) -> dict[str, Any]:
    """A month paid in a county."""
    return {
        "payment_no": f"YL{number}", "person_name": "李四", "person_id_no": f"99010119400101001{number}", "insurance_type": "城乡居民", "pay_month": "2026-06",
        "paid_cny": 240, "county_code": county, "agency_name": "居民养老保险中心",
    }


def of(found: readiness.Readiness, county: str) -> readiness.County:
    """The model in one county."""
    return next(row for row in found.counties if row.county_code == county)


@pytest.mark.usefixtures("small_model")
def test_a_county_without_rows_and_a_silent_feed(deliver: Callable[..., None]) -> None:
    deliver("civil__death", [death(1, "990101"), death(2, "990102")], DAY)
    deliver("social__pension_payment", [pension(1, "990101")], DAY)
    found = readiness.ready([MODEL], DAY)
    assert (of(found, "990101").status, of(found, "990101").reason) == ("ready", "")
    assert (of(found, "990102").status, of(found, "990102").missing) == ("blocked", (("social__pension_payment", ""),))
    assert len(of(found, "990103").missing) == 2
    assert "990106" not in {row.county_code for row in found.counties}, "merged away in 2014"
    alone = {(one.dataset, one.field): (one.models, one.unlocks) for one in found.unlocks}
    assert alone == {("social__pension_payment", ""): (1, 1), ("civil__death", ""): (1, 0)}, "990102 lacks pensions alone, nobody lacks deaths alone"
    later = readiness.ready([MODEL], DAY + timedelta(days=30))
    assert (of(later, "990101").status, of(later, "990102").status) == ("suspended", "blocked")
    assert "最近一次交付为2026-11-20" in of(later, "990101").reason


@pytest.mark.usefixtures("small_model")
def test_what_is_required_follows_from_the_cases(empty_lake: Settings) -> None:
    [one] = library.load([MODEL])
    with closing(Trials(one)) as trials:
        needed = {field for field in ("person_id_no", "death_date", "cancelled_date", "registered_date") if trials.needs("overpaid", ("civil__death", field))}
    assert needed == {"person_id_no", "death_date"}


def test_a_required_field_nobody_fills(deliver: Callable[..., None]) -> None:
    accident = {
        "occurred_at": datetime(2026, 5, 15, 9, 30), "company_name": "甲公司", "is_production_accident": True, "death_count": 1, "serious_injury_count": 0,
        "responsibility": "主要责任", "is_victim_sole_responsible": False,
    }
    told, silent = {"accident_no": "SG1", "county_code": "990101", "report_approved_date": date(2026, 7, 2)}, {"accident_no": "SG2", "county_code": "990102"}
    deliver("emergency__accident", [accident | told, accident | silent], DAY)
    found = readiness.ready(["work_safety_accident"], DAY)
    field = ("emergency__accident", "report_approved_date")
    assert field not in of(found, "990101").missing
    assert field in of(found, "990102").missing, "no clock starts without it"
    assert ("emergency__accident", "transfer_doc_no") not in of(found, "990102").missing, "ordinarily empty"
    header = dataset("emergency__accident").headers["report_approved_date"]
    assert f"“{header}”（report_approved_date）" in of(found, "990102").reason, "as the agency calls its column"


@pytest.mark.usefixtures("empty_lake", "small_model")
def test_command_before_anything_was_delivered() -> None:
    mount()
    at = ["--as-of", DAY.isoformat()]
    said = json.loads(CliRunner().invoke(application, [*at, "--json", "model", "ready", MODEL]).output)
    assert {row["status"] for row in said["counties"]} == {"blocked"}
    shown = CliRunner().invoke(application, [*at, "model", "ready", MODEL]).output
    assert "缺少数据" in shown
    assert "social__pension_payment" in shown
