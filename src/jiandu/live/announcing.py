"""Changes of live clues into the store: the clue, its place in a queue, its line in the journal, and the alert if its office has to hear of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert

from jiandu.alert.channels import Channel
from jiandu.alert.routing import outbox_rows
from jiandu.behaviour import encode
from jiandu.clue.card import plain
from jiandu.live import journal
from jiandu.live.finding import facts, ordered
from jiandu.live.journal import Campaign
from jiandu.live.judge import MODEL_TITLE, Judge
from jiandu.ops.tables import assignment, clue, outbox

Row = dict[str, Any]
OURS = [column.name for column in clue.columns if column.name not in ("work_state", "first_seen_at")]
"""What the engine says of a clue; ``work_state`` is the people's."""


@dataclass
class Announced:
    """States that were written, one a change, and alerts."""

    states: list[str] = field(default_factory=list)
    alerts: int = 0


def tell(
    connection: Connection, judge: Judge, news: Sequence[Campaign], causes: Mapping[str, str], again: Collection[str],
    reachable: Sequence[Channel], as_of: datetime, kept: set[str],
) -> Announced:
    """Write one change of each campaign and move it on.

    An alert goes out for a first notice, for a clue that comes back (``again``) and for a higher grade, never for mere numbers.
    """
    done = Announced()
    if not news:
        return done
    if judge.version not in kept:
        journal.keep_lexicon(connection, judge.version, judge.content, as_of)
        kept.add(judge.version)
    counted = journal.counted(connection, news)
    clues, changes, alerts = list[Row](), list[Row](), list[Row]()
    for one in news:
        about, hits = counted[one.clue_id]
        signals = ordered(one.signals.values())
        grade = judge.grade(about.level, signals)
        state = "open" if one.change_no == 0 else "reopened" if one.clue_id in again else "updated"
        is_heard = state != "updated" or grade > one.grade
        one.change_no, one.told_posts, one.grade = one.change_no + 1, one.posts, grade
        said = facts(about, grade, signals, judge.title(one.category), MODEL_TITLE)
        row = clue_row(one, state, said, as_of)
        clues.append(row)
        changes.append({
            "clue_id": one.clue_id, "change_no": one.change_no, "cause": "post" if state != "updated" else causes[one.clue_id],
            "facts": {"state": state, "grade": grade, **{name: plain(value) for name, value in said.items()}}, "summary": about.plain(), "posts": hits,
            "signals": [json.loads(encode(signal)) for signal in signals], "lexicon_version": judge.version, "as_of": as_of,
        })
        if is_heard:
            alerts += outbox_rows(row, state, reachable, as_of)
        done.states.append(state)
    store(connection, clues)
    journal.add_changes(connection, changes)
    if alerts:
        done.alerts = len(connection.execute(upsert(outbox).on_conflict_do_nothing().returning(outbox.c.alert_id), alerts).all())
    return done


def clue_row(one: Campaign, state: str, said: Row, as_of: datetime) -> Row:
    """The row of ``ops.clue``."""
    renamed = {"title": said["finding_title"], "engine_state": state}
    row = {**said, **renamed, "clue_id": one.clue_id, "change_no": one.change_no, "as_of": as_of, "updated_at": as_of}
    return {name: row[name] for name in OURS}


def store(connection: Connection, rows: Sequence[Row]) -> None:
    """New clues and their assignments, and what became of known ones."""
    fresh = [row for row in rows if row["change_no"] == 1]
    if fresh:
        connection.execute(insert(clue), [row | {"first_seen_at": row["as_of"]} for row in fresh])
        connection.execute(insert(assignment), [
            {"clue_id": row["clue_id"], "procuratorate_code": row["procuratorate_code"], "line": row["line"], "assigned_at": row["as_of"]} for row in fresh
        ])
    later = [{f"new_{name}": value for name, value in row.items()} for row in rows if row["change_no"] > 1]
    if later:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in OURS if name != "clue_id"}
        connection.execute(update(clue).where(clue.c.clue_id == bindparam("new_clue_id")).values(values), later)
