"""Captures that may not be kept: their bytes are erased, the chain keeps their hash and says since when (网络数据安全管理条例 24, 个人信息保护法 47).

For pages of public posts: those that hold no post with a finding go after three days. A page that is still shown as it was counts from the
last time it was seen. The record's place in its file is filled with zeros, so that every other record stays where the chain says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from jiandu.crawl.landing import page_path
from jiandu.evidence import site_folder
from jiandu.evidence.chain import NO_RECORD, Chain, Link


def expire(site: str, keep: Collection[str], before: datetime, at: datetime) -> int:
    """Erase the captures of a site last seen earlier than ``before``, except of the addresses in ``keep``; how many records.

    What was marked as expired and not yet erased, because a kill came between, is erased too. Raises ``ServiceUnavailable`` while the
    site is being crawled.
    """
    folder = site_folder(site)
    if not (folder / "chain.jsonl").is_file():
        return 0
    with Chain(folder) as chain:
        found = list(erasable(chain.links, keep, before))
        for link in found:
            chain.append(at.isoformat(), "expired", link.url, link.sha256, 0, link.file, link.offset, link.length, link.record_sha256)
        forget(chain)
    return len(found)


def forget(chain: Chain) -> None:
    """Erase the records a chain calls expired, and kept pages and screenshots that no other record holds; a repeat changes nothing."""
    for link in (link for link in chain.links if link.kind == "expired"):
        erase(chain.folder, link)
        if link.sha256 not in chain.kept:
            page_path(link.sha256).unlink(missing_ok=True)
            for rest in (chain.folder / "pictures").glob(f"{link.sha256}.*"):
                rest.unlink()


def erased(links: Iterable[Link]) -> set[tuple[str, int]]:
    """File and offset of the records that lines call expired."""
    return {(link.file, link.offset) for link in links if link.kind == "expired"}


def erasable(links: Sequence[Link], keep: Collection[str], before: datetime) -> Iterator[Link]:
    """Records whose body no capture since ``before`` stands for; what robots.txt said stays, it is what the crawl went by."""
    gone = erased(links)
    captures = [link for link in links if link.kind not in NO_RECORD and (link.file, link.offset) not in gone]
    needed = {
        link.sha256 for link in captures
        if datetime.fromisoformat(link.at) >= before or link.url.partition("?")[0] in keep or link.url in keep or urlsplit(link.url).path == "/robots.txt"
    }
    yield from (link for link in captures if link.sha256 not in needed)


def erase(folder: Path, link: Link) -> None:
    """Fill a record's place with zeros."""
    path = folder / link.file
    if path.is_file():
        with path.open("r+b") as file:
            file.seek(link.offset)
            file.write(bytes(link.length))
