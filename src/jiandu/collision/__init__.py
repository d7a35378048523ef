"""Collisions: supervision models evaluated over silver, on Spark or on DuckDB, into clues.

``run(models, as_of, engine, how)`` is the door for schedulers and commands; ``library.load`` reads and lints models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jiandu.collision.runner import RunSummary


def run(models: Sequence[str] | None, as_of: datetime, engine: str = "spark", how: str = "changes") -> list[RunSummary]:
    """See :func:`jiandu.collision.runner.run`; imported when called, so that a DAG file or ``--help`` does not pay for it."""
    from jiandu.collision import runner

    return runner.run(models, as_of, engine, how)


def __getattr__(name: str) -> Any:
    if name == "RunSummary":
        from jiandu.collision.runner import RunSummary

        return RunSummary
    raise AttributeError(name)
