"""Every spider: states its contract and legal basis, and reads its kept page as reviewed in ``expected.json``."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from jiandu import content
from jiandu.crawl import Spider, spiders

HERE = Path(__file__).parent


def spider_class(spider: Spider) -> Any:
    module = importlib.import_module(f"crawlers.spiders.{spider.path.stem}")
    return next(cls for _, cls in inspect.getmembers(module, inspect.isclass) if cls.__module__ == module.__name__)


@pytest.fixture(autouse=True)
def root_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE.parents[1]))


@pytest.mark.parametrize("spider", spiders(), ids=lambda spider: spider.name)
def test_a_spider_names_an_existing_crawl_contract(spider: Spider) -> None:
    contract = content.read_yaml(content.units("sources")[spider.contract])
    assert contract["delivery"]["kind"] == "crawl"


@pytest.mark.parametrize("spider", spiders(), ids=lambda spider: spider.name)
def test_a_spider_reads_its_kept_pages(spider: Spider) -> None:
    cls, folder = spider_class(spider), HERE / spider.name
    one = cls(name=spider.name)
    detail = HtmlResponse(f"{cls.address}/detail", body=(folder / "detail.html").read_bytes())
    listing = HtmlResponse(f"{cls.address}{cls.list_path}", body=(folder / "list.html").read_bytes())
    got = {"row": dict(one.read(detail)), "links": listing.css(cls.detail_links).getall(), "next": listing.css(cls.next_link).get()}
    expected = folder / "expected.json"
    if not expected.exists():
        expected.write_text(json.dumps(got, ensure_ascii=False, indent=2) + "\n", "utf-8")
        pytest.fail(f"{expected} was written: review it, then run again")
    assert got == json.loads(expected.read_text("utf-8"))


@pytest.mark.parametrize("spider", spiders(), ids=lambda spider: spider.name)
def test_a_row_has_the_columns_of_its_contract(spider: Spider) -> None:
    contract = content.read_yaml(content.units("sources")[spider.contract])
    shown = json.loads((HERE / spider.name / "expected.json").read_text("utf-8"))["row"]
    assert {*shown, "page_url", "page_sha256"} == set(contract["columns"])


def test_a_spider_without_a_legal_basis_does_not_start() -> None:
    platform = importlib.import_module("crawlers.platforms.public_list")
    with pytest.raises(Exception, match="legal_basis"):
        type("Nameless", (platform.PublicList,), {"contract": "x", "address": "http://x", "purpose": "p", "list_path": "/"})
