"""The rows in force of one data set, found by key in one step: a SQLite file beside the lake that can be made again from it at any time.

Delta stays the record. The file holds each row as one text with hashes of the values it is looked up by, and the table version it stands
at; it moves on by the table's change feed. A crash leaves it behind, never wrong; what does not fit is made anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from jiandu import lake
from jiandu.collision import vocabulary
from jiandu.collision.datasets import Dataset, all_columns, current_sql
from jiandu.collision.engines import predicate
from jiandu.collision.reach import RECORD, Key

FORM = 1
"""Raise it when the file's form changes: older files are made anew."""
BATCH = 50_000
MANY = 1_000_000
"""From this many changed rows on, making the file anew is quicker than following them."""
ABSENT = 0
"""Stands for the hash of no value where rows without one are looked for too."""


class Broken(Exception):
    """The change feed does not lead from the file's version to the one wanted."""


class Kept(NamedTuple):
    """A row: ``number`` in the file, ``body`` its text, ``record`` the hash of its own key, ``hashes`` those of the file's other keys
    (None where a value is missing; ``Rows.at`` reads one)."""

    number: int
    body: str
    record: int
    hashes: tuple[int | None, ...]


@dataclass(frozen=True)
class Change:
    """A row that came (``sign`` 1) or went (-1)."""

    sign: int
    row: Kept


def hashed(parts: Sequence[str]) -> str:
    """SQL of the hash of one or several expressions of a model, NULL where one is missing."""
    return lake.hash_sql(*(vocabulary.render(part, "duckdb") for part in parts))


def decoded(data: Dataset, table: str) -> str:
    """The data set's rows over a table of bodies."""
    def typed(number: int, name: str, kind: str) -> str:
        text = f"_b[{number}]"
        return f"from_json({text}, '[\"VARCHAR\"]') AS \"{name}\"" if kind.endswith("[]") else f'CAST({text} AS {kind}) AS "{name}"'

    columns = ", ".join(typed(number, name, kind) for number, (name, kind) in enumerate(all_columns(data).items(), 1))
    return f"SELECT {columns} FROM (SELECT from_json(body, '[\"VARCHAR\"]') AS _b FROM {table})"


