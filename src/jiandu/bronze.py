"""Bronze: what arrived, unchanged and append-only, one atomic commit a delivery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple

import duckdb
import pyarrow as pa

from jiandu import lake
from jiandu.conform import Staged
from jiandu.contracts.parsing import literal, quoted
from jiandu.source.rows import MOMENT, OP, POSITION, ROW_NO, SOURCE_AT

DELIVERIES_A_DAY = 1_000_000


class Seen(NamedTuple):
    """What bronze holds of a delivery: when it was loaded and where it stands in the order of file deliveries."""

    loaded_at: datetime
    position: int


def columns(staged: Staged) -> str:
    """The bronze columns of the incoming rows, as SQL. Shared with quarantine, which refuses rows in the same shape."""
    delivery, contract = staged.delivery, staged.contract
    return f"""{literal(delivery.delivery_id)} AS delivery_id, {quoted(ROW_NO)} AS row_no, sha256(raw) AS row_hash, {moment(delivery.loaded_at)} AS loaded_at,
        raw, {literal(contract.tier)} AS tier, {literal(contract.sealed)} AS sealed, {quoted(OP)} AS op, {quoted(POSITION)} AS "position",
        {quoted(SOURCE_AT)} AS source_at, {literal(delivery.source)} AS file"""


def append(staged: Staged) -> bool:
    """Write all rows of a delivery; a delivery that is there already changes nothing."""
    rows = stream(staged.connection, f"SELECT {columns(staged)} FROM (SELECT *, {staged.raw} AS raw FROM incoming)")
    return lake.append("bronze", staged.contract.id, rows, staged.delivery.delivery_id)


def seen(connection: duckdb.DuckDBPyConnection, name: str, delivery_id: str) -> Seen | None:
    """Load time and position of a delivery whose bronze commit went through, so that a repair repeats them; ``None`` for a new one."""
    if not lake.committed("bronze", name, delivery_id) or not lake.view(connection, "bronze", name, "bronze_seen"):
        return None
    rows = connection.execute('SELECT loaded_at, "position" FROM bronze_seen WHERE delivery_id = ? LIMIT 1', [delivery_id]).fetchall()
    return Seen(rows[0][0], int(rows[0][1])) if rows else None


def next_position(connection: duckdb.DuckDBPyConnection, name: str, delivered_on: date) -> int:
    """Where a file delivery stands among all: its business date, then its order of arrival within that date.

    So an older file that comes late never overrules a newer one, and a second file of the same day corrects the first.
    """
    first = int(f"{delivered_on:%Y%m%d}") * DELIVERIES_A_DAY
    if not lake.view(connection, "bronze", name, "bronze_positions"):
        return first
    query = 'SELECT max("position") FROM bronze_positions WHERE "position" BETWEEN ? AND ?'
    [(last,)] = connection.execute(query, [first, first + DELIVERIES_A_DAY - 1]).fetchall()
    return first if last is None else int(last) + 1


def moment(value: datetime) -> str:
    """An aware instant as an SQL literal for DuckDB."""
    return f"TIMESTAMPTZ '{value.astimezone(UTC).isoformat(sep=' ')}'"


def stream(connection: duckdb.DuckDBPyConnection, query: str) -> pa.RecordBatchReader:
    """A query's rows in batches, instants in UTC as Delta stores them."""
    reader = connection.sql(query).to_arrow_reader(16_384)
    schema = pa.schema([column.with_type(MOMENT) if pa.types.is_timestamp(column.type) else column for column in reader.schema])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            yield batch.cast(schema)

    return pa.RecordBatchReader.from_batches(schema, batches())
