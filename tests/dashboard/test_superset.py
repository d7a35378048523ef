"""The screens in a real Superset and a real browser: applied without leftovers, free of errors, in Chinese, with the store's numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from jiandu import dashboard, ops
from jiandu.settings import settings

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def superset(screens: dict[str, str], query: str) -> list[tuple[Any, ...]]:
    """What Superset's own database answers."""
    engine = create_engine(screens["superset_dsn"].replace("psycopg2", "psycopg"))
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def store(query: str) -> Any:
    """One value of the operational store."""
    with ops.engine().connect() as connection:
        return connection.execute(text(query)).scalar_one()


OBJECTS = "SELECT id, uuid::text, slice_name, params FROM slices ORDER BY id"


def test_applying_again_changes_nothing(screens: dict[str, str]) -> None:
    before = superset(screens, OBJECTS)
    assert dashboard.apply().unchanged
    forced = dashboard.apply(force=True)
    assert not forced.unchanged
    assert not forced.removed
    assert superset(screens, OBJECTS) == before


def test_a_screen_that_left_the_content_vanishes_with_its_charts(
    screens: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = {row[1] for row in superset(screens, OBJECTS)}
    (tmp_path / "dashboards").mkdir()
    block = "{kind: number, width: 3, title: 本县有效线索, dataset: clue_overview, metric: standing}"
    (tmp_path / "dashboards" / "county.yml").write_text(f"title: 县\ndescription: d\nrows:\n  - height: 18\n    blocks:\n      - {block}\n", "utf-8")
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(tmp_path)]))
    settings.cache_clear()
    assert "county" in dashboard.apply().dashboards
    assert len(superset(screens, OBJECTS)) == len(before) + 1
    monkeypatch.delenv("JIANDU_CONTENT")
    settings.cache_clear()
    assert sorted(name.split()[0] for name in dashboard.apply().removed) == ["chart", "dashboard"]
    assert {row[1] for row in superset(screens, OBJECTS)} == before


def test_the_overview_shows_the_numbers_of_the_store(screens: dict[str, str], viewer: Page, look: Callable[[str], dict[str, Any]]) -> None:
    seen = look("province_overview")
    assert not seen["refused"]
    assert viewer.locator("[data-test=error], .ant-alert-error").count() == 0
    assert "线索仅供人工核查" in viewer.inner_text("body")
    titles = {title: chart for chart, title in superset(screens, "SELECT id, slice_name FROM slices ORDER BY id DESC")}
    standing = store("SELECT count(*) FROM ops.clue WHERE engine_state IN ('open', 'updated', 'reopened')") - 1  # one was seen after the as-of
    assert big_number(viewer, "有效线索") == standing
    by_city = seen["data"][titles["各市有效线索（按区划代码排列）"]]
    assert sum(value for row in by_city for name, value in row.items() if name.strip() in {"红色", "橙色", "黄色", "蓝色"}) == standing
    assert sum(row["map_standing"] for row in seen["data"][titles["有效线索分布（县级）"]]) == standing
    rates = seen["data"][titles["不捕率、不起诉率、附条件不起诉率"]]
    october = {name.strip(): value for name, value in rates[-1].items()}
    assert october["不捕率"] == pytest.approx(1 / 8)
    assert october["不起诉率"] == pytest.approx(12 / 17)


def test_the_live_screen_follows_the_store_by_itself(screens: dict[str, str], viewer: Page, look: Callable[[str], dict[str, Any]]) -> None:
    seen = look("live_alerts")
    assert not seen["refused"]
    assert viewer.locator("[data-test=error], .ant-alert-error").count() == 0
    shown = big_number(viewer, "有效预警")
    assert shown == store("SELECT count(*) FROM ops.clue WHERE engine_state IN ('open', 'updated', 'reopened')")
    assert "测试企业" not in viewer.inner_text("body")
    [chart] = superset(screens, "SELECT id FROM slices WHERE slice_name LIKE '公开帖文处理速率%'")
    [minute] = seen["data"][chart[0]]
    assert {120, 118} <= set(minute.values()), "what the two readers read in that minute"
    with ops.engine().begin() as connection:
        connection.execute(text("UPDATE ops.clue SET engine_state = 'withdrawn' WHERE clue_id LIKE 'c%'"))
    viewer.wait_for_function(
        "wanted => document.querySelector('[data-test-chart-name=\"有效预警\"] .header-line')?.innerText === wanted", arg=str(shown - 1), timeout=90_000,
    )


def test_a_takeaway_clue_shows_its_photo_beside_the_fields_read_in_it(viewer: Page, look: Callable[[str], dict[str, Any]]) -> None:
    assert not look("live_alerts")["refused"]
    row = viewer.locator('[data-test-chart-name="外卖证照线索"] tbody tr').first
    assert row.locator("img").evaluate("picture => picture.complete && picture.naturalWidth") == 40, "Superset let the picture through and drew it"
    assert "JY29901010000017" in row.inner_text()
    assert "测**" in row.inner_text()
    assert "测试姓名" not in viewer.inner_text("body")
    assert "/clue/" in (row.locator("a").first.get_attribute("href") or "")


def test_chinese_is_drawn_and_not_boxed(viewer: Page, screens: dict[str, str]) -> None:
    viewer.goto(f"{screens['superset_url']}/superset/dashboard/live_alerts/")
    viewer.wait_for_selector(".dashboard-component-chart-holder")
    # A missing glyph is drawn as the same box for every character: two different characters then have the same picture.
    drawn = viewer.evaluate("""() => {
        const canvas = document.createElement('canvas'); canvas.width = canvas.height = 40;
        const pen = canvas.getContext('2d'); pen.font = '30px ' + getComputedStyle(document.querySelector('.header-title')).fontFamily;
        return ['监', '督'].map(word => { pen.clearRect(0, 0, 40, 40); pen.fillText(word, 2, 32); return canvas.toDataURL(); });
    }""")
    assert drawn[0] != drawn[1]


def test_a_viewer_can_look_and_nothing_else(viewer: Page, screens: dict[str, str]) -> None:
    url = screens["superset_url"]
    assert viewer.request.get(f"{url}/api/v1/dashboard/").ok
    for address in ("/api/v1/saved_query/", "/api/v1/security/users/", "/api/v1/database/1/connection"):
        assert viewer.request.get(f"{url}{address}").status in {403, 404}, address
    databases = viewer.request.get(f"{url}/api/v1/database/")  # charts ask for it; it must not name any
    assert databases.status in {403, 404} or databases.json()["count"] == 0
    token = viewer.request.get(f"{url}/api/v1/security/csrf_token/")
    headers = {"X-CSRFToken": token.json()["result"], "Referer": url} if token.ok else {"Referer": url}
    query = {"database_id": 1, "sql": "SELECT * FROM ops.clue", "runAsync": False}
    assert viewer.request.post(f"{url}/api/v1/sqllab/execute/", data=query, headers=headers).status in {400, 403, 404}
    edit = viewer.request.put(f"{url}/api/v1/dashboard/province_overview", data={"dashboard_title": "改"}, headers=headers)
    assert edit.status in {400, 403, 404}
    assert not superset(screens, "SELECT 1 FROM dashboards WHERE dashboard_title = '改'")


def big_number(page: Page, title: str) -> int:
    """The number a card shows."""
    return int(page.inner_text(f'[data-test-chart-name="{title}"] .header-line').replace(",", ""))
