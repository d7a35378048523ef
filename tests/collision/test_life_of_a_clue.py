"""A clue's life through real deliveries: opened once, kept, updated, withdrawn, reopened, suspended by a silent feed and never ended by it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jiandu import lake
from jiandu.clock import parse_as_of
from jiandu.clue import show
from jiandu.collision import run
from jiandu.errors import JianduError
from jiandu.settings import settings

MODEL = "nonlitigation_execution"
NUMBER = "云青市监罚〔2025〕1号"
DAY = parse_as_of("2026-11-20T08:00:00+08:00")
FEEDS = ("finance__fine_payment", "justice__relief_case", "court__nonlit_case", "court__enforcement_case")
PENALTY = {
    "penalty_doc_no": NUMBER, "agency_name": "青澜区市场监督管理局", "agency_level": "县", "county_code": "990101", "party_name": "甲公司",
    "party_category": "法人及其他组织", "penalty_category": "罚款", "fine_cny": 50000, "decision_date": date(2025, 6, 10), "served_date": date(2025, 6, 16),
    "service_method": "直接送达", "is_relief_told": True, "is_reconsideration_first": False, "has_own_enforcement": False,
}
OTHER = {**PENALTY, "penalty_doc_no": "云青市监罚〔2026〕2号", "decision_date": date(2026, 10, 8), "served_date": date(2026, 10, 9)}
ELSEWHERE: dict[str, list[dict[str, Any]]] = {
    "finance__fine_payment": [{"payment_no": "JK0", "penalty_doc_no": "无关罚〔2026〕9号", "paid_date": date(2026, 1, 5), "paid_cny": 100}],
    "justice__relief_case": [{"relief_no": "无关复〔2026〕1号", "penalty_doc_no": "无关罚〔2026〕9号", "relief_kind": "复议", "filed_date": date(2026, 1, 5)}],
    "court__nonlit_case": [{
        "case_no": "（2026）泽0101行审9号", "court_code": "泽0101", "court_name": "云江市青澜区人民法院", "county_code": "990101",
        "penalty_doc_no": "无关罚〔2026〕9号", "received_date": date(2026, 11, 18), "is_hearing_needed": False,
    }],
    "court__enforcement_case": [{
        "case_no": "（2026）泽0101执9号", "court_code": "泽0101", "county_code": "990101", "origin_case_no": "（2026）泽0101民初9号",
        "filed_date": date(2026, 11, 2), "claim_cny": 100,
    }],
}
"""Rows of other matters: they keep the feeds alive."""


def all_feeds(deliver: Any, day: datetime, penalties: list[dict[str, Any]]) -> None:
    """One day's deliveries of every feed of the model."""
    deliver("justice__penalty", penalties, day)
    for name, rows in ELSEWHERE.items():
        deliver(name, rows, day)


def states() -> list[str]:
    """The changes of the one clue, in order."""
    table = lake.open_table("clue", "finding")
    rows = table.to_pyarrow_table().to_pylist() if table else []
    return [row["state"] for row in sorted(rows, key=lambda row: row["change_no"])]


def once(day: datetime) -> Any:
    """One pass of the model on DuckDB."""
    return run([MODEL], day, "duckdb")[0]


def test_opened_once_and_kept(deliver: Any) -> None:
    all_feeds(deliver, DAY, [PENALTY, OTHER])
    first = once(DAY)
    assert (first.status, first.opened, first.stale) == ("evaluated", 1, ())
    again = once(DAY)
    assert (again.status, again.opened) == ("repeated", 0)
    later = once(DAY + timedelta(days=1))
    assert (later.status, later.opened, later.updated, later.kept) == ("evaluated", 0, 0, 1)
    assert states() == ["open"]


def test_card_carries_the_rows_that_decided_each_element(deliver: Any) -> None:
    all_feeds(deliver, DAY, [PENALTY, OTHER])
    deliver("finance__fine_payment", [{"payment_no": "JK1", "penalty_doc_no": NUMBER, "paid_date": date(2025, 6, 28), "paid_cny": 20000}], DAY, "part")
    once(DAY)
    clue = show.current()[0]
    card = show.card(clue["clue_id"][:10])
    assert {element["answer"] for element in card["elements"]} == {"met"}
    assert {element["element"] for element in card["elements"]} == {"fine_unpaid", "penalty_stands", "no_own_power", "no_relief", "not_applied"}
    by_element = {(piece["element"], piece["dataset"]): piece for piece in card["evidence"]}
    payment = by_element["fine_unpaid", "finance__fine_payment"]
    assert (payment["record_key"], payment["row_no"], payment["row"]["paid_cny"]) == ("JK1", 1, "20000.00")
    assert len(payment["row_hash"]) == 64
    assert by_element["not_applied", "justice__penalty"]["row"]["served_date"] == "2025-06-16"
    assert card["sentence"].startswith("青澜区市场监督管理局对甲公司作出")
    assert "尚欠3万元" in card["sentence"]
    assert (card["tier"], card["sealed"], card["overdue_days"]) == ("personal", False, 249)


