"""A table of another database, read by Spark's JDBC reader from a watermark on; any vendor whose driver is on Spark's class path.

What was read is known from bronze itself: the greatest watermark there is where the next read begins. An hour before it is read
again because a transaction may commit rows with an earlier watermark than some that are already visible; rows that bronze holds
with exactly this content are left out, so that a second run adds nothing. **A watermark shows no deletes**: a row that vanishes
from the source stays in silver. Where deletes matter use change data capture, or let the agency mark the end of a row.
PostgreSQL's infinite dates arrive as 9999-12-31 (and -infinity as 0001-01-01, which contracts refuse), as Spark defines it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pyarrow as pa

from jiandu import lake
from jiandu.errors import DeliveryHeld, JianduError, Problem, ServiceUnavailable
from jiandu.source.rows import OP, POSITION, ROW_NO, SOURCE_AT, RawRows

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from jiandu.contracts import Contract

OVERLAP = "INTERVAL 1 HOUR"
PARTITION_ROWS = 200_000
"""Tables above this are read by several connections at once, each a range of the watermark."""

MAX_PARTITIONS = 8
MOMENTS = ("timestamp", "date")
CONTENT = "md5(CAST(to_json([{}]) AS VARCHAR))"
DRIVERS = {"postgresql": "org.postgresql.Driver"}


@dataclass(frozen=True)
class Connection:
    """Where a database is and how to log in; ``password`` never shows."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)

    def options(self) -> dict[str, str]:
        """Options of Spark's reader."""
        vendor = self.url.split(":")[1]
        chosen = {"url": self.url, "user": self.user, "password": self.password, "fetchsize": "10000", "preferTimestampNTZ": "true"}
        return chosen | ({"driver": DRIVERS[vendor]} if vendor in DRIVERS else {})


def connection(contract: Contract) -> Connection:
    """The database a contract names: ``JIANDU_JDBC_<DATABASE>`` first, then the secrets of the embedded services.

    An address is ``jdbc:<vendor>:…`` (user and password as its parameters) or ``postgresql://user:password@host/database``.
    """
    layout = contract.delivery.jdbc
    if layout is None:
        raise JianduError.at(contract.path, "the contract names no database", "delivery: {kind: jdbc, jdbc: {…}}")
    variable = f"JIANDU_{layout.url_setting.upper()}" if layout.url_setting else f"JIANDU_JDBC_{layout.database.upper()}"
    address = os.environ.get(variable)
    if not address and layout.database:
        from jiandu.services import secrets

        address = secrets.read().get(f"{layout.database}_dsn")
    if not address:
        raise JianduError.at(contract.path, f"no address of {layout.database or layout.url_setting}", f"set {variable}=postgresql://user:password@host:5432/database")
    return parsed(address)


def parsed(address: str) -> Connection:
    """An address in either form."""
    if address.startswith("jdbc:"):
        base, _, query = address.partition("?")
        pairs = dict(parse_qsl(query))
        user, password = pairs.pop("user", ""), pairs.pop("password", "")
        rest = "&".join(f"{name}={value}" for name, value in pairs.items())
        return Connection(base + (f"?{rest}" if rest else ""), user, password)
    parts = urlsplit(address)
    vendor = parts.scheme.partition("+")[0]
    return Connection(f"jdbc:{vendor}://{parts.hostname}:{parts.port or 5432}{parts.path}", unquote(parts.username or ""), unquote(parts.password or ""))


def read(contract: Contract, since: datetime | None = None) -> RawRows:
    """Rows whose watermark is at or above the greatest in bronze or empty, less those that bronze holds with exactly this content.

    ``since``: ``None`` reads the whole table, any instant goes on. Ordered by watermark; ``#source_at`` is the watermark where it
    is a moment. Raises ``ServiceUnavailable`` when Spark or the database does not answer, ``DeliveryHeld`` when the table or its
    watermark is not there.
    """
    from pyspark.errors import PySparkException

    layout = contract.delivery.jdbc
    where = connection(contract)
    assert layout is not None, "connection() refuses a contract without"
    try:
        frame = loaded(where, layout.table, layout.watermark, split=since is None)
        kinds = dict(frame.dtypes)
        if layout.watermark not in kinds:
            raise DeliveryHeld(Problem(layout.table, f"no column {layout.watermark}", f"columns are {', '.join(kinds)}"))
        if since is not None and greatest(contract, kinds[layout.watermark]) is not None:
            frame = frame.where(f"`{layout.watermark}` IS NULL OR `{layout.watermark}` >= {lower_bound(contract, kinds[layout.watermark])}")
        table = frame.select([as_text(name, kind).alias(name) for name, kind in kinds.items()]).toArrow()
    except PySparkException as error:
        raise refused(layout.table, where, error) from error
    return fresh(contract, table, layout.watermark, kinds[layout.watermark])


