"""The readiness mart without Spark: its statement over the reference tables gives the columns its yml promises, one row a model and county."""

from __future__ import annotations

import sqlglot
from jinja2 import Environment

from jiandu import lake
from jiandu.clock import parse_as_of
from jiandu.collision import library
from jiandu.content import plain, read_yaml
from jiandu.mart import catalog, reference
from jiandu.mart.transform import PROJECT
from jiandu.settings import Settings

DAY = parse_as_of("2026-11-20T08:00:00+08:00")
MART = PROJECT / "models" / "marts" / "model_readiness.sql"


def test_the_mart_keeps_its_promise(empty_lake: Settings) -> None:
    reference.write(DAY)
    rendered = Environment().from_string(MART.read_text("utf-8")).render(
        as_of=lambda: "timestamp '2026-11-20 00:00:00'", source=lambda _, table: f"mart__{table}",
    )
    with lake.duck() as connection:
        for table in ("model_county", "place", "model_gap"):
            assert lake.view(connection, "mart", table)
        built = connection.sql(sqlglot.transpile(rendered, read="spark", write="duckdb")[0]).to_arrow_table()
        gaps = connection.sql("SELECT * FROM mart__model_gap").to_arrow_table()
    promised = plain(read_yaml(MART.with_suffix(".yml")))["models"][0]["columns"]
    assert built.column_names == [column["name"] for column in promised]
    assert built.num_rows == 30 * len(library.load())
    assert set(built["status"].to_pylist()) == {"blocked"}
    assert None not in built["county_name"].to_pylist() + built["status_title"].to_pylist()
    assert gaps.column_names == list(catalog.declared()["mart", "model_gap"])
    assert gaps.num_rows == len({name for one in library.load() for name in one.model.datasets})
