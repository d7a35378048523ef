"""Windows of event time: aligned to the epoch and half overlapping, so that they depend on the posts alone and no border hides a burst."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from jiandu.clock import ZONE

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def bucket(at: datetime, minutes: int) -> int:
    """The half window an instant lies in; windows are ``minutes`` long and begin every half of that."""
    return int((at - EPOCH) // timedelta(minutes=minutes / 2))


def covering(at: datetime, minutes: int) -> tuple[int, int]:
    """The two windows that hold an instant, named by their first half."""
    half = bucket(at, minutes)
    return half - 1, half


def touched(instants: Iterable[datetime], minutes: int) -> set[int]:
    """Every window that holds one of these instants."""
    return {window for at in instants for window in covering(at, minutes)}


@lru_cache(maxsize=4096)
def span(window: int, minutes: int) -> tuple[datetime, datetime]:
    """Begin and end (excluded) of a window, in UTC: instants of one zone compare ten times faster than those of two."""
    start = EPOCH + window * timedelta(minutes=minutes / 2)
    return start, start + timedelta(minutes=minutes)


@lru_cache(maxsize=4096)
def bounds(window: int, minutes: int) -> tuple[datetime, datetime]:
    """Begin and end (excluded) of a window, in the province's zone."""
    start, end = span(window, minutes)
    return start.astimezone(ZONE), end.astimezone(ZONE)
