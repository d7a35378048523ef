"""Screens as content: same bytes from the same files, every mistake by file and line, places never ranked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jiandu.dashboard.bundle import MARK, Bundle, compile_bundle
from jiandu.dashboard.lint import lint, load
from jiandu.dashboard.template import write
from jiandu.errors import JianduError
from jiandu.settings import settings

URI = "postgresql+psycopg2://bi_reader:XXXXXXXXXX@127.0.0.1:1/jiandu"

WRONG = """\
title: 错
description: Every line below the rows is wrong in its own way.
datasets:
  no_such_mart: {title: 无}
rows:
  - height: 20
    blocks:
      - {kind: bar, width: 7, title: 排名, dataset: clue_overview, x: city_name, metrics: [standing], order: -standing}
      - {kind: bar, width: 7, title: 甲, dataset: clue_overview, x: line_title, metrics: [nothing]}
  - height: 20
    blocks:
      - {kind: line, width: 6, title: 乙, dataset: clue_overview, x: city_name, metrics: [standing]}
      - {kind: table, width: 6, title: 乙, dataset: clue_overview, by: [county_name], metrics: [standing], order: [county_name]}
      - {kind: number, width: 6, title: 丙, dataset: elsewhere, metric: standing}
      - {kind: number, width: 6, title: 丁, dataset: clue_overview, metric: standing, where: {colour: red}}
"""


@pytest.fixture
def content_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A county's own content root with an empty folder of screens."""
    (tmp_path / "dashboards").mkdir()
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(tmp_path)]))
    settings.cache_clear()
    return tmp_path


def compiled() -> Bundle:
    """The bundle of everything there is."""
    return compile_bundle(load(), URI)


def test_the_product_screens_are_well_formed() -> None:
    assert lint() == []


def test_the_same_content_gives_the_same_bytes() -> None:
    first, second = compiled(), compiled()
    assert first.contents() == second.contents()
    assert first.digest == second.digest


def test_every_chart_stands_on_its_screen_and_carries_the_mark() -> None:
    contents = {path: json.loads(text) for path, text in compiled().contents().items()}
    charts = {item["uuid"]: item for path, item in contents.items() if path.startswith("charts/")}
    placed = [
        node["meta"]["uuid"] for path, item in contents.items() if path.startswith("dashboards/")
        for node in item["position"].values() if isinstance(node, dict) and node["type"] == "CHART"
    ]
    assert sorted(placed) == sorted(charts)
    assert all(item["external_url"].startswith(MARK) for item in charts.values())
    datasets = {item["uuid"] for path, item in contents.items() if path.startswith("datasets/")}
    assert {item["dataset_uuid"] for item in charts.values()} <= datasets


def test_no_password_is_in_the_bundle_and_no_map_asks_for_tiles() -> None:
    contents = compiled().contents()
    assert "XXXXXXXXXX" in contents["databases/marts.yaml"]
    maps = [json.loads(text) for text in contents.values() if '"deck_polygon"' in text]
    assert maps
    assert all(item["params"]["mapbox_style"] == "" for item in maps)


def test_every_mistake_is_named_with_its_line(content_root: Path) -> None:
    path = content_root / "dashboards" / "wrong.yml"
    path.write_text(WRONG, "utf-8")
    found = {(problem.where.removeprefix(f"{path}:"), problem.what) for problem in lint()}
    assert found == {
        ("4", "no mart no_such_mart in dbt_project/models/marts, and no columns given here"),
        ("6", "the widths of this row add up to 14"),
        ("8", "places must stand in the order of their codes, never by value (-standing)"),
        ("9", "clue_overview has no metric nothing"),
        ("10", "the widths of this row add up to 24"),
        ("12", "city_name is not a date"),
        ("13", "a second chart is called 乙"),
        ("13", "places must stand in the order of their codes, never by value"),
        ("14", "unknown data set elsewhere"),
        ("15", "clue_overview has no column colour"),
    }


def test_mistakes_of_form_are_named_with_their_line_too(content_root: Path) -> None:
    path = content_root / "dashboards" / "form.yml"
    path.write_text("title: 错\ndescription: d\ncolour: red\nrows:\n  - height: 20\n    blocks:\n      - {kind: pie, width: 3, title: 饼}\n", "utf-8")
    problems = {problem.where.removeprefix(f"{path}:"): problem.what for problem in lint()}
    assert problems.keys() == {"3", "7"}
    assert "colour" in problems["3"]
    assert "pie" in problems["7"]


def test_a_data_set_is_declared_once(content_root: Path) -> None:
    path = content_root / "dashboards" / "twice.yml"
    rows = "rows:\n  - height: 9\n    blocks:\n      - {kind: text, width: 3, markdown: 重}\n"
    path.write_text(f"title: 重\ndescription: d\ndatasets:\n  clue_overview: {{title: 重}}\n{rows}", "utf-8")
    assert [(problem.where, problem.what) for problem in lint()] == [(f"{path}:4", "data set clue_overview is declared already")]


def test_a_new_screen_compiles_as_it_is_written(content_root: Path) -> None:
    path = write("juvenile_work", content_root)
    assert lint() == []
    assert "dashboards/juvenile_work.yaml" in compiled().files
    with pytest.raises(JianduError, match="exists already"):
        write("juvenile_work", content_root)
    with pytest.raises(JianduError, match="slug"):
        write("Juvenile Work", path.parent)


def test_a_changed_title_keeps_a_chart_that_has_an_id(content_root: Path) -> None:
    def uuid(title: str) -> str:
        block = f"{{kind: number, width: 3, id: total, title: {title}, dataset: clue_overview, metric: standing}}"
        (content_root / "dashboards" / "one.yml").write_text(f"title: 一\ndescription: d\nrows:\n  - height: 9\n    blocks:\n      - {block}\n", "utf-8")
        return str(compiled().files["charts/one_01.yaml"]["uuid"])

    assert uuid("旧") == uuid("新")
