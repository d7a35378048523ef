"""Where a chain of successors ends: a code merged into another, a number taken over by another."""

from __future__ import annotations

from collections.abc import Mapping


def last(start: str, following: Mapping[str, str]) -> str:
    """The end of the chain that begins with ``start``; of a ring, the last one before it closes."""
    seen = {start}
    while (after := following.get(start)) and after not in seen:
        start = after
        seen.add(start)
    return start
