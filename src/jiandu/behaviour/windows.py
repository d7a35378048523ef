"""Windows of event time: aligned to the epoch and half overlapping, so that they depend on the posts alone and no border hides a burst."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

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


def bounds(window: int, minutes: int) -> tuple[datetime, datetime]:
    """Begin and end (excluded) of a window, in the province's zone."""
    start = EPOCH + window * timedelta(minutes=minutes / 2)
    return start.astimezone(ZONE), (start + timedelta(minutes=minutes)).astimezone(ZONE)
