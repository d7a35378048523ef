"""Where crawled pages go: bytes kept by their SHA-256 as evidence, rows landed as one dated delivery, problems in one report.

The same pages give the same bytes whatever order they came in, so that a second crawl of the day is a repeated delivery.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from jiandu import whole
from jiandu.settings import settings

LARGEST_PICTURE = 40 * 2**20
"""Bytes; a photo of more is neither fetched nor read."""


@dataclass
class CrawlReport:
    """What a crawl did: ``problems`` maps an address to the reason its page gave no row; ``delivery`` is a file or a topic, empty when nothing was.

    ``lists`` pages of lists named ``listed`` entries, ``unread_lists`` of them held entries in an unknown form; of ``details`` pages
    ``blockless`` lacked what makes a row. ``statuses`` counts answers by HTTP status, ``robots_answers`` those about robots.txt,
    ``unanswered`` connections that failed, ``forbidden`` what robots.txt kept us from, ``errors`` of our own code. ``shared`` says that
    several sites deliver to the contract, ``shop`` that only that one's page was looked at.
    """

    spider: str
    contract: str
    as_of: str
    shared: bool = False
    shop: str = ""
    pages: int = 0
    rows: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    delivery: str = ""
    reason: str = ""
    verdict: str = ""
    lists: int = 0
    listed: int = 0
    unread_lists: int = 0
    details: int = 0
    blockless: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    robots_answers: int = 0
    unanswered: int = 0
    forbidden: int = 0
    errors: int = 0


def report_path(spider: str, as_of: datetime, shop: str = "") -> Path:
    """Where the report of a spider's crawl of that day, or of its look at one shop, is written; ``history`` sees whole crawls only."""
    return settings().home.resolve() / "crawl" / spider / f"{as_of:%Y%m%d}{f'.shop-{shop}' if shop else ''}.json"


def history(report: CrawlReport) -> list[CrawlReport]:
    """Reports of the spider's earlier days, oldest first."""
    folder = settings().home.resolve() / "crawl" / report.spider
    earlier = [CrawlReport(**json.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("????????.json"))]
    return [one for one in earlier if one.as_of < report.as_of]


def page_path(sha256: str) -> Path:
    """Where the bytes with this hash are kept."""
    return resolved(settings().home) / "evidence" / "pages" / sha256[:2] / sha256


@cache
def resolved(home: Path) -> Path:
    """A home's real path; asked for several times a page."""
    return home.resolve()


def keep(page: bytes) -> str:
    """Store a page's bytes once, under their SHA-256, and return it."""
    digest = hashlib.sha256(page).hexdigest()
    target = page_path(digest)
    if not target.exists():
        whole.write(target, page)
    return digest


def kept(sha256: str) -> bytes | None:
    """The kept bytes with this hash, ``None`` when they are not here."""
    path = page_path(sha256)
    return path.read_bytes() if path.is_file() else None


def land(report: CrawlReport, rows: list[dict[str, str]], as_of: datetime) -> Path | None:
    """Land ``rows`` (sorted, so that order of arrival leaves no trace) and write the report; the delivery's file, ``None`` without one.

    A delivery of the day with other bytes stays as it is, the new one gets a number: what arrived is never overwritten. The site's
    name stands in the file's name where several sites deliver to one contract.
    """
    if not report.reason and not rows:
        report.reason = "the shop's page gave no row" if report.shop else "the list has no rows"
    if not report.reason:
        lines = sorted(json.dumps(row, ensure_ascii=False) for row in rows)
        parts = [report.contract, *([report.spider] if report.shared else []), *(["shop"] if report.shop else []), f"{as_of:%Y%m%d}"]
        stem = "_".join(parts)
        report.rows, report.delivery = len(rows), str(land_bytes(stem, ("\n".join(lines) + "\n").encode()))
    report_written(report, as_of)
    return Path(report.delivery) if report.delivery else None


def report_written(report: CrawlReport, as_of: datetime) -> None:
    """Write the report of a crawl of that day."""
    whole.write(report_path(report.spider, as_of, report.shop), json.dumps(asdict(report), ensure_ascii=False, indent=2).encode())


def land_bytes(stem: str, delivery: bytes) -> Path:
    """The file in the landing folder that holds exactly these bytes: ``<stem>.jsonl`` or a numbered one, there already or new."""
    number = 1
    while True:
        target = settings().landing_root / (f"{stem}.jsonl" if number == 1 else f"{stem}_{number}.jsonl")
        if not target.exists():
            whole.write(target, delivery)
        if target.read_bytes() == delivery:
            return target
        number += 1
