"""The ledger of deliveries, ``ops.delivery``: one row an agency delivery, loaded or held, with its numbers; and writers' locks."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from jiandu.errors import JianduError, Problem, ServiceUnavailable
from jiandu.settings import settings

PATIENCE_S = 600


@dataclass
class Entry:
    """A row of the ledger."""

    delivery_id: str
    contract: str
    source: str
    delivered_on: date | None
    byte_size: int
    status: Literal["loaded", "held"]
    loaded_at: datetime
    as_of: datetime
    reason: str | None = None
    rows_total: int = 0
    rows_silver: int = 0
    rows_quarantine: int = 0
    duplicate_rows: int = 0
    warnings: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)


def configured() -> bool:
    """Whether there is an operational store: an address is set, or the embedded services were started in this home."""
    from jiandu.services import secrets

    return bool(settings().postgres_dsn) or secrets.path(settings()).exists()


def record(entry: Entry) -> bool:
    """Write or replace the row of a delivery; False when there is no operational store (a lake alone works without).

    Raises ``ServiceUnavailable`` when the store does not answer: the lake is committed by then, and running the same
    delivery again completes the ledger without loading anything twice.
    """
    if not configured():
        return False
    from sqlalchemy.dialects.postgresql import insert

    from jiandu.ops import transaction
    from jiandu.ops.tables import delivery

    values = asdict(entry)
    with _known_schema(), transaction() as connection:
        statement = insert(delivery).values(**values)
        connection.execute(statement.on_conflict_do_update(index_elements=["delivery_id"], set_={name: statement.excluded[name] for name in values}))
    return True


def known(delivery_id: str) -> str | None:
    """Status of a delivery in the ledger; ``None`` when it has no row, ``loaded`` when there is no operational store to ask."""
    if not configured():
        return "loaded"
    from sqlalchemy import select

    from jiandu.ops import transaction
    from jiandu.ops.tables import delivery

    with _known_schema(), transaction() as connection:
        status: Any = connection.execute(select(delivery.c.status).where(delivery.c.delivery_id == delivery_id)).scalar()
    return None if status is None else str(status)


def recounted(delivery_id: str, rows_total: int, outcomes: dict[str, int], rows_quarantine: int) -> None:
    """Bring the numbers of a delivery up to date after a replay of its quarantine."""
    if not configured():
        return
    from sqlalchemy import update

    from jiandu.ops import transaction
    from jiandu.ops.tables import delivery

    numbers = {"rows_total": rows_total, "rows_silver": sum(outcomes.values()), "rows_quarantine": rows_quarantine, "outcomes": outcomes}
    with _known_schema(), transaction() as connection:
        connection.execute(update(delivery).where(delivery.c.delivery_id == delivery_id).values(**numbers))


@contextmanager
def _known_schema() -> Iterator[None]:
    from sqlalchemy.exc import ProgrammingError

    try:
        yield
    except ProgrammingError as error:
        if "does not exist" not in str(error):
            raise
        problem = Problem("ops.delivery", "the operational store has no such table or column yet", "jiandu up brings its schema up to date")
        raise ServiceUnavailable(problem) from error


@contextmanager
def only_writer(contract: str) -> Iterator[None]:
    """At most one writer of a contract's tables at a time on this installation; others wait. Raises ``JianduError`` after ten minutes."""
    folder = settings().home / "locks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / f"{contract}.lock").open("w")
    except OSError as error:
        raise JianduError.at(str(folder), f"cannot be written: {error.strerror}", "check JIANDU_HOME and its permissions") from error
    with handle:
        give_up = time.monotonic() + PATIENCE_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > give_up:
                    raise JianduError.at(contract, "another process has been writing this data set for ten minutes", "jiandu status") from error
                time.sleep(0.1)
        yield
