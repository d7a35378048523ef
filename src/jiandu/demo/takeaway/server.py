"""The two platforms as local servers: ``python -m jiandu.demo.takeaway.server``, on loopback.

They behave as such sites do: ETags, a rate limit, now and then 403, 429 or 503, and an access log from which tests read how the crawler
behaved. The switch file says which day it is there and what goes wrong. Their pages hold no time of their own.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jiandu.demo.takeaway import api_site, folder, page_site
from jiandu.demo.takeaway.scene import Reply, Scene, scene
from jiandu.demo.takeaway.shops import API, PAGES
from jiandu.demo.takeaway.switch import Switch, read

SITES: dict[str, Callable[[Scene, str], Reply]] = {PAGES: page_site.answer, API: api_site.answer}
TROUBLES = {59: (503, "Service Unavailable"), 61: (429, "Too Many Requests"), 67: (403, "Forbidden")}
"""A page whose hash of address and day is divisible by the number is answered so when it is asked for the first time that day."""
RETRY_AFTER = "1"


class Platform:
    """One platform's state between requests."""

    def __init__(self, name: str, switch_file: Path, access_log: Path) -> None:
        self.name, self.switch_file, self.access_log = name, switch_file, access_log
        self.lock = threading.Lock()
        self.stamp, self.scene = -1, scene(name, state(switch_file))
        self.troubled: set[tuple[str, str]] = set()
        self.second, self.asked = 0, 0
        access_log.parent.mkdir(parents=True, exist_ok=True)
        self.log = access_log.open("a", encoding="utf-8", buffering=1)

    def now(self) -> Scene:
        """The scene under the switch as it stands; the world is made again only when it is another one."""
        with self.lock:
            stamp = self.switch_file.stat().st_mtime_ns if self.switch_file.is_file() else -1
            if stamp != self.stamp:
                switch, old = state(self.switch_file), self.scene
                same = all(getattr(switch, name) == getattr(old.switch, name) for name in ("seed", "today", "shops", "clean"))
                self.scene = Scene(self.name, switch, type(old.album)(switch.seed, switch.stand_ins), old.shops) if same else scene(self.name, switch)
                self.stamp = stamp
            return self.scene

    def answer(self, target: str) -> Reply | None:
        """The answer to a request, ``None`` where the platform hangs up."""
        here = self.now()
        if here.switch.down:
            return None
        if here.switch.slow:
            time.sleep(here.switch.slow)
        path = urlsplit(target).path
        if path == "/robots.txt":
            return SITES[self.name](here, target)
        if here.switch.blocked:
            return Reply(403, "text/html; charset=utf-8", "<!doctype html><title>安全验证</title><p>请完成滑块验证</p>".encode())
        return self.trouble(here.switch, target) or SITES[self.name](here, target)

    def trouble(self, switch: Switch, target: str) -> Reply | None:
        """What comes instead of an answer now and then."""
        if not switch.trouble:
            return None
        with self.lock:
            second = int(time.monotonic())
            self.second, self.asked = second, self.asked + 1 if second == self.second else 1
            if self.asked > switch.rate:
                return Reply(429, "text/plain", b"Too Many Requests")
            place = zlib.crc32(f"{target} {switch.day}".encode())
            for divisor, (status, reason) in TROUBLES.items():
                if place % divisor == 0 and "shop" in target and (target, switch.day) not in self.troubled:
                    self.troubled.add((target, switch.day))
                    return Reply(status, "text/plain", reason.encode())
        return None


def state(switch_file: Path) -> Switch:
    """The switch, or a platform without shops while no world was generated."""
    return read(switch_file) if switch_file.is_file() else Switch(1, "2026-11-20", "2026-11-20", 1, empty=True)


def server(name: str, port: int, switch_file: Path, access_log: Path) -> ThreadingHTTPServer:
    """A platform under a switch file; without one it lists nothing."""
    platform = Platform(name, switch_file, access_log)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body leave in one packet
        timeout = 60

        def do_GET(self) -> None:
            reply = platform.answer(self.path)
            if reply is None:
                self.close_connection = True
                return
            status, body = reply.status, reply.body
            etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            if status == 200 and self.headers.get("If-None-Match") == etag:
                status, body = 304, b""
            self.send_response(status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(body)))
            if reply.location:
                self.send_header("Location", reply.location)
            if status == 429:
                self.send_header("Retry-After", RETRY_AFTER)
            if status in (200, 304):
                self.send_header("ETag", etag)
                self.send_header("Cache-Control", "no-cache")
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
            asked = {"at": time.monotonic(), "path": self.path, "status": status, "agent": self.headers.get("User-Agent", "")}
            platform.log.write(json.dumps(asked) + "\n")

        def log_message(self, format: str, *args: Any) -> None:
            """The access log replaces the default line on stderr."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # the default of 5 makes a connection in a burst wait a second for its next try

    return Server(("127.0.0.1", port), Handler)


def main() -> None:
    """Serve both until stopped; run by the supervisor as program ``takeaway``."""
    from jiandu.demo.takeaway.run import switch_file
    from jiandu.settings import settings

    ports = {PAGES: "takeaway", API: "takeaway_api"}
    running = [server(name, settings().port(port), switch_file(), folder() / f"{port}.access.jsonl") for name, port in ports.items()]
    threads = [threading.Thread(target=one.serve_forever, daemon=True) for one in running]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
