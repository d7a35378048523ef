"""The forum in the demo: its state, a crawl of it, a minute of other posts beside it, and how soon the clues stand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from jiandu.demo.forum import THREADS, truth
from jiandu.demo.forum.switch import Switch, write
from jiandu.demo.forum.world import build
from jiandu.demo.plants.stage import Answer

SPIDER = "yunze_forum"


def prepare(seed: int, as_of: datetime, at: Path, clean: bool = False) -> list[Answer]:
    """Make the forum show the world of (seed, instant), and leave its truth apart, both in the folder ``at``; rows of the answer key."""
    write(at / "switch.json", Switch(seed, as_of.isoformat(), as_of.isoformat(), THREADS, clean))
    world = build(seed, as_of, THREADS, clean)
    truth.write(world, at)
    return list(truth.answers(world))
