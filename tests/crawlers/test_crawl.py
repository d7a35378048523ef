"""The licence spider against the real local site, Scrapy in its own process: what it asks for, what it lands, what it does when pages break."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jiandu import clock
from jiandu.crawl import crawl
from jiandu.demo import site
from jiandu.errors import JianduError
from jiandu.settings import settings

AS_OF = datetime(2026, 11, 20, 8, tzinfo=clock.ZONE)
ROW = {"经营者名称": "云青市望湖小馆", "有效期至": "2028-03-14", "行政区划代码": "990102"}


@dataclass
class Site:
    home: Path
    log: Path

    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()] if self.log.exists() else []


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Site]]:
    """Start the site with some licences; the spider is pointed at it by its setting."""
    running: list[ThreadingHTTPServer] = []

    def start(count: int = 120, broken: frozenset[str] = frozenset()) -> Site:
        licences = tmp_path / "licences.json"
        licences.write_text(json.dumps([{"许可证编号": f"JY{n:014d}", **ROW} for n in range(count)], ensure_ascii=False), "utf-8")
        server = site.server(0, licences, tmp_path / "access.jsonl", broken)
        running.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("JIANDU_LICENCE_SITE", f"http://127.0.0.1:{server.server_port}")
        settings.cache_clear()
        return Site(tmp_path / "home", tmp_path / "access.jsonl")

    yield start
    for server in running:
        server.shutdown()
        server.server_close()
    monkeypatch.undo()
    settings.cache_clear()


def test_the_whole_list_lands_as_one_delivery_with_evidence(serve: Callable[..., Site]) -> None:
    public = serve()
    report = crawl("market_licences", AS_OF)
    rows = [json.loads(line) for line in Path(report.delivery).read_text("utf-8").splitlines()]
    assert Path(report.delivery) == public.home / "landing" / "market__food_licence_20261120.jsonl"
    assert (report.rows, report.pages, report.problems) == (120, 123, {})
    assert {row["许可证编号"] for row in rows} == {f"JY{n:014d}" for n in range(120)}
    kept = public.home / "evidence" / "pages" / rows[0]["page_sha256"][:2] / rows[0]["page_sha256"]
    assert rows[0]["许可证编号"].encode() in kept.read_bytes()


def test_robots_are_obeyed_and_the_agent_says_who_it_is(serve: Callable[..., Site]) -> None:
    public = serve(3)
    crawl("market_licences", AS_OF)
    asked = public.requests()
    assert asked[0]["path"] == "/robots.txt"
    assert not [request for request in asked if request["path"].startswith("/internal")]
    assert all(request["agent"].startswith("Jiandu/") and "contact" in request["agent"] for request in asked)


def test_a_second_crawl_of_the_day_is_the_same_delivery_and_asks_conditionally(serve: Callable[..., Site]) -> None:
    public = serve(60)
    first = crawl("market_licences", AS_OF)
    before, asked = Path(first.delivery).read_bytes(), len(public.requests())
    second = crawl("market_licences", AS_OF + timedelta(hours=3))
    assert (second.delivery, Path(second.delivery).read_bytes()) == (first.delivery, before)
    assert {request["status"] for request in public.requests()[asked:] if request["path"].startswith("/licences")} == {304}


def test_a_site_that_changed_within_the_day_gives_a_further_delivery(serve: Callable[..., Site]) -> None:
    serve(3)
    first = crawl("market_licences", AS_OF)
    serve(4)
    second = crawl("market_licences", AS_OF)
    assert (Path(first.delivery).name, Path(second.delivery).name) == ("market__food_licence_20261120.jsonl", "market__food_licence_20261120_2.jsonl")


def test_a_broken_page_is_one_clear_reason_and_the_rest_goes_on(serve: Callable[..., Site]) -> None:
    serve(10, broken=frozenset({"/licences/JY00000000000004.html"}))
    report = crawl("market_licences", AS_OF)
    assert report.rows == 9
    assert [(path.rsplit("/", 1)[1], reason) for path, reason in report.problems.items()] == [("JY00000000000004.html", "HTTP 500")]


def test_a_list_that_cannot_be_walked_to_its_end_delivers_nothing(serve: Callable[..., Site]) -> None:
    public = serve(10, broken=frozenset({"/licences/"}))
    with pytest.raises(JianduError, match=r"nothing delivered: .*HTTP 500"):
        crawl("market_licences", AS_OF)
    assert not (public.home / "landing").exists()


def test_an_unknown_site_names_those_there_are() -> None:
    with pytest.raises(JianduError, match="market_licences"):
        crawl("nowhere", AS_OF)
