"""Small lake tables written by hand, with the columns the stages promise each other; what they add up to is known by counting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from jiandu import lake

AS_OF = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
LOADED = AS_OF - timedelta(hours=3)
MOMENT = pa.timestamp("us", "UTC")

SYSTEM = [
    ("record_key", pa.string()), ("valid_from", MOMENT), ("valid_to", MOMENT), ("loaded_at", MOMENT), ("superseded_at", MOMENT),
    ("outcome", pa.string()), ("position", pa.int64()), ("delivery_id", pa.string()), ("row_no", pa.int64()), ("row_hash", pa.string()),
    ("tier", pa.string()), ("sealed", pa.bool_()),
]
CASE = pa.schema([
    ("case_no", pa.string()), ("case_kind", pa.string()), ("charge_name", pa.string()), ("procuratorate_code", pa.string()),
    ("county_code", pa.string()), ("accepted_date", pa.date32()), ("closed_date", pa.date32()), ("result", pa.string()),
    ("person_count", pa.int64()), ("is_minor_involved", pa.bool_()), ("is_guilty_plea", pa.bool_()), *SYSTEM,
])
DOCUMENT = pa.schema([
    ("document_no", pa.string()), ("document_kind", pa.string()), ("line", pa.string()), ("procuratorate_code", pa.string()),
    ("county_code", pa.string()), ("addressee", pa.string()), ("sent_date", pa.date32()), ("reply_due_date", pa.date32()),
    ("replied_date", pa.date32()), ("is_adopted", pa.bool_()), *SYSTEM,
])
FINDING = pa.schema([
    ("clue_id", pa.string()), ("change_no", pa.int32()), ("run_id", pa.string()), ("state", pa.string()), ("model", pa.string()),
    ("model_title", pa.string()), ("model_version", pa.string()), ("finding", pa.string()), ("finding_title", pa.string()), ("sentence", pa.string()),
    ("subject_kind", pa.string()), ("subject_key", pa.string()), ("subject_name", pa.string()), ("subject_id_hash", pa.string()),
    ("anchor", pa.string()), ("occurred_on", pa.date32()), ("clock_start_on", pa.date32()), ("deadline_on", pa.date32()),
    ("overdue_days", pa.int32()), ("county_code", pa.string()), ("city_code", pa.string()), ("procuratorate_code", pa.string()),
    ("supervised_body", pa.string()), ("supervised_body_level", pa.string()), ("line", pa.string()), ("severity", pa.string()),
    ("computable", pa.bool_()), ("confidence", pa.float64()), ("document_type", pa.string()), ("data_as_of", MOMENT), ("as_of", MOMENT),
    ("content_hash", pa.string()), ("tier", pa.string()), ("sealed", pa.bool_()),
])


@pytest.fixture(scope="session")
def as_of() -> datetime:
    """The instant the small lake is looked at."""
    return AS_OF


@pytest.fixture(scope="session")
def small_lake() -> Callable[[], None]:
    """Call it to write the small lake into the lake the settings name."""
    return write_small_lake


def version(key: str, number: int, loaded_at: datetime = LOADED, **changes: Any) -> dict[str, Any]:
    """System columns of one version of one record."""
    return {
        "record_key": key, "valid_from": LOADED - timedelta(days=2), "valid_to": None, "loaded_at": loaded_at, "superseded_at": None, "outcome": "new",
        "position": 0, "delivery_id": "d", "row_no": number, "row_hash": f"h{number}", "tier": "internal", "sealed": False,
    } | changes


def case(
    number: int, kind: str, result: str, persons: int, office: str, closed: date, minor: bool = False, plea: bool = False, **system: Any,
) -> dict[str, Any]:
    """One case accepted ten days before it closed."""
    row = {
        "case_no": f"检{number}", "case_kind": kind, "charge_name": "盗窃", "procuratorate_code": office, "county_code": office,
        "accepted_date": closed - timedelta(days=10), "closed_date": closed, "result": result, "person_count": persons,
        "is_minor_involved": minor, "is_guilty_plea": plea,
    }
    return row | version(f"检{number}", number, **system)


def document(number: int, office: str, sent: date, due: date, replied: date | None, adopted: bool) -> dict[str, Any]:
    """One supervision document."""
    row = {
        "document_no": f"建{number}", "document_kind": "检察建议", "line": "administrative", "procuratorate_code": office, "county_code": office,
        "addressee": "某局", "sent_date": sent, "reply_due_date": due, "replied_date": replied, "is_adopted": adopted,
    }
    return row | version(f"建{number}", number)


def finding(clue: str, change: int, state: str, when: datetime, county: str = "990101", severity: str = "orange", **changes: Any) -> dict[str, Any]:
    """One change of one clue."""
    return {
        "clue_id": clue, "change_no": change, "run_id": f"r{change}", "state": state, "model": "work_safety_accident", "model_title": "生产安全事故以罚代刑",
        "model_version": "1", "finding": "not_transferred", "finding_title": "达到刑事追诉标准未移送", "sentence": "测试企业发生事故",
        "subject_kind": "company",
        "subject_key": clue, "subject_name": "测试企业", "subject_id_hash": "x", "anchor": clue, "occurred_on": date(2026, 9, 3),
        "clock_start_on": date(2026, 9, 10), "deadline_on": date(2026, 9, 20), "overdue_days": 61, "county_code": county, "city_code": county[:4] + "00",
        "procuratorate_code": county, "supervised_body": "应急管理局", "supervised_body_level": "县", "line": "criminal", "severity": severity,
        "computable": True, "confidence": 1.0, "document_type": "检察意见", "data_as_of": when, "as_of": when, "content_hash": f"{clue}{change}",
        "tier": "internal", "sealed": False,
    } | changes


def write_small_lake() -> None:
    """Cases, documents and clues whose sums stand in the tests beside them."""
    september, october = date(2026, 9, 15), date(2026, 10, 15)
    cases = [
        case(1, "审查逮捕", "批准逮捕", 3, "990101", october), case(2, "审查逮捕", "不批准逮捕", 1, "990101", october),
        case(3, "审查逮捕", "批准逮捕", 4, "990201", october), case(4, "审查起诉", "起诉", 5, "990101", october, plea=True),
        case(5, "审查起诉", "不起诉", 3, "990201", october), case(6, "审查起诉", "附条件不起诉", 2, "990201", october, minor=True, plea=True),
        case(7, "公益诉讼", "监督意见", 1, "990200", september),
        # Corrected after loading: only the second version counts.
        case(8, "审查起诉", "起诉", 9, "990301", october, superseded_at=LOADED),
        case(8, "审查起诉", "不起诉", 9, "990301", october, outcome="changed", position=1),
        case(9, "审查起诉", "起诉", 1, "990301", october, outcome="deleted"),
        # Loaded after the as-of: not known yet.
        case(10, "审查起诉", "起诉", 7, "990301", october, loaded_at=AS_OF + timedelta(hours=1)),
    ]
    documents = [
        document(1, "990101", date(2026, 9, 1), date(2026, 10, 1), date(2026, 9, 20), True),
        document(2, "990101", date(2026, 9, 5), date(2026, 10, 5), date(2026, 10, 20), False),
        document(3, "990201", date(2026, 9, 9), date(2026, 10, 9), None, False),
        document(4, "990201", date(2026, 11, 9), date(2027, 1, 9), None, False),
    ]
    before = AS_OF - timedelta(days=40)
    findings = [
        finding("a" * 64, 1, "open", before), finding("a" * 64, 2, "updated", AS_OF, severity="red"),
        finding("b" * 64, 1, "open", before, "990201"), finding("b" * 64, 2, "withdrawn", AS_OF, "990201"),
        finding("c" * 64, 1, "open", AS_OF, "990201", "yellow", model="payment_after_death", model_title="死亡后领取养老金", line="administrative"),
        finding("d" * 64, 1, "open", AS_OF + timedelta(days=1), "990301"),
    ]
    lake.append("silver", "procuratorate__case", pa.Table.from_pylist(cases, CASE), "small")
    lake.append("silver", "procuratorate__document", pa.Table.from_pylist(documents, DOCUMENT), "small")
    lake.append("clue", "finding", pa.Table.from_pylist(findings, FINDING), "small")
