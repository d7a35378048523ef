"""Replay: a card made again, as of its day, from the append-only evidence alone, by running the archived model over those rows.

Nothing of today is read: neither silver, nor the model's file, nor the law, the calendar or the contracts as they stand now. The same
bytes prove that the card follows from the rows it names; any other outcome names what differs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version as installed
from typing import Any

from jiandu import lake
from jiandu.clue import card, store
from jiandu.clue.card import Row
from jiandu.collision import archive, grounds, law
from jiandu.collision.datasets import EVIDENCE, dataset, empty_sql
from jiandu.collision.dependencies import Dependencies
from jiandu.collision.engines import DuckEngine
from jiandu.collision.evaluate import evaluate, prepare
from jiandu.collision.feeds import Feed
from jiandu.collision.pinned import held
from jiandu.errors import JianduError


@dataclass(frozen=True)
class Replayed:
    """The outcome for one change of a clue; ``differences`` is empty when the bytes are identical."""

    clue_id: str
    change_no: int
    state: str
    as_of: str
    model: str
    model_version: str
    card_hash: str
    differences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        return asdict(self)


def replay(prefix: str, change_no: int | None = None) -> list[Replayed]:
    """Replay one change of a clue, or all of them, oldest first.

    Raises ``JianduError`` when no clue or more than one begins with ``prefix``, or it has no such change.
    """
    found = [one for one in stored(prefix) if change_no is None or one.change["change_no"] == change_no]
    clues = sorted({one.change["clue_id"] for one in found})
    if not clues:
        raise JianduError.at(prefix, "no clue of that number, or no such change of it", "jiandu clue list; jiandu clue show ID")
    if len(clues) > 1:
        raise JianduError.at(prefix, f"{len(clues)} clues begin so", "give more digits")
    return list(replayed(found))


def replay_all() -> Iterator[Replayed]:
    """Replay every change of every clue, each from its own evidence."""
    yield from replayed(stored(""))


@dataclass(frozen=True)
class Stored:
    """A change as it was written: its row and the one before it, its card, its evidence."""

    change: Row
    before: Row | None
    text: str | None
    evidence: Sequence[Row]


def stored(prefix: str) -> list[Stored]:
    """Every change of the clues whose number begins so, by clue and change."""
    tables: dict[str, list[Row]] = {}
    with lake.duck() as connection:
        for name in ("finding", "card", "evidence"):
            tables[name] = []
            if lake.view(connection, "clue", name, name):
                sql = f"SELECT * FROM {name} WHERE starts_with(clue_id, ?) ORDER BY clue_id, change_no"
                tables[name] = connection.sql(sql, params=[prefix.lower()]).to_arrow_table().to_pylist()
    texts = {place(row): row["card"] for row in tables["card"]}
    pieces: dict[tuple[str, int, str], list[Row]] = {}
    for row in tables["evidence"]:
        pieces.setdefault(place(row), []).append(row)
    changes = {(row["clue_id"], row["change_no"]): row for row in tables["finding"]}
    return [
        Stored(row, changes.get((clue_id, number - 1)), texts.get(place(row)), pieces.get(place(row), []))
        for (clue_id, number), row in changes.items()
    ]


def place(row: Row) -> tuple[str, int, str]:
    """What names a change in every clue table: rows of a run that never finished have another run's name."""
    return row["clue_id"], row["change_no"], row["run_id"]


def replayed(changes: Sequence[Stored]) -> Iterator[Replayed]:
    """Each change replayed on a DuckDB of its own making; calendars are put in place once for each model version."""
    engines: dict[str, DuckEngine] = {}
    try:
        for one in changes:
            change = one.change
            wrong = tuple(compared(one, engines))
            yield Replayed(
                change["clue_id"], change["change_no"], change["state"], str(card.plain(change["as_of"])), change["model"], change["model_version"],
                change["card_hash"] or "", wrong,
            )
    finally:
        for engine in engines.values():
            engine.close()


def compared(one: Stored, engines: dict[str, DuckEngine]) -> Iterator[str]:
    """Every difference between the stored card and the one its evidence gives."""
    if one.text is None:
        yield "clue.card: no card was kept of this change"
        return
    if card.digest(one.text) != one.change["card_hash"]:
        yield f"clue.card: its bytes have the hash {card.digest(one.text)}, clue.finding says {one.change['card_hash']}"
        return
    kept = json.loads(one.text)
    try:
        version = archive.restored(one.change["model"], one.change["model_version"])
        again = made_again(one, kept, version, engines)
    except JianduError as error:
        yield from map(str, error.problems)
        return
    if again == one.text:
        return
    if again is None:
        yield f"state: {one.change['state']} → no change of this clue"
    else:
        yield from card.differences(kept, json.loads(again))
    for name, then in version.software.items():
        if installed(name) != then:
            yield f"software: {name} was {then}, is {installed(name)}"


def made_again(one: Stored, kept: Row, version: archive.Archived, engines: dict[str, DuckEngine]) -> str | None:
    """The card that the model gives over the change's own rows, None when it gives no change."""
    change, model = one.change, version.model
    as_of: datetime = change["as_of"]
    feeds = {
        row["dataset"]: Feed(
            row["dataset"], row["title"], datetime.fromisoformat(row["latest"]) if row["latest"] else None, row["fresh"], row["freshness_days"],
        )
        for row in kept["feeds"]
    }
    unsaid = [name for name in model.datasets if name not in feeds]
    if unsaid:
        raise JianduError.at(f"{change['clue_id']} change {change['change_no']}", f"its card says nothing of {', '.join(unsaid)}", "the card was altered")
    with held(version.around):
        if version.version not in engines:
            engines[version.version] = DuckEngine()
            for name, table in law.reference_tables().items():
                engines[version.version].put(name, table)
        engine = engines[version.version]
        for name in model.datasets:
            fill(engine, name, [row for row in one.evidence if row["dataset"] == name])
        found = evaluate(change["model"], prepare(model, feeds, as_of), engine, feeds, as_of, every=True)
        depends = Dependencies(model)
        changes = store.compare(
            {change["clue_id"]: one.before} if one.before else {}, [candidate for candidate in found if candidate.clue_id == change["clue_id"]],
            {finding.id: depends.elements(finding) for finding in model.findings},
            {"run_id": change["run_id"], "model_version": change["model_version"], "as_of": as_of},
            "fails" if feeds[model.anchor.data].fresh else "unknown",
            grounds.basis(model, feeds, {row["dataset"]: row["version"] for row in kept["feeds"]}),
        )
    return str(changes.card[0]["card"]) if changes.card else None


def fill(engine: DuckEngine, name: str, evidence: Sequence[Row]) -> None:
    """A data set holding exactly the evidence's copies of its rows, each once."""
    data = dataset(name)
    engine.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {empty_sql(data)}")
    columns = [*data.columns, *EVIDENCE]
    rows = {row["record_key"]: json.loads(row["row"]) | {column: row[column] for column in EVIDENCE} for row in evidence}
    if rows:
        values = [[row.get(column) for column in columns] for row in rows.values()]
        engine.connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", values)
