"""The switch of the test platforms: which day it is there, how many shops are shown, which layout, and what goes wrong.

A file that the servers read again when it changes, so that a drill can change a running platform.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from jiandu import whole


@dataclass
class Switch:
    """The state of the platforms. Lists hold shop ids; ``trouble`` lets a few pages answer 403, 429 or 503 once a day, and limits the rate."""

    seed: int
    today: str
    """The demo's day, by which the world was made."""
    day: str
    """The day it is on the platforms now."""
    shops: int
    clean: bool = False
    """Nothing is planted."""
    layout: int = 1
    trouble: bool = True
    rate: int = 300
    """Requests a second beyond which the platform answers 429."""
    blocked: bool = False
    empty: bool = False
    down: bool = False
    endless: bool = False
    """The list never ends."""
    slow: float = 0.0
    """Seconds each answer takes."""
    blockless: list[str] = field(default_factory=list)
    """Pages without the block a reader expects."""
    redirecting: list[str] = field(default_factory=list)
    hostile: list[str] = field(default_factory=list)
    """Shops whose photo has a file name that climbs out of its folder."""
    no_picture: list[str] = field(default_factory=list)
    """Shops whose photo is an HTML page."""
    stand_ins: bool = False

    def on(self) -> date:
        """The day it is."""
        return date.fromisoformat(self.day)


def write(path: Path, switch: Switch) -> None:
    """Set the switch."""
    whole.write(path, json.dumps(asdict(switch), ensure_ascii=False, indent=1).encode())


def read(path: Path) -> Switch:
    """Read the switch."""
    return Switch(**json.loads(path.read_text("utf-8")))
