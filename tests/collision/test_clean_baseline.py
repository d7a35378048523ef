"""A province in which every procedure is kept: no model finds anything in it. A model that fires here would accuse the blameless."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from jiandu.clock import ZONE, parse_as_of
from jiandu.collision import law, library
from jiandu.collision.datasets import EVIDENCE, dataset, empty_sql
from jiandu.collision.engines import DuckEngine
from jiandu.collision.evaluate import prepare
from jiandu.collision.feeds import Feed
from jiandu.collision.library import Loaded
from jiandu.demo.generate import slices
from jiandu.settings import Settings

AS_OF = parse_as_of(Settings().demo_as_of)
MODELS = [one for one in library.load() if not any(name.startswith("match__") for name in one.model.datasets)]
"""Models over delivered data. One over the matching of people needs that run first: nothing here stands in for it."""


@pytest.fixture(scope="module")
def clean() -> Iterator[DuckEngine]:
    """The clean life of a province, half of the demo's, as the rows in force of each data set."""
    engine = DuckEngine()
    for name, table in law.reference_tables().items():
        engine.put(name, table)
    rows: dict[str, list[pa.Table]] = {}
    for part in slices(0.5, 7, AS_OF.astimezone(ZONE).date(), clean=True):
        assert not part.answers
        for name, table in part.rows.items():
            rows.setdefault(name, []).append(table)
    for name in dict.fromkeys(name for one in MODELS for name in one.model.datasets):
        data = dataset(name)
        engine.connection.execute(f"CREATE TABLE {name} AS {empty_sql(data)}")
        engine.connection.register("made", pa.concat_tables(rows[name]))
        present = [row[0] for row in engine.connection.execute("DESCRIBE made").fetchall()]
        # A list is written as agencies write it, with a stop between its words.
        values = {column: f"string_split(\"{column}\", '、')" if kind.endswith("[]") else f'"{column}"' for column, kind in data.columns.items()}
        shown = [values[column] if column in present else "NULL" for column in data.columns]
        key = "concat_ws('|', " + ", ".join(f'"{column}"' for column in data.key) + ")"
        stamps = {"record_key": key, "delivery_id": "'clean'", "row_no": "row_number() OVER ()", "row_hash": "'0'", "sealed": "FALSE"}
        engine.connection.execute(f"INSERT INTO {name} SELECT {', '.join([*shown, *(stamps[column] for column in EVIDENCE)])} FROM made")
        engine.connection.unregister("made")
    yield engine
    engine.close()


@pytest.mark.parametrize("one", MODELS, ids=lambda one: one.id)
def test_no_model_fires_where_nothing_was_planted(one: Loaded, clean: DuckEngine) -> None:
    feeds = {name: Feed(name, dataset(name).title, AS_OF, True, 3) for name in one.model.datasets}
    answers = clean.query(prepare(one.model, feeds, AS_OF).sql(every=True))
    assert answers.num_rows >= 20, "nothing to look at proves nothing"
    fired = answers.filter(pc.is_valid(answers["_finding"]))
    assert not fired.select(["_anchor", "_finding"]).to_pylist()
