"""A match kept up by changes: a DuckDB file beside the lake that can be made again from it at any time.

A pair depends on its two records, on the weights, on what people said, and on how many right records share each key of the left one. So
only left records need scoring anew that changed themselves or share a key with a right record that came, went or changed; what comes out
is what linking everything anew would give (a property test).
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from jiandu.errors import JianduError
from jiandu.identifiers import divisions
from jiandu.matching import statements
from jiandu.matching.bands import Bands
from jiandu.matching.linkage import CALLED, JUDGED, DuckTables, link, meet, score, share
from jiandu.matching.model import Weights
from jiandu.matching.normalise import normalise
from jiandu.settings import settings

FORM = 3
"""Raise it when the file's form changes: older files are made anew."""
SIDES = ("left", "right")


def folder() -> Path:
    """Where the files lie."""
    return settings().home.resolve() / "matching"


def drop() -> None:
    """Remove the files with everything that stood in them; the next match makes them anew."""
    for file in folder().glob("*.duckdb*"):
        _remove(file)


def _remove(file: Path) -> None:
    """Remove a file, its log, or the folder a killed process spilled to."""
    if file.is_dir():
        shutil.rmtree(file)
    else:
        file.unlink(missing_ok=True)


def made_with() -> str:
    """What normalised records depend on beside their own text: the divisions in force and the libraries that hash, simplify and sound."""
    libraries = {name: version(name) for name in ("duckdb", "opencc-python-reimplemented", "pypinyin")}
    return hashlib.sha256(repr([libraries, sorted(divisions.merged().items()), sorted(divisions.table().items())]).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Moved:
    """What an update did: records that came, went or changed on each side, and left records scored anew."""

    left: int
    right: int
    scored: int


class Kept:
    """The file of one pair of sides under one model. Close it; only one process may hold it."""

    def __init__(self, folder: Path, weights: Weights, bands: Bands, called: str = CALLED) -> None:
        told = hashlib.sha256(f"{FORM}{made_with()}{weights.version}{bands.model_dump_json()}{called}".encode()).hexdigest()[:16]
        self.path, self.weights, self.bands, self.called = folder / f"{told}.duckdb", weights, bands, called
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # people with all their fields
        for old in folder.glob("*.duckdb*"):
            if not old.name.startswith(told):
                _remove(old)  # of another model: never asked again
        try:
            self.duck = duckdb.connect(str(self.path))
        except duckdb.IOException as error:
            raise JianduError.at(str(self.path), f"cannot be opened: {str(error).splitlines()[0]}", "is another match running? else delete the file") from error
        self.tables = DuckTables(self.duck)

    def close(self) -> None:
        """Let the file go."""
        self.duck.close()

    def update(self, left: pa.Table, right: pa.Table, judged: pa.Table | None = None) -> Moved:
        """Bring the pairs in line with both sides (as ``sources.records`` gives them) and with what people said, in one transaction."""
        said = judged if judged is not None else JUDGED.empty_table()
        self.duck.execute("BEGIN")
        try:
            moved = self._update({"left": left, "right": right}, said)
        except BaseException:
            self.duck.execute("ROLLBACK")
            raise
        self.duck.execute("COMMIT")
        return moved

    def pairs(self) -> pa.Table:
        """All pairs, sorted by ``left_uid``, ``right_uid``."""
        return self.duck.sql("SELECT * FROM all_pairs ORDER BY left_uid, right_uid").to_arrow_table()

    def people(self, side: str) -> pa.Table:
        """The normalised records of a side."""
        return self.duck.sql(f"SELECT * FROM all_{side} ORDER BY uid").to_arrow_table()

    def hubs(self) -> pa.Table:
        """Keys too common to follow, over all records."""
        for side in SIDES:
            self.duck.execute(f'CREATE OR REPLACE TEMP VIEW keys_{side} AS FROM all_keys_{side}')
        self.tables.make("hubs", f"SELECT h, min(kind) AS kind, count(*) AS entries FROM keys_right GROUP BY h HAVING count(*) > {statements.HUB}")
        return self.tables.fetch(statements.HUB_REPORT)

    def _update(self, given: dict[str, pa.Table], judged: pa.Table) -> Moved:
        share(self.tables, self.weights)
        self.tables.put("judged", judged)
        if not self._is_there():
            self._make(given)
        changed = {side: self._take(side, given[side]) for side in SIDES}
        self.duck.execute("""
            CREATE OR REPLACE TEMP TABLE affected AS
            SELECT uid FROM changed_left UNION SELECT l.uid FROM all_left l JOIN all_keys_left k USING (n) WHERE k.h IN (SELECT h FROM touched)
            UNION SELECT left_uid FROM (
                (SELECT * FROM judged EXCEPT SELECT * FROM all_judged) UNION ALL (SELECT * FROM all_judged EXCEPT SELECT * FROM judged)
            ) UNION SELECT left_uid FROM judged WHERE right_uid IN (SELECT uid FROM changed_right)
        """)
        counted = self.duck.sql("SELECT count(*) FROM affected").fetchall()[0][0]
        if counted:
            self._score()
        self.duck.execute("CREATE OR REPLACE TABLE all_judged AS SELECT * FROM judged")
        return Moved(changed["left"], changed["right"], counted)

    def _score(self) -> None:
        self.duck.execute('CREATE OR REPLACE TEMP TABLE "left" AS FROM all_left WHERE uid IN (SELECT uid FROM affected)')
        self.duck.execute('CREATE OR REPLACE TEMP VIEW "right" AS FROM all_right')
        for side in SIDES:
            self.duck.execute(f'CREATE OR REPLACE TEMP VIEW {side}_given AS FROM "{side}"')
            self.duck.execute(f"DROP VIEW IF EXISTS keys_{side}")
        self.duck.execute('CREATE OR REPLACE TEMP VIEW keys_left AS FROM all_keys_left WHERE n IN (SELECT n FROM "left")')
        self.duck.execute("CREATE OR REPLACE TEMP VIEW keys_right AS FROM all_keys_right")
        meet(self.tables)
        score(self.tables, self.weights, self.bands, self.called)
        self.duck.execute("DELETE FROM all_pairs WHERE left_uid IN (SELECT uid FROM affected)")
        self.duck.execute("INSERT INTO all_pairs SELECT * FROM pairs")

    def _is_there(self) -> bool:
        return bool(self.duck.sql("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'all_pairs'").fetchall()[0][0])

    def _make(self, given: dict[str, pa.Table]) -> None:
        """Empty tables, of the columns that linking nothing gives."""
        nothing = {side: normalise(given[side].slice(0, 0)) for side in SIDES}
        pairs, _ = link(nothing["left"], nothing["right"], self.weights, self.bands, called=self.called)
        for side in SIDES:
            self._describe(nothing[side], 0, pa.array([], pa.string()))
            self.duck.execute(f"CREATE TABLE all_{side} AS FROM described")
            self.duck.execute(f"CREATE TABLE all_keys_{side} (n BIGINT, kind VARCHAR, h UBIGINT)")
        self.duck.register("no_pairs", pairs)
        self.duck.execute("CREATE TABLE all_pairs AS FROM no_pairs")
        self.duck.execute("CREATE TABLE all_judged AS SELECT * FROM judged WHERE FALSE")

    def _describe(self, people: pa.Table, first: int, stamps: pa.Array) -> None:
        self.tables.put("fresh", people.append_column("n", pa.array(np.arange(first, first + people.num_rows))).append_column("stamp", stamps))
        self.tables.make("described", statements.described("fresh"))

    def _take(self, side: str, given: pa.Table) -> int:
        """Replace what changed of a side; leaves ``changed_<side>`` (uid) and, of the right side, ``touched`` (keys old and new)."""
        self.duck.register("given_rows", given)
        self.duck.execute(f"""
            CREATE OR REPLACE TEMP TABLE changed_{side} AS SELECT uid, g.uid IS NOT NULL AS is_there
            FROM given_rows g FULL JOIN all_{side} k USING (uid) WHERE g.stamp IS DISTINCT FROM k.stamp
        """)
        old = f"SELECT n FROM all_{side} WHERE uid IN (SELECT uid FROM changed_{side})"
        self.duck.execute(f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT h FROM all_keys_{side} WHERE n IN ({old})")
        self.duck.execute(f"DELETE FROM all_keys_{side} WHERE n IN ({old})")
        self.duck.execute(f"DELETE FROM all_{side} WHERE uid IN (SELECT uid FROM changed_{side})")
        rows = self.duck.sql(f"SELECT g.* FROM given_rows g JOIN changed_{side} c USING (uid) ORDER BY uid").to_arrow_table()
        if rows.num_rows:
            first = self.duck.sql(f"SELECT coalesce(max(n), -1) + 1 FROM all_{side}").fetchall()[0][0]
            people = normalise(rows).sort_by("uid")
            self._describe(people, first, rows["stamp"].combine_chunks())
            self.duck.execute(f"INSERT INTO all_{side} SELECT * FROM described")
            self.tables.make("fresh_keys", statements.keys("described", self.weights.kind))
            self.duck.execute(f"INSERT INTO all_keys_{side} SELECT * FROM fresh_keys")
            self.duck.execute("INSERT INTO touched SELECT DISTINCT h FROM fresh_keys")
        found: int = self.duck.sql(f"SELECT count(*) FROM changed_{side}").fetchall()[0][0]
        return found
