"""The two takeaway platforms on loopback, small and with stand-in pictures, for tests of crawling."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jiandu import clock
from jiandu.crawl.landing import CrawlReport
from jiandu.demo.takeaway import server
from jiandu.demo.takeaway import switch as switches
from jiandu.demo.takeaway.shops import API, PAGES, Shop
from jiandu.demo.takeaway.world import build
from jiandu.settings import settings

AS_OF = datetime(2026, 11, 20, 8, tzinfo=clock.ZONE)


@dataclass
class Platforms:
    """Both platforms: their home, their switch, their shops."""

    home: Path
    shops: list[Shop]

    @property
    def switch_file(self) -> Path:
        return self.home / "switch.json"

    def set(self, **changes: Any) -> None:
        """Turn the switch."""
        switches.write(self.switch_file, replace(switches.read(self.switch_file), **changes))

    def requests(self, name: str = PAGES) -> list[dict[str, Any]]:
        """What the crawler asked for."""
        return [json.loads(line) for line in (self.home / f"{name}.jsonl").read_text("utf-8").splitlines()]

    def ids(self, name: str = PAGES) -> list[str]:
        """Shop ids of a platform."""
        return [one.shop_id for shop in self.shops for one in shop.listings if one.platform == name]

    @staticmethod
    def rows(report: CrawlReport) -> dict[str, dict[str, Any]]:
        """Delivered rows by shop id."""
        return {row["门店编号"]: row for row in map(json.loads, Path(report.delivery).read_text("utf-8").splitlines())}


@pytest.fixture
def platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Platforms]]:
    """Start both with so many shops; the spiders are pointed at them by the setting."""
    running: list[ThreadingHTTPServer] = []

    def start(count: int = 40, **changes: Any) -> Platforms:
        one = Platforms(tmp_path, build(1, AS_OF.date(), count))
        today = f"{AS_OF.date()}"
        state = switches.Switch(1, today, today, count, trouble=False, stand_ins=True)
        switches.write(one.switch_file, replace(state, **changes))
        running.extend(server.server(name, 0, one.switch_file, tmp_path / f"{name}.jsonl") for name in (PAGES, API))
        for each in running:
            threading.Thread(target=each.serve_forever, daemon=True).start()
        monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("JIANDU_TAKEAWAY_SITES", json.dumps([f"http://127.0.0.1:{each.server_port}" for each in running]))
        settings.cache_clear()
        return one

    yield start
    for each in running:
        each.shutdown()
        each.server_close()
    monkeypatch.undo()
    settings.cache_clear()
