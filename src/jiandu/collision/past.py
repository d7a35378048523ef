"""The lake as it was known on a day: only rows loaded by then, and feeds as recent as they were then. No look ahead.

Silver keeps every accepted row with its load instant, and ``silver.as_known_sql`` is the law of what held; so a row that was loaded later is
not seen, however early its valid date, and a correction that was loaded later has not happened yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import TracebackType

from jiandu import heard, lake, silver
from jiandu.collision import law
from jiandu.collision.datasets import Dataset, current_sql, dataset, empty_sql
from jiandu.collision.engines import DuckEngine, predicate
from jiandu.collision.feeds import Feed, day_after

HISTORY = ("record_key", "valid_from", "valid_to", "superseded_at", "outcome", "position", "content_hash", "loaded_at", "delivery_id", "row_no")
"""What ``as_known_sql`` and the predicate of current rows look at, beside the fields."""


class Past:
    """One DuckDB connection that shows some data sets as known at one instant after another; dates must not go back."""

    def __init__(self, names: Sequence[str]) -> None:
        self.engine = DuckEngine()
        self.names = list(dict.fromkeys(names))
        for table, rows in law.reference_tables().items():
            self.engine.put(table, rows)
        self.kept = {name: self._keep(dataset(name)) for name in self.names}
        self.arrivals = {name: self._arrivals(dataset(name)) for name in self.names}
        self.shown: dict[str, int] = {}

    def __enter__(self) -> Past:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.engine.close()

    def show(self, moment: datetime) -> dict[str, Feed]:
        """Put every data set in place as it was known at ``moment``, and say how its feed stood then.

        A data set that gained no row since the last instant is left as it is.
        """
        connection, until = self.engine.connection, moment.astimezone(UTC)
        for name in self.names:
            data, loaded = dataset(name), 0
            if self.kept[name]:
                stamp = "loaded_at" if data.layer == "silver" else "as_of"
                [[loaded]] = connection.execute(f'SELECT count(*) FROM "past__{name}" WHERE {stamp} <= ?', [until]).fetchall()
            if self.shown.get(name) != loaded:
                connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {self._as_known(data, until) if loaded else empty_sql(data)}")
                self.shown[name] = loaded
        return {name: self._feed(dataset(name), moment) for name in self.names}

    def _keep(self, data: Dataset) -> bool:
        """Table ``past__<name>`` of every row there ever was, with the columns that are read; False when there is none."""
        connection, source = self.engine.connection, f"lake__{data.name}"
        if not lake.view(connection, data.layer, data.table, source):
            return False
        present = [row[0] for row in connection.execute(f'DESCRIBE "{source}"').fetchall()]
        wanted = [f'"{name}"' for name in dict.fromkeys([*data.columns, "row_hash", "sealed", "as_of", *HISTORY]) if name in present]
        connection.execute(f'CREATE TEMP TABLE "past__{data.name}" AS SELECT {", ".join(wanted)} FROM "{source}"')
        return True

    def _as_known(self, data: Dataset, until: datetime) -> str:
        table = f'"past__{data.name}"'
        present = [row[0] for row in self.engine.connection.execute(f"DESCRIBE {table}").fetchall()]
        if data.layer != "silver":
            # A derived table holds its latest state only: of an earlier day it knows nothing, and says so by being empty.
            return current_sql(data, table, present, f"as_of <= TIMESTAMPTZ '{until.isoformat(sep=' ')}'")
        return current_sql(data, f"({silver.as_known_sql(table, until)}) AS known", present, predicate(data))

    def _arrivals(self, data: Dataset) -> list[tuple[datetime, datetime]]:
        """Load instant and date of every delivery, by the day; being told that there is nothing new counts as one."""
        told = [(moment, moment) for moment in heard.moments(data.name)]
        layer = "bronze" if data.layer == "silver" else data.layer
        loaded = "loaded_at" if data.layer == "silver" else data.recency
        with closing(lake.glance()) as connection:
            if not lake.view(connection, layer, data.table, "deliveries", list(dict.fromkeys([loaded, data.recency]))):
                return told
            rows: list[tuple[datetime, datetime]] = connection.execute(
                f"SELECT {loaded} AS loaded, max({data.recency}) FROM deliveries WHERE {data.recency} IS NOT NULL"
                f" GROUP BY loaded, date_trunc('day', {data.recency}) ORDER BY ALL"
            ).fetchall()
        return rows + told

    def _feed(self, data: Dataset, moment: datetime) -> Feed:
        ends = day_after(moment)
        latest = max((dated for loaded, dated in self.arrivals[data.name] if loaded <= moment and dated < ends), default=None)
        fresh = latest is not None and moment - latest <= timedelta(days=data.freshness_days)
        return Feed(data.name, data.title, latest, fresh, data.freshness_days)
