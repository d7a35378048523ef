"""What change-driven evaluation remembers of each model: what it looks at, which anchors wait to be evaluated, and when time alone calls one up."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jiandu.collision.reach import Key, Node, Reach

FORM = "3"
SCHEMA = """
CREATE TABLE IF NOT EXISTS form (form TEXT);
CREATE TABLE IF NOT EXISTS model (name TEXT PRIMARY KEY, digest TEXT, day TEXT, fresh TEXT, run TEXT, passes INTEGER, reach TEXT);
CREATE TABLE IF NOT EXISTS pending (model TEXT, anchor INTEGER, PRIMARY KEY (model, anchor)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS wake (model TEXT, day TEXT, anchor INTEGER, PRIMARY KEY (model, day, anchor)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Known:
    """A model whose clues are as of ``day``, but for what waits; ``digest`` of all that makes it, ``fresh`` the feeds that were.

    ``run`` was its last evaluation and ``passes`` how many the ledger told then: another evaluation since, or another lake, shows there.
    """

    digest: str
    day: date
    fresh: tuple[str, ...]
    run: str
    passes: int
    reach: Reach


class Book:
    """The file; anchors are named by the hash of their key."""

    def __init__(self, folder: Path) -> None:
        path = folder / "models.sqlite"
        try:
            self._file = self._open(path)
        except sqlite3.DatabaseError:  # no database, or torn: every model starts with a full evaluation
            path.unlink()
            self._file = self._open(path)

    def _open(self, path: Path) -> sqlite3.Connection:
        file = sqlite3.connect(path, isolation_level=None)
        file.execute("PRAGMA journal_mode = WAL")
        # What waits must be on disk before the rows move on, also when the power fails.
        file.execute("PRAGMA synchronous = FULL")
        file.executescript(SCHEMA)
        if file.execute("SELECT form FROM form").fetchall() != [(FORM,)]:
            file.executescript(f"DELETE FROM form; DELETE FROM model; DELETE FROM pending; DELETE FROM wake; INSERT INTO form VALUES ('{FORM}')")
        return file

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def models(self) -> dict[str, Known]:
        """The models whose clues can be kept up by changes."""
        rows = self._file.execute("SELECT name, digest, day, fresh, run, passes, reach FROM model").fetchall()
        return {name: Known(digest, date.fromisoformat(day), tuple(json.loads(fresh)), run, passes, parsed(reach))
                for name, digest, day, fresh, run, passes, reach in rows}

    def forget(self, names: Iterable[str]) -> None:
        """Models that the next pass has to evaluate in full."""
        with Transaction(self._file):
            for name in names:
                for table, column in (("model", "name"), ("pending", "model"), ("wake", "model")):
                    self._file.execute(f"DELETE FROM {table} WHERE {column} = ?", (name,))

    def wait(self, model: str, anchors: Iterable[int]) -> None:
        """Anchors a change touched."""
        with Transaction(self._file):
            self._file.executemany("INSERT OR IGNORE INTO pending VALUES (?, ?)", [(model, anchor) for anchor in anchors])

    def due(self, model: str, day: date) -> set[int]:
        """Anchors to evaluate on a day: touched, or called up by time."""
        sql = "SELECT anchor FROM pending WHERE model = ? UNION SELECT anchor FROM wake WHERE model = ? AND day <= ?"
        return {row[0] for row in self._file.execute(sql, (model, model, day.isoformat()))}

    def evaluated(self, model: str, known: Known, wakes: Iterable[tuple[int, date]]) -> None:
        """The model's clues are as of ``known.day``; nothing waits, and ``wakes`` says when the evaluated anchors are due again."""
        with Transaction(self._file):
            self._file.execute("DELETE FROM pending WHERE model = ?", (model,))
            self._file.execute("DELETE FROM wake WHERE model = ? AND day <= ?", (model, known.day.isoformat()))
            values = (model, known.digest, known.day.isoformat(), json.dumps(known.fresh), known.run, known.passes, text(known.reach))
            self._file.execute("INSERT OR REPLACE INTO model VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            self._file.executemany("INSERT OR IGNORE INTO wake VALUES (?, ?, ?)", ((model, day.isoformat(), anchor) for anchor, day in wakes))


class Transaction:
    """All or nothing, and on disk when it ends."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self.file = file

    def __enter__(self) -> None:
        self.file.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self.file.execute("COMMIT" if kind is None else "ROLLBACK")


def text(reach: Reach) -> str:
    """A reach as it is kept."""
    def told(key: Key | None) -> list[object] | None:
        return None if key is None else [key.data, list(key.sql)]

    nodes = [[node.data, told(node.key), [[number, told(key)] for number, key in node.above]] for node in reach.nodes]
    return json.dumps({"nodes": nodes, "anchor": told(reach.anchor), "groups": [told(key) for key in reach.groups]})


def parsed(kept: str) -> Reach:
    """The reach it was."""
    def key(told: list[object]) -> Key:
        data, sql = told
        assert isinstance(sql, list)
        return Key(str(data), tuple(sql))

    tree = json.loads(kept)
    nodes = [Node(data, key(mine) if mine else None, tuple((number, key(one)) for number, one in above)) for data, mine, above in tree["nodes"]]
    return Reach(tuple(nodes), key(tree["anchor"]), tuple(key(one) for one in tree["groups"]))
