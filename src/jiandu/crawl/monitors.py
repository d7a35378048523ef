"""Spidermon's suite at the end of every crawl: one monitor a verdict, and an action that lands the delivery or says why there is none."""

from __future__ import annotations

from typing import Any, ClassVar

from spidermon import Monitor, MonitorSuite, monitors
from spidermon.core.actions import Action

from jiandu.crawl import verdict
from jiandu.crawl.landing import CrawlReport, history
from jiandu.crawl.recording import clock_of


class Verdict(Monitor):  # type: ignore[misc]
    """Asks one judge about the crawl that ends, before what earlier crawls of the site were like."""

    judge: ClassVar[str]

    def runTest(self) -> None:
        """Fails with the judge's sentence."""
        report: CrawlReport = self.data.spider.report
        report.errors = sum(count for name, count in self.data.stats.items() if name.startswith("spider_exceptions/"))
        sentence = verdict.JUDGES[self.judge](report, history(report))
        if sentence:
            self.fail(f"{self.judge}: {sentence}")


def monitor(name: str) -> type[Verdict]:
    """The monitor of one judge."""
    made: type[Verdict] = monitors.name(name)(type(name.title().replace(" ", ""), (Verdict,), {"judge": name}))
    return made


class Deliver(Action):  # type: ignore[misc]
    """Lands what was read when nothing objects; the report is written either way."""

    def run_action(self) -> None:
        """Land, enter the delivery in the chain, close the evidence."""
        spider: Any = self.data.spider
        report: CrawlReport = spider.report
        report.errors = sum(count for name, count in self.data.stats.items() if name.startswith("spider_exceptions/"))
        report.verdict, sentence = verdict.judge(report, history(report))
        if sentence:
            report.reason = f"{report.verdict}: {sentence}" + (f"; {report.reason}" if report.reason else "")
        delivered = spider.hand_over()
        if delivered:
            spider.recorder.delivered(delivered, clock_of(spider.as_of, spider.began))
        spider.recorder.close()


class SiteSuite(MonitorSuite):  # type: ignore[misc]
    """All verdicts."""

    monitors: ClassVar[list[type[Verdict]]] = [monitor(name) for name in verdict.JUDGES]
    monitors_finished_actions: ClassVar[list[type[Action]]] = [Deliver]
