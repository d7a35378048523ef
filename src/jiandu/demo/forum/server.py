"""The forum as a local server: ``python -m jiandu.demo.forum.server``, on loopback, under its switch file (``jiandu.demo.local_site``)."""

from __future__ import annotations

from datetime import datetime
from http.server import ThreadingHTTPServer
from pathlib import Path

from jiandu.demo.forum import folder, switch_file
from jiandu.demo.forum.pages import Scene, answer
from jiandu.demo.forum.switch import Switch, read
from jiandu.demo.forum.world import build
from jiandu.demo.local_site import Site, serve, serve_all

MAKES = ("seed", "as_of", "threads", "clean", "flood")
"""What of a switch makes another world."""


def see(file: Path, old: Scene | None) -> Scene:
    """The forum as the switch says; empty while no world was generated."""
    switch = read(file) if file.is_file() else Switch(1, "2026-11-20T08:00:00+08:00", "2026-11-20T08:00:00+08:00", 0, clean=True)
    if old and all(getattr(switch, name) == getattr(old.switch, name) for name in MAKES):
        return Scene(switch, old.forum)
    return Scene(switch, build(switch.seed, datetime.fromisoformat(switch.as_of), switch.threads, switch.clean, switch.flood))


def server(port: int, switch: Path, access_log: Path) -> ThreadingHTTPServer:
    """The forum under a switch file."""
    return serve(Site(switch, access_log, see, answer, "thread"), port)


def main() -> None:
    """Serve until stopped; run by the supervisor as program ``forum``."""
    from jiandu.settings import settings

    serve_all([server(settings().port("forum"), switch_file(), folder() / "access.jsonl")])


if __name__ == "__main__":
    main()
