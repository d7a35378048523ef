"""Running dbt in this process: its project is a fixed folder, its scratch files go to the home folder, its failures become problems."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jiandu import lake
from jiandu.errors import JianduError, Problem, ServiceUnavailable
from jiandu.settings import ROOT, settings

PROJECT = ROOT / "dbt_project"
MARTS = "marts"
"""Folder of the project's models that are published; staging stays inside."""


@dataclass(frozen=True)
class Mart:
    """A built mart: its table in the lake and the columns its yml promises, in order, with their Spark types."""

    name: str
    columns: dict[str, str]


@dataclass(frozen=True)
class TransformResult:
    """What dbt built, how many of its tests passed, and the tests of severity ``warn`` that did not."""

    marts: list[Mart]
    tests: int
    warnings: list[str]


def run(as_of: datetime, versions: Mapping[str, int]) -> TransformResult:
    """``dbt build`` as of ``as_of`` on the given versions of its sources. Raises ``JianduError`` with one problem for each model or test that failed."""
    from dbt.cli.main import dbtRunner

    arguments = ["build", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--vars", json.dumps(variables(as_of, versions))]
    with environment():
        outcome = dbtRunner().invoke(["--log-level", "none", "--log-level-file", "debug", "--no-version-check", *arguments])
    if outcome.exception is not None:
        raise broken(str(outcome.exception)) from outcome.exception
    report: Any = outcome.result
    results = list(report.results)
    failed = [problem_of(result) for result in results if result.status in {"error", "fail", "runtime error"}]
    if failed:
        raise JianduError(failed)
    tests = [result for result in results if result.node.resource_type == "test"]
    warnings = [f"{result.node.name}: {result.message}" for result in tests if result.status == "warn"]
    built = [mart_of(result.node) for result in results if result.node.resource_type == "model" and MARTS in result.node.fqn]
    return TransformResult(sorted(built, key=lambda mart: mart.name), sum(result.status == "pass" for result in tests), warnings)


def variables(as_of: datetime, versions: Mapping[str, int]) -> dict[str, Any]:
    """The project's variables: the as-of as a UTC instant, so that no session's zone can move it, the lake's root, what is read."""
    return {"as_of": as_of.astimezone(UTC).isoformat(), "lake_root": lake.as_uri(settings().lake_root), "versions": dict(versions)}


@contextmanager
def environment() -> Iterator[None]:
    """The variables profiles.yml and dbt read, for the length of one run."""
    host, _, port = (settings().spark_thrift or f"127.0.0.1:{settings().port('spark_thrift')}").rpartition(":")
    scratch = settings().home.resolve() / "dbt"
    values = {
        "JIANDU_DBT_TARGET": "cluster" if settings().spark_thrift else "embedded", "JIANDU_THRIFT_HOST": host, "JIANDU_THRIFT_PORT": port,
        "DBT_TARGET_PATH": str(scratch / "target"), "DBT_LOG_PATH": str(scratch / "logs"), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def problem_of(result: Any) -> Problem:
    """A failed model or test as file, message and remedy."""
    message = brief(str(result.message or result.status))
    where = str(PROJECT.joinpath(result.node.original_file_path).relative_to(ROOT))
    if result.node.resource_type == "test":
        return Problem(where, f"test {result.node.name}: {message}", "run the compiled query under <home>/dbt/target/compiled to see the rows")
    return Problem(where, f"model {result.node.name}: {message}", "see <home>/dbt/logs/dbt.log")


def brief(message: str) -> str:
    """The sentence that says what is wrong: Spark appends its plan and every frame of its stack."""
    text = " ".join(message.split())
    named = re.search(r"\[[A-Z_.]{6,}\] (?!org\.apache)(.*?)(?: SQLSTATE|; line |; '|$)", text)
    return (named.group(0) if named else text)[:500].rstrip("; '")


def broken(message: str) -> JianduError:
    """dbt stopped before running anything: a server that is away, or a project that does not parse."""
    text = brief(message)
    if any(sign in text for sign in ("Could not connect", "failed to connect", "Connection refused")):
        return ServiceUnavailable.at("Spark Thrift", text, "jiandu status, jiandu up")
    return JianduError.at(str(PROJECT.relative_to(ROOT)), text, "dbt parse names the file")


def mart_of(node: Any) -> Mart:
    """Name and promised columns of a built model."""
    return Mart(node.name, {name: str(column.data_type) for name, column in node.columns.items()})
