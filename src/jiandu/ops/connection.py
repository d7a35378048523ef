"""Opening the operational store: one pooled engine an address, bounded patience, one clear error when nobody answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from jiandu.errors import Problem, ServiceUnavailable
from jiandu.settings import settings

TRIES = 5
FIRST_PAUSE_S = 0.2
"""Pauses double: five tries wait three seconds in all, enough for a restart of the server, short enough for a person."""

CONNECT_TIMEOUT_S = 3
NO_SCHEMA = ("3F000", "42P01")
"""SQLSTATE of a missing schema and of a missing table."""


def dsn() -> str:
    """Address of the operational store: the setting, else the embedded server's own. Raises ``ServiceUnavailable`` before first start."""
    if settings().postgres_dsn:
        return settings().postgres_dsn
    from jiandu.services import secrets

    return str(secrets.read()["postgres_dsn"])


def engine() -> Engine:
    """An engine whose server has just answered. Raises ``ServiceUnavailable`` after ``TRIES`` refused connections."""
    made = _engine(dsn())
    pause = FIRST_PAUSE_S
    for attempt in range(1, TRIES + 1):
        try:
            with made.connect() as connection:
                connection.execute(text("SELECT 1"))
            return made
        except (OperationalError, InterfaceError) as error:
            if attempt == TRIES:
                raise unavailable(error) from error
            time.sleep(pause)
            pause *= 2
    raise AssertionError("unreachable: the last try returns or raises")


@contextmanager
def transaction() -> Iterator[Connection]:
    """One transaction, committed at the end; a server lost on the way becomes ``ServiceUnavailable`` and nothing is kept."""
    try:
        with engine().begin() as connection:
            yield connection
    except DBAPIError as error:
        if error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError)):
            raise unavailable(error) from error
        if getattr(error.orig, "sqlstate", None) in NO_SCHEMA:
            where = make_url(dsn()).render_as_string(hide_password=True)
            raise ServiceUnavailable(Problem(where, "the operational store has no such table yet", "jiandu up brings its schema up to date")) from error
        raise


def unavailable(error: DBAPIError) -> ServiceUnavailable:
    """The error a user sees; the address is shown without its password."""
    where = make_url(dsn()).render_as_string(hide_password=True)
    reason = str(error.orig).strip().splitlines()
    what = f"PostgreSQL does not answer: {reason[0] if reason else type(error.orig).__name__}"
    return ServiceUnavailable(Problem(where, what, "jiandu status, jiandu up"))


@cache
def _engine(address: str) -> Engine:
    url = make_url(address).set(drivername="postgresql+psycopg")
    arguments = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "jiandu", "options": "-c timezone=Asia/Shanghai"}
    return create_engine(url, pool_pre_ping=True, pool_size=4, max_overflow=4, connect_args=arguments)
