"""Waiting until everything the agencies' captured databases hold has reached the lake."""

from __future__ import annotations

import time

from jiandu import lake, silver
from jiandu.errors import ServiceUnavailable
from jiandu.stream import status


def wait_until_read(patience: float = 240) -> None:
    """Wait until every stream is healthy, read to its end, and silver holds as many current rows as its agency's table.

    Raises ``ServiceUnavailable`` saying what each stream still lacks after ``patience`` seconds.
    """
    from jiandu.demo.agencies import POLICE, session

    deadline = time.monotonic() + patience
    while True:
        with session(POLICE.database) as agency:
            [(rows,)] = agency.execute(f"SELECT count(*) FROM {POLICE.name}".encode()).fetchall()
        states = status()
        lacking = [f"{state.contract}: {state.problem or f'{state.lag} messages unread'}" for state in states if state.problem or state.lag != 0]
        if (loaded := current(POLICE.data_set)) != rows:
            lacking.append(f"{POLICE.data_set}: {loaded} of {rows} rows in silver")
        if not lacking:
            return
        if time.monotonic() > deadline:
            raise ServiceUnavailable.at("change streams", "; ".join(lacking), "jiandu stream status; jiandu logs stream; jiandu logs connect")
        time.sleep(1)


def current(contract: str) -> int:
    """Current rows of a silver table; 0 while there is none."""
    with lake.duck() as connection:
        if not lake.view(connection, "silver", contract, "counted"):
            return 0
        row = connection.execute(f"SELECT count(*) FROM counted WHERE {silver.current_sql()}").fetchone()
        return int(row[0]) if row else 0
