"""Pages a CPU-second of a crawl with evidence, beside bare Scrapy reading the same fields from the same local platform.

    python benchmarks/crawl.py [SHOPS]

Bare Scrapy: its default settings without delays, the same selectors, items into a JSON-lines feed; no records, no chain, no cache, no
verdicts. Both walk the lists, open every shop and the page of its licences, and fetch the photos (stand-ins of 80 bytes, so that the
work a page is measured, not the network). CPU of the crawling process alone, start included; the platform runs beside it. Synthetic data.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from jiandu.demo.takeaway import SHOPS
from jiandu.demo.takeaway.server import server
from jiandu.demo.takeaway.shops import PAGES
from jiandu.demo.takeaway.switch import Switch, write
from jiandu.settings import ROOT

BARE = '''
import scrapy
from crawlers.platforms.shop_pages import at
from crawlers.spiders.shisuda import Shisuda as S

PICTURES = {"food": S.food_picture, "business": S.business_picture}

class Bare(scrapy.Spider):
    name = "bare"
    start_urls = [S.address + "/"]
    def parse(self, response):
        for link in response.css(S.city_links).getall():
            yield response.follow(link, self.parse_list)
    def parse_list(self, response):
        for link in response.css(S.shop_links).getall():
            yield response.follow(link, self.parse_shop)
        if link := response.css("a[rel=next]::attr(href)").get():
            yield response.follow(link, self.parse_list)
    def parse_shop(self, response):
        row = {}
        for column, where in S.shows.items():
            row[column] = "、".join(at(response, where).getall())
        for column, where in S.flags.items():
            row[column] = bool(at(response, where))
        return self.licences(response, row)
    def licences(self, response, row):
        links = [(c, l) for c, w in PICTURES.items() if (l := response.css(w).get())]
        row["number"] = response.css(S.licence_number).get()
        if not links and (deeper := response.css(S.licence_link).get()):
            return response.follow(deeper, self.licences, cb_kwargs={"row": row})
        return self.step(response, row, links)
    def step(self, response, row, links):
        if not links:
            return row
        (column, link), *rest = links
        return response.follow(link, self.picture, cb_kwargs={"row": row, "column": column, "rest": rest, "page": response}, dont_filter=True)
    def picture(self, response, row, column, rest, page):
        row[column] = len(response.body)
        return self.step(page, row, rest)
'''


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """CPU and wall seconds of a command."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - began


def main() -> None:
    """Crawl with both, twice each in turn, and print."""
    shops = int(sys.argv[1]) if len(sys.argv) > 1 else SHOPS
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write(work / "switch.json", Switch(1, "2026-11-20", "2026-11-20", shops, trouble=False, stand_ins=True))
        platform = subprocess.Popen([sys.executable, __file__, "serve", str(work)], stdout=subprocess.PIPE, text=True)
        try:
            port = platform.stdout.readline().strip() if platform.stdout else ""
            environment = {
                **os.environ, "JIANDU_TAKEAWAY_SITES": json.dumps([f"http://127.0.0.1:{port}"] * 2), "TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS": "",
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
            }
            (work / "bare.py").write_text(BARE, "utf-8")
            plain = ["DOWNLOAD_DELAY=0", "AUTOTHROTTLE_ENABLED=False", "HTTPCACHE_ENABLED=False", "SPIDERMON_ENABLED=False", "LOG_LEVEL=WARNING"]
            for turn in range(2):
                out = work / f"bare{turn}.jsonl"
                command = [sys.executable, "-m", "scrapy", "runspider", str(work / "bare.py"), "-o", str(out)]
                bare_environment = {**environment, "SCRAPY_SETTINGS_MODULE": "scrapy.settings.default_settings"}
                asked = pages(work)
                cpu, wall = measured([*command, *(part for one in plain for part in ("-s", one))], bare_environment)
                rows = len(out.read_text("utf-8").splitlines())
                report("bare Scrapy", pages(work) - asked, rows, cpu, wall)
                for name, as_of in (("first crawl", "2026-11-19"), ("a day later", "2026-11-20")):
                    asked = pages(work)
                    home = {**environment, "JIANDU_HOME": str(work / f"home{turn}")}
                    cpu, wall = measured([sys.executable, "-m", "jiandu", "--as-of", f"{as_of}T08:00:00+08:00", "crawl", "shisuda"], home)
                    report(name, pages(work) - asked, rows, cpu, wall)
        finally:
            platform.terminate()
            platform.wait()


def report(name: str, fetched: int, rows: int, cpu: float, wall: float) -> None:
    """One line."""
    rates = f"{fetched / cpu:6.0f} pages a CPU-s  {rows / wall * 3600:9,.0f} shops an hour"
    print(f"{name:14} {fetched:6,} pages {rows:6,} shops  {cpu:6.1f} CPU-s  {rates}", flush=True)


def pages(work: Path) -> int:
    """Requests the platform answered."""
    return len((work / "access.jsonl").read_text("utf-8").splitlines()) if (work / "access.jsonl").is_file() else 0


def serve(work: Path) -> None:
    """The platform, in a process of its own."""
    running = server(PAGES, 0, work / "switch.json", work / "access.jsonl")
    print(running.server_port, flush=True)
    threading.Thread(target=running.serve_forever).start()


if __name__ == "__main__":
    serve(Path(sys.argv[2])) if sys.argv[1:2] == ["serve"] else main()
