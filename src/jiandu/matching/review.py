"""The grey zone: pairs that wait for a person, in the operational store; and the way of what people say back into the next match."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from jiandu import lake, ledger, ops
from jiandu.errors import JianduError
from jiandu.matching import judgements
from jiandu.matching.bands import DIFFERENT, SAME, UNSURE
from jiandu.matching.sources import PARTIES, REGISTERS, in_force
from jiandu.ops.tables import audit, match_judgement, match_review

WAITING, SETTLED = "waiting", "settled"
BATCH = 5_000
QUEUED = f"""
    SELECT '{PARTIES}|' || party_key AS left_uid, registry_dataset || '|' || registry_key AS right_uid, probability, explanation, reason, model_version
    FROM pairs WHERE band = 'review' ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Queue:
    """Pairs that wait now, that are new among them, and that need nobody any more."""

    waiting: int
    fresh: int
    settled: int

    def as_dict(self) -> dict[str, int]:
        """For machine-readable output."""
        return asdict(self)


def pair_id(left_uid: str, right_uid: str) -> str:
    """The number a pair is called by."""
    return hashlib.sha256(f"{left_uid}\x1f{right_uid}".encode()).hexdigest()[:16]


def publish(as_of: datetime) -> Queue:
    """Bring the queue in line with the last match; a repeat changes nothing. Raises ``ServiceUnavailable`` when the store is away."""
    with lake.glance() as duck:
        if not lake.view(duck, "match", "party_registry", "pairs"):
            return Queue(0, 0, 0)
        rows: list[dict[str, Any]] = duck.sql(QUEUED).to_arrow_table().to_pylist()
    wanted = {pair_id(row["left_uid"], row["right_uid"]): row for row in rows}
    with ops.transaction() as store:
        known = {row.pair_id: row for row in store.execute(select(match_review))}
        done = [number for number, row in known.items() if row.state == WAITING and number not in wanted]
        news = [
            {"pair_id": number, **row, "state": WAITING, "first_seen_at": as_of, "updated_at": as_of}
            for number, row in wanted.items()
            if number not in known or any(getattr(known[number], name) != row[name] for name in row) or known[number].state != WAITING
        ]
        for start in range(0, len(news), BATCH):
            made = upsert(match_review).values(news[start : start + BATCH])
            changing = {name: made.excluded[name] for name in ("probability", "explanation", "reason", "model_version", "state", "updated_at")}
            store.execute(made.on_conflict_do_update(index_elements=["pair_id"], set_=changing))
        for start in range(0, len(done), BATCH):
            store.execute(update(match_review).where(match_review.c.pair_id.in_(done[start : start + BATCH])).values(state=SETTLED, updated_at=as_of))
    return Queue(len(wanted), sum(row["pair_id"] not in known for row in news), len(done))


def waiting(limit: int = 20) -> list[dict[str, Any]]:
    """Pairs that wait, the most probable first, with what was said so far. Explanations name nobody."""
    query = select(match_review).where(match_review.c.state == WAITING).order_by(match_review.c.probability.desc(), match_review.c.pair_id).limit(limit)
    with ops.transaction() as store:
        rows = [dict(row._mapping) for row in store.execute(query)]
        for row in rows:
            said = select(match_judgement.c.answer, match_judgement.c.answered_by).where(
                match_judgement.c.left_uid == row["left_uid"], match_judgement.c.right_uid == row["right_uid"],
            ).order_by(match_judgement.c.judgement_id)
            row["said"] = [dict(one._mapping) for one in store.execute(said)]
    return rows


def answer(number: str, said: str, by: str, reason: str, as_of: datetime) -> None:
    """Write down what a person says about a pair, in the store and in its audit trail; the next match obeys it.

    ``number`` may be shortened to a beginning only one pair has. Raises ``JianduError`` for an unknown pair or answer.
    """
    _check(said, by, reason)
    with ops.transaction() as store:
        found = store.execute(select(match_review).where(match_review.c.pair_id.startswith(number, autoescape=True))).all()
        if len(found) != 1:
            raise JianduError.at(number, "no pair of that number" if not found else f"{len(found)} pairs begin with that", "jiandu match review list")
        _write(store, found[0].left_uid, found[0].right_uid, said, by, reason, as_of)
    bring()


def answer_of(left: str, right: str, said: str, by: str, reason: str, as_of: datetime) -> None:
    """The same of two records whether or not anybody was asked: a party and an entry of a register, each by its key or as ``data set|key``.

    Raises ``JianduError`` for a record that is not there, or a key that several registers have.
    """
    _check(said, by, reason)
    pair = record(left, (PARTIES,)), record(right, tuple(REGISTERS))
    with ops.transaction() as store:
        _write(store, *pair, said, by, reason, as_of)
    bring()


def record(named: str, datasets: tuple[str, ...]) -> str:
    """The ``uid`` of a record in force by its key, or by its data set and key."""
    dataset, bar, key = named.partition("|")
    wanted = {dataset: key} if bar else dict.fromkeys(datasets, named)
    found = []
    with lake.glance() as duck:
        for place, (name, one) in enumerate(wanted.items()):
            if name in datasets and lake.view(duck, "silver", name, f"records_{place}"):
                there = duck.execute(f"SELECT count(*) FROM records_{place} WHERE record_key = ? AND {in_force(name)}", [one]).fetchall()
                found += [f"{name}|{one}"] if there[0][0] else []
    if len(found) != 1:
        what = f"no record of that key in {', '.join(datasets)}" if not found else f"several records: {', '.join(found)}"
        raise JianduError.at(named, what, "give it as DATASET|KEY")
    return found[0]


def _check(said: str, by: str, reason: str) -> None:
    if said not in (SAME, DIFFERENT, UNSURE):
        raise JianduError.at("answer", f"{said!r} is no answer", f"{SAME}, {DIFFERENT} or {UNSURE}")
    if not by.strip() or not reason.strip():
        raise JianduError.at("answer", "an answer needs a name and a reason", "--by NAME --reason WHY")


def _write(store: Connection, left: str, right: str, said: str, by: str, reason: str, as_of: datetime) -> None:
    store.execute(insert(match_judgement).values(
        left_uid=left, right_uid=right, answer=said, answered_by=by.strip(), answered_at=as_of, reason=reason.strip(),
    ))
    told = {"actor": by.strip(), "action": f"match.{said}", "object_kind": "match_pair", "object_id": pair_id(left, right), "reason": reason.strip()}
    store.execute(insert(audit).values(**told))


def bring() -> int:
    """Copy what people said to the lake, where matches read it. Returns how many answers were new there; without a store nobody said anything."""
    if not ledger.configured():
        return 0
    with ops.transaction() as store:
        rows = [dict(row._mapping) for row in store.execute(select(match_judgement).order_by(match_judgement.c.judgement_id))]
    return judgements.keep(rows)
