"""What was wrong with a crawl, judged against the site's own history: one word, one sentence. Pure functions over reports.

``site down``: nothing answered. ``blocked``: the site refuses us. ``spider broken``: our code raised. ``layout changed``: pages come, but
not with the blocks the spider reads. ``source empty``: the site itself lists (almost) nothing. ``cut short``: the walk did not end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from jiandu.crawl.landing import CrawlReport

REFUSALS = ("401", "403", "407", "429", "451")
SHARE = 0.2
"""Of all answers (or pages) from which refusals (or missing blocks) are the site's doing, not accidents."""
SHRUNK = 0.5
"""Of the usual number of entries below which a source counts as empty."""
USUAL = 5
"""Crawls that make up what is usual."""


def site_down(report: CrawlReport, history: Sequence[CrawlReport]) -> str:
    """Nothing but failed connections and server errors."""
    good = sum(count for status, count in report.statuses.items() if status < "500")
    failed = sum(count for status, count in report.statuses.items() if status >= "500")
    if good > report.robots_answers or not (report.unanswered or failed):
        return ""
    return f"the site did not answer: {report.unanswered} connections failed, {failed} server errors"


def blocked(report: CrawlReport, history: Sequence[CrawlReport]) -> str:
    """The site refuses, or its robots.txt forbids what we read."""
    if report.forbidden and not report.pages:
        return "robots.txt forbids the pages this spider reads"
    refused = sum(report.statuses.get(status, 0) for status in REFUSALS)
    answers = sum(report.statuses.values()) - report.robots_answers
    if refused >= 3 and refused > SHARE * answers:
        return f"{refused} of {answers} answers were refusals ({', '.join(status for status in REFUSALS if status in report.statuses)})"
    return ""


def spider_broken(report: CrawlReport, history: Sequence[CrawlReport]) -> str:
    """Our own code raised."""
    return f"the spider's code failed {report.errors} times (see the log)" if report.errors else ""


def layout_changed(report: CrawlReport, history: Sequence[CrawlReport]) -> str:
    """Pages arrive without the blocks the spider reads, where they used to have them."""
    if report.unread_lists:
        return f"{report.unread_lists} of {report.lists} list pages hold entries in a form the spider does not know"
    before = [one.blockless / one.details for one in usual(history) if one.details]
    share = report.blockless / report.details if report.details else 0.0
    if share > SHARE and share > 2 * (median(before) if before else 0.0):
        was = f", usually {median(before):.0%}" if before else ""
        return f"{report.blockless} of {report.details} pages lack the expected block ({share:.0%}{was})"
    return ""


def source_empty(report: CrawlReport, history: Sequence[CrawlReport]) -> str:
    """The lists are read to their end and name nothing, or far less than usual."""
    before = [one.listed for one in usual(history)]
    typical = median(before) if before else 0
    if report.lists and (not report.listed or report.listed < SHRUNK * typical):
        return f"the site lists {report.listed} entries" + (f", usually {typical:.0f}" if before else "")
    return ""


JUDGES: dict[str, Callable[[CrawlReport, Sequence[CrawlReport]], str]] = {
    "site down": site_down, "blocked": blocked, "spider broken": spider_broken, "layout changed": layout_changed, "source empty": source_empty,
}
"""In order: what explains the others comes first."""


def usual(history: Sequence[CrawlReport]) -> list[CrawlReport]:
    """The last crawls that delivered."""
    return [one for one in history if one.delivery][-USUAL:]


def judge(report: CrawlReport, history: Sequence[CrawlReport]) -> tuple[str, str]:
    """Verdict and sentence of the first judge that objects; two empty strings for a crawl in order."""
    for name, judged in JUDGES.items():
        if sentence := judged(report, history):
            return name, sentence
    return "", ""
