"""The demo's public register: ``python -m jiandu.demo.site`` serves the generated licences as a regulator would, on loopback.

A paginated list, one page a licence, ETags, a robots.txt with a disallowed path, and an access log from which the tests read how the
crawler behaved. The pages hold no time of their own: same licences, same bytes.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jiandu.settings import settings

PAGE_SIZE = 50
KEY = "许可证编号"
ROBOTS = "User-agent: *\nDisallow: /internal/\n"
STYLE = "body{font-family:sans-serif;max-width:60em;margin:2em auto}dt{display:inline-block;width:10em;color:#555}dd{display:inline;margin:0}"

Licence = dict[str, str]


def licences_file() -> Path:
    """Where the generator leaves the licences this site shows."""
    return settings().home.resolve() / "demo" / "site" / "licences.json"


def page(title: str, body: str) -> bytes:
    """A complete HTML page."""
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1>{body}<hr><p>云泽省市场监督管理局（虚构，演示数据）</p></body></html>"
    ).encode()


def list_page(licences: Sequence[Licence], number: int) -> bytes | None:
    """Page ``number`` (1-based) of the list; ``None`` beyond its end."""
    shown = licences[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    if number < 1 or (not shown and number > 1):
        return None
    rows = "".join(
        f'<tr><td><a class="licence" href="/licences/{escape(row[KEY])}.html">{escape(row[KEY])}</a></td><td>{escape(row["经营者名称"])}</td></tr>'
        for row in shown
    )
    more = f'<a rel="next" href="/licences/?page={number + 1}">下一页</a>' if number * PAGE_SIZE < len(licences) else ""
    return page("食品经营许可公示", f'<table class="licences">{rows}</table><p>第 {number} 页 {more} <a href="/internal/export">内部导出</a></p>')


def licence_page(licence: Licence) -> bytes:
    """The page of one licence: label and value pairs."""
    pairs = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(str(value))}</dd></div>" for label, value in licence.items())
    return page(licence["经营者名称"], f'<dl class="licence">{pairs}</dl>')


def answer(licences: Callable[[], Sequence[Licence]], target: str) -> tuple[int, str, bytes]:
    """Status, content type and bytes for a request target."""
    parts = urlsplit(target)
    if parts.path == "/robots.txt":
        return 200, "text/plain; charset=utf-8", ROBOTS.encode()
    body: bytes | None = None
    if parts.path == "/":
        body = page("云泽省市场监督管理局", '<p><a href="/licences/">食品经营许可公示</a></p>')
    elif parts.path == "/licences/":
        number = parse_qs(parts.query).get("page", ["1"])[0]
        body = list_page(licences(), int(number)) if number.isdigit() else None
    elif parts.path.startswith("/licences/"):
        wanted = parts.path.removeprefix("/licences/").removesuffix(".html")
        body = next((licence_page(row) for row in licences() if row[KEY] == wanted), None)
    return (200, "text/html; charset=utf-8", body) if body else (404, "text/html; charset=utf-8", page("没有这一页", ""))


def server(port: int, source: Path, access_log: Path, broken: frozenset[str] = frozenset()) -> ThreadingHTTPServer:
    """The site over the licences in ``source``, which is read again when it changes; ``broken`` paths answer HTTP 500 (for drills and tests)."""
    cache: dict[float, Sequence[Licence]] = {}

    def licences() -> Sequence[Licence]:
        stamp = source.stat().st_mtime if source.is_file() else 0.0
        if stamp not in cache:
            rows: Sequence[Licence] = json.loads(source.read_text("utf-8")) if stamp else []
            cache.clear()
            cache[stamp] = rows
        return cache[stamp]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, kind, body = (500, "text/plain", b"broken") if urlsplit(self.path).path in broken else answer(licences, self.path)
            etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            if status == 200 and self.headers.get("If-None-Match") == etag:
                status, body = 304, b""
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if status in (200, 304):
                self.send_header("ETag", etag)
                self.send_header("Cache-Control", "max-age=0")
            self.end_headers()
            self.wfile.write(body)
            with access_log.open("a", encoding="utf-8") as log:
                log.write(json.dumps({"at": time.monotonic(), "path": self.path, "status": status, "agent": self.headers.get("User-Agent", "")}) + "\n")

        def log_message(self, format: str, *args: Any) -> None:
            """The access log replaces the default line on stderr."""

    access_log.parent.mkdir(parents=True, exist_ok=True)
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main() -> None:
    """Serve until stopped; run by the supervisor as program ``site``."""
    source = licences_file()
    server(settings().port("site"), source, source.with_name("access.jsonl")).serve_forever()


if __name__ == "__main__":
    main()
