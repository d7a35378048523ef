"""The match of two sides on an engine: DuckDB in this process, or Spark for the province. Both run the same statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import duckdb
import numpy as np
import pyarrow as pa
import sqlglot

from jiandu import lake
from jiandu.errors import JianduError
from jiandu.matching import statements
from jiandu.matching.bands import Bands
from jiandu.matching.evidence import ORGANISATION, PERSON
from jiandu.matching.model import Weights

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

JUDGED = pa.schema([("left_uid", pa.string()), ("right_uid", pa.string()), ("answer", pa.string()), ("people", pa.int64()), ("answered_at", pa.int64())])
"""What people said about a pair: the answer in force and how many said so, and when the last of them did, in
microseconds of 1970's clock (``judgements``)."""
CALLED = "'名册'"


class Engine(Protocol):
    """Where the statements run."""

    def put(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table visible."""

    def make(self, name: str, sql: str) -> None:
        """Make a table of a statement."""

    def fetch(self, sql: str) -> pa.Table:
        """Run a statement."""


class DuckTables:
    """DuckDB: tables of one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection | None = None) -> None:
        self.connection = connection or lake.duck()
        self.connection.execute("SET enable_progress_bar = false")

    def put(self, name: str, table: pa.Table) -> None:
        # Shown, not copied: statements read it once.
        self.connection.register(name, table)

    def make(self, name: str, sql: str) -> None:
        self.connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql.replace("key_hash(", "hash(")}')

    def fetch(self, sql: str) -> pa.Table:
        return self.connection.sql(sql).to_arrow_table()


class SparkTables:
    """Spark: views of one session, kept in its memory until ``close``."""

    def __init__(self) -> None:
        from jiandu import spark

        self.session: SparkSession = spark.session()
        self.kept: list[DataFrame] = []

    def put(self, name: str, table: pa.Table) -> None:
        from pyspark.sql.pandas.types import from_arrow_schema

        frame = self.session.createDataFrame(table) if table.num_rows else self.session.createDataFrame([], from_arrow_schema(table.schema))
        frame.createOrReplaceTempView(name)

    def make(self, name: str, sql: str) -> None:
        frame = self.session.sql(spark_sql(sql)).persist()
        self.kept.append(frame)
        frame.createOrReplaceTempView(name)

    def fetch(self, sql: str) -> pa.Table:
        return self.session.sql(spark_sql(sql)).toArrow()

    def close(self) -> None:
        """Let go of what was kept."""
        for frame in self.kept:
            frame.unpersist()
        self.kept.clear()


def spark_sql(sql: str) -> str:
    """A statement in Spark's dialect; its hash of several values has 64 bits under another name."""
    return sqlglot.parse_one(sql, read="duckdb").sql("spark").replace("KEY_HASH(", "xxhash64(").replace("key_hash(", "xxhash64(")


def link(
    left: pa.Table, right: pa.Table, weights: Weights | Callable[[], Weights], bands: Bands, engine: Engine | None = None, called: str = CALLED,
    judged: pa.Table | None = None,
) -> tuple[pa.Table, pa.Table]:
    """Pairs of two sides (shaped as ``normalise`` says), sorted by ``left_uid``, ``right_uid``; and the keys too common to follow.

    ``weights`` may still be in the making: who is compared with whom does not depend on them.
    """
    run = engine or DuckTables()
    run.put("judged", judged if judged is not None else JUDGED.empty_table())
    kind = PERSON if "stem" not in left.column_names else ORGANISATION
    for side, rows in (("left", left), ("right", right)):
        run.put(f"{side}_given", rows.append_column("n", pa.array(np.arange(rows.num_rows))))
        run.make(f"keys_{side}", statements.keys(f"{side}_given", kind))
    meet(run)
    known = weights() if callable(weights) else weights
    describe(run, known)
    score(run, known, bands, called)
    return run.fetch("SELECT * FROM pairs ORDER BY left_uid, right_uid"), run.fetch(statements.HUB_REPORT)


def meet(run: Engine) -> None:
    """From keys of both sides to ``candidates``."""
    run.make("hits", statements.HITS)
    run.make("hubs", statements.HUBS)
    run.make("candidates", statements.CANDIDATES)


def describe(run: Engine, weights: Weights) -> None:
    """From the records given to ``left`` and ``right``: those that are compared with anybody, with how common their name is."""
    share(run, weights)
    for side, number in (("left", "ln"), ("right", "rn")):
        run.make(side, statements.described(f"{side}_given", f"n IN (SELECT {number} FROM candidates)"))


def share(run: Engine, weights: Weights) -> None:
    """Show how common surnames and given names are."""
    for part, table in weights.share_tables().items():
        run.put(f"shares_{part}", table)


def score(run: Engine, weights: Weights, bands: Bands, called: str = CALLED) -> None:
    """From ``candidates``, ``left`` and ``right`` to the table ``pairs``."""
    run.make("weighed", statements.weighed(weights))
    run.make("scored", statements.scored(weights, bands))
    run.make("banded", statements.banded(weights.kind, bands))
    run.make("pairs", statements.pairs(bands, weights.kind, called))


def engine(name: str) -> Engine:
    """The engine of that name. Raises ``JianduError`` for another one, ``ServiceUnavailable`` when Spark does not answer."""
    if name not in ("duckdb", "spark"):
        raise JianduError.at("--on", f"{name!r} is no engine", "duckdb or spark")
    return DuckTables() if name == "duckdb" else SparkTables()
