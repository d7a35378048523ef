"""What the law, the places and the data sets say: as the content roots have it now, or as a model version kept it.

``law``, ``datasets`` and ``identity`` ask here first. Outside ``held`` everything is None, and they read their files.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jiandu.collision.datasets import Dataset
    from jiandu.collision.law import Parameter


@dataclass(frozen=True)
class Pinned:
    """Content held fast; None where the files are to be read."""

    parameters: dict[str, Parameter] | None = None
    exceptions: dict[date, bool] | None = None
    divisions: dict[str, str] | None = None
    jurisdictions: dict[str, str] | None = None
    datasets: dict[str, Dataset] | None = None


FREE = Pinned()
"""Nothing is held: all files are read."""

_pinned: ContextVar[Pinned] = ContextVar("pinned")


def pinned() -> Pinned:
    """What is held fast here and now."""
    return _pinned.get(FREE)


@contextmanager
def held(content: Pinned) -> Iterator[None]:
    """Let ``content`` stand for the files as long as the block runs, in this thread only."""
    token = _pinned.set(content)
    try:
        yield
    finally:
        _pinned.reset(token)