def test_withdrawn_when_paid_and_reopened_when_the_payment_was_another_s(deliver: Any) -> None:
    all_feeds(deliver, DAY, [PENALTY])
    once(DAY)
    clue = show.current()[0]["clue_id"]
    payment = {"payment_no": "JK1", "penalty_doc_no": NUMBER, "paid_date": date(2026, 11, 19), "paid_cny": 50000}
    deliver("finance__fine_payment", [payment], DAY + timedelta(days=1))
    assert once(DAY + timedelta(days=1)).withdrawn == 1
    answers = {element["element"]: element["answer"] for element in show.card(clue)["elements"]}
    assert answers["fine_unpaid"] == "not_met"
    assert [piece["record_key"] for piece in show.card(clue)["evidence"] if piece["dataset"] == "finance__fine_payment"] == ["JK1"]
    deliver("finance__fine_payment", [{**payment, "penalty_doc_no": "无关罚〔2026〕9号"}], DAY + timedelta(days=2))
    assert once(DAY + timedelta(days=2)).reopened == 1
    assert states() == ["open", "withdrawn", "reopened"]
    assert show.current()[0]["clue_id"] == clue


def test_warned_of_early_and_opened_under_the_same_number_the_day_after(deliver: Any) -> None:
    penalty = {**PENALTY, "served_date": date(2026, 2, 24), "decision_date": date(2026, 2, 20)}  # may be applied for until 24 November
    all_feeds(deliver, DAY, [penalty])
    first = once(DAY)
    assert (first.early, first.opened) == (1, 0)
    assert show.current() == []
    warned = show.current(states=["early"])[0]
    assert (warned["deadline_on"], warned["severity"], warned["overdue_days"]) == (date(2026, 11, 24), "orange", 0)
    assert "将于2026年11月24日届满" in warned["sentence"]
    for name, rows in ELSEWHERE.items():
        deliver(name, rows, DAY + timedelta(days=3))
    deliver("justice__penalty", [OTHER], DAY + timedelta(days=3))
    again = once(DAY + timedelta(days=4))
    assert (again.early, again.opened, again.withdrawn) == (0, 0, 0)
    assert once(DAY + timedelta(days=5)).opened == 1
    assert show.current()[0]["clue_id"] == warned["clue_id"]
    assert states() == ["early", "open"]


def test_an_early_notice_ends_when_the_act_happens(deliver: Any) -> None:
    penalty = {**PENALTY, "served_date": date(2026, 2, 24), "decision_date": date(2026, 2, 20)}
    all_feeds(deliver, DAY, [penalty])
    once(DAY)
    applied = {**ELSEWHERE["court__nonlit_case"][0], "case_no": "（2026）泽0101行审10号", "penalty_doc_no": NUMBER}
    deliver("court__nonlit_case", [applied], DAY + timedelta(days=1))
    assert once(DAY + timedelta(days=1)).withdrawn == 1
    assert states() == ["early", "withdrawn"]


def test_updated_when_the_facts_change(deliver: Any) -> None:
    all_feeds(deliver, DAY, [PENALTY])
    once(DAY)
    deliver("justice__penalty", [{**PENALTY, "fine_cny": 250000}], DAY + timedelta(days=1))
    assert once(DAY + timedelta(days=1)).updated == 1
    clue = show.current()[0]
    assert (clue["severity"], clue["change_no"], clue["state"]) == ("orange", 2, "updated")


