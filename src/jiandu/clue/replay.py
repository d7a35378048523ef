"""Replay: a card made again, as of its day, from the append-only evidence alone, by running the archived model over those rows.

Nothing of today is read: neither silver, nor the model's file, nor the law, the calendar or the contracts as they stand now. The same
bytes prove that the card follows from the rows it names; any other outcome names what differs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version as installed
from typing import Any

from jiandu import lake, live
from jiandu.clue import card
from jiandu.clue.card import Row
from jiandu.clue.ending import Place, Stood
from jiandu.clue.tables import LIVE
from jiandu.collision import archive, grounds, law
from jiandu.collision.datasets import EVIDENCE, dataset
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
    """A change as it was written: its row and the one before it, its card, its evidence, and how the clue last stood before it."""

    change: Row
    before: Row | None
    text: str | None
    evidence: Sequence[Row]
    stood: Stood


def stored(prefix: str) -> list[Stored]:
    """Every change of the clues whose number begins so, by clue and change."""
    tables: dict[str, list[Row]] = {}
    with lake.glance() as connection:
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
    found, stood = list[Stored](), dict[str, Stood]()
    for (clue_id, number), row in changes.items():
        found.append(Stored(row, changes.get((clue_id, number - 1)), texts.get(place(row)), pieces.get(place(row), []), stood.get(clue_id, Stood())))
        if row["state"] in (*LIVE, "early"):
            stood[clue_id] = Stood(row["model_version"], pieces.get(place(row), []))
    return [one for one in found if one.text != ""]  # of a sealed record nothing is left to compare: clue.seal.proof


def place(row: Row) -> tuple[str, int, str]:
    """What names a change in every clue table: rows of a run that never finished have another run's name."""
    return row["clue_id"], row["change_no"], row["run_id"]


def replayed(changes: Sequence[Stored]) -> Iterator[Replayed]:
    """Each change replayed; those of one evaluation in one go, over the rows of all of them.

    That is as strict as one by one: a card lists every row the model looked at, so a row borrowed from another clue's evidence would
    stand in the new card and make it differ.
    """
    groups: dict[tuple[Any, ...], list[Stored]] = {}
    for one in changes:
        change, feeds = one.change, card.canonical(json.loads(one.text)["feeds"]) if one.text and intact(one) else None
        groups.setdefault((change["model"], change["model_version"], change["as_of"], change["run_id"], feeds), []).append(one)
    for members in groups.values():
        wrong = list(_compared(members)) if intact(members[0]) else [damage(one) for one in members]
        for one, lines in zip(members, wrong, strict=True):
            change = one.change
            named = (str(card.plain(change["as_of"])), change["model"], change["model_version"], change["card_hash"] or "")
            yield Replayed(change["clue_id"], change["change_no"], change["state"], *named, tuple(lines))


def intact(one: Stored) -> bool:
    """Whether the card is there with the bytes whose hash the change carries."""
    return one.text is not None and card.digest(one.text) == one.change["card_hash"]


def damage(one: Stored) -> list[str]:
    """What is wrong with a card that is not intact."""
    if one.text is None:
        return ["clue.card: no card was kept of this change"]
    return [f"clue.card: its bytes have the hash {card.digest(one.text)}, clue.finding says {one.change['card_hash']}"]


def _compared(members: Sequence[Stored]) -> Iterator[list[str]]:
    """For each change of one evaluation every difference between its stored card and the one made again."""
    change = members[0].change
    try:
        if change["model"] == live.MODEL:
            from jiandu.live import replaying

            software, again = replaying.made_again(members)
        else:
            version = archive.restored(change["model"], change["model_version"])
            software, again = version.software, _made_again(members, version)
    except JianduError as error:
        yield from ([str(problem) for problem in error.problems] for _ in members)
        return
    for one, text in zip(members, again, strict=True):
        kept = json.loads(one.text or "")
        lines = list(_copies(one, kept))
        if text is None:
            lines.append(f"state: {one.change['state']} → no change of this clue")
        elif text != one.text:
            lines += card.differences(kept, json.loads(text))
        if lines:
            lines += [f"software: {name} was {then}, is {installed(name)}" for name, then in software.items() if installed(name) != then]
        yield lines


