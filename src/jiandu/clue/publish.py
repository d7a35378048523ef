"""From the lake to the desk: the latest change of every clue reaches PostgreSQL, and its alerts the outbox, in one transaction.

The engine's facts come from ``clue.finding``; ``work_state`` belongs to people and is never touched here. A repeat finds every change
number known and does nothing; a crash leaves either all of a run or nothing of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, bindparam, insert, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from jiandu import lake, ops
from jiandu.alert.channels import channels
from jiandu.alert.routing import alert_state, line_of, outbox_rows
from jiandu.ops.tables import assignment, clue, outbox

LOCK = 7_216_043_993
RENAMED = {"title": "finding_title", "engine_state": "state"}
"""Columns of ``ops.clue`` that the lake calls otherwise; all others have one name."""

OWNED_ELSEWHERE = {"clue_id", "work_state", "first_seen_at"}
"""Never overwritten once the clue is known: its identity, the people's word, and when it was first seen."""

COPIED = [
    column.name for column in clue.columns
    if column.name not in {"work_state", "first_seen_at", "updated_at", *RENAMED}
]
NEWS = f"""
    SELECT {', '.join(COPIED)}, {', '.join(f'{old} AS {new}' for new, old in RENAMED.items())}, subject_key,
           as_of AS updated_at, min(as_of) OVER (PARTITION BY clue_id) AS first_seen_at
    FROM clue__finding
    WHERE clue_id NOT IN (SELECT clue_id FROM known WHERE is_current)
    QUALIFY row_number() OVER (PARTITION BY clue_id ORDER BY change_no DESC) = 1
    ORDER BY clue_id
"""


@dataclass(frozen=True)
class PublishSummary:
    """Clues whose change reached the store in this run, by engine state, and alerts written."""

    clues: int
    by_state: dict[str, int]
    alerts: int

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        return asdict(self)


@dataclass(frozen=True)
class Known:
    """What the store knew of a clue before this run."""

    change_no: int
    procuratorate_code: str
    line: str
    told: str | None
    """State of its last alert, ``None`` if there never was one."""


def publish(as_of: datetime) -> PublishSummary:
    """Bring ``ops.clue`` up to ``clue.finding`` and write the alerts of what changed.

    ``as_of`` becomes ``created_at`` of the alerts. Safe to repeat and to run twice at once. Raises ``ServiceUnavailable`` when
    PostgreSQL does not answer; the store is then unchanged.
    """
    with ops.transaction() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        known = _known(connection)
        news = _news(known)
        if not news:
            return PublishSummary(0, {}, 0)
        _store(connection, news, known)
        _assign(connection, news, known)
        alerts = _alert(connection, news, known, as_of)
    return PublishSummary(len(news), dict(sorted(Counter(row["engine_state"] for row in news).items())), alerts)


def _known(connection: Connection) -> dict[str, Known]:
    told = select(outbox.c.clue_id, outbox.c.state).ext(distinct_on(outbox.c.clue_id)).order_by(outbox.c.clue_id, outbox.c.change_no.desc()).subquery()
    statement = select(clue.c.clue_id, clue.c.change_no, clue.c.procuratorate_code, clue.c.line, told.c.state)
    return {row[0]: Known(*row[1:]) for row in connection.execute(statement.outerjoin(told, told.c.clue_id == clue.c.clue_id))}


def _news(known: dict[str, Known]) -> list[dict[str, Any]]:
    """The latest change of every clue that has one the store does not know; the line already as routed."""
    duck = lake.duck()
    if not lake.view(duck, "clue", "finding"):
        return []
    numbers = pa.array([item.change_no for item in known.values()], pa.int64())
    duck.register("seen", pa.table({"clue_id": pa.array(list(known), pa.string()), "change_no": numbers}))
    duck.execute("""
        CREATE TEMP TABLE known AS
        SELECT clue_id, latest.change_no <= seen.change_no AS is_current
        FROM seen JOIN (SELECT clue_id, max(change_no) AS change_no FROM clue__finding GROUP BY clue_id) AS latest USING (clue_id)
    """)
    rows: list[dict[str, Any]] = duck.sql(NEWS).to_arrow_table().to_pylist()
    for row in rows:
        row["line"] = line_of(row["line"], row.pop("subject_key"), row["occurred_on"], row["as_of"])
    return rows


def _store(connection: Connection, news: Sequence[dict[str, Any]], known: dict[str, Known]) -> None:
    fresh = [row for row in news if row["clue_id"] not in known]
    if fresh:
        connection.execute(insert(clue), fresh)
    stale = [row for row in news if row["clue_id"] in known]
    if stale:
        changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in stale[0] if name not in OWNED_ELSEWHERE}
        statement = update(clue).where(clue.c.clue_id == bindparam("new_clue_id")).values(changed)
        connection.execute(statement, [{f"new_{name}": value for name, value in row.items()} for row in stale])


def _assign(connection: Connection, news: Sequence[dict[str, Any]], known: dict[str, Known]) -> None:
    """Put new clues into their office's queue, and move those whose office changed."""
    moved = [
        row["clue_id"] for row in news
        if row["clue_id"] in known and (known[row["clue_id"]].procuratorate_code, known[row["clue_id"]].line) != (row["procuratorate_code"], row["line"])
    ]
    if moved:
        ended = max(row["as_of"] for row in news)
        connection.execute(update(assignment).where(assignment.c.clue_id.in_(moved), assignment.c.ended_at.is_(None)).values(ended_at=ended))
    queued = [
        {"clue_id": row["clue_id"], "procuratorate_code": row["procuratorate_code"], "line": row["line"], "assigned_at": row["as_of"]}
        for row in news if row["clue_id"] not in known or row["clue_id"] in set(moved)
    ]
    if queued:
        connection.execute(insert(assignment), queued)


def _alert(connection: Connection, news: Sequence[dict[str, Any]], known: dict[str, Known], as_of: datetime) -> int:
    reachable = channels()
    written: list[dict[str, Any]] = []
    for row in news:
        before = known.get(row["clue_id"])
        state = alert_state(row["engine_state"], before.told if before else None)
        if state is not None:
            written += outbox_rows(row, state, reachable, as_of)
    if not written:
        return 0
    return len(connection.execute(upsert(outbox).on_conflict_do_nothing().returning(outbox.c.alert_id), written).all())
