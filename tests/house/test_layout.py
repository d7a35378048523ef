"""The house's rules that a machine can keep: who imports whom, where things live, how large they grow."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiandu.settings import ROOT, Settings

FIXED = {
    "dags": {"airflow", "pendulum"},
    "spark_jobs": {"pyspark"},
    "crawlers": {"scrapy", "twisted", "crawlers"},
    "dashboards": set(),
    "dbt_project": set(),
}
"""Each fixed folder and the framework it may import beside ``jiandu`` and the standard library."""

SOURCES = sorted((ROOT / "src").rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Top-level names a file imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def dotted_imports(path: Path) -> Iterator[str]:
    """Full dotted modules a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("folder", FIXED)
def test_fixed_folder_imports_only_jiandu_and_its_framework(folder: str) -> None:
    allowed = FIXED[folder] | {"jiandu", "__future__"} | set(sys.stdlib_module_names)
    foreign = {f"{path.relative_to(ROOT)}: {name}" for path in (ROOT / folder).rglob("*.py") for name in imports(path) if name not in allowed}
    assert not foreign


def test_the_package_imports_no_fixed_folder() -> None:
    assert not {f"{path.relative_to(ROOT)}: {name}" for path in SOURCES for name in imports(path) if name in FIXED}


def test_one_place_touches_airflow() -> None:
    touching = {path.relative_to(ROOT / "src" / "jiandu").parts[0].removesuffix(".py") for path in SOURCES if "airflow" in imports(path)}
    assert touching == {"orchestration"}


def test_one_module_makes_spark_sessions() -> None:
    makers = [str(path.relative_to(ROOT)) for path in SOURCES if "pyspark.sql.SparkSession" in dotted_imports(path) and ".builder" in path.read_text("utf-8")]
    assert makers == ["src/jiandu/spark.py"]


@pytest.mark.parametrize("folder", ["dags", "crawlers", "spark_jobs", "dbt_project", "dashboards", "infra", "tests"])
def test_each_fixed_folder_explains_itself_briefly(folder: str) -> None:
    readme = ROOT / folder / "README.md"
    assert readme.is_file()
    assert len(readme.read_text("utf-8").splitlines()) <= 60


def test_modules_stay_small_and_well_named() -> None:
    vague = {"utils", "util", "common", "misc", "base", "core", "lib", "manager", "helper", "helpers"}
    assert not [str(path) for path in SOURCES if path.stem in vague]
    assert not [str(path) for path in SOURCES if len(path.read_text("utf-8").splitlines()) > 400]


def test_every_setting_is_documented() -> None:
    text = (ROOT / "infra" / "province" / "README.md").read_text("utf-8")
    missing = [name for name in Settings.model_fields if f"JIANDU_{name.upper()}" not in text]
    assert not missing, f"add these to the settings table of infra/province/README.md: {missing}"
