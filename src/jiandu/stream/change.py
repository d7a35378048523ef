"""The one normal form that every change envelope is brought into, and the message it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from jiandu.errors import JianduError, Problem

Op = Literal["upsert", "delete", "truncate", "skip"]
Row = dict[str, str | None]

MAX_POSITION = 2**63 - 1


@dataclass(frozen=True)
class Message:
    """One message as a topic or an archive holds it. ``value`` is ``None`` for a tombstone; ``timestamp`` is epoch milliseconds.

    ``body`` and ``key_body``: value and key already parsed, where an archive holds them as objects instead of text.
    """

    topic: str
    partition: int
    offset: int
    value: bytes | None
    key: bytes | None = None
    timestamp: int = 0
    body: Any = field(default=None, compare=False, repr=False)
    key_body: Any = field(default=None, compare=False, repr=False)

    @property
    def where(self) -> str:
        """``topic:partition:offset``, the address that problems and dead letters carry."""
        return f"{self.topic}:{self.partition}:{self.offset}"


@dataclass(frozen=True)
class Layout:
    """What a contract tells a decoder about the rows of a topic, in the agency's own column names.

    ``types`` maps a column to the type of the field it lands in (``date``, ``timestamp``, ``decimal`` …): without a schema in
    the message it is the only way to know that 20513 is a day. ``table``: only changes of this table are meant, others skip.
    """

    key: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    table: str | None = None


@dataclass(frozen=True)
class Change:
    """One change of one record.

    ``row`` holds text values under the delivered names, as the file readers give them (``None`` for no value); a delete carries
    its last known row or only the key. ``position`` orders the changes of one key (log sequence number, binlog position …),
    ``source_at`` is the aware commit time. ``flags`` names columns whose value is no data: ``infinite``, ``not_a_number``,
    ``unavailable``. ``partial``: columns that are absent from ``row`` were not sent, which does not mean they are empty.
    """

    op: Op
    key: Row
    row: Row
    position: int
    source_at: datetime | None
    table: str
    before: Row | None = None
    snapshot: str = ""
    note: str = ""
    flags: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False

    @property
    def unavailable(self) -> list[str]:
        """Columns whose unchanged large value the source did not send."""
        return [name for name, flag in self.flags.items() if flag == "unavailable"]


class BadMessage(JianduError):
    """A message that no change can be read from: it goes to the dead letters and the stream goes on."""

    @classmethod
    def of(cls, message: Message, what: str, todo: str = "") -> BadMessage:
        """The problem of one message, addressed by topic, partition and offset."""
        return cls(Problem(message.where, what, todo))


def skip(note: str, table: str = "", position: int = 0, source_at: datetime | None = None) -> Change:
    """A message that changes no record, with the reason."""
    return Change("skip", {}, {}, position, source_at, table, note=note)


def split_key_change(change: Change, key_columns: tuple[str, ...]) -> list[Change]:
    """An update that moved a record to another key, as a delete of the old key and an upsert of the new one; else itself."""
    before = change.before
    if change.op != "upsert" or not before or any(name not in before for name in key_columns):
        return [change]
    old = {name: before[name] for name in key_columns}
    if not key_columns or old == {name: change.row.get(name) for name in key_columns}:
        return [change]
    gone = replace(change, op="delete", key=old, row=dict(before), note="key changed", partial=False, flags={})
    return [gone, replace(change, note="key changed")]
