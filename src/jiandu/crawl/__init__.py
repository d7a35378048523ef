"""Public pages as a source: run a spider in its own process; what it lands is a delivery like any agency's file.

Spiders are found by listing the content roots' spider folders; each names the contract its delivery belongs to.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jiandu import content, whole
from jiandu.crawl.landing import CrawlReport, report_path
from jiandu.errors import JianduError
from jiandu.settings import ROOT, settings

OURS = re.compile(r"jiandu\.errors\.\w+: (.*)")
"""How a reason of our own ends a traceback: it says where, what, and what to do; the rest is noise."""
SHOP = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Spider:
    """A spider file: its ``name`` for people, the ``contract`` it delivers to."""

    name: str
    contract: str
    path: Path


def spiders() -> list[Spider]:
    """Every spider of every content root. The files are read, not imported: listing them must not start Scrapy."""
    return [_read(path) for path in content.units("spiders", ".py").values() if path.stem != "README"]


def find(wanted: str) -> Spider:
    """The spider called ``wanted``, or the one that delivers to the contract of that name. Raises ``JianduError`` naming those there are."""
    known = spiders()
    for spider in known:
        if wanted in (spider.name, spider.contract):
            return spider
    raise JianduError.at("crawl", f"no spider {wanted!r}", f"known: {', '.join(spider.name for spider in known)}")


def crawl(wanted: str, as_of: datetime, shop: str = "") -> CrawlReport:
    """Crawl one site and land its delivery, dated by ``as_of``; what the site answered is kept as evidence and sealed.

    Single pages that cannot be read are listed in the report; the rest is delivered. When the list itself cannot be walked to its
    end, or something is off with the site or the spider (``verdict``), nothing is delivered, because nobody could tell what is missing:
    ``JianduError`` says why. A crawl of that instant that was killed goes on where it stopped.

    With ``shop``, its number on a platform of shops, that one page and its licences are captured and nothing else: a later look proves
    whether it mended. Such a look does not count among the crawls a site is judged by.
    """
    if shop and not SHOP.fullmatch(shop):
        raise JianduError.at("--shop", f"{shop!r} is no number of a shop", "as the clue gives it behind the platform's name: letters, digits, - and _")
    spider = find(wanted)
    report_file = report_path(spider.name, as_of, shop)
    report_file.unlink(missing_ok=True)
    log = report_file.with_suffix(".log")
    unfinished = log.with_name(f"unfinished{f'.shop-{shop}' if shop else ''}.json")
    crawl_id = _crawl_id(unfinished, as_of)
    own = {"JIANDU_AS_OF": as_of.isoformat(), "JIANDU_CRAWL_ID": crawl_id, "JIANDU_SHARED": str(int(len(sites(spider.contract)) > 1)), "JIANDU_SHOP": shop}
    options = [part for name, value in own.items() for part in ("-s", f"{name}={value}")]
    command = [sys.executable, "-m", "scrapy", "runspider", str(spider.path), *options, "--logfile", str(log)]
    outcome = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False)
    if not report_file.is_file():
        said = (outcome.stderr or log.read_text("utf-8", "replace")).strip().splitlines()[-1:]
        if refused := OURS.match(said[0] if said else ""):
            raise JianduError.at(spider.name, f"not crawled: {refused[1]}")
        raise JianduError.at(spider.name, f"the spider stopped without a report: {said[0] if said else 'no output'}", f"see {log}; crawl again to resume")
    report = CrawlReport(**json.loads(report_file.read_text("utf-8")))
    unfinished.unlink(missing_ok=True)
    from jiandu.evidence.seal import seal  # listing spiders must stay cheap: the scheduler does it at every parse

    seal(spider.name)
    if not report.delivery:
        told = "; ".join([report.reason, *(f"{address}: {reason}" for address, reason in report.problems.items() if shop)])
        raise JianduError.at(spider.name, f"nothing delivered: {told}", f"see {log}")
    return report


def sites(contract: str) -> list[Spider]:
    """The spiders that deliver to a contract."""
    return [spider for spider in spiders() if spider.contract == contract]


def _crawl_id(unfinished: Path, as_of: datetime) -> str:
    """Name of this crawl; that of an earlier one of the same instant when it never came to its end."""
    if unfinished.is_file():
        earlier = json.loads(unfinished.read_text("utf-8"))
        if earlier["as_of"] == as_of.isoformat():
            return str(earlier["id"])
    made = {"as_of": as_of.isoformat(), "id": uuid.uuid4().hex}
    whole.write(unfinished, json.dumps(made).encode())
    return made["id"]


def _environment() -> dict[str, str]:
    """The child's environment: same home, and the fixed folders on its path beside the package as this process sees it."""
    package = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "JIANDU_HOME": str(settings().home.resolve()), "PYTHONPATH": os.pathsep.join([str(ROOT), package])}


def _read(path: Path) -> Spider:
    """Name and contract from the class attributes of a spider file."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assign):
            for target, value in _assigned(node.targets[0], node.value):
                if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
                    found.setdefault(target.id, str(value.value))
    missing = [name for name in ("name", "contract") if name not in found]
    if missing:
        raise JianduError.at(f"{path}:1", f"the spider class has no {' and no '.join(missing)}", 'write e.g. contract = "market__food_licence"')
    return Spider(found["name"], found["contract"], path)


def _assigned(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Name and value of an assignment, also of several on one line."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts, strict=False))
    return [(target, value)]
