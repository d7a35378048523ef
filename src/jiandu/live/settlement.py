"""From the journal into the lake: every change of a live clue becomes a finding with answers, evidence and card, as any model's.

A repeat finds every change in the lake and writes nothing; a crash on the way leaves rows that no finding names. The desk knows the clues
already under the same change numbers, so publishing after it tells nobody twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from importlib.metadata import version as installed
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, func, select

from jiandu import lake, ops
from jiandu.behaviour import TOPIC as SIGNALS
from jiandu.clue.card import Basis, canonical, digest, document
from jiandu.clue.store import Changes, one_writer, write
from jiandu.clue.tables import MODEL_VERSION
from jiandu.collision.reader import content_hash
from jiandu.live import MODEL
from jiandu.live.finding import ELEMENTS, About, elements, signal_key
from jiandu.live.judge import MODEL_TITLE, Judge, restored
from jiandu.ops.tables import live_change, live_lexicon, live_post

Row = dict[str, Any]
AT_ONCE = 2000
SOFTWARE = ("ahocorasick-rs", "jiandu")
POST, CAMPAIGN, SIGNAL = "public__post", "public__campaign", "public__signal"
"""Names under which the rows that decided stand in ``clue.evidence``."""


@dataclass(frozen=True)
class Settled:
    """What one settlement carried."""

    changes: int
    clues: int
    evidence: int

    def as_dict(self) -> dict[str, int]:
        """For machine-readable output."""
        return asdict(self)


def settle(as_of: datetime) -> Settled:
    """Carry every change up to ``as_of`` that the lake does not know. Safe to repeat. Raises ``ServiceUnavailable`` without the store."""
    carried, clues, pieces = 0, set[str](), 0
    with one_writer(), ops.transaction() as connection:
        known = in_the_lake()
        wanted = select(live_change.c.change_id, live_change.c.clue_id, live_change.c.change_no).where(live_change.c.as_of <= as_of)
        fresh = [row.change_id for row in connection.execute(wanted.order_by(live_change.c.change_id)) if (row.clue_id, row.change_no) not in known]
        for numbers in chunks(fresh):
            rows = [dict(row) for row in connection.execute(
                select(live_change).where(live_change.c.change_id == func.any(numbers)).order_by(live_change.c.change_id)).mappings()]
            judges = kept(connection, {row["lexicon_version"] for row in rows})
            changes = composed(rows, posts_of(connection, rows), judges, run_id := f"live:{numbers[0]}-{numbers[-1]}-{len(numbers)}")
            write(changes, run_id)
            carried, pieces = carried + len(rows), pieces + len(changes.evidence)
            clues |= {row["clue_id"] for row in rows}
    return Settled(carried, len(clues), pieces)


def chunks(numbers: Sequence[int]) -> Iterable[list[int]]:
    """A few thousand changes a commit."""
    return ([*part] for part in (numbers[start:start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE)))


def in_the_lake() -> set[tuple[str, int]]:
    """The changes that were carried before."""
    with lake.glance() as connection:
        if not lake.view(connection, "clue", "finding", "finding", ["clue_id", "change_no", "model"]):
            return set()
        return set(connection.execute("SELECT clue_id, change_no FROM finding WHERE model = ?", [MODEL]).fetchall())


def kept(connection: Connection, versions: Iterable[str]) -> dict[str, Judge]:
    """The judges of these changes, kept in the lake's archive as the versions of a model are."""
    found: dict[str, Judge] = {}
    for row in connection.execute(select(live_lexicon).where(live_lexicon.c.version == func.any(list(versions)))):
        found[row.version] = restored(row.content)
        known = {
            "model": MODEL, "version": row.version, "edition": row.version, "title": MODEL_TITLE, "as_of": row.first_used_at, "file": "",
            "content": row.content, "software": canonical({package: installed(package) for package in SOFTWARE}),
        }
        lake.append("clue", "model_version", pa.Table.from_pylist([known], MODEL_VERSION), f"{MODEL}:{row.version}")
    return found


