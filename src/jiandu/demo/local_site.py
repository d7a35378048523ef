"""A public site on loopback that behaves as such sites do: ETags, a rate limit, now and then 403, 429 or 503, and an access log.

Each test site (takeaway platforms, forum) says how a request is answered under the state of its switch, a file that is read again when
it changes, so that a drill can change a running site. Pages hold no time of their own: same state, same bytes.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

TROUBLES = {59: (503, "Service Unavailable"), 61: (429, "Too Many Requests"), 67: (403, "Forbidden")}
"""A page whose hash of address and day is divisible by the number is answered so when it is asked for the first time that day."""
RETRY_AFTER = "1"


@dataclass(frozen=True)
class Reply:
    """An answer of a site."""

    status: int
    kind: str
    body: bytes
    location: str = ""


MISSING = Reply(404, "text/html; charset=utf-8", "<!doctype html><title>404</title><p>没有这一页</p>".encode())


class Faults(Protocol):
    """What every switch can do to its site: the day it is there, refuse, be down, be slow, make trouble, limit the rate."""

    day: str
    trouble: bool
    rate: int
    blocked: bool
    down: bool
    slow: float


class Switched(Protocol):
    """What a site knows, under one state of its switch."""

    @property
    def switch(self) -> Faults:
        """The state."""


Scene = TypeVar("Scene", bound=Switched)


class Site(Generic[Scene]):
    """One site's state between requests. ``see`` makes the scene of a switch file, given the scene before (``None`` at first)."""

    def __init__(
        self, switch_file: Path, access_log: Path, see: Callable[[Path, Scene | None], Scene], answer: Callable[[Scene, str], Reply], prone: str,
    ) -> None:
        self.switch_file, self.see, self.reply, self.prone = switch_file, see, answer, prone
        self.lock = threading.Lock()
        self.stamp, self.scene = -1, see(switch_file, None)
        self.troubled: set[tuple[str, str]] = set()
        self.second, self.asked = 0, 0
        access_log.parent.mkdir(parents=True, exist_ok=True)
        self.log = access_log.open("a", encoding="utf-8", buffering=1)

    def now(self) -> Scene:
        """The scene under the switch as it stands."""
        with self.lock:
            stamp = self.switch_file.stat().st_mtime_ns if self.switch_file.is_file() else -1
            if stamp != self.stamp:
                self.scene, self.stamp = self.see(self.switch_file, self.scene), stamp
            return self.scene

    def answer(self, target: str) -> Reply | None:
        """The answer to a request, ``None`` where the site hangs up."""
        here = self.now()
        if here.switch.down:
            return None
        if here.switch.slow:
            time.sleep(here.switch.slow)
        if urlsplit(target).path == "/robots.txt":
            return self.reply(here, target)
        if here.switch.blocked:
            return Reply(403, "text/html; charset=utf-8", "<!doctype html><title>安全验证</title><p>请完成滑块验证</p>".encode())
        return self.trouble(here.switch, target) or self.reply(here, target)

    def trouble(self, switch: Faults, target: str) -> Reply | None:
        """What comes instead of an answer now and then: too many requests a second, or a page of the ``prone`` kind that fails once a day."""
        if not switch.trouble:
            return None
        with self.lock:
            second = int(time.monotonic())
            self.second, self.asked = second, self.asked + 1 if second == self.second else 1
            if self.asked > switch.rate:
                return Reply(429, "text/plain", b"Too Many Requests")
            place = zlib.crc32(f"{target} {switch.day}".encode())
            for divisor, (status, reason) in TROUBLES.items():
                if place % divisor == 0 and self.prone in target and (target, switch.day) not in self.troubled:
                    self.troubled.add((target, switch.day))
                    return Reply(status, "text/plain", reason.encode())
        return None


class Server(ThreadingHTTPServer):
    """The listener."""

    request_queue_size = 128  # the default of 5 makes a connection in a burst wait a second for its next try


def serve(site: Site[Any], port: int) -> ThreadingHTTPServer:
    """A site on a loopback port (0: any free one), not yet serving."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body leave in one packet
        timeout = 60

        def do_GET(self) -> None:
            reply = site.answer(self.path)
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
            site.log.write(json.dumps(asked) + "\n")

        def log_message(self, format: str, *args: Any) -> None:
            """The access log replaces the default line on stderr."""

    return Server(("127.0.0.1", port), Handler)


def serve_all(running: list[ThreadingHTTPServer]) -> None:
    """Serve several until stopped."""
    threads = [threading.Thread(target=one.serve_forever, daemon=True) for one in running]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