@pytest.mark.parametrize("silent", [*FEEDS, "justice__penalty"])
def test_a_silent_feed_suspends_and_never_withdraws(deliver: Any, silent: str) -> None:
    all_feeds(deliver, DAY, [PENALTY])
    once(DAY)
    later = DAY + timedelta(days=10)
    for name, rows in {**ELSEWHERE, "justice__penalty": [OTHER]}.items():
        if name != silent:
            deliver(name, rows, later)
    found = once(later)
    if silent == "court__enforcement_case":
        assert (found.kept, found.suspended, found.withdrawn) == (1, 0, 0)  # no element of this clue looks there
        return
    assert (found.stale, found.suspended, found.withdrawn, found.opened) == ((silent,), 1, 0, 0)
    clue = show.current(states=["suspended"])[0]
    assert clue["computable"] is False
    reasons = [element["reason"] for element in show.card(clue["clue_id"])["elements"] if element["answer"] == "unknown"]
    assert reasons
    assert all("最近一次交付为2026-11-20" in reason for reason in reasons)
    deliver(silent, ELSEWHERE.get(silent, [OTHER]), later + timedelta(days=1))
    assert once(later + timedelta(days=1)).reopened == 1
    assert states() == ["open", "suspended", "reopened"]


def test_a_row_dated_in_the_future_keeps_no_silent_feed_fresh(deliver: Any) -> None:
    all_feeds(deliver, DAY, [PENALTY])
    once(DAY)
    later, ahead = DAY + timedelta(days=10), DAY + timedelta(days=3650)
    deliver("court__nonlit_case", [{**row, "updated_at": ahead} for row in ELSEWHERE["court__nonlit_case"]], DAY + timedelta(days=1))
    for name, rows in {**ELSEWHERE, "justice__penalty": [OTHER]}.items():
        if name != "court__nonlit_case":
            deliver(name, rows, later)
    found = once(later)
    assert (found.stale, found.suspended, found.withdrawn) == (("court__nonlit_case",), 1, 0)


def test_nothing_opens_while_a_feed_never_delivered(deliver: Any) -> None:
    deliver("justice__penalty", [PENALTY], DAY)
    found = once(DAY)
    assert found.opened == 0
    assert set(found.stale) == set(FEEDS)


def test_an_older_day_changes_nothing(deliver: Any) -> None:
    all_feeds(deliver, DAY, [PENALTY])
    once(DAY)
    assert once(DAY - timedelta(days=300)).status == "outdated"
    assert states() == ["open"]


def test_a_deleted_anchor_withdraws_its_clue(deliver: Any) -> None:
    from jiandu import contracts
    from jiandu.ingest import ingest_rows
    from jiandu.source.rows import RawRow

    all_feeds(deliver, DAY, [PENALTY, OTHER])
    once(DAY)
    contract = contracts.load("justice__penalty")
    raw = dict.fromkeys(contract.columns) | {"处罚决定文书号": NUMBER}
    day = DAY + timedelta(days=1)
    assert ingest_rows(contract, "deletion", [RawRow(raw, 1, "delete", 1, day)], day).status == "loaded"
    assert once(day).withdrawn == 1


def test_a_crash_between_the_tables_is_completed_by_the_next_run(deliver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    all_feeds(deliver, DAY, [PENALTY])
    real = lake.append

    def failing(layer: str, name: str, *rest: Any) -> bool:
        if name == "finding":
            raise JianduError.at("disk", "full", "")
        return real(layer, name, *rest)

    monkeypatch.setattr(lake, "append", failing)
    with pytest.raises(JianduError):
        once(DAY)
    assert states() == []
    monkeypatch.setattr(lake, "append", real)
    assert once(DAY).opened == 1
    evidence = lake.open_table("clue", "evidence")
    assert evidence is not None
    rows = Counter((row["element"], row["dataset"], row["record_key"]) for row in evidence.to_pyarrow_table().to_pylist())
    assert set(rows.values()) == {1}
    assert json.loads(evidence.to_pyarrow_table().to_pylist()[0]["row"])


def test_a_broken_model_of_a_pack_does_not_stop_the_others(deliver: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    all_feeds(deliver, DAY, [PENALTY])
    (tmp_path / "pack" / "models").mkdir(parents=True)
    (tmp_path / "pack" / "models" / "broken.yml").write_text("title: 半个模型\n", "utf-8")
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(tmp_path / "pack")]))
    settings.cache_clear()
    with pytest.raises(JianduError, match=r"broken\.yml"):
        run([MODEL, "broken"], DAY, "duckdb")
    assert states() == ["open"]
    with pytest.raises(JianduError, match="did you mean"):
        run(["payment_after_deaths"], DAY, "duckdb")
