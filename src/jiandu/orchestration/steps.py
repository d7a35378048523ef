"""What the tasks of the flow do: each calls the public door of one stage and says in the log and in the asset event what happened.

Everything below imports its stage inside the function: a task pays only for what it uses.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from jiandu import content, orchestration
from jiandu.errors import JianduError, ServiceUnavailable
from jiandu.schedule import listed
from jiandu.settings import settings

log = logging.getLogger(__name__)
Context = Mapping[str, Any]
READING = "source.reading"
"""The DAG that reads pictures."""
REPORTED = "posts.reported"
"""The DAG that takes reports over to the posts."""


@contextmanager
def final() -> Iterator[None]:
    """A service that is away is worth a retry; anything else Jiandu refuses stays refused, so the task fails at once with its reasons."""
    try:
        yield
    except ServiceUnavailable:
        raise
    except JianduError as error:
        raise AirflowFailException(str(error)) from error


def crawl(spider: str, context: Context) -> None:
    """Run a spider; it lands a dated delivery like any agency would."""
    from jiandu.crawl import crawl

    with final():
        log.info("%s", crawl(spider, orchestration.as_of(context)))


def ingest(contract: str, context: Context) -> list[str]:
    """Load every delivery of a contract that is due, emit the silver asset, and return why its newest delivery is held (empty: it is not).

    A held delivery that a later one has replaced is a warning: the ledger keeps its reason. Good deliveries flow on either way.
    """
    from jiandu.ingest import ingest

    as_of = orchestration.as_of(context)
    with final():
        results = ingest(contract, None, as_of)
    for result in results:
        log.log(logging.WARNING if result.status == "held" else logging.INFO, "%s", result)
    loaded = [result for result in results if result.status == "loaded"]
    tell(context, orchestration.silver(contract), as_of, deliveries=len(loaded), rows=sum(result.rows for result in loaded))
    return [str(results[-1].reason)] if results and results[-1].status == "held" else []


def read_pictures(context: Context) -> None:
    """Read the licences that shop pages show and nobody has read yet; what was read lands like any agency's file."""
    from jiandu.licence.register import read_new

    with final():
        log.info("%s", read_new(orchestration.as_of(context)))


def expire_pages(context: Context) -> None:
    """Erase captures of forums that led to nothing and are three days old."""
    from jiandu.crawl.expiry import expire_pages

    with final():
        log.info("erased: %s", expire_pages(orchestration.as_of(context)))


def send_reports(context: Context) -> None:
    """Send what hotlines and platforms reported lately to the topic of posts, and wait until the live reader has read it."""
    from jiandu.crawl.reported import send
    from jiandu.live.catching_up import wait_until_read

    with final():
        log.info("sent %s, read %.1f s later", send(orchestration.as_of(context)), wait_until_read())


def refuse(reasons: list[str]) -> None:
    """Fail visibly, after what was good has flowed on."""
    raise AirflowFailException("; ".join(reasons))


def refuse_unless_loaded(reasons: list[str]) -> None:
    """Fail when the newest delivery is held."""
    if reasons:
        refuse(reasons)


def collide(context: Context) -> None:
    """Match the registers, then run the models whose inputs changed; skip when nothing changed since the last finished pass."""
    from jiandu import collision, matching
    from jiandu.matching import review

    as_of = orchestration.as_of(context)
    settle(context)
    with final():
        review.bring()
    seen = inputs(as_of)
    if orchestration.last_extra(context, orchestration.CLUE).get("inputs") == seen:
        raise AirflowSkipException("no data set, model or instant changed since the last pass")
    with final():
        log.info("matched: %s", matching.run(as_of))
        for summary in collision.run(None, as_of, settings().engine):
            log.info("%s", summary)
    tell(context, orchestration.CLUE, as_of, inputs=seen)


def prove(context: Context) -> list[str]:
    """Match the registers, run every model by changes and in full, and return what differs or cannot run (empty: nothing).

    What was found flows on either way: after a difference the clues are those of the full run.
    """
    from jiandu import matching
    from jiandu.collision import proof
    from jiandu.matching import review

    as_of = orchestration.as_of(context)
    settle(context)
    with final():
        review.bring()
        log.info("matched: %s", matching.run(as_of))
    seen, problems = inputs(as_of), list[str]()
    try:
        for summary in proof.prove(None, as_of, settings().engine):
            log.info("%s", summary)
    except ServiceUnavailable:
        raise
    except JianduError as error:
        problems = [str(problem) for problem in error.problems]
        for problem in problems:
            log.error("%s", problem)
    tell(context, orchestration.CLUE, as_of, inputs=seen)
    return problems


def settle(context: Context, patience: float = 600) -> None:
    """Wait until no source is loading, so that one pass sees a whole night of deliveries; a source that hangs delays it by ``patience`` seconds at most."""
    deadline = time.monotonic() + patience
    loading = [READING, *(dag_id for source in listed() if source.kind != "kafka" for dag_id in source.dag_ids)]
    while busy := next((dag for dag in loading if context["ti"].get_dr_count(dag, states=["queued", "running"])), None):
        if time.monotonic() > deadline:
            log.warning("%s is still loading; this pass goes without it, its data start the next one", busy)
            return
        time.sleep(1)


