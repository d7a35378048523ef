"""The switch of the test forum: which instant it is there, how much is shown, which layout, and what goes wrong."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from jiandu import whole


@dataclass
class Switch:
    """The state of the forum. ``as_of`` made the world, ``at`` is the instant it is there now: later posts, edits and removals are still to come."""

    seed: int
    as_of: str
    at: str
    threads: int
    clean: bool = False
    """Nothing is planted."""
    flood: int = 0
    """So many identical posts of a lure in one further thread."""
    layout: int = 1
    trouble: bool = True
    rate: int = 300
    """Requests a second beyond which the forum answers 429."""
    blocked: bool = False
    empty: bool = False
    down: bool = False
    slow: float = 0.0
    """Seconds each answer takes."""
    endless: bool = False
    """The lists never end."""
    malformed: list[str] = field(default_factory=list)
    """Threads whose page is cut off in the middle of its mark-up."""
    gone: list[str] = field(default_factory=list)
    """Threads that were removed by the forum: not listed, and 404."""
    timeless: list[str] = field(default_factory=list)
    """Posts whose time is no time."""

    @property
    def day(self) -> str:
        """The day it is, by which single pages fail."""
        return self.at[:10]

    def now(self) -> datetime:
        """The instant it is."""
        return datetime.fromisoformat(self.at)


def write(path: Path, switch: Switch) -> None:
    """Set the switch."""
    whole.write(path, json.dumps(asdict(switch), ensure_ascii=False, indent=1).encode())


def read(path: Path) -> Switch:
    """Read the switch."""
    return Switch(**json.loads(path.read_text("utf-8")))
