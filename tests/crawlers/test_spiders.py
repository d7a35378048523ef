"""Every spider: states its contract and legal basis, and reads its kept page as reviewed in ``expected.json``."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import HtmlResponse, JsonResponse, TextResponse

from jiandu import content
from jiandu.crawl import Spider, spiders
from jiandu.crawl.landing import CrawlReport
from jiandu.settings import settings
from tests.crawlers.conftest import AS_OF

HERE = Path(__file__).parent


def spider_class(spider: Spider) -> Any:
    module = importlib.import_module(f"crawlers.spiders.{spider.path.stem}")
    return next(cls for _, cls in inspect.getmembers(module, inspect.isclass) if cls.__module__ == module.__name__)


@pytest.fixture(autouse=True)
def root_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE.parents[1]))
    monkeypatch.setenv("JIANDU_HASH_KEY", "of these tests")  # accounts are hashed where they are read
    settings.cache_clear()


DELIVERING = [spider for spider in spiders() if spider.contract]


@pytest.mark.parametrize("spider", DELIVERING, ids=lambda spider: spider.name)
def test_a_spider_names_an_existing_crawl_contract(spider: Spider) -> None:
    contract = content.read_yaml(content.units("sources")[spider.contract])
    assert contract["delivery"]["kind"] == "crawl"


@pytest.mark.parametrize("spider", spiders(), ids=lambda spider: spider.name)
def test_a_spider_reads_its_kept_pages(spider: Spider) -> None:
    cls, folder = spider_class(spider), HERE / spider.name
    one = cls(name=spider.name)
    one.as_of, one.report = AS_OF, CrawlReport(spider.name, spider.contract or spider.topic, AS_OF.isoformat())
    listing = kept_page(folder, "list", f"{cls.address}{cls.list_path}")
    got = {"row": dict(one.read(kept_page(folder, "detail", f"{cls.address}/detail"))), "links": one.links(listing), "next": one.following(listing)}
    expected = folder / "expected.json"
    if not expected.exists():
        expected.write_text(json.dumps(got, ensure_ascii=False, indent=2) + "\n", "utf-8")
        pytest.fail(f"{expected} was written: review it, then run again")
    assert got == json.loads(expected.read_text("utf-8"))


@pytest.mark.parametrize("spider", DELIVERING, ids=lambda spider: spider.name)
def test_a_row_has_the_columns_of_its_contract(spider: Spider) -> None:
    contract = content.read_yaml(content.units("sources")[spider.contract])
    optional = {name for name, column in contract["columns"].items() if column.get("optional")}
    shown = json.loads((HERE / spider.name / "expected.json").read_text("utf-8"))["row"]
    row = {*shown, *spider_class(spider).adds}
    assert set(contract["columns"]) - optional <= row <= set(contract["columns"])


def kept_page(folder: Path, stem: str, url: str) -> TextResponse:
    """A page kept from the site, or an answer of its interface. A list that is told by its address stands in ``list.url``."""
    path = next(folder.glob(f"{stem}.[hj]*"))
    address = folder / f"{stem}.url"
    url = f"{url.partition('/detail')[0].rstrip('/')}{address.read_text('utf-8').strip()}" if address.exists() else url
    kind = HtmlResponse if path.suffix == ".html" else JsonResponse
    return kind(url, body=path.read_bytes(), encoding="utf-8")


def test_a_spider_without_a_legal_basis_does_not_start() -> None:
    platform = importlib.import_module("crawlers.platforms.public_list")
    with pytest.raises(Exception, match="legal_basis"):
        type("Nameless", (platform.PublicList,), {"contract": "x", "address": "http://x", "purpose": "p", "list_path": "/"})