def loaded(where: Connection, table: str, watermark: str, split: bool) -> DataFrame:
    """The table as a frame; a large one in ranges of its watermark, one connection each."""
    from jiandu.spark import session

    reader = session().read.format("jdbc").options(**where.options())
    if not split:
        return reader.option("dbtable", table).load()
    query = f"SELECT count(*) AS rows, min({watermark}) AS low, max({watermark}) AS high FROM {table}"
    asked = reader.option("query", query).load()
    whole = "{0}" if dict(asked.dtypes)["low"].startswith(MOMENTS) else "CAST({0} AS BIGINT)"  # bounds only divide the work
    [bounds] = asked.selectExpr("rows", *(f"CAST({whole.format(name)} AS STRING) {name}" for name in ("low", "high"))).collect()
    parts = min(int(bounds["rows"]) // PARTITION_ROWS + 1, MAX_PARTITIONS)
    fresh_reader = session().read.format("jdbc").options(**where.options()).option("dbtable", table)
    if parts > 1 and bounds["low"] and bounds["low"] != bounds["high"]:
        fresh_reader = fresh_reader.options(partitionColumn=watermark, lowerBound=bounds["low"], upperBound=bounds["high"], numPartitions=str(parts))
    return fresh_reader.load()


def lower_bound(contract: Contract, kind: str) -> str:
    """Where to read from, in Spark SQL: the greatest watermark in bronze, an overlap below it for moments."""
    newest = greatest(contract, kind)
    if kind.startswith(MOMENTS):
        through = "timestamp_ntz" if kind == "timestamp_ntz" else "timestamp"
        return f"CAST(CAST('{newest}' AS {through}) - {OVERLAP} AS {kind})"
    return f"CAST('{newest}' AS {kind})"


def as_text(name: str, kind: str) -> Column:
    """A column as the text that contracts parse: instants with their offset, lists as JSON, bytes as base64."""
    from pyspark.sql import functions as f

    column = f.col(f"`{name}`")
    if kind == "timestamp":
        return f.date_format(column, "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX")
    if kind == "binary":
        return f.base64(column)
    return f.to_json(column) if kind.startswith(("array", "struct", "map")) else column.cast("string")


def fresh(contract: Contract, table: pa.Table, watermark: str, kind: str) -> RawRows:
    """The rows that bronze does not hold with exactly this content, numbered in order of their watermark."""
    names = [quoted(name) for name in table.column_names]
    moment = f"CAST({quoted(watermark)} AS TIMESTAMPTZ)" if kind.startswith(MOMENTS) else "CAST(NULL AS TIMESTAMPTZ)"
    order = moment if kind.startswith(MOMENTS) else quoted(watermark) if kind == "string" else f"CAST({quoted(watermark)} AS DECIMAL(38, 9))"
    with lake.duck() as duck:
        duck.register("delivered", table)
        known = lake.view(duck, "bronze", contract.id, "bronze", ["raw", "op"])
        stored = ", ".join(member(name) for name in table.column_names)
        unknown = f"WHERE {CONTENT.format(', '.join(names))} NOT IN (SELECT {CONTENT.format(stored)} FROM bronze WHERE op = 'upsert')" if known else ""
        selected = duck.execute(f"""
            SELECT row_number() OVER (ORDER BY {order} NULLS FIRST, {', '.join(names)}) AS {quoted(ROW_NO)}, 'upsert' AS {quoted(OP)},
                   NULL::BIGINT AS {quoted(POSITION)}, {moment} AS {quoted(SOURCE_AT)}, {', '.join(names)}
            FROM delivered {unknown} ORDER BY 1""").to_arrow_table()
    return RawRows(selected)


def greatest(contract: Contract, kind: str) -> str | None:
    """The greatest watermark in bronze as text; ``None`` while there is none. Quarantined rows count: they were read.

    Read from the delivered text, not from ``source_at``: a row without a watermark has the time of its delivery there.
    """
    layout = contract.delivery.jdbc
    assert layout is not None, "connection() refuses a contract without"
    value = member(layout.watermark)
    order = f"TRY_CAST({value} AS TIMESTAMPTZ)" if kind.startswith(MOMENTS) else value if kind == "string" else f"TRY_CAST({value} AS DECIMAL(38, 9))"
    with lake.duck() as duck:
        if not lake.view(duck, "bronze", contract.id, "bronze", ["raw", "loaded_at"]):
            return None
        # A clock that was wrong once (updated_at 2099) must not end the feed: nothing was changed after it was read.
        sane = f"WHERE {order} <= (SELECT max(loaded_at) FROM bronze)" if kind.startswith(MOMENTS) else ""
        [(newest,)] = duck.execute(f"SELECT arg_max({value}, {order}) FROM bronze {sane}").fetchall()
    return None if newest is None else str(newest)


def member(name: str) -> str:
    """A delivered column out of bronze's raw text, as SQL."""
    return f"""json_extract_string(raw, '$."{name.replace("'", "''")}"')"""


def quoted(name: str) -> str:
    """An identifier of DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def refused(table: str, where: Connection, error: Any) -> JianduError:
    """A failed read in one line: is the database down, or is it another database than the contract thinks?"""
    said = str(error).strip().splitlines()
    line = next((part for part in said if "SQLException" in part or "ERROR:" in part), said[0])[:300]
    if any(word in str(error) for word in ("does not exist", "UNDEFINED", "UNRESOLVED", "TABLE_OR_VIEW_NOT_FOUND")):
        return DeliveryHeld(Problem(table, line, "compare the contract with the database"))
    return ServiceUnavailable.at(where.url, f"cannot be read: {line}", "is the database up, and Spark? jiandu status")
