"""A Superset with both screens over a small province, and a browser that looks at it as the viewer."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlparse

import pytest
from PIL import Image
from sqlalchemy import text

from jiandu import dashboard, mart, ops
from jiandu.behaviour import rates
from jiandu.clue.publish import publish
from jiandu.desk import board
from jiandu.desk.pictures import data_url
from jiandu.desk.sight import Field, Photo
from jiandu.services import secrets, stack
from jiandu.settings import Settings, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--lang=zh-CN", "--use-gl=swiftshader", "--enable-unsafe-swiftshader",
]


def small_lake_module() -> ModuleType:
    """The small lake of ``tests/mart``."""
    spec = importlib.util.spec_from_file_location("small_lake", Path(__file__).parents[1] / "mart" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def screens(home: Settings, empty_ops: Callable[[], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Superset with the screens applied over the small lake; its addresses and passwords."""
    stack.up(["postgres", "spark", "superset"], home)
    small = small_lake_module()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIANDU_LAKE_URI", str(tmp_path_factory.mktemp("screens") / "lake"))
        settings.cache_clear()
        empty_ops()
        small.write_small_lake()
        publish(small.AS_OF)
        mart.build(small.AS_OF)
        a_photo_on_the_board()
        for reader, posts in (("consumer", 120), ("behaviour", 118)):
            rates.write(small.AS_OF, reader, posts, 1, 0, 12, 0)
        dashboard.apply()
        yield secrets.read(home)
    settings.cache_clear()


def a_photo_on_the_board() -> None:
    """Cells as a takeaway clue has them, for a clue of the small lake: that lake has no shops, and the screen must draw what the marts hold."""
    read = Field(1, "licence_no", "许可证编号", "JY29901010000017", 0.99, "sure", [[[0, 0], [9, 0], [9, 9], [0, 9]]])
    hidden = Field(2, "legal_rep", "法定代表人", "测试姓名", 0.98, "doubtful", [[[0, 0], [9, 0], [9, 9], [0, 9]]])
    photo = Photo("0" * 64, "食品经营许可证", "", (read, hidden), "", None, "e")
    cells = {"picture": f'<img src="{data_url(Image.new("RGB", (40, 30), "red"))}" width="40" height="30">', "fields": board.fields(photo)}
    insert = "INSERT INTO mart.licence_sight (clue_id, picture, fields, desk) VALUES (:clue_id, :picture, :fields, :desk)"
    chosen = "SELECT clue_id FROM ops.clue WHERE NOT sealed AND engine_state = 'open' AND clue_id NOT LIKE 'c%' ORDER BY clue_id LIMIT 1"
    with ops.engine().begin() as connection:
        clue_id = connection.execute(text(chosen)).scalar_one()
        connection.execute(text(insert), {**cells, "clue_id": clue_id, "desk": board.link(clue_id)})


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's browser, headless."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def viewer(screens: dict[str, str], chromium: Browser) -> Iterator[Page]:
    """A page logged in as the viewer."""
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{screens['superset_url']}/login/")
    page.fill("input[type=text]:visible", screens["superset_viewer"])
    page.fill("input[type=password]", screens["superset_viewer_password"])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "login" not in address)
    yield page
    context.close()


@pytest.fixture
def look(viewer: Page, screens: dict[str, str]) -> Callable[[str], dict[str, Any]]:
    """Open a screen from top to bottom and return what its charts received: rows by chart title, and refused requests."""

    def opened(slug: str) -> dict[str, Any]:
        answers: list[Any] = []

        def take(answer: Any) -> None:  # the browser's driver takes no built-in method for a listener
            answers.append(answer)

        viewer.set_viewport_size({"width": 1920, "height": 6000})  # charts are loaded when they come into view
        viewer.goto(f"{screens['superset_url']}/superset/dashboard/{slug}/", wait_until="commit")
        viewer.on("response", take)  # from now on: what the page before was still asking for is none of this screen's
        viewer.wait_for_selector(".dashboard-component-chart-holder")
        viewer.wait_for_function("() => document.querySelectorAll('[data-test-chart-id]').length > 5")
        viewer.wait_for_function(
            "() => !document.querySelector('.loading, [data-test=loading-indicator]') && [...document.querySelectorAll('[data-test-chart-id]')]"
            ".every(chart => chart.querySelector('canvas, table, .header-line, .deckgl-tooltip, [data-test=error]'))",
        )
        viewer.remove_listener("response", take)
        # A page offers to store the colours it gave to labels, which a viewer may not.
        refused = [f"{answer.status} {answer.url}" for answer in answers if answer.status >= 400 and "/colors" not in answer.url]
        return {"refused": refused, "data": charts_data(answers)}

    return opened


def charts_data(answers: list[Any]) -> dict[int, list[dict[str, Any]]]:
    """Rows by chart id, from the answers of Superset's data address; some of its requests name the chart in the address, some in the body."""
    found: dict[int, list[dict[str, Any]]] = {}
    for answer in answers:
        address = urlparse(answer.url)
        if answer.request.method != "POST" or answer.status != 200 or address.path != "/api/v1/chart/data":
            continue
        told = parse_qs(address.query).get("form_data")
        form = json.loads(told[0]) if told else answer.request.post_data_json["form_data"]
        if "slice_id" in form:  # the choices of a filter are no chart
            found[form["slice_id"]] = answer.json()["result"][0]["data"]
    return found
