"""The Spark catalog of what dbt reads, made from paths; and an empty stand-in for a source nobody has written yet.

A province starts with no clue and maybe without a feed; its screens must then show zero, not an error. Only declared sources
are registered: a statement for each of sixty tables would cost more than the marts. ``jiandu.spark.register`` makes all of a
layer known to people who want to query it.
"""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML

from jiandu import lake, spark
from jiandu.mart.transform import PROJECT
from jiandu.settings import settings

SOURCES = PROJECT / "models" / "staging" / "sources.yml"
Columns = dict[str, str]
Versions = dict[str, int]
"""``layer.table`` → the version a build reads."""


def register() -> Versions:
    """Make the declared sources known to the catalog, the missing ones as empty views. Safe to repeat.

    Returns the version of each source that is there: what is written while the marts are built is for the next build, or two
    marts of one build would disagree. Raises ``ServiceUnavailable`` when Spark does not answer.
    """
    sources, versions = declared(), Versions()
    for schema in sorted({schema for schema, _ in sources}):
        database(schema)
        there = set(lake.tables(schema))
        for (owner, table), columns in sources.items():
            if owner == schema:
                offer(schema, table, columns if table not in there else None)
                if table in there and (opened := lake.open_table(schema, table)) is not None:
                    versions[f"{schema}.{table}"] = opened.version()
    return versions


def declared() -> dict[tuple[str, str], Columns]:
    """Column types of every source of the dbt project, by schema and table."""
    tree: dict[str, Any] = YAML(typ="safe").load(SOURCES.read_text("utf-8"))
    return {
        (source.get("schema", source["name"]), table["name"]): {column["name"]: column["data_type"] for column in table["columns"]}
        for source in tree["sources"] for table in source["tables"]
    }


def database(name: str) -> None:
    """A catalog database of this lake. One made for another lake is forgotten first; its tables are external, so no data go with it."""
    session, root = spark.session(), settings().lake_root
    session.sql(f"CREATE DATABASE IF NOT EXISTS {name} COMMENT '{root}'")
    described = {row["info_name"]: row["info_value"] for row in session.sql(f"DESCRIBE DATABASE {name}").collect()}
    if described.get("Comment") != root:
        session.sql(f"DROP DATABASE {name} CASCADE")
        session.sql(f"CREATE DATABASE {name} COMMENT '{root}'")


def offer(schema: str, table: str, absent: Columns | None) -> None:
    """The table as it lies in the lake, or an empty view with the declared columns while it is ``absent``."""
    session, name = spark.session(), f"{schema}.`{table}`"
    views = {row["viewName"] for row in session.sql(f"SHOW VIEWS IN {schema} LIKE '{table}'").collect()}
    if absent is not None:
        fields = ", ".join(f"CAST(NULL AS {kind}) AS `{column}`" for column, kind in absent.items())
        session.sql(f"CREATE OR REPLACE VIEW {name} AS SELECT {fields} WHERE false")
        return
    if views:
        session.sql(f"DROP VIEW {name}")  # somebody has written the table since
    session.sql(f"CREATE TABLE IF NOT EXISTS {name} USING delta LOCATION '{lake.uri(schema, table)}'")
