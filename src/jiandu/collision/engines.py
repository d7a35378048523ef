"""Two engines, one door: Spark for the province, DuckDB for a county's machine, tests and authors. Both read the lake by path and answer in Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import pyarrow as pa

from jiandu import lake
from jiandu.collision import law, vocabulary
from jiandu.collision.datasets import Dataset, all_columns, current_sql, dataset, empty_sql
from jiandu.errors import JianduError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SMALL_ROWS = 2_000_000
"""Tables up to this size are kept in Spark's memory during a pass; larger ones are read where they are needed."""


class Engine(Protocol):
    """Runs statements in DuckDB's dialect with vocabulary words over named data sets."""

    name: str

    def offer(self, pinned: Mapping[str, int]) -> None:
        """Make the rows in force of these data sets, at these versions, visible under their names; one that never delivered is empty."""

    def put(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table visible under a name, replacing what had it."""

    def query(self, sql: str) -> pa.Table:
        """Run a statement."""

    def close(self) -> None:
        """Let go of what was kept in memory."""


def engine(name: str) -> Engine:
    """The engine of that name. Raises ``ServiceUnavailable`` when Spark does not answer."""
    made: Engine = SparkEngine() if name == "spark" else DuckEngine()
    for table, rows in law.reference_tables().items():
        made.put(table, rows)
    return made


def predicate(data: Dataset) -> str:
    """Which rows of a table are in force, sealed records left out; a derived table holds nothing else."""
    if data.layer != "silver":
        return "1 = 1"
    from jiandu import sealing, silver

    return silver.current_sql() + sealing.excluding(data.name)


class DuckEngine:
    """DuckDB in this process, over Delta read by delta-rs: no JVM."""

    name = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection | None = None) -> None:
        self.connection = connection or lake.duck()

    def offer(self, pinned: Mapping[str, int]) -> None:
        for name, version in pinned.items():
            data, table = dataset(name), f"lake__{name}"
            if version >= 0 and lake.view(self.connection, data.layer, data.table, table, version=version):
                present = [row[0] for row in self.connection.execute(f'DESCRIBE "{table}"').fetchall()]
                sql = current_sql(data, table, present, predicate(data))
            else:
                sql = empty_sql(data)
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")

    def put(self, name: str, table: pa.Table) -> None:
        self.connection.register(f"arrow_{name}", table)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM arrow_{name}")
        self.connection.unregister(f"arrow_{name}")

    def fill(self, data: Dataset, rows: Sequence[Mapping[str, Any]]) -> None:
        """Make a data set hold exactly these rows; a column that a row does not give is NULL."""
        self.connection.execute(f"CREATE OR REPLACE TABLE {data.name} AS {empty_sql(data)}")
        columns = list(all_columns(data))
        if rows:
            values = [[row.get(column) for column in columns] for row in rows]
            self.connection.executemany(f"INSERT INTO {data.name} VALUES ({', '.join('?' * len(columns))})", values)

    def keep(self, name: str, sql: str) -> None:
        """Make a table of what a statement finds, without a way round through Python."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {vocabulary.render(sql, 'duckdb')}")

    def query(self, sql: str) -> pa.Table:
        return self.connection.sql(vocabulary.render(sql, "duckdb")).to_arrow_table()

    def close(self) -> None:
        self.connection.close()


class SparkEngine:
    """Spark through the one warm server; tables are found by path and seen by this session only.

    Small tables are read once and kept in memory until ``close``: a pass looks at each of them many times, and opening a Delta
    table costs more than reading it.
    """

    name = "spark"

    def __init__(self) -> None:
        from jiandu import spark

        self.session: SparkSession = spark.session()
        self.kept: dict[str, DataFrame] = {}

    def offer(self, pinned: Mapping[str, int]) -> None:
        for name, version in pinned.items():
            if name in self.kept:
                continue
            data = dataset(name)
            table = lake.open_table(data.layer, data.table, version) if version >= 0 else None
            if table is None:
                frame = self.session.sql(vocabulary.render(empty_sql(data), "spark"))
            else:
                raw = self.session.read.format("delta").option("versionAsOf", version).load(lake.uri(data.layer, data.table))
                raw.createOrReplaceTempView(f"lake__{name}")
                frame = self.session.sql(vocabulary.render(current_sql(data, f"lake__{name}", raw.columns, predicate(data)), "spark"))
            self._show(name, frame, table is None or table.count() <= SMALL_ROWS)

    def put(self, name: str, table: pa.Table) -> None:
        from pyspark.sql.pandas.types import from_arrow_schema

        # Spark infers no schema from a table without rows: an empty candidate list is ordinary.
        frame = self.session.createDataFrame(table) if table.num_rows else self.session.createDataFrame([], from_arrow_schema(table.schema))
        self._show(name, frame, False)

    def _show(self, name: str, frame: DataFrame, keep: bool) -> None:
        if keep:
            self.kept[name] = frame = frame.persist()
        frame.createOrReplaceTempView(name)

    def query(self, sql: str) -> pa.Table:
        return self.session.sql(vocabulary.render(sql, "spark")).toArrow()

    def close(self) -> None:
        for frame in self.kept.values():
            frame.unpersist()
        self.kept.clear()


def versions(names: Iterable[str]) -> Mapping[str, int]:
    """Delta version each data set is at now; -1 for one that never delivered."""
    found: dict[str, int] = {}
    for data in map(dataset, names):
        table = lake.open_table(data.layer, data.table)
        found[data.name] = table.version() if table else -1
    return found


def check_name(name: str) -> str:
    """The engine's name. Raises ``JianduError`` for another one."""
    if name not in ("spark", "duckdb"):
        raise JianduError.at("--engine", f"{name!r} is no engine", "spark or duckdb")
    return name
