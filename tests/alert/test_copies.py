"""A model may tell a second office: who may need judicial assistance is told to the office of the case beside 控告申诉, a minor to the juvenile line alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from jiandu.alert.channels import channels
from jiandu.alert.routing import outbox_rows

CLUE: dict[str, Any] = {
    "clue_id": "c" * 64, "model": "judicial_assistance", "line": "complaint", "procuratorate_code": "990101", "severity": "yellow", "change_no": 1,
}


@pytest.mark.parametrize(
    ("change", "lines"),
    [({}, {"complaint", "criminal"}), ({"line": "juvenile"}, {"juvenile"}), ({"model": "double_pension"}, {"complaint"}), ({"model": "gone"}, {"complaint"})],
)
def test_offices_that_are_told(change: dict[str, Any], lines: set[str]) -> None:
    rows = outbox_rows(CLUE | change, "open", channels(), datetime(2026, 11, 20, tzinfo=UTC))
    assert {row["payload"]["line"] for row in rows} == lines
    assert len({row["alert_id"] for row in rows}) == len(rows) == len(lines) * len(channels())
    assert len({(row["channel"], row["recipient"]) for row in rows}) == len(rows)
    assert {row["alert_id"] for row in rows} >= {f"{CLUE['clue_id']}:open:{channel.name}" for channel in channels()}, "the first office keeps its key"
