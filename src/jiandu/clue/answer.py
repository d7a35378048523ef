"""What a prosecutor found out about a clue: given in the operational store, and flowing back into the lake like any other source.

The store is the master of work; the lake's copy carries no name and no free text, and is what backtests and marts read.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from jiandu import lake, ledger
from jiandu.clue.store import one_writer
from jiandu.clue.tables import ANSWER
from jiandu.errors import JianduError

EXCLUDED = "排除"
PATH = ("待核查", "核查中", "属实", "立案", "制发文书", "已回复", "已整改", "跟踪复查", "提起诉讼")
"""The states of work in their order; ``排除`` leaves it before anything was filed, and leads back to 核查中.

Only people move a clue between them; the engine never does."""
CONFIRMED = PATH[PATH.index("属实"):]
"""States from which a clue was right."""


@dataclass(frozen=True)
class Given:
    """An answer that was taken: the clue, and the state of work it led from and to."""

    clue_id: str
    was: str
    work_state: str

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        return asdict(self)


def allowed(was: str) -> tuple[str, ...]:
    """The states a clue may be moved to."""
    if was == EXCLUDED:
        return ("核查中",)
    later = PATH[PATH.index(was) + 1:]
    return (*later, EXCLUDED) if was in PATH[:3] else later


def give(prefix: str, work_state: str, by: str, at: datetime, reason: str = "", document_no: str = "") -> Given:
    """Record one answer: the answer, the clue's state of work and the audit trail in one transaction, then the lake's copy.

    ``prefix``: number of a clue, or its first digits. Raises ``JianduError`` for an unknown or ambiguous number, a state that does not
    follow, a missing name, an exclusion without a reason; ``ServiceUnavailable`` when the store does not answer.
    """
    from sqlalchemy import insert, select, update

    from jiandu import ops
    from jiandu.ops.tables import answer, audit, clue

    if not by.strip():
        raise JianduError.at("--by", "who answers?", "give a name: it stays in the record of answers")
    if work_state == EXCLUDED and not reason.strip():
        raise JianduError.at("--reason", "why is the clue excluded?", "one sentence: it is what the model's author learns from")
    with ops.transaction() as connection:
        named = clue.c.clue_id.startswith(prefix.lower(), autoescape=True)
        found = connection.execute(select(clue.c.clue_id, clue.c.work_state).where(named).with_for_update()).all() if prefix else []
        if len(found) != 1:
            raise JianduError.at(prefix, f"{len(found)} published clues begin so", "jiandu clue list; give more digits" if found else "jiandu clue list")
        clue_id, was = str(found[0][0]), str(found[0][1])
        if work_state not in allowed(was):
            raise JianduError.at(clue_id[:12], f"is {was}: {work_state!r} does not follow", f"one of {'、'.join(allowed(was)) or 'none: the work is done'}")
        connection.execute(insert(answer).values(
            clue_id=clue_id, work_state=work_state, answered_by=by.strip(), answered_at=at, reason=reason.strip() or None,
            document_no=document_no.strip() or None,
        ))
        connection.execute(update(clue).where(clue.c.clue_id == clue_id).values(work_state=work_state))
        connection.execute(insert(audit).values(
            actor=by.strip(), action="clue.answer", object_kind="clue", object_id=clue_id, reason=reason.strip() or None,
            detail={"was": was, "is": work_state},
        ))
    gather()
    return Given(clue_id, was, work_state)


def gather() -> int:
    """Bring ``clue.answer`` up to the store's answers; returns how many it lacked. Safe to repeat; nothing where there is no store."""
    if not ledger.configured():
        return 0
    from sqlalchemy import select

    from jiandu import ops
    from jiandu.ops.tables import answer

    with one_writer("answer"):
        known = {row["answer_id"] for row in lake.rows("clue", "answer")}
        with ops.transaction() as connection:
            columns = [answer.c[name] for name in ANSWER.names]
            rows = [dict(row._mapping) for row in connection.execute(select(*columns).order_by(answer.c.answer_id)) if row.answer_id not in known]
        if rows:
            name = hashlib.sha256(",".join(str(row["answer_id"]) for row in rows).encode()).hexdigest()
            lake.append("clue", "answer", pa.Table.from_pylist(rows, ANSWER), f"answers:{name}")
    return len(rows)


def outcomes(model: str) -> dict[str, bool]:
    """Anchor → whether prosecutors found the model's clue right, from their latest decisive answer in the lake; empty without answers."""
    with lake.glance() as connection:
        there = [lake.view(connection, "clue", "answer", "answer"), lake.view(connection, "clue", "finding", "finding", ["clue_id", "anchor", "model"])]
        if not all(there):
            return {}
        rows = connection.execute(
            """SELECT anchor, arg_max(work_state, (answered_at, answer_id)) FROM answer JOIN (SELECT DISTINCT clue_id, anchor FROM finding WHERE model = ?)
            USING (clue_id) WHERE list_contains(?, work_state) GROUP BY anchor""", [model, [*CONFIRMED, EXCLUDED]],
        ).fetchall()
    return {anchor: work_state != EXCLUDED for anchor, work_state in rows}
