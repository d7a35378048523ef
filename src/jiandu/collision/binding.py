"""Whether a model's SQL binds: its steps are made one by one over empty data sets of the right types, in DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb

from jiandu.collision import law, vocabulary
from jiandu.collision.chain import Step
from jiandu.collision.compile import compile_model
from jiandu.collision.datasets import dataset, empty_sql
from jiandu.collision.fragments import Complaint
from jiandu.collision.model import Model


def unbound(model: Model) -> Iterator[Complaint]:
    """Steps DuckDB does not accept over empty data sets of the right types; each failing step is stood in for, so that all are named."""
    compiled = compile_model(model, date(2020, 1, 1), lambda name: True)
    with duckdb.connect() as connection:
        for name in model.datasets:
            connection.execute(f"CREATE TABLE {name} AS {empty_sql(dataset(name))}")
        for name, table in law.reference_tables().items():
            connection.register("arrow", table)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM arrow LIMIT 0")
        for step in compiled.steps:
            try:
                connection.execute(f"CREATE TABLE {step.name} AS {vocabulary.render(step.sql(model.anchor.alias), 'duckdb')}")
            except duckdb.Error:
                yield from culprits(model, connection, step)
                if step is compiled.steps[0]:
                    return
                stand_in = ", ".join(f'NULL AS "{name}"' for name in step.added if name not in step.kept)
                kept = ", ".join(f'"{name}"' for name in step.kept)
                connection.execute(f"CREATE TABLE {step.name} AS SELECT {kept}{', ' + stand_in if stand_in else ''} FROM {step.source}")
        yield from answers(model, connection, compiled.steps[-1].name)


def culprits(model: Model, connection: duckdb.DuckDBPyConnection, step: Step) -> Iterator[Complaint]:
    """Which joins or columns of a failing step do not bind, and why. A join that does not bind hides the columns of its step."""
    for number, (_, place) in enumerate(step.joins):
        if (what := refused(connection, step.sql(model.anchor.alias, [], number + 1))) and not step.tail.startswith("GROUP"):
            yield place, what, ""
            return
    for name, (_, place) in step.added.items():
        if what := refused(connection, step.sql(model.anchor.alias, [name])):
            yield place, what, ""


def refused(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Why DuckDB does not bind a statement; empty when it does."""
    try:
        connection.execute(f"EXPLAIN {vocabulary.render(sql, 'duckdb')}")
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return ""


def answers(model: Model, connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Complaint]:
    """Elements answer yes or no, nothing else."""
    types: dict[str, Any] = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
    for number, element in enumerate(model.elements):
        kind = types.get(f"e_{element.id}")
        if kind not in ("BOOLEAN", '"NULL"', None):
            yield ("elements", number), f"{element.id} answers {kind}, not yes or no", "compare it with something"
