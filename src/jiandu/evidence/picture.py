"""Screenshots of captured pages, rendered from the WARC records themselves: what the browser shows is what the evidence holds.

The browser gets every answer from the site's chain and nothing from the network, so a picture can be made at any later time and
always shows the day of the capture. Beside each lies a time stamp over its bytes: pictures are made where clues are, the chain may grow
elsewhere. Needs chromium on the machine; where there is none, the evidence stands without pictures.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jiandu import whole
from jiandu.errors import JianduError, SetupError
from jiandu.evidence import authority, site_folder, sites
from jiandu.evidence.chain import NO_RECORD, Link, read
from jiandu.evidence.recorder import record_at

if TYPE_CHECKING:
    from playwright.sync_api import Route

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
SIZE = {"width": 900, "height": 1200}


def browser() -> str | None:
    """The browser of this machine."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def captures(sha256: str) -> list[tuple[str, Link]]:
    """Site and line of every capture of these bytes, oldest first. Raises ``JianduError`` when there is none."""
    found = [(site, link) for site in sites() for link in read(site_folder(site)) if link.sha256 == sha256 and link.kind != "delivery"]
    if not found:
        raise unheld(sha256)
    return found


def first_captures(wanted: Collection[str]) -> dict[str, tuple[str, Link]]:
    """Site and line of the first capture of each of these bytes; what no chain holds is not among them."""
    found: dict[str, tuple[str, Link]] = {}
    for site in sites():
        for link in read(site_folder(site)):
            if link.sha256 in wanted and link.kind not in NO_RECORD:
                found.setdefault(link.sha256, (site, link))
    return found


def take(wanted: Sequence[str]) -> list[Path]:
    """Screenshots of the pages with these hashes, as PNG beside their chain, each time-stamped; one that is there already is not made again.

    Raises ``SetupError`` without a browser, ``ServiceUnavailable`` when the time-stamping authority does not answer, ``JianduError`` for a
    hash no chain holds.
    """
    found = first_captures(set(wanted))
    if missing := [sha256 for sha256 in wanted if sha256 not in found]:
        raise JianduError([problem for sha256 in missing for problem in unheld(sha256).problems])
    made = pictured(found)
    return [made[sha256] for sha256 in wanted]


def pictured(found: Mapping[str, tuple[str, Link]]) -> dict[str, Path]:
    """The screenshots of captures as ``first_captures`` gives them, by hash. Raises as ``take`` does."""
    targets = {sha256: site_folder(site) / "pictures" / f"{sha256}.png" for sha256, (site, _) in found.items()}
    todo = [(*found[sha256], target) for sha256, target in targets.items() if not stamp_of(target).is_file()]
    if todo:
        _render(todo)
    return targets


def stamp_of(picture: Path) -> Path:
    """Where the time stamp of a picture lies; it is written last."""
    return picture.with_suffix(".tsr")


def unheld(sha256: str) -> JianduError:
    """Nothing here was captured with these bytes."""
    return JianduError.at(sha256, "no site's chain holds these bytes", "give the page_sha256 of a row, or the hash of a picture")


def _render(todo: Sequence[tuple[str, Link, Path]]) -> None:
    path = browser()
    if path is None:
        raise SetupError.at("chromium", "not found; screenshots are rendered by it", "apt-get install chromium; the evidence stands without them")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for site, link, target in todo:
            page = chromium.new_page(viewport=SIZE, locale="zh-CN")  # type: ignore[arg-type]
            page.route("**/*", Replay(site, link))
            page.goto(link.shown or link.url, wait_until="networkidle")
            made = page.screenshot(full_page=True)
            page.close()
            whole.write(target, made)
            whole.write(stamp_of(target), authority.stamp(made))
        chromium.close()


class Replay:
    """Answers a browser's requests from a chain: the latest capture of an address up to the line that is shown, else 404."""

    def __init__(self, site: str, shown: Link) -> None:
        self.folder = site_folder(site)
        self.answers: dict[str, Link] = {}
        bodies: dict[str, Link] = {}
        for link in read(self.folder):
            if link.kind == "response":
                bodies[link.sha256] = link
            if link.seq <= shown.seq or link.url not in self.answers:
                self.answers[link.url] = replace(bodies[link.sha256], url=link.url) if link.sha256 in bodies else link

    def __call__(self, route: Route) -> None:
        link = self.answers.get(route.request.url)
        if link is None or not link.file:
            route.fulfill(status=404, body="")
            return
        with record_at(self.folder, link) as body:
            route.fulfill(status=200, body=body, headers={"Content-Type": kind(body)})


def kind(body: bytes) -> str:
    """The content type of kept bytes, by how they begin."""
    start = body[:200].lstrip().lower()
    if body.startswith(b"\xff\xd8"):
        return "image/jpeg"
    if body.startswith(b"\x89PNG"):
        return "image/png"
    if start.startswith((b"<!doctype", b"<html")):
        return "text/html; charset=utf-8"
    if start.startswith((b"{", b"[")):
        return "application/json; charset=utf-8"
    return "text/plain; charset=utf-8"