def _copies(one: Stored, kept: Row) -> Iterator[str]:
    """Copies in ``clue.evidence`` that are not those the card lists."""
    there = {(piece["element"], piece["dataset"], piece["record_key"]): card.digest(piece["row"]) for piece in one.evidence}
    listed = [(f"evidence[{number}]", piece, piece["copy_hash"]) for number, piece in enumerate(kept["evidence"])]
    shown = {(piece["dataset"], piece["record_key"]) for piece in kept["evidence"]}
    for number, row in enumerate(kept["ended"]["rows"] if "ended" in kept else ()):
        if row["is"] and (row["dataset"], row["record_key"]) not in shown:
            listed.append((f"ended[{number}]", {**row, "element": ""}, row["is"]["copy_hash"]))
    for where, piece, expected in listed:
        found = there.pop((piece["element"], piece["dataset"], piece["record_key"]), None)
        if found != expected:
            yield f"{where}.copy_hash: {piece['dataset']} {piece['record_key']} was {expected}, clue.evidence holds {found}"
    yield from (f"evidence: {data} {key} stands in clue.evidence and not on the card" for _, data, key in there)


@dataclass(frozen=True)
class _Kept:
    """See ``clue.ending.Records``: what some changes kept."""

    anchor: str
    members: Sequence[Stored]

    def stood(self, fallen: Collection[str]) -> Mapping[str, Stood]:
        """How each clue last stood."""
        return {one.change["clue_id"]: one.stood for one in self.members if one.change["clue_id"] in fallen}

    def now(self, places: Collection[Place]) -> Mapping[Place, Row]:
        """The rows that were asked for when the clues ended."""
        pieces = [piece for one in self.members for piece in one.evidence if piece.get("how") and (piece["dataset"], piece["record_key"]) in places]
        shown = ("dataset", "record_key", "delivery_id", "row_no", "row_hash", "row", "sealed")
        return {(one["dataset"], one["record_key"]): {**{name: one[name] for name in shown}, "is_deleted": one["how"] == "deleted"} for one in pieces}


def _made_again(members: Sequence[Stored], version: archive.Archived) -> list[str | None]:
    """The card of each change that the archived model gives over the rows kept, None where it gives no change."""
    model, first = version.model, members[0]
    as_of: datetime = first.change["as_of"]
    asked = json.loads(first.text or "")["feeds"]
    feeds = {
        row["dataset"]: Feed(
            row["dataset"], row["title"], datetime.fromisoformat(row["latest"]) if row["latest"] else None, row["fresh"], row["freshness_days"],
        )
        for row in asked
    }
    with held(version.around), closing(DuckEngine()) as engine:
        for name, table in law.reference_tables().items():
            engine.put(name, table)
        for name in model.datasets:
            fill(engine, name, [row for one in members for row in one.evidence if row["dataset"] == name and not row.get("how")])
        found = {one.clue_id: one for one in evaluate(first.change["model"], prepare(model, feeds, as_of), engine, feeds, as_of, every=True)}
        compared = grounds.comparison(model, feeds, grounds.basis(model, feeds, {row["dataset"]: row["version"] for row in asked}))
        texts: list[str | None] = []
        for one in members:
            stamp = {name: one.change[name] for name in ("run_id", "model_version", "as_of")}
            clue_id = one.change["clue_id"]
            before = {clue_id: one.before} if one.before else {}
            changes = compared(before, [found[clue_id]] if clue_id in found else [], run=stamp, records=_Kept(model.anchor.data, [one]))
            texts.append(changes.card[0]["card"] if changes.card else None)
    return texts


def fill(engine: DuckEngine, name: str, evidence: Sequence[Row]) -> None:
    """A data set holding exactly the evidence's copies of its rows, each once."""
    rows = {row["record_key"]: json.loads(row["row"]) | {column: row[column] for column in EVIDENCE} for row in evidence}
    engine.fill(dataset(name), list(rows.values()))
