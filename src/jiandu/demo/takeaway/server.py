"""The two platforms as local servers: ``python -m jiandu.demo.takeaway.server``, on loopback. The switch file says which day it is there
and what goes wrong (``jiandu.demo.local_site``).
"""

from __future__ import annotations

from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path

from jiandu.demo.local_site import Reply, Site, serve, serve_all
from jiandu.demo.takeaway import api_site, folder, page_site
from jiandu.demo.takeaway.scene import Scene, scene
from jiandu.demo.takeaway.shops import API, PAGES
from jiandu.demo.takeaway.switch import Switch, read

SITES: dict[str, Callable[[Scene, str], Reply]] = {PAGES: page_site.answer, API: api_site.answer}


def state(switch_file: Path) -> Switch:
    """The switch, or a platform without shops while no world was generated."""
    return read(switch_file) if switch_file.is_file() else Switch(1, "2026-11-20", "2026-11-20", 1, empty=True)


def server(name: str, port: int, switch_file: Path, access_log: Path) -> ThreadingHTTPServer:
    """A platform under a switch file; without one it lists nothing."""

    def see(file: Path, old: Scene | None) -> Scene:
        """The scene of the switch; the world is made again only when it is another one."""
        switch = state(file)
        if old and all(getattr(switch, name) == getattr(old.switch, name) for name in ("seed", "today", "shops", "clean")):
            return Scene(name, switch, type(old.album)(switch.seed, switch.stand_ins), old.shops)
        return scene(name, switch)

    return serve(Site(switch_file, access_log, see, SITES[name], "shop"), port)


def main() -> None:
    """Serve both until stopped; run by the supervisor as program ``takeaway``."""
    from jiandu.demo.takeaway.run import switch_file
    from jiandu.settings import settings

    ports = {PAGES: "takeaway", API: "takeaway_api"}
    serve_all([server(name, settings().port(port), switch_file(), folder() / f"{port}.access.jsonl") for name, port in ports.items()])


if __name__ == "__main__":
    main()
