"""Comparing what a model finds now with what it found before: open, update, withdraw, reopen, suspend, or keep and write nothing.

A missing feed never withdraws a clue: an answer that cannot be computed suspends it. There is one writer at a time, and a run that
was written already changes nothing.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa

from jiandu import lake
from jiandu.clue.card import NO_BASIS, Basis, canonical, digest, document
from jiandu.clue.ending import Records, endings, place
from jiandu.clue.tables import CARD, ELEMENT, EVIDENCE, FINDING, LIVE
from jiandu.errors import JianduError
from jiandu.settings import settings

Row = dict[str, Any]
Verdict = Literal["holds", "early", "unknown", "fails"]


@dataclass(frozen=True)
class Candidate:
    """One (subject, anchor) as a model sees it now.

    ``finding`` holds the columns of ``clue.finding`` that the model decides; ``None`` unless a finding holds or soon will (``early``).
    ``elements`` and ``evidence`` cover every element of the model, whichever finding comes of them. ``parameters`` gives for each finding
    the legal parameters used, with the value that held.
    """

    clue_id: str
    anchor: str
    verdict: Verdict
    finding: Row | None
    elements: Sequence[Row]
    evidence: Sequence[Row]
    parameters: Mapping[str, Sequence[Row]] = field(default_factory=dict)


@dataclass
class Changes:
    """What one run appends to the four tables, and how many clues did what."""

    finding: list[Row] = field(default_factory=list)
    card: list[Row] = field(default_factory=list)
    element: list[Row] = field(default_factory=list)
    evidence: list[Row] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("early", "open", "updated", "withdrawn", "reopened", "suspended", "kept"), 0))


@contextmanager
def one_writer(of: str = "clue") -> Iterator[None]:
    """Hold the clue store for writing; a second writer waits. The lock ends with its process, however that ends.

    ``of``: ``clue`` for what runs write, ``answer`` for what flows back from people: their word does not wait for a pass to end.
    """
    folder = settings().home.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / f"{of}.lock", os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as error:
        raise JianduError.at(str(folder), f"cannot be written: {error.strerror}", "make the folder writable or set JIANDU_HOME") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def latest(model: str, anchors: Collection[int] | None = None) -> dict[str, Row]:
    """The present of the clues of a model by clue id: the row with the highest change number of each.

    ``anchors`` restricts it to clues whose anchor has one of these hashes (``lake.hash_sql``, 0 for none).
    """
    with lake.glance() as connection:
        if not lake.view(connection, "clue", "finding", "finding"):
            return {}
        chosen = ""
        if anchors is not None:
            connection.register("chosen", pa.table({"anchor": pa.array(sorted(anchors), pa.int64())}))
            chosen = f"AND coalesce({lake.hash_sql('anchor')}, 0) IN (SELECT anchor FROM chosen)"
        sql = f"SELECT * FROM finding WHERE model = ? {chosen} QUALIFY row_number() OVER (PARTITION BY clue_id ORDER BY change_no DESC) = 1"
        rows: list[Row] = connection.sql(sql, params=[model]).to_arrow_table().to_pylist()
    return {row["clue_id"]: row for row in rows}


def standing(model: str) -> int:
    """How many clues of a model stand."""
    with lake.glance() as connection:
        if not lake.view(connection, "clue", "finding", "finding", ["clue_id", "change_no", "state", "model"]):
            return 0
        states = "SELECT arg_max(state, change_no) AS state FROM finding WHERE model = ? GROUP BY clue_id"
        number: int = connection.execute(f"SELECT count(*) FROM ({states}) WHERE list_contains(?, state)", [model, list(LIVE)]).fetchall()[0][0]
    return number


def watched(before: Mapping[str, Row]) -> list[str]:
    """Anchors of the clues that have not ended: each is looked at again whatever its row answers now."""
    return [row["anchor"] for row in before.values() if row["state"] in (*LIVE, "early", "suspended")]


def compare(
    before: Mapping[str, Row], candidates: Sequence[Candidate], elements_of: Mapping[str, Sequence[str]], run: Row, gone: Verdict,
    basis: Basis = NO_BASIS, records: Records | None = None,
) -> Changes:
    """The changes that lead from ``before`` to ``candidates``.

    ``elements_of`` names the elements of each finding, ``run`` gives ``run_id``, ``model_version``, ``as_of`` to every row, and
    ``gone`` is the verdict on a clue whose anchor row is no longer seen: ``fails``, or ``unknown`` when its feed is silent. ``basis``
    is what every card of the run rests on: feeds and law. ``records`` is asked which rows ended the clues that are withdrawn.
    """
    changes = Changes()
    seen = {clue_id: Candidate(clue_id, known["anchor"], gone, None, (), ()) for clue_id, known in before.items()}
    seen |= {one.clue_id: unless_it_waits(before.get(one.clue_id), one, elements_of) for one in candidates}
    states = {clue_id: next_state(before.get(clue_id), seen[clue_id]) for clue_id in sorted(seen)}
    fallen = {clue_id: (before[clue_id], seen[clue_id]) for clue_id, state in states.items() if state == "withdrawn"}
    ended = endings(fallen, elements_of, run["model_version"], records) if fallen and records else {}
    for clue_id, state in states.items():
        known, now = before.get(clue_id), seen[clue_id]
        if state is None:
            changes.counts["kept"] += known is not None and known["state"] in LIVE
            continue
        changes.counts[state] += 1
        number = known["change_no"] + 1 if known else 1
        row = {**(known or {}), **(now.finding or {}), **run, "clue_id": clue_id, "change_no": number, "state": state, "computable": state != "suspended"}
        changes.finding.append(row)
        stamp = {"clue_id": clue_id, "change_no": number, "run_id": run["run_id"]}
        wanted = set(elements_of.get(row["finding"], ()))
        answers = [element for element in now.elements if element["element"] in wanted]
        pieces = sorted_out(now.evidence, wanted)
        end = ended.get(clue_id)
        text = canonical(document(row, answers, pieces, now.parameters.get(row["finding"], ()), basis, end.told if end else None))
        row["card_hash"] = digest(text)
        changes.card.append({**stamp, "card": text, "card_hash": row["card_hash"]})
        changes.element += [{**element, **stamp} for element in answers]
        changes.evidence += [{**piece, **stamp} for piece in [*pieces, *(end.kept if end else ())]]
    return changes


def unless_it_waits(known: Row | None, now: Candidate, elements_of: Mapping[str, Sequence[str]]) -> Candidate:
    """A clue whose own finding cannot be computed waits: a lesser finding that happens to hold does not take its place meanwhile.

    Findings stand in ``elements_of`` in their order: the first that holds is the clue's.
    """
    order = list(elements_of)
    if known is None or now.finding is None or known["state"] == "withdrawn" or known["finding"] not in order[: order.index(now.finding["finding"])]:
        return now
    answers = [element["answer"] for element in now.elements if element["element"] in elements_of[known["finding"]]]
    return replace(now, verdict="unknown", finding=None) if "unknown" in answers and "not_met" not in answers else now


def sorted_out(evidence: Sequence[Row], wanted: set[str]) -> list[Row]:
    """The rows that decided a finding's elements, then once each the rows that were looked at besides, under no element."""
    deciding = [piece for piece in evidence if piece["element"] in wanted]
    known = {place(piece) for piece in deciding}
    besides = {place(piece): {**piece, "element": ""} for piece in evidence}
    return deciding + [besides[one] for one in sorted(besides.keys() - known)]


def next_state(known: Row | None, now: Candidate) -> str | None:
    """The engine state a clue changes to, None when nothing changes."""
    before = known["state"] if known else None
    same = known is not None and now.finding is not None and known["content_hash"] == now.finding["content_hash"]
    if now.verdict == "early":
        return None if before == "early" and same else "early"
    if now.verdict == "holds":
        if before in (None, "early"):
            return "open"
        return (None if same else "updated") if before in LIVE else "reopened"
    if before is None or before == "withdrawn":
        return None
    if now.verdict == "unknown":
        return None if before == "suspended" else "suspended"
    return "withdrawn"


def write(changes: Changes, run_id: str) -> None:
    """Append one run's changes; ``clue.finding`` comes last and makes them count. A run that is there already adds nothing."""
    for name, schema in (("evidence", EVIDENCE), ("element", ELEMENT), ("card", CARD), ("finding", FINDING)):
        rows: list[Row] = getattr(changes, name)
        if rows:
            columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in schema]
            lake.append("clue", name, pa.Table.from_arrays(columns, schema=schema), run_id)


def moment(value: datetime) -> datetime:
    """An instant as the clue tables keep it; a naive one is refused."""
    if value.tzinfo is None:
        raise ValueError("instants carry their time zone")
    return value
