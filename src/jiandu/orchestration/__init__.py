"""The one package that touches Airflow: assets, policies and the as-of of a run. DAG files say when, :mod:`jiandu.orchestration.steps` what.

Everything here runs whenever a DAG file is parsed, so it imports nothing heavy: contracts are read leanly, and the full
validation happens inside the task that ingests.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import Asset, AssetAlias, AssetAny, CronTriggerTimetable, Param, get_parsing_context

from jiandu import clock, schedule
from jiandu.schedule import Source

AS_OF_VARIABLE = "jiandu_as_of"
"""Airflow variable that holds time still (the demo sets it). Delete it and scheduled runs follow the calendar."""

PRIORITY = {"source": 100, "collision": 50, "alert": 40, "mart": 30, "dashboard": 20, "watch": 10}
"""Every delivery lands before the models run, and they finish before the screens: fewer, fuller passes on a small machine."""

OWNER = "云泽省人民检察院 数字检察办公室"


def asset(stage: str, name: str) -> Asset:
    """The Airflow asset of a stage's product, e.g. ``silver.justice__penalty``."""
    return Asset(name=f"{stage}.{name}", uri=f"jiandu://{stage}/{name}", group=stage)


CLUE = asset("clue", "finding")
ALERT = asset("alert", "clue")
MART = asset("mart", "all")
DASHBOARD = asset("dashboard", "all")
STREAMS = AssetAlias("streams")


def silver(contract: str) -> Asset:
    """The asset a contract's source DAG (or the watch, for a stream) emits when deliveries reached silver."""
    return asset("silver", contract)


def any_silver() -> Any:
    """A schedule that fires when *any* data set changed (a list would wait for all of them)."""
    return AssetAny(*map(silver, schedule.names()))


def any_report() -> Any:
    """A schedule that fires when reports of a hotline or of a platform reached silver."""
    from jiandu.crawl.feeds import FEEDS

    return AssetAny(*map(silver, FEEDS))


def forums() -> list[str]:
    """Sites whose posts go to a topic; by listing their spiders."""
    from jiandu.crawl import spiders

    return [spider.name for spider in spiders() if spider.topic]


def at(cron: str | None) -> CronTriggerTimetable | None:
    """A schedule by the province's clock. Switching a DAG on starts nothing by itself: its first run is the next tick."""
    return CronTriggerTimetable(cron, timezone=str(clock.ZONE), run_immediately=timedelta(0)) if cron else None


def scheduled_sources() -> list[Source]:
    """The sources that need a DAG of their own; while a task runs, only the one its DAG belongs to, so that it starts sooner."""
    wanted = get_parsing_context().dag_id
    chosen = [name for name in schedule.names() if wanted is None or f"{wanted}.".startswith(f"source.{name}.")]
    return [source for source in map(schedule.source, chosen) if source.kind != "kafka"]


def stream_contracts() -> list[str]:
    """Contracts fed by a topic; a service loads them, the watch DAG tells the flow about their changes."""
    return [source.contract for source in schedule.listed() if source.kind == "kafka"]


def policy(stage: str, doc: str, *, owner: str = OWNER, retries: int = 2, hours: float = 1) -> dict[str, Any]:
    """Keyword arguments every ``@dag`` of the flow shares: owner, tag, retries, documentation, one run at a time.

    ``hours`` bounds a single task. The ``as_of`` parameter lets a person (or the demo) run any stage at a chosen instant.
    """
    return {
        "catchup": False, "max_active_runs": 1,
        "tags": [stage], "doc_md": doc,
        "params": {"as_of": Param(None, type=["null", "string"], description="ISO instant; empty: the event's or the run's own date")},
        "default_args": {
            "owner": owner, "retries": retries, "retry_delay": timedelta(seconds=20), "retry_exponential_backoff": True,
            "max_retry_delay": timedelta(minutes=10), "execution_timeout": timedelta(hours=hours),
            "priority_weight": PRIORITY[stage], "weight_rule": "absolute",
        },
    }


def as_of(context: Mapping[str, Any]) -> datetime:
    """The instant a run evaluates: its parameter, else the latest as-of of the events that triggered it, else the held clock, else its date."""
    chosen = (context.get("params") or {}).get("as_of")
    if chosen:
        return clock.parse_as_of(str(chosen))
    events = [event for of_asset in (context.get("triggering_asset_events") or {}).values() for event in of_asset]
    told = [str(event.extra["as_of"]) for event in events if "as_of" in (event.extra or {})]
    if told:
        return max(clock.parse_as_of(text) for text in told)
    from airflow.sdk import Variable

    still = Variable.get(AS_OF_VARIABLE, default=None)
    if still:
        return clock.parse_as_of(str(still))
    run = context["dag_run"]
    return clock.parse_as_of((run.logical_date or run.run_after).isoformat())


def last_extra(context: Mapping[str, Any], of: Asset) -> dict[str, Any]:
    """What the latest event of an inlet asset carried; empty before the first one."""
    events = list(context["inlet_events"][of].ascending(False).limit(1))
    return dict(events[0].extra or {}) if events else {}
