"""The operational store: PostgreSQL schema ``ops``, master of work (assignments, answers) and of what left the system (alerts).

``engine()`` and ``transaction()`` open it, ``migrate()`` brings its schema up to date, ``jiandu.ops.tables`` describes it.
"""

from __future__ import annotations

from jiandu.ops.connection import dsn, engine, transaction
from jiandu.ops.migration import migrate

__all__ = ["dsn", "engine", "migrate", "transaction"]
