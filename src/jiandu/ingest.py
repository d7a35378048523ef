"""source → bronze → silver or quarantine: one delivery, one process, three named commits, one row of the ledger.

Order of the commits: bronze, quarantine, silver. Silver comes last and says that the delivery is done: a delivery found in bronze but not in
silver was cut short, and running it again completes it with the load time and position it had.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Literal

from deltalake.exceptions import DeltaError

from jiandu import bronze, contracts, heard, held, lake, ledger, quarantine, silver
from jiandu.clock import ZONE
from jiandu.conform import Delivery, conform, open_connection, require_columns
from jiandu.contracts import Contract
from jiandu.contracts.parsing import quoted
from jiandu.errors import DeliveryHeld, JianduError, Problem
from jiandu.settings import settings
from jiandu.source import files as source_files
from jiandu.source.decoding import looks_like
from jiandu.source.rows import ROW_NO, SYSTEM, RawRow, RawRows


@dataclass
class IngestResult:
    """What became of one delivery. ``silver``: accepted rows by outcome; ``warnings``: rows that break a ``warn`` check, by check."""

    contract: str
    source: str
    delivery_id: str
    status: Literal["loaded", "repeated", "held"]
    reason: str = ""
    delivered_on: date | None = None
    rows: int = 0
    silver: dict[str, int] = field(default_factory=dict)
    quarantined: int = 0
    duplicates: int = 0
    warnings: dict[str, int] = field(default_factory=dict)
    byte_size: int = 0


def ingest(contract_id: str, files: list[Path] | None, as_of: datetime) -> list[IngestResult]:
    """Load deliveries of a contract: the given files in their order, or all that landed by business date; a database is read by JDBC.

    A delivery that was loaded before is ``repeated`` and changes nothing; one that cannot be read is ``held`` and stops no other.
    Raises ``JianduError`` for a broken contract, a missing file or a lake that cannot be written.
    """
    contract = contracts.load(contract_id)
    if files is None and contract.delivery.kind == "jdbc":
        return ingest_table(contract, as_of)
    if files is None and contract.delivery.kind == "kafka":
        raise JianduError.at(contract_id, "is fed by its topic", "jiandu stream run, or give a file of archived messages")
    return [ingest_file(contract, path, as_of) for path in (landed(contract) if files is None else files)]


def landed(contract: Contract) -> list[Path]:
    """Files of a contract in the landing folder, by business date, then name; those without a date come last."""
    found = sorted(settings().landing_root.glob(contract.delivery.pattern))

    def order(path: Path) -> tuple[date, str]:
        try:
            return source_files.delivered_on(contract, path) or date.min, path.name
        except DeliveryHeld:
            return date.max, path.name

    return sorted((path for path in found if path.is_file()), key=order)


def file_delivery_id(contract_id: str, path: Path, day: date | None = None) -> tuple[str, int]:
    """sha256 of contract id, business date (where files have one) and bytes; and the number of bytes.

    The date belongs to it: a register that on Wednesday is again what it was on Monday says something that Tuesday's did not, and a
    file without rows is news every day. Raises ``JianduError`` for a file that cannot be read.
    """
    digest, size = hashlib.sha256(contract_id.encode() + b"\0" + (f"{day}\0".encode() if day else b"")), 0
    try:
        with path.open("rb") as handle:
            while block := handle.read(1 << 20):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise JianduError.at(str(path), f"cannot be read: {error.strerror}", "check the path and its permissions") from error
    return digest.hexdigest(), size


def ingest_file(contract: Contract, path: Path, as_of: datetime) -> IngestResult:
    """Load one file."""
    try:
        day, undated = source_files.delivered_on(contract, path), None
    except DeliveryHeld as error:
        day, undated = None, error
    delivery_id, size = file_delivery_id(contract.id, path, day)
    result = IngestResult(contract.id, path.name, delivery_id, "loaded", delivered_on=day, byte_size=size)
    with ledger.only_writer(contract.id), writable():
        try:
            if undated:
                raise undated
            if lake.committed("silver", contract.id, delivery_id):
                return repeated(result, as_of)
            not_of_the_future(path, day, as_of)
            load(contract, result, read_file(contract, path), as_of)
        except DeliveryHeld as error:
            result.status, result.reason = "held", "; ".join(map(str, error.problems))
            held.keep(delivery_id, contract.id, path, result.reason, as_of)
        else:
            held.release(delivery_id)
        record(result, as_of)
    return result


def not_of_the_future(path: Path, day: date | None, as_of: datetime) -> None:
    """A delivery dated after today is held: its feed would count as fresh until then, and every right one after it as late."""
    if day is not None and day > as_of.astimezone(ZONE).date():
        todo = "rename it if the date is wrong; else ingest it on that day"
        raise DeliveryHeld(Problem(str(path), f"the file name carries a date still to come: {day}", todo))


def ingest_rows(contract: Contract | str, delivery_id: str, rows: RawRows | Iterable[RawRow], as_of: datetime, source: str = "") -> IngestResult:
    """Load rows that came without a file: a batch of change messages, a table read by JDBC. ``delivery_id`` names them for ever."""
    contract = contracts.load(contract) if isinstance(contract, str) else contract
    delivered = rows if isinstance(rows, RawRows) else RawRows.of(rows)
    result = IngestResult(contract.id, source or delivery_id, delivery_id, "loaded", byte_size=delivered.table.nbytes)
    with ledger.only_writer(contract.id), writable():
        if lake.committed("silver", contract.id, delivery_id):
            return repeated(result, as_of)
        try:
            require_columns(contract, delivered)
            load(contract, result, delivered, as_of)
        except DeliveryHeld as error:
            result.status, result.reason = "held", "; ".join(map(str, error.problems))
            plain = [{name: value for name, value in row.items() if name in SYSTEM or value is not None} for row in delivered.table.to_pylist()]
            held.keep_rows(delivery_id, contract.id, plain, result.reason, as_of)
        record(result, as_of)
    return result


def ingest_table(contract: Contract, as_of: datetime) -> list[IngestResult]:
    """Load what changed in a table of another database since the newest change in bronze; no result when nothing did."""
    from jiandu.source import jdbc

    with lake.duck() as connection:
        since = None
        if lake.view(connection, "bronze", contract.id, "bronze_rows", ["source_at"]):
            [(since,)] = connection.execute("SELECT max(source_at) FROM bronze_rows").fetchall()
        rows = jdbc.read(contract, since)
        if not len(rows):
            heard.record(contract.id, as_of, "no changes in the table")
            return []
        connection.register("read", rows.table.select([ROW_NO, *rows.names]))
        query = f"SELECT string_agg(sha256(CAST(to_json(r) AS VARCHAR)), '' ORDER BY {quoted(ROW_NO)}) FROM read r"
        [(content,)] = connection.execute(query).fetchall()
    delivery_id = hashlib.sha256(f"{contract.id}\0{content}".encode()).hexdigest()
    table = contract.delivery.jdbc.table if contract.delivery.jdbc else contract.id
    return [ingest_rows(contract, delivery_id, rows, as_of, source=table)]


def load(contract: Contract, result: IngestResult, rows: RawRows, as_of: datetime) -> None:
    """Bring a delivery's rows into bronze, quarantine and silver; fills in the numbers of ``result``."""
    connection = open_connection()
    try:
        before = bronze.seen(connection, contract.id, result.delivery_id)
        day = result.delivered_on or as_of.astimezone(ZONE).date()
        position = before.position if before else bronze.next_position(connection, contract.id, day)
        midnight = datetime.combine(day, time(), ZONE) if result.delivered_on else as_of
        loaded_at = before.loaded_at if before else as_of
        staged = conform(connection, contract, rows, Delivery(result.delivery_id, result.source, loaded_at, position, midnight, result.byte_size))
        bronze.append(staged)
        quarantine.append(staged, repair=before is not None)
        del rows
        staged.release()
        result.silver = silver.merge(staged, result.delivery_id, f"NOT {staged.breaks('fail')}")
        result.rows, result.quarantined, result.duplicates, result.warnings = staged.rows, staged.refused, staged.duplicates, staged.warnings
        if not result.rows:
            heard.record(contract.id, midnight, f"{result.source}: no rows")
    finally:
        connection.close()


