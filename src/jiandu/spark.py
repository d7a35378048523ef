"""The one module that makes Spark sessions. Clients speak Spark Connect to one warm server; a province points it at its cluster."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jiandu import lake
from jiandu.errors import ServiceUnavailable
from jiandu.settings import settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@cache
def session() -> SparkSession:
    """A Spark Connect session, one a process. Raises ``ServiceUnavailable`` when the server does not answer."""
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client.retries import DefaultPolicy

    remote = settings().spark_remote or f"sc://127.0.0.1:{settings().port('spark_connect')}"
    try:
        spark = SparkSession.builder.remote(remote).getOrCreate()
        # The client's own patience is ten minutes, at exit too; a server that is gone is told within half a minute.
        spark.client.set_retry_policies([DefaultPolicy(max_retries=6, max_backoff=8_000)])
        spark.conf.set("spark.sql.session.timeZone", "Asia/Shanghai")
        # What can be inferred about aliases of aliases grows with every pair of them: a model's statement of forty elements took gigabytes
        # and minutes of the planner. The filters it would add are few; keys are joined as they are written.
        spark.conf.set("spark.sql.constraintPropagation.enabled", "false")
    except Exception as error:
        raise ServiceUnavailable.at(remote, f"Spark does not answer: {str(error).splitlines()[0]}", "jiandu status, jiandu up") from error
    return spark


def read(layer: str, name: str) -> DataFrame:
    """A lake table by its path alone."""
    return session().read.format("delta").load(lake.uri(layer, name))


def register(layer: str, database: str | None = None) -> list[str]:
    """Make every table of a layer known to the catalog as ``<database>.<name>`` (for dbt and for people); safe to repeat.

    The catalog holds nothing of its own: it can be dropped and made again from the paths.
    """
    spark, database = session(), database or layer
    spark.sql(f"CREATE DATABASE IF NOT EXISTS {database}")
    names = lake.tables(layer)
    for name in names:
        spark.sql(f"CREATE TABLE IF NOT EXISTS {database}.`{name}` USING delta LOCATION '{lake.uri(layer, name)}'")
    return names
