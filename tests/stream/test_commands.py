"""``jiandu stream`` as a user types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from typer.testing import CliRunner

from jiandu import cli
from jiandu.commands import stream as commands
from jiandu.errors import JianduError
from tests.stream.conftest import AS_OF, Shops, change, current, row
from tests.stream.test_consumer import produce, read, topic

__all__ = ["topic"]


def run(*arguments: str, code: int = 0) -> str:
    """Standard output of a command that ends with ``code``."""
    if not any(group.name == "stream" for group in cli.application.registered_groups):
        commands.register(cli.application)
    result = CliRunner().invoke(cli.application, ["--as-of", AS_OF.isoformat(), *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def test_a_day_with_the_stream(topic: str, shops: Shops, at: Callable[[], datetime]) -> None:
    produce(topic, [change("c", 1, row("1")), change("c", 2, row("2") | {"extra": 1}), change("c", 3, row("3"))])
    assert "read up to {'0': 3}, 1 dead letters" in run("stream", "run", "--once", "--contract", "test__shop")
    assert "unknown column extra" in run("stream", "dead", "test__shop")
    assert json.loads(run("--json", "stream", "dead", "test__shop"))[0]["where"] == f"{topic}:0:1"
    [found] = [entry for entry in json.loads(run("--json", "stream", "status", code=1)) if entry["contract"] == "test__shop"]
    assert (found["lag"], found["dead_letters"]) == (0, 1)
    assert "0 applied, 1 still dead" in run("stream", "replay", "test__shop")
    assert "nothing to compare with" in run("stream", "reconcile", "test__shop")
    produce(topic, [change("r", 9, row("3"), snapshot="last")])
    read(at)
    assert "1 of 2 current records" in run("stream", "reconcile", "test__shop")
    assert "deleted: 1" in run("stream", "reconcile", "test__shop", "--yes")
    assert current() == {"3": "甲店"}


def test_sql_for_a_database_administrator(shops: Shops) -> None:
    said = run("stream", "connector", "sql")
    assert "ALTER PUBLICATION cdc_police SET TABLE police.criminal_case, police.cdc_heartbeat;" in said
    assert "ALTER TABLE police.criminal_case REPLICA IDENTITY FULL;" in said


def test_not_fed_by_a_topic(shops: Shops) -> None:
    shops.write("test__file", "{kind: file, pattern: x, format: jsonl}")
    with pytest.raises(JianduError, match="not fed by a topic"):
        run("stream", "run", "--contract", "test__file")
    with pytest.raises(JianduError, match="no contract has a topic with this prefix"):
        run("stream", "connector", "delete", "agency.nobody")