def inputs(as_of: datetime) -> str:
    """Fingerprint of everything a pass depends on: the instant, the versions of the silver tables, what people said about matches, the models and the law."""
    from jiandu import lake

    versions = {name: table.version() for name in lake.tables("silver") if (table := lake.open_table("silver", name))}
    if said := lake.open_table("match", "judgement"):
        versions["match.judgement"] = said.version()
    digest = hashlib.sha256(json.dumps([as_of.isoformat(), versions]).encode())
    for kind in ("models", "elements", "law"):
        for path in content.units(kind).values():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def publish(context: Context) -> None:
    """Bring the clues of the lake to the desk, with an outbox row for each change, and the desk's answers back into the lake."""
    from jiandu.clue.answer import gather
    from jiandu.clue.publish import publish
    from jiandu.matching import review

    as_of = orchestration.as_of(context)
    with final():
        log.info("%s", publish(as_of))
        log.info("%d answers came back into the lake", gather())
        log.info("%s", review.publish(as_of))
    tell(context, orchestration.ALERT, as_of)


def picture_pages() -> None:
    """Screenshots of the pages that clues rest on, time-stamped; without a browser the evidence stands without them."""
    from jiandu.clue import pages
    from jiandu.evidence import picture

    if picture.browser() is None:
        log.warning("no chromium on this machine: no screenshots; apt-get install chromium")
        return
    with final():
        wanted = pages.behind()
        held = picture.first_captures(set(wanted))
        log.info("%d screenshots stand beside their clues", len(picture.pictured(held)))
    if len(held) < len(wanted):
        log.warning("%d pages were captured elsewhere and are in no chain here", len(wanted) - len(held))


def deliver(context: Context) -> None:
    """Send what waits in the outbox, each alert once; while some wait for a receiver that is away, the task is retried."""
    from jiandu.alert import deliver

    with final():
        summary = deliver(orchestration.as_of(context))
    log.info("%s", summary)
    if summary.waiting:
        raise ServiceUnavailable.at("receivers", f"{summary.waiting} alerts still wait", "jiandu alert ledger --state waiting")


def build_mart(context: Context) -> None:
    """Build and publish the marts."""
    from jiandu import mart

    as_of = orchestration.as_of(context)
    with final():
        log.info("%s", mart.build(as_of))
    tell(context, orchestration.MART, as_of)


def apply_dashboards(context: Context) -> None:
    """Bring the screens in line with their files."""
    from jiandu import dashboard

    with final():
        log.info("%s", dashboard.apply())
    tell(context, orchestration.DASHBOARD, orchestration.as_of(context))


def watch_streams(context: Context) -> list[str]:
    """Tell the flow about data sets the streams changed since it was last told, and return what is wrong with a stream (empty: nothing)."""
    from jiandu import heard, lake
    from jiandu.stream import status, watch

    as_of = orchestration.as_of(context)
    for contract in orchestration.stream_contracts():
        table = lake.open_table("silver", contract)
        asset = orchestration.silver(contract)
        if table and orchestration.last_extra(context, asset).get("version") != table.version():
            context["outlet_events"][orchestration.STREAMS].add(asset, extra={"as_of": as_of.isoformat(), "version": table.version()})
    with final():
        states = status()
    for state in states:
        log.info("%s", state)
        if state.caught_up:
            heard.record(state.contract, as_of, "the topic was read to its end")
    return [str(problem) for problem in watch.problems(states)]


def watch_live() -> list[str]:
    """What is wrong with the two readers of public posts and the sender of first notices (empty: all live and have caught up)."""
    from jiandu.behaviour import lag
    from jiandu.live import watch

    with final():
        live, job = watch.status(), lag.status()
    log.info("live: %s; behaviour: %s", live, job)
    behind = sum(live.lag.values())
    said = {"live": live.problem or (f"{behind} messages behind" if behind > lag.LAG_ALLOWED else ""), "behaviour": job.problem, "alerts": watch.sending()}
    return [f"{name}: {problem}" for name, problem in said.items() if problem]


def settle_live(context: Context) -> None:
    """Carry the live clues' journal into the lake, and let counts of words go that are older than they may be kept.

    The door has published the clues already, so the marts are told at once.
    """
    from jiandu import live
    from jiandu.behaviour import rising
    from jiandu.behaviour.rules import rules

    as_of = orchestration.as_of(context)
    with final():
        log.info("settled: %s", live.settle(as_of))
        log.info("counts of words gone: %d windows", rising.expire(rules(), as_of))
    tell(context, orchestration.ALERT, as_of)


def tell(context: Context, asset: Any, as_of: datetime, **extra: Any) -> None:
    """Attach the as-of and what happened to the asset event this task emits when it succeeds."""
    context["outlet_events"][asset].extra = {"as_of": as_of.isoformat(), **extra}
