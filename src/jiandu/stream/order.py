"""Commit times that agree with the log, for contracts whose valid time is the time of the change.

A Debezium snapshot stamps its rows with the moment of reading, which lies after the point in the log it shows: a change committed
in between is later in the log and earlier by the clock, and would lose against the older row. So a change is never earlier than
what the log has of the same record before it, within an hour; a greater distance is another server's log, and the clock is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from jiandu import lake
from jiandu.source.rows import RawRow

TOLERANCE = timedelta(hours=1)
Known = dict[tuple[str | None, ...], list[tuple[int, datetime]]]
"""Position and time of changes, by key."""


def raised(contract: str, key: tuple[str, ...], rows: Sequence[RawRow]) -> list[RawRow]:
    """The rows, each with a time not before that of an earlier position of its key."""
    times = [row.source_at for row in rows if row.source_at is not None]
    if not times:
        return list(rows)
    known = later(contract, key, min(times), max(times) + TOLERANCE)
    result = []
    for row in rows:
        identity = tuple(row.raw.get(name) for name in key)
        if row.source_at is not None:
            before = [at for position, at in known.get(identity, []) if position < row.position and row.source_at < at <= row.source_at + TOLERANCE]
            row = replace(row, source_at=max(before, default=row.source_at))
            known.setdefault(identity, []).append((row.position, row.source_at or times[0]))
        result.append(row)
    return result


def later(contract: str, key: tuple[str, ...], since: datetime, until: datetime) -> Known:
    """What bronze holds with a later time than the earliest of a batch: hardly ever anything, and found by file statistics."""
    values = ", ".join(f"json_extract_string(raw, '$.\"{name}\"')" for name in key)
    found: Known = {}
    with lake.duck() as connection:
        if lake.view(connection, "bronze", contract, "bronze", ["raw", "position", "source_at"]):
            query = f"SELECT position, source_at, {values} FROM bronze WHERE source_at > ? AND source_at <= ?"
            for position, at, *identity in connection.execute(query, [since, until]).fetchall():
                found.setdefault(tuple(identity), []).append((int(position), at))
    return found
