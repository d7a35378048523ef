"""The platforms in the demo: how many shops they show, which day it is there, and the capture a day before the demo's own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from jiandu.demo.takeaway import SHOPS, folder, truth
from jiandu.demo.takeaway.pictures import Album
from jiandu.demo.takeaway.switch import Switch, read, write
from jiandu.demo.takeaway.world import build
from jiandu.errors import JianduError

APART = timedelta(hours=24)
"""Nothing is called unpublished before it was missed twice, a day apart (F1)."""
SPIDERS = ("shisuda", "baiwei")


def switch_file() -> Path:
    """The switch of this home's platforms."""
    return folder() / "switch.json"


def prepare(seed: int, shops: int, as_of: datetime, at: Path | None = None, clean: bool = False) -> None:
    """Make the platforms show the first ``shops`` of the world of (seed, day), and leave its truth apart, both in the folder ``at``.

    Raises ``JianduError`` for more shops than the world has.
    """
    if not 0 < shops <= SHOPS:
        raise JianduError.at("--shops", f"{shops} is not a number of shops", f"1 to {SHOPS}")
    at, today = at or folder(), f"{as_of.date()}"
    write(at / "switch.json", Switch(seed, today, today, shops, clean))
    truth.write(build(seed, as_of.date(), shops, clean), at)


def photograph() -> int:
    """Render every photo the platforms will show, ahead of the first visitor; how many there are. 0.2-0.4 CPU-seconds each, once a home."""
    switch = read(switch_file())
    album = Album(switch.seed)
    names: set[int] = set()
    for shop in build(switch.seed, date.fromisoformat(switch.today), switch.shops, switch.clean):
        for one in shop.listings:
            places = {shown.licence for shown in one.showings if shown.picture} | ({1} if one.business else set())
            names.update(hash(album.photo(shop, one, place)) for place in places)
    return len(names)


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
