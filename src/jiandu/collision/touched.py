"""From the rows that changed to the anchors they touch, and from anchors to every row they look at, over the keyed files of the data sets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from jiandu import lake
from jiandu.collision.book import Book
from jiandu.collision.datasets import dataset
from jiandu.collision.engines import DuckEngine
from jiandu.collision.keyed import ABSENT, Broken, Change, Kept, Rows, decoded
from jiandu.collision.reach import Key, Reach

ANCHORS = "clue__touched"
"""The table of the anchor rows to evaluate."""


@dataclass(frozen=True)
class Neighbourhood:
    """Anchor rows to evaluate and every row they look at, by data set; ``anchors`` are the hashes of their keys."""

    anchors: frozenset[int]
    rows: Mapping[str, Sequence[Kept]]
    own: Sequence[Kept]


class Files:
    """The keyed files of the data sets and the book of the models, in one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # rows of silver with all their fields
        self.folder, self.book = folder, Book(folder)
        self._rows: dict[str, Rows] = {}

    def close(self) -> None:
        """Let all files go."""
        self.book.close()
        for rows in self._rows.values():
            rows.close()

    def rows(self, name: str) -> Rows:
        """The file of a data set."""
        if name not in self._rows:
            self._rows[name] = Rows(dataset(name), self.folder)
        return self._rows[name]

    def drop(self, name: str) -> None:
        """Forget the rows of a data set: they are read anew when they are needed."""
        self.rows(name).drop()
        del self._rows[name]

    def advance(self, reaches: Iterable[Reach], pinned: Mapping[str, int]) -> None:
        """Bring the files of what some models read to the pinned versions; what changed makes the anchors it touches wait, for every model.

        A file that cannot follow is made anew, and the models that read it are forgotten: their next evaluation is a full one.
        """
        known = self.book.models()
        wanted: dict[str, set[Key]] = {name: set() for name in pinned}
        for reach in [*(one.reach for one in known.values()), *reaches]:
            for key in reach.keys:
                wanted.setdefault(key.data, set()).add(key)
            for node in reach.nodes:
                wanted.setdefault(node.data, set())
        for name in sorted({node.data for reach in reaches for node in reach.nodes} & pinned.keys()):
            readers = {model: one.reach for model, one in known.items() if any(node.data == name for node in one.reach.nodes)}
            self._advance(name, wanted[name], pinned[name], readers)

    def _advance(self, name: str, wanted: set[Key], version: int, readers: Mapping[str, Reach]) -> None:
        rows, data = self.rows(name), dataset(name)
        table = lake.open_table(data.layer, data.table)
        try:
            if not rows.fits(wanted, table, version):
                raise Broken("another table, form or key")
            if rows.version == version:
                return
            changes = rows.changes(table, version)
            for model, reach in readers.items():
                # Before the rows move on: after a crash in between, too many wait, never too few.
                self.book.wait(model, self.touched(reach, name, changes))
            rows.apply(changes, version)
        except Broken:
            self.book.forget(readers)
            rows.make(wanted, table, version)

    def touched(self, reach: Reach, name: str, changes: Sequence[Change]) -> set[int]:
        """Hashes of the anchors for which a changed row of a data set may matter, by what it was and by what it is."""
        found: set[int] = set()
        for number, node in enumerate(reach.nodes):
            if node.data != name:
                continue
            rows = self.rows(name)
            if number == 0:
                anchor = rows.at(reach.anchor)
                found |= {anchor(change.row) or ABSENT for change in changes}
                for group in reach.groups:
                    shared = rows.at(group)
                    values = {shared(change.row) or ABSENT for change in changes}
                    found |= {value or ABSENT for value in rows.across(group, values, reach.anchor)}
                continue
            assert node.key is not None
            looked_up = rows.at(node.key)
            found |= self._above(reach, number, {value for change in changes if (value := looked_up(change.row)) is not None})
        return found

    def _above(self, reach: Reach, number: int, values: Collection[int]) -> set[int]:
        """The anchors above rows of a node whose key has these hashes."""
        found: set[int] = set()
        for above, key in reach.nodes[number].above if values else ():
            node = reach.nodes[above]
            if node.key is None:
                found |= {value or ABSENT for value in self.rows(node.data).across(key, values, reach.anchor)}
            else:
                found |= self._above(reach, above, {value for value in self.rows(node.data).across(key, values, node.key) if value is not None})
        return found

    def neighbourhood(self, reach: Reach, anchors: Collection[int]) -> Neighbourhood:
        """Everything the model can see from these anchors; anchors that stand or fall with them come in too."""
        own, wanted, rows = list[Kept](), set(anchors), self.rows(reach.anchor.data)
        while True:
            own = list(rows.find(reach.anchor, wanted))
            more = {value or ABSENT for value in map(rows.at(reach.anchor), own)} | wanted
            for group in reach.groups:
                values = {value or ABSENT for value in map(rows.at(group), own)}
                more |= {value or ABSENT for value in self.rows(group.data).across(group, values, reach.anchor)}
            if more == wanted:
                break
            wanted = more
        by_node: list[list[Kept]] = [own]
        for node in reach.nodes[1:]:
            assert node.key is not None
            sought = {value for above, key in node.above for value in map(self.rows(reach.nodes[above].data).at(key), by_node[above]) if value is not None}
            by_node.append(list(self.rows(node.data).find(node.key, sought)))
        found: dict[str, dict[int, Kept]] = {}
        for node, seen in zip(reach.nodes, by_node, strict=True):
            found.setdefault(node.data, {}).update((row.number, row) for row in seen)
        return Neighbourhood(frozenset(wanted), {name: list(one.values()) for name, one in found.items()}, own)


def show(around: Neighbourhood, anchor: str, engine: DuckEngine) -> None:
    """Put the rows where the model looks for its data sets, and the anchor rows to evaluate under ``ANCHORS``."""
    for name, rows in around.rows.items():
        _put(engine, name, name, rows)
    if len(around.rows[anchor]) == len(around.own):  # no lookup brought other rows of the anchor's data set in
        engine.connection.execute(f"CREATE OR REPLACE TEMP VIEW {ANCHORS} AS SELECT * FROM {anchor}")
    else:
        _put(engine, ANCHORS, anchor, around.own)


def _put(engine: DuckEngine, table: str, name: str, rows: Sequence[Kept]) -> None:
    engine.connection.register("bodies", pa.table({"body": pa.array([row.body for row in rows], pa.string())}))
    engine.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {decoded(dataset(name), 'bodies')}")
    engine.connection.unregister("bodies")
