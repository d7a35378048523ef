"""Marts: what the screens read. dbt builds them on Delta from silver and the clue store; PostgreSQL serves them.

``build(as_of)`` is the whole stage: reference tables and catalog, dbt with its tests, publication to schema ``mart``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jiandu.mart import catalog, postgres, reference, transform


@dataclass(frozen=True)
class BuildSummary:
    """What one build did: rows by published mart, dbt tests passed, and the warnings a person should read."""

    as_of: datetime
    rows: dict[str, int]
    tests: int
    warnings: list[str]

    def __str__(self) -> str:
        return f"{len(self.rows)} marts, {sum(self.rows.values())} rows, {self.tests} tests passed" + "".join(f"; warning: {w}" for w in self.warnings)


def build(as_of: datetime) -> BuildSummary:
    """Build every mart as of ``as_of`` and publish all of them to PostgreSQL in one switch.

    Raises ``ServiceUnavailable`` when Spark or PostgreSQL does not answer and ``JianduError`` naming each dbt model or
    test that failed; in both cases the published marts stay as they were.
    """
    reference.write(as_of)
    result = transform.run(as_of, catalog.register())
    sources = catalog.declared()
    rows = postgres.publish([*result.marts, *(transform.Mart(name, sources["mart", name]) for name in reference.PUBLISHED)])
    return BuildSummary(as_of, rows, result.tests, result.warnings)