def posts_of(connection: Connection, rows: Iterable[Row]) -> dict[int, Row]:
    """The deciding posts of some changes by their number."""
    wanted = sorted({number for row in rows for number in row["posts"]})
    found = connection.execute(select(live_post).where(live_post.c.hit_id == func.any(wanted))).mappings()
    return {row["hit_id"]: dict(row) for row in found}


def composed(rows: Sequence[Row], posts: Mapping[int, Row], judges: Mapping[str, Judge], run_id: str) -> Changes:
    """The rows of the four clue tables for some lines of the journal."""
    changes = Changes()
    for row in rows:
        deciding = [posts[number] for number in row["posts"]]
        about, judge = About(**row["summary"]), judges[row["lexicon_version"]]
        said = {**row["facts"], "occurred_on": date.fromisoformat(row["facts"]["occurred_on"])}
        said["data_as_of"] = datetime.fromisoformat(said["data_as_of"])
        state, _ = said.pop("state"), said.pop("grade")
        evidence = pieces(about, deciding, row["signals"], row["change_no"])
        answers = elements(about, [hit for one in deciding for hit in one["hits"]], row["signals"], row["lexicon_version"])
        change = {**said, "clue_id": row["clue_id"], "change_no": row["change_no"], "run_id": run_id, "state": state, "as_of": row["as_of"],
                  "model_version": row["lexicon_version"], "content_hash": content_hash(said, answers, evidence, frozenset(ELEMENTS))}
        text = card_of(change, answers, evidence, judge, about.category)
        change["card_hash"] = digest(text)
        stamp = {name: change[name] for name in ("clue_id", "change_no", "run_id")}
        changes.finding.append(change)
        changes.card.append({**stamp, "card": text, "card_hash": change["card_hash"]})
        changes.element += [{**one, **stamp} for one in answers]
        changes.evidence += [{**one, **stamp} for one in evidence]
    return changes


def card_of(change: Row, answers: Sequence[Row], evidence: Sequence[Row], judge: Judge, category: str) -> str:
    """The canonical card of a change."""
    return canonical(document(change, answers, evidence, (), Basis((), judge.law(category))))


def pieces(about: About, deciding: Sequence[Row], signals: Sequence[Row], change_no: int) -> list[Row]:
    """The rows a change rests on, as ``clue.evidence`` holds them: posts as captured, the count of the campaign, the signals."""
    found, versions = list[Row](), dict[str, int]()
    for one in sorted(deciding, key=lambda one: int(one["hit_id"])):
        number = versions[one["post_key"]] = versions.get(one["post_key"], 0) + 1
        topic, _, offset = one["place"].rpartition(":")
        text = canonical({**json.loads(one["body"]), "event": one["event"], "lexicon_version": one["lexicon_version"]})
        # Later versions of a post (an edit, its deletion) are rows of their own.
        name = one["post_key"] if number == 1 else f"{one['post_key']}#{number}"
        found.append(piece("words", POST, name, topic, int(offset), one["row_hash"], text))
    found.sort(key=lambda one: str(one["record_key"]))
    text = canonical(about.plain())
    found.append(piece("company", CAMPAIGN, about.anchor, "ops.live_change", change_no, digest(text), text))
    for body in sorted(signals, key=signal_key):
        text = canonical(body)
        found.append(piece("behaviour", SIGNAL, signal_key(body), SIGNALS, 0, digest(text), text))
    return found


def piece(element: str, dataset: str, record_key: str, delivery_id: str, row_no: int, row_hash: str, row: str) -> Row:
    """One row of evidence."""
    return {"element": element, "dataset": dataset, "record_key": record_key, "delivery_id": delivery_id, "row_no": row_no, "row_hash": row_hash,
            "row": row, "sealed": False, "how": None}
