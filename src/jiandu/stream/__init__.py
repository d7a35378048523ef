"""Change streams: envelopes into one normal form, a reader into the lake, dead letters, the change-data connector."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jiandu.stream.watch import StreamStatus

__all__ = ["status"]


def status() -> list[StreamStatus]:
    """State of every stream: reader alive, lag, dead letters, connector. ``problem`` is empty where nobody has to look."""
    from jiandu.stream import watch

    return watch.status()
