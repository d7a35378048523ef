"""The records behind clues that are withdrawn, asked of the lake: how a clue last stood, and what became of a row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import duckdb
import pyarrow as pa
from deltalake.exceptions import DeltaError

from jiandu import lake, sealing
from jiandu.clue.card import Row
from jiandu.clue.ending import Place, Stood
from jiandu.clue.tables import LIVE
from jiandu.collision.datasets import current_sql, dataset
from jiandu.collision.evaluate import pieces


@dataclass(frozen=True)
class LakeRecords:
    """See ``clue.ending.Records``: data sets at the Delta versions of a run, clues as they were before it (``before``, by clue id).

    ``since`` names the versions at which the model was evaluated last: what became of a row is looked for among the changes from there
    on, and in the whole table only where they do not tell.
    """

    anchor: str
    inputs: Mapping[str, int]
    before: Mapping[str, Row]
    since: Mapping[str, int] = field(default_factory=dict)

    def stood(self, fallen: Collection[str]) -> Mapping[str, Stood]:
        """Of these clues how each last stood: it may have been suspended since."""
        with lake.glance() as connection:
            if not lake.view(connection, "clue", "finding", "finding") or not lake.view(connection, "clue", "evidence", "evidence"):
                return {}
            changes = [self.before[clue_id] for clue_id in fallen]
            if any(row["state"] == "suspended" for row in changes):
                changes = last_stood(connection, changes)
            connection.register("stood", pa.table({name: [row[name] for row in changes] for name in ("clue_id", "change_no", "run_id")}))
            sql = "SELECT evidence.* EXCLUDE (row) FROM evidence JOIN stood USING (clue_id, change_no, run_id) ORDER BY element, dataset, record_key"
            kept: dict[str, list[Row]] = {row["clue_id"]: [] for row in changes}
            for piece in connection.sql(sql).to_arrow_table().to_pylist():
                kept[piece["clue_id"]].append(piece)
        return {row["clue_id"]: Stood(row["model_version"], kept[row["clue_id"]]) for row in changes}

    def now(self, places: Collection[Place]) -> Mapping[Place, Row]:
        """Records as they are now, deleted or not."""
        found: dict[Place, Row] = {}
        with lake.glance() as connection:
            for name in sorted({name for name, _ in places}):
                # A data set the model no longer reads, since it was edited, was pinned to no version: its rows are gone from sight.
                if (version := self.inputs.get(name, -1)) < 0:
                    continue
                keys = {key for other, key in places if other == name}
                for look in (partial(recent, first=self.since.get(name, version)), whole):
                    connection.register("wanted", pa.table({"record_key": pa.array(sorted(keys), pa.string())}))
                    seen = look(connection, name, last=version) if keys else ""
                    for _, is_deleted, piece in newest(connection, name, seen) if seen else ():
                        found[name, piece["record_key"]] = {**piece, "is_deleted": bool(is_deleted)}
                    keys -= {key for other, key in found if other == name}
        return found


def last_stood(connection: duckdb.DuckDBPyConnection, changes: Sequence[Row]) -> list[Row]:
    """The last change of each clue, of those before, in which it stood or was about to."""
    connection.register("fallen", pa.table({name: [row[name] for row in changes] for name in ("clue_id", "change_no")}))
    sql = """SELECT finding.* FROM finding JOIN fallen ON finding.clue_id = fallen.clue_id AND finding.change_no <= fallen.change_no
        WHERE list_contains(?, state) QUALIFY row_number() OVER (PARTITION BY finding.clue_id ORDER BY finding.change_no DESC) = 1"""
    rows: list[Row] = connection.sql(sql, params=[[*LIVE, "early"]]).to_arrow_table().to_pylist()
    return rows


def whole(connection: duckdb.DuckDBPyConnection, name: str, last: int) -> str:
    """A data set's table at a version, as a view; empty where there is none."""
    data, source = dataset(name), f"ended__{name}"
    return source if lake.view(connection, data.layer, data.table, source, version=last) else ""


def recent(connection: duckdb.DuckDBPyConnection, name: str, last: int, first: int) -> str:
    """The rows of the ``wanted`` records that came to silver between two versions and are still there, as a table; empty where the
    change feed does not tell.

    A key has one last word in silver: one found here is the one of the whole table.
    """
    data, source = dataset(name), f"recent__{name}"
    table = lake.open_table(data.layer, data.table) if data.layer == "silver" and 0 <= first < last else None
    if table is None:
        return ""
    try:
        connection.register("feed", pa.RecordBatchReader.from_stream(table.load_cdf(starting_version=first + 1, ending_version=last)))
        columns = ", ".join(f'"{one.name}"' for one in table.schema().fields)
        among = "record_key || '' IN (SELECT record_key FROM wanted)"  # an expression: Arrow, asked to filter, cannot compare such texts
        there = "sum(CASE WHEN _change_type IN ('insert', 'update_postimage') THEN 1 ELSE -1 END) > 0"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {source} AS SELECT {columns} FROM feed WHERE {among} GROUP BY ALL HAVING {there}")
    except (DeltaError, OSError, duckdb.Error):  # a feed without changes, or vacuumed: the whole table answers
        return ""
    return source


def newest(connection: duckdb.DuckDBPyConnection, name: str, source: str) -> Iterator[tuple[str, int, Row]]:
    """The last word on the ``wanted`` records of a data set as evidence; the number says whether it is a deletion."""
    data = dataset(name)
    present = [row[0] for row in connection.execute(f'DESCRIBE "{source}"').fetchall()]
    last_word, deleted = "1 = 1", "FALSE"
    if data.layer == "silver":
        last_word, deleted = f"superseded_at IS NULL AND valid_to IS NULL{sealing.excluding(name)}", "outcome = 'deleted'"
    every = current_sql(data, f'"{source}"', present, last_word).removeprefix("SELECT ")
    among = "record_key IN (SELECT record_key FROM wanted)"
    sql = f"SELECT * FROM (SELECT '' AS _case, CAST({deleted} AS INT) AS _part, {every}) WHERE {among} ORDER BY record_key, _part DESC, delivery_id, row_no"
    yield from pieces(name, connection.sql(sql).to_arrow_table())
