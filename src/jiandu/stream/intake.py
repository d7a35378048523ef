"""A batch of messages as rows for the lake: what can be applied, what waits in the dead letters, what is skipped and why.

The same for a topic and for an archive of it, which is why replaying an archive gives the same result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from jiandu.errors import JianduError, Problem
from jiandu.fields import load_fields
from jiandu.source.rows import RawRow, RawRows
from jiandu.stream import envelopes
from jiandu.stream.change import BadMessage, Change, Layout, Message, Row
from jiandu.stream.dead import DeadLetter
from jiandu.stream.earlier import Earlier
from jiandu.stream.order import raised

if TYPE_CHECKING:
    from jiandu.contracts import Contract

RECONCILE = "jiandu stream reconcile {contract} deletes what was not sent again since; look first whether the agency reloads the table"


@dataclass
class Batch:
    """What a run of messages comes to. ``rows`` go to the lake in this order, ``letters`` to the dead letters."""

    rows: list[RawRow] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    last_at: datetime | None = None

    def raw_rows(self, contract: Contract) -> RawRows:
        """The rows as columns, every column of the contract among them: a batch of deletes alone carries only keys."""
        table = RawRows.of(self.rows).table
        for name in contract.columns:
            if name not in table.column_names:
                table = table.append_column(name, pa.nulls(len(table), pa.string()))
        return RawRows(table)


class Intake:
    """Reads messages for one contract."""

    def __init__(self, contract: Contract) -> None:
        layout = contract.delivery.kafka
        if layout is None:
            raise JianduError.at(contract.path, "the contract names no envelope", "delivery: {kafka: {topic: …, envelope: debezium}}")
        self.contract, self.envelope, self.layout = contract, layout.envelope, layout_of(contract)
        self.known = set(contract.columns)
        self.needed = {name for name, column in contract.columns.items() if not column.optional}

    def batch(self, messages: Iterable[Message]) -> Batch:
        """Every message exactly once among rows, letters and notes."""
        found = Batch()
        earlier = Earlier(self.contract.id, self.layout.key)
        for message in messages:
            try:
                changes = envelopes.decode(self.envelope, message, self.layout)
                rows = [self.row(message, change, earlier) for change in changes if change.op in ("upsert", "delete")]
                for change in changes:
                    self.note(found, message, change)
                # Rows of one message share its offset and are told apart by their key; of one key the last word counts.
                found.rows += {tuple(row.raw.get(name) for name in self.layout.key): row for row in rows}.values()
            except BadMessage as error:
                found.letters += [DeadLetter(self.contract.id, message, problem.what, problem.todo) for problem in error.problems]
        if self.contract.valid_from == "delivery":
            found.rows = raised(self.contract.id, self.layout.key, found.rows)
        return found

    def note(self, found: Batch, message: Message, change: Change) -> None:
        """Count what is not a row; a truncation waits for a person."""
        if change.op == "skip":
            found.notes[change.note] += 1
        elif change.op == "truncate":
            # Deleting every record on the word of one message would withdraw clues, or make "no such case" true for a whole
            # province, in the seconds between an agency's TRUNCATE and its reload. So a person decides.
            found.letters.append(DeadLetter(self.contract.id, message, f"TRUNCATE of {change.table}: not applied", RECONCILE.format(contract=self.contract.id)))
        if change.source_at and (found.last_at is None or change.source_at > found.last_at):
            found.last_at = change.source_at

    def row(self, message: Message, change: Change, earlier: Earlier) -> RawRow:
        """A change as a row, complete. Raises ``BadMessage`` when columns do not fit the contract or a value cannot be known."""
        if change.op == "upsert":
            change = self.completed(message, change, earlier)
            self.fits(message, change.row)
            earlier.remember(change)
            row = change.row
        else:
            row = {name: value for name, value in change.row.items() if name in self.known}
        return RawRow(row, message.offset, "upsert" if change.op == "upsert" else "delete", change.position, change.source_at)

    def completed(self, message: Message, change: Change, earlier: Earlier) -> Change:
        """Unchanged values that were not sent, taken from the record's last known state."""
        missing = set(change.unavailable) | (self.needed - set(change.row) if change.partial else set())
        if not missing:
            return change
        before = earlier.state(change) or {}
        if unknown := sorted(missing - set(before)):
            raise BadMessage.of(
                message, f"{', '.join(unknown)}: unchanged and not sent, and no earlier state of {change.key} is known",
                "send full rows: REPLICA IDENTITY FULL in PostgreSQL, no compressed updates in GoldenGate; then take a new snapshot",
            )
        return replace(change, row=change.row | {name: before[name] for name in missing}, partial=False)

    def fits(self, message: Message, row: Row) -> None:
        """Columns as the contract knows them. One message with a new column must not hold up the others of its batch."""
        unknown, absent = sorted(set(row) - self.known), sorted(self.needed - set(row))
        problems = [Problem(message.where, f"unknown column {name}", f"map it or ignore it in {self.contract.path}") for name in unknown]
        problems += [Problem(message.where, f"no column {name}", f"mark it optional in {self.contract.path} if it is gone for good") for name in absent]
        if problems:
            raise BadMessage(Problem(message.where, "; ".join(problem.what for problem in problems), problems[0].todo))


def layout_of(contract: Contract) -> Layout:
    """Key columns and field types in the agency's own names."""
    fields = load_fields()
    types = {name: fields[column.field].type for name, column in contract.columns.items() if column.field}
    key = tuple(contract.column_of(field) for field in contract.key if field not in contract.constants)
    return Layout(key, types, getattr(contract.delivery.kafka, "table", None) or None)
