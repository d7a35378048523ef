"""The records behind clues that are withdrawn, asked of the lake: how a clue last stood, and what became of a row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from jiandu import lake, sealing
from jiandu.clue.card import Row
from jiandu.clue.ending import Place, Stood
from jiandu.clue.tables import LIVE
from jiandu.collision.datasets import current_sql, dataset
from jiandu.collision.evaluate import pieces


@dataclass(frozen=True)
class LakeRecords:
    """See ``clue.ending.Records``: data sets at the Delta versions of a run, clues as they were before it (``before``, by clue id)."""

    anchor: str
    inputs: Mapping[str, int]
    before: Mapping[str, Row]

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
                keys = sorted(key for other, key in places if other == name)
                # A data set the model no longer reads, since it was edited, was pinned to no version: its rows are gone from sight.
                for _, is_deleted, piece in newest(connection, name, keys, self.inputs[name]) if name in self.inputs else ():
                    found[name, piece["record_key"]] = {**piece, "is_deleted": bool(is_deleted)}
        return found


def last_stood(connection: duckdb.DuckDBPyConnection, changes: Sequence[Row]) -> list[Row]:
    """The last change of each clue, of those before, in which it stood or was about to."""
    connection.register("fallen", pa.table({name: [row[name] for row in changes] for name in ("clue_id", "change_no")}))
    sql = """SELECT finding.* FROM finding JOIN fallen ON finding.clue_id = fallen.clue_id AND finding.change_no <= fallen.change_no
        WHERE list_contains(?, state) QUALIFY row_number() OVER (PARTITION BY finding.clue_id ORDER BY finding.change_no DESC) = 1"""
    rows: list[Row] = connection.sql(sql, params=[[*LIVE, "early"]]).to_arrow_table().to_pylist()
    return rows


def newest(connection: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str], version: int) -> Iterator[tuple[str, int, Row]]:
    """The last word on some records of a data set as evidence; the number says whether it is a deletion."""
    data, source = dataset(name), f"ended__{name}"
    if version < 0 or not lake.view(connection, data.layer, data.table, source, version=version):
        return
    present = [row[0] for row in connection.execute(f'DESCRIBE "{source}"').fetchall()]
    connection.register("wanted", pa.table({"record_key": pa.array(keys, pa.string())}))
    last_word, deleted = "1 = 1", "FALSE"
    if data.layer == "silver":
        last_word, deleted = f"superseded_at IS NULL AND valid_to IS NULL{sealing.excluding(name)}", "outcome = 'deleted'"
    every = current_sql(data, f'"{source}"', present, last_word).removeprefix("SELECT ")
    among = "record_key IN (SELECT record_key FROM wanted)"
    sql = f"SELECT * FROM (SELECT '' AS _case, CAST({deleted} AS INT) AS _part, {every}) WHERE {among} ORDER BY record_key, _part DESC, delivery_id, row_no"
    yield from pieces(name, connection.sql(sql).to_arrow_table())
