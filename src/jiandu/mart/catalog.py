"""The Spark catalog, made from paths: lake tables as they are, and an empty stand-in for a source nobody has written yet.

A province starts with no clue and maybe without a feed; its screens must then show zero, not an error.
"""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML

from jiandu import lake, spark
from jiandu.mart.transform import PROJECT
from jiandu.settings import settings

LAYERS = ("bronze", "silver", "quarantine", "match", "clue", "mart")
SOURCES = PROJECT / "models" / "staging" / "sources.yml"


def register() -> None:
    """Make the lake known to the catalog and stand in for declared sources that do not exist. Safe to repeat.

    Raises ``ServiceUnavailable`` when Spark does not answer.
    """
    for layer in LAYERS:
        database(layer)
        spark.register(layer)
    database("staging")
    for schema, table, columns in declared():
        if table not in lake.tables(schema):
            stand_in(schema, table, columns)


def database(name: str) -> None:
    """A catalog database of this lake, without stand-ins from the last run: tables may have taken their place since.

    A database made for another lake is forgotten first (its tables are external, so no data go with it).
    """
    session, root = spark.session(), settings().lake_root
    session.sql(f"CREATE DATABASE IF NOT EXISTS {name} COMMENT '{root}'")
    described = {row["info_name"]: row["info_value"] for row in session.sql(f"DESCRIBE DATABASE {name}").collect()}
    if described.get("Comment") != root:
        session.sql(f"DROP DATABASE {name} CASCADE")
        session.sql(f"CREATE DATABASE {name} COMMENT '{root}'")
    for row in session.sql(f"SHOW VIEWS IN {name}").collect():
        if not row["isTemporary"]:
            session.sql(f"DROP VIEW IF EXISTS {name}.`{row['viewName']}`")


def declared() -> list[tuple[str, str, dict[str, str]]]:
    """Schema, table and column types of every source of the dbt project."""
    tree: dict[str, Any] = YAML(typ="safe").load(SOURCES.read_text("utf-8"))
    return [
        (source.get("schema", source["name"]), table["name"], {column["name"]: column["data_type"] for column in table["columns"]})
        for source in tree["sources"] for table in source["tables"]
    ]


def stand_in(schema: str, table: str, columns: dict[str, str]) -> None:
    """An empty view with the declared columns."""
    fields = ", ".join(f"CAST(NULL AS {kind}) AS `{name}`" for name, kind in columns.items())
    spark.session().sql(f"CREATE OR REPLACE VIEW {schema}.`{table}` AS SELECT {fields} WHERE false")
