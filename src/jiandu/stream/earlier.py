"""The last known state of a record, for changes that do not repeat what stayed the same."""

from __future__ import annotations

import json

from jiandu import lake
from jiandu.stream.change import Change, Row

STATE = """
    SELECT raw, position FROM bronze
    WHERE op = 'upsert' AND position < ? AND {key}
    ORDER BY position DESC, loaded_at DESC, row_no DESC LIMIT 1
"""


class Earlier:
    """States by key: those of the batch at hand, else the newest in bronze that is older than the change.

    Older by position, not by arrival: a repetition of an old change must be completed as it was the first time.
    """

    def __init__(self, contract: str, key: tuple[str, ...]) -> None:
        self.contract, self.key = contract, key
        self.batch: dict[tuple[str | None, ...], list[tuple[int, Row]]] = {}

    def remember(self, change: Change) -> None:
        """A complete row of the batch."""
        self.batch.setdefault(self.identity(change.row), []).append((change.position, change.row))

    def state(self, change: Change) -> Row | None:
        """The state right before ``change``."""
        identity = self.identity({**change.row, **change.key})
        if None in identity:
            return None
        known = [entry for entry in self.batch.get(identity, []) if entry[0] < change.position]
        if (stored := self.stored(identity, change.position)) is not None:
            known.insert(0, stored)
        return max(known, key=lambda entry: entry[0])[1] if known else None

    def identity(self, row: Row) -> tuple[str | None, ...]:
        """The key values of a row."""
        return tuple(row.get(name) for name in self.key)

    def stored(self, identity: tuple[str | None, ...], position: int) -> tuple[int, Row] | None:
        """Position and row of the newest state in bronze before ``position``."""
        conditions = " AND ".join("json_extract_string(raw, ?) = ?" for _ in self.key)
        arguments = [part for name, value in zip(self.key, identity, strict=True) for part in (f'$."{name}"', value)]
        with lake.duck() as connection:
            if not lake.view(connection, "bronze", self.contract, "bronze"):
                return None
            found = connection.execute(STATE.format(key=conditions), [position, *arguments]).fetchone()
        return None if found is None else (int(found[1]), json.loads(found[0]))
