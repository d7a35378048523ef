"""Where crawled pages go: bytes kept by their SHA-256 as evidence, rows landed as one dated delivery, problems in one report.

The same pages give the same bytes whatever order they came in, so that a second crawl of the day is a repeated delivery.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from jiandu.settings import settings


@dataclass
class CrawlReport:
    """What a crawl did: ``problems`` maps an address to the reason its page gave no row; ``delivery`` is empty when nothing was landed."""

    spider: str
    contract: str
    as_of: str
    pages: int = 0
    rows: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    delivery: str = ""
    reason: str = ""


def report_path(spider: str, as_of: datetime) -> Path:
    """Where the report of a spider's crawl of that day is written."""
    return settings().home.resolve() / "crawl" / spider / f"{as_of:%Y%m%d}.json"


def keep(page: bytes) -> str:
    """Store a page's bytes once, under their SHA-256, and return it."""
    digest = hashlib.sha256(page).hexdigest()
    target = settings().home.resolve() / "evidence" / "pages" / digest[:2] / digest
    if not target.exists():
        write(target, page)
    return digest


def land(report: CrawlReport, rows: list[dict[str, str]], as_of: datetime) -> None:
    """Land ``rows`` (sorted, so that order of arrival leaves no trace) and write the report.

    A delivery of the day with other bytes stays as it is, the new one gets a number: what arrived is never overwritten.
    """
    if not report.reason and not rows:
        report.reason = "the list has no rows"
    if not report.reason:
        lines = sorted(json.dumps(row, ensure_ascii=False) for row in rows)
        report.rows, report.delivery = len(rows), str(_land_bytes(f"{report.contract}_{as_of:%Y%m%d}", ("\n".join(lines) + "\n").encode()))
    write(report_path(report.spider, as_of), json.dumps(asdict(report), ensure_ascii=False, indent=2).encode())


def _land_bytes(stem: str, delivery: bytes) -> Path:
    """The file that holds exactly these bytes: one that is there already, or a new one."""
    number = 1
    while True:
        target = settings().landing_root / (f"{stem}.jsonl" if number == 1 else f"{stem}_{number}.jsonl")
        if not target.exists():
            write(target, delivery)
        if target.read_bytes() == delivery:
            return target
        number += 1


def write(target: Path, text: bytes) -> None:
    """Write atomically: a reader sees all of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    part.write_bytes(text)
    part.replace(target)