def repeated(result: IngestResult, as_of: datetime) -> IngestResult:
    """A delivery that is in silver already. Only a ledger that missed it (the store was down) is completed."""
    result.status = "repeated"
    if ledger.known(result.delivery_id) == "loaded":
        return result
    result.rows, result.silver, result.quarantined = recount(result.contract, result.delivery_id)
    record(result, as_of)
    return result


def recount(name: str, delivery_id: str) -> tuple[int, dict[str, int], int]:
    """Rows, silver rows by outcome and open quarantine rows of a delivery, as the lake has them."""
    numbers: dict[str, dict[str, int]] = {}
    with lake.duck() as connection:
        for layer, what, where in (("bronze", "op", "true"), ("silver", "outcome", "true"), ("quarantine", "rule", "replayed_at IS NULL")):
            if lake.view(connection, layer, name, "counted"):
                query = f"SELECT {what}, count(*) FROM counted WHERE delivery_id = ? AND {where} GROUP BY 1"
                numbers[layer] = {str(word): int(number) for word, number in connection.execute(query, [delivery_id]).fetchall()}
    return sum(numbers.get("bronze", {}).values()), numbers.get("silver", {}), sum(numbers.get("quarantine", {}).values())


def record(result: IngestResult, as_of: datetime) -> None:
    """Enter a delivery in the ledger."""
    ledger.record(ledger.Entry(
        result.delivery_id, result.contract, result.source, result.delivered_on, result.byte_size, "held" if result.status == "held" else "loaded",
        as_of, as_of, result.reason or None, result.rows, sum(result.silver.values()), result.quarantined, result.duplicates, result.warnings, result.silver,
    ))


def read_file(contract: Contract, path: Path) -> RawRows:
    """The rows of a file whose columns fit the contract. Raises ``DeliveryHeld``."""
    rows = source_files.read(contract, path)
    require_columns(contract, rows, encoding_hint(contract, path, rows))
    return rows


def encoding_hint(contract: Contract, path: Path, rows: RawRows) -> str:
    """What to do when column names do not fit because the file is in another encoding that happens to decode."""
    if contract.delivery.format not in ("csv", "jsonl") or not set(rows.names) - set(contract.columns):
        return ""
    with path.open("rb") as handle:
        other = looks_like(handle.read(200_000), contract.delivery.encoding)
    return f"the file reads as {other}, the contract says {contract.delivery.encoding}" if other == "utf-8" else ""


@contextmanager
def writable() -> Iterator[None]:
    """A lake that cannot be written is one clear error."""
    try:
        yield
    except (OSError, DeltaError) as error:
        message = str(error).strip().splitlines()[0][:300]
        raise JianduError.at(settings().lake_root, f"the lake cannot be read or written: {message}", "check the path, permissions and space") from error
