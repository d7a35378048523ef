"""Verdicts from reports alone, and who may be crawled at all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from jiandu import clock
from jiandu.crawl import approval, verdict
from jiandu.crawl.landing import CrawlReport
from jiandu.errors import JianduError
from jiandu.settings import settings

AS_OF = datetime(2026, 11, 20, 8, tzinfo=clock.ZONE)
GOOD: dict[str, Any] = {
    "pages": 210, "lists": 10, "listed": 200, "details": 200, "statuses": {"200": 211, "429": 2}, "robots_answers": 1, "delivery": "there.jsonl",
}


def report(**changed: Any) -> CrawlReport:
    return CrawlReport("site", "contract", AS_OF.isoformat(), **{**GOOD, **changed})


HISTORY = [report(), report(listed=190), report(listed=210, details=210, blockless=2)]


@pytest.mark.parametrize(("changed", "expected"), [
    ({}, ""),
    ({"statuses": {}, "unanswered": 3, "pages": 0, "lists": 0, "listed": 0, "details": 0}, "site down"),
    ({"statuses": {"200": 1, "503": 30}, "pages": 0, "lists": 0, "listed": 0, "details": 0}, "site down"),
    ({"statuses": {"200": 150, "403": 60}}, "blocked"),
    ({"statuses": {"200": 200, "403": 4, "429": 6}}, ""),
    ({"statuses": {"200": 1}, "forbidden": 1, "pages": 0, "lists": 0, "listed": 0, "details": 0}, "blocked"),
    ({"errors": 1}, "spider broken"),
    ({"unread_lists": 3, "listed": 0, "details": 0}, "layout changed"),
    ({"blockless": 90}, "layout changed"),
    ({"blockless": 30}, ""),
    ({"listed": 0, "details": 0}, "source empty"),
    ({"listed": 60, "details": 60}, "source empty"),
    ({"listed": 120, "details": 120}, ""),
])
def test_a_verdict_from_the_site_s_own_history(changed: dict[str, Any], expected: str) -> None:
    name, sentence = verdict.judge(report(**changed), HISTORY)
    assert name == expected
    assert bool(sentence) == bool(expected)


def test_a_site_whose_pages_always_lacked_the_block_has_not_changed() -> None:
    usual = [report(blockless=80) for _ in range(3)]
    assert verdict.judge(report(blockless=90), usual) == ("", "")
    assert verdict.judge(report(blockless=90), [])[0] == "layout changed"


def test_the_first_crawl_of_a_small_site_is_no_shrunken_one() -> None:
    assert verdict.judge(report(listed=3, details=3), []) == ("", "")


@pytest.fixture
def approvals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "approved.yml"
    path.write_text(
        "sites:\n  - {host: shop.example, legal_basis: 电子商务法 15, approved_by: 数字检察办公室, until: 2026-12-31}\n"
        "  - {host: old.example, legal_basis: 电子商务法 15, approved_by: 数字检察办公室, until: 2026-06-30}\n", "utf-8",
    )
    monkeypatch.setenv("JIANDU_CRAWL_APPROVALS", str(path))
    settings.cache_clear()
    return path


@pytest.mark.parametrize(("address", "said"), [
    ("https://other.example/x", "approved.yml:1: other.example is not an approved site"), ("https://shop.example.evil.test", "not an approved site"),
    ("https://old.example", r"approved.yml:3: the approval of old.example ended on 2026-06-30"),
])
def test_a_site_nobody_approved_is_not_read(approvals: Path, address: str, said: str) -> None:
    with pytest.raises(JianduError, match=said):
        approval.require(address, AS_OF)


def test_an_approved_site_and_this_machine_may_be_read(approvals: Path) -> None:
    approval.require("https://shop.example/city", AS_OF)
    approval.require("http://127.0.0.1:8000", AS_OF)


def test_an_approval_without_its_four_statements_is_none(approvals: Path) -> None:
    approvals.write_text("sites:\n  - {host: shop.example, until: 2026-12-31}\n", "utf-8")
    with pytest.raises(JianduError, match=r"approved.yml:2: an approval without legal_basis, approved_by"):
        approval.require("https://shop.example", AS_OF)


def test_without_a_list_only_this_machine_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JIANDU_CRAWL_APPROVALS", raising=False)
    settings.cache_clear()
    with pytest.raises(JianduError, match="no list of approvals is set"):
        approval.require("https://shop.example", AS_OF)