class Rows:
    """The file of one data set."""

    def __init__(self, data: Dataset, folder: Path) -> None:
        self.data, self.path, self.own = data, folder / f"{data.name}.sqlite", Key(data.name, (RECORD,))
        self.version, self.table, self.keys = -2, "", list[Key]()
        self._file: sqlite3.Connection | None = None
        if self.path.exists():
            self._open()

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
        self._file = None

    def drop(self) -> None:
        """Remove the file."""
        self.close()
        for rest in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + rest).unlink(missing_ok=True)
        self.path.with_suffix(".new").unlink(missing_ok=True)  # what a crash left of one in the making

    def fits(self, wanted: Collection[Key], table: DeltaTable | None, version: int) -> bool:
        """Whether the file can move on to that version of that table and be looked up by those keys."""
        return self._file is not None and self.table == identity(table) and self.version <= version and set(wanted) - {self.own} <= set(self.keys)

    def make(self, wanted: Iterable[Key], table: DeltaTable | None, version: int) -> None:
        """Make the file anew from the table at a version, beside the old one, and put it in its place."""
        self.close()
        keys = sorted({*wanted, *self.keys} - {self.own})
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with closing(sqlite3.connect(fresh, isolation_level=None)) as file, lake.glance() as connection:
            file.execute("PRAGMA journal_mode = OFF")
            file.execute("PRAGMA synchronous = OFF")
            columns = "".join(f", h{number} INTEGER" for number in range(len(keys)))
            file.execute(f"CREATE TABLE rows (number INTEGER PRIMARY KEY, record INTEGER, body TEXT{columns})")
            file.execute("CREATE TABLE state (form TEXT, identity TEXT, version INTEGER, keys TEXT)")
            if table is not None and lake.view(connection, self.data.layer, self.data.table, "source", version=version):
                found = connection.execute(self._encoded(connection, "source", keys, predicate(self.data)))
                insert = f"INSERT INTO rows (record, body{''.join(f', h{number}' for number in range(len(keys)))}) VALUES (?, ?{', ?' * len(keys)})"
                file.execute("BEGIN")
                while batch := found.fetchmany(BATCH):
                    file.executemany(insert, batch)
                file.execute("COMMIT")
            for name in ("record", *(f"h{number}" for number in range(len(keys)))):
                file.execute(f"CREATE INDEX by_{name} ON rows ({name})")
            told = json.dumps([key.sql for key in keys])
            file.execute("INSERT INTO state VALUES (?, ?, ?, ?)", (self._form(), identity(table), version, told))
            file.execute("PRAGMA synchronous = FULL")
            file.execute("PRAGMA journal_mode = WAL")
        for rest in ("-wal", "-shm"):
            self.path.with_name(self.path.name + rest).unlink(missing_ok=True)
        fresh.replace(self.path)
        self._open()

    def changes(self, table: DeltaTable | None, version: int) -> list[Change]:
        """What came and went from the file's version to another one. Raises ``Broken`` where the change feed does not tell."""
        if version == self.version or table is None:
            return []
        with lake.glance() as connection:
            try:
                reader = pa.RecordBatchReader.from_stream(table.load_cdf(starting_version=self.version + 1, ending_version=version))
                connection.register("feed", reader)
                connection.execute(f"CREATE TEMP TABLE source AS SELECT * FROM feed LIMIT {MANY + 1}")
            except (DeltaError, FileNotFoundError, OSError, duckdb.Error) as error:
                raise Broken(f"the change feed of {self.data.name} cannot be read: {str(error).splitlines()[0]}") from error
            if connection.execute("SELECT count(*) FROM source").fetchall()[0][0] > MANY:
                raise Broken(f"more than {MANY} rows of {self.data.name} changed")
            kinds = "CASE WHEN _change_type IN ('insert', 'update_postimage') THEN 1 ELSE -1 END"
            columns = ", ".join(["record", "body", *(f"h{number}" for number in range(len(self.keys)))])
            both = " UNION ALL ".join(
                f"SELECT {sign} AS sign, * FROM ({self._encoded(connection, 'source', self.keys, f'({predicate(self.data)}) AND {kinds} = {sign}')})"
                for sign in (1, -1)
            )
            net = connection.execute(f"SELECT sum(sign) AS sign, {columns} FROM ({both}) GROUP BY {columns} HAVING sum(sign) <> 0").fetchall()
        found = []
        for sign, record, body, *hashes in net:
            found += [Change(1 if sign > 0 else -1, Kept(0, body, record, tuple(hashes)))] * abs(int(sign))
        return found

    def apply(self, changes: Sequence[Change], version: int) -> None:
        """Bring the file to a version in one transaction. Raises ``Broken`` when a row that went is not there."""
        file, (came, moved, went) = self._file, paired(changes)
        assert file is not None
        names = [f"h{number}" for number in range(len(self.keys))]
        one = "(SELECT number FROM rows WHERE record = ? AND body = ? LIMIT 1)"
        file.execute("BEGIN IMMEDIATE")
        try:
            insert = f"INSERT INTO rows (record, body{self._columns()}) VALUES (?, ?{', ?' * len(names)})"
            file.executemany(insert, [(row.record, row.body, *row.hashes) for row in came])
            # Only what differs is written: an index whose values stay is not touched.
            groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
            for old, new in moved:
                values = [(name, value) for name, was, value in zip(names, old.hashes, new.hashes, strict=True) if was != value]
                told = (new.body, *(value for _, value in values), old.record, old.body)
                groups.setdefault(tuple(name for name, _ in values), []).append(told)
            for columns, rows in groups.items():
                assigned = "".join(f", {name} = ?" for name in columns)
                self._each(file, f"UPDATE rows SET body = ?{assigned} WHERE number = {one}", rows)
            self._each(file, f"DELETE FROM rows WHERE number = {one}", [(row.record, row.body) for row in went])
            file.execute("UPDATE state SET version = ?", (version,))
            file.execute("COMMIT")
        except BaseException:
            file.execute("ROLLBACK")
            raise
        self.version = version

    def _each(self, file: sqlite3.Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement for each row; each must meet one row of the file."""
        if rows and (missing := len(rows) - file.executemany(sql, rows).rowcount):
            raise Broken(f"{missing} rows of {self.data.name} that went were not there")

    def at(self, key: Key) -> Callable[[Kept], int | None]:
        """What reads a key's hash from the rows of this file."""
        if key == self.own:
            return attrgetter("record")
        place = self.keys.index(key)
        return lambda row: row.hashes[place]

    def find(self, key: Key, values: Iterable[int]) -> Iterator[Kept]:
        """Rows whose key has one of these hashes; ``ABSENT`` finds those without a value."""
        for number, body, record, *hashes in self._rows(f"number, body, record{self._columns()}", key, values):
            yield Kept(number, body, record, tuple(hashes))

    def across(self, key: Key, values: Iterable[int], other: Key) -> set[int | None]:
        """The hashes of another key of the same rows."""
        return {row[0] for row in self._rows(self._column(other), key, values)}

    def count(self) -> int:
        """How many rows there are."""
        assert self._file is not None
        number: int = self._file.execute("SELECT count(*) FROM rows").fetchone()[0]
        return number

    def _rows(self, selected: str, key: Key, values: Iterable[int]) -> Iterator[Any]:
        assert self._file is not None
        wanted, column = set(values), self._column(key)
        if ABSENT in wanted:
            yield from self._file.execute(f"SELECT {selected} FROM rows WHERE {column} IS NULL")
        yield from self._file.execute(f"SELECT {selected} FROM rows WHERE {column} IN (SELECT value FROM json_each(?))", (json.dumps(sorted(wanted)),))

    def _columns(self) -> str:
        return "".join(f", h{number}" for number in range(len(self.keys)))

    def _column(self, key: Key) -> str:
        return "record" if key.sql == (RECORD,) else f"h{self.keys.index(key)}"

    def _encoded(self, connection: duckdb.DuckDBPyConnection, table: str, keys: Sequence[Key], chosen: str) -> str:
        present = [row[0] for row in connection.execute(f'DESCRIBE "{table}"').fetchall()]
        columns = [f'to_json("{name}")' if kind.endswith("[]") else f'"{name}"' for name, kind in all_columns(self.data).items()]
        texts = [f"CAST({column} AS VARCHAR)" for column in columns]
        values = [f"{hashed([RECORD])} AS record", f"CAST(to_json([{', '.join(texts)}]) AS VARCHAR) AS body"]
        values += [f"{hashed(key.sql)} AS h{number}" for number, key in enumerate(keys)]
        return f"SELECT {', '.join(values)} FROM ({current_sql(self.data, table, present, chosen)})"

    def _form(self) -> str:
        return json.dumps([FORM, duckdb.__version__, all_columns(self.data), predicate(self.data)])

    def _open(self) -> None:
        self.close()
        try:
            file = sqlite3.connect(self.path, isolation_level=None)
            file.execute("PRAGMA synchronous = NORMAL")
            file.execute("PRAGMA secure_delete = ON")  # what went must not be readable in a free page
            file.execute("PRAGMA mmap_size = 1073741824")
            file.execute("PRAGMA cache_size = -32768")  # pages touched all over the file are written once, at the end
            file.execute("PRAGMA wal_autocheckpoint = 50000")
            form, table, version, keys = file.execute("SELECT form, identity, version, keys FROM state").fetchone() or ("", "", -2, "[]")
        except sqlite3.DatabaseError:  # torn or no such file: it is made anew
            return
        if form != self._form():
            file.close()
            return
        self._file, self.table, self.version = file, table, version
        self.keys = [Key(self.data.name, tuple(sql)) for sql in json.loads(keys)]


def paired(changes: Sequence[Change]) -> tuple[list[Kept], list[tuple[Kept, Kept]], list[Kept]]:
    """What came, what moved (a row that went and the row of its record that came), and what went."""
    gone: dict[int, list[Kept]] = {}
    for change in changes:
        if change.sign < 0:
            gone.setdefault(change.row.record, []).append(change.row)
    came, moved = list[Kept](), list[tuple[Kept, Kept]]()
    for change in changes:
        if change.sign > 0 and gone.get(change.row.record):
            moved.append((gone[change.row.record].pop(), change.row))
        elif change.sign > 0:
            came.append(change.row)
    return came, moved, [row for rows in gone.values() for row in rows]


def identity(table: DeltaTable | None) -> str:
    """What tells a table from one made anew in its place."""
    return str(table.metadata().id) if table is not None else ""
