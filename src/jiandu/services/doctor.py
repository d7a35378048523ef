"""What the machine lacks to run the embedded services, each with how to get it."""

from __future__ import annotations

from dataclasses import dataclass

from jiandu.settings import Settings


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ``todo`` is empty when it is good."""

    name: str
    good: bool
    what: str
    todo: str = ""


def examine(config: Settings) -> list[Finding]:
    """Look at everything; nothing is changed."""
    return []
