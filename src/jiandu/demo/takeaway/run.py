"""The platforms in the demo: how many shops they show, which day it is there, and the capture a day before the demo's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from jiandu import clock
from jiandu.demo.takeaway import DEMO_SHOPS, SHOPS, folder, truth
from jiandu.demo.takeaway.switch import Switch, read, write
from jiandu.demo.takeaway.world import build
from jiandu.settings import settings

APART = timedelta(hours=24)
"""Nothing is called unpublished before it was missed twice, a day apart (F1)."""
SPIDERS = ("shisuda", "baiwei")


def switch_file() -> Path:
    """The switch of this home's platforms."""
    return folder() / "switch.json"


def ensure_switch() -> Path:
    """The switch file; made for the demo's day when there is none."""
    if not switch_file().is_file():
        prepare(1, DEMO_SHOPS, clock.parse_as_of(settings().demo_as_of))
    return switch_file()


def prepare(seed: int, shops: int, as_of: datetime) -> None:
    """Make the platforms show the first ``shops`` of the world of (seed, day), and leave its truth apart. Raises ``ValueError`` beyond the world."""
    if not 0 < shops <= SHOPS:
        raise ValueError(f"the world has {SHOPS} shops")
    today = f"{as_of.date()}"
    write(switch_file(), Switch(seed, today, today, shops))
    truth.write(build(seed, as_of.date(), shops))


def day_is(as_of: datetime) -> None:
    """Let it be that day on the platforms."""
    switch = read(switch_file())
    switch.day = f"{as_of.date()}"
    write(switch_file(), switch)


def first_capture(as_of: datetime) -> list[str]:
    """Crawl both platforms as they were a day before; one line each."""
    from jiandu.crawl import crawl

    before = as_of - APART
    day_is(before)
    try:
        reports = [crawl(spider, before) for spider in SPIDERS]
    finally:
        day_is(as_of)
    return [f"{one.spider} {before:%Y-%m-%d}: {one.rows} shops, {one.pages} pages, {len(one.problems)} not read" for one in reports]
