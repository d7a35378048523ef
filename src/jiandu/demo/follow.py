"""Watching the flow: one line a stage, live in a terminal and a line an event elsewhere, until every source and screen has come to rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console
from rich.live import Live
from rich.table import Table

from jiandu.demo.flow import BY_ARRIVAL, DOWNSTREAM, RESTING, Flow, Run
from jiandu.errors import JianduError

STAGES = ("source", "posts", "watch", *DOWNSTREAM)
BY_CLOCK = ("watch", "live")
"""Run every few minutes whatever happens: the flow does not wait for them."""
SHOWN = 3
"""Names of running DAGs in the line of a stage."""

QUIET = 2
"""Looks in a row that must find nothing running and nothing waiting: an event and the run it starts are two steps of the scheduler."""


@dataclass
class Stage:
    """What one stage did so far."""

    done: int = 0
    running: int = 0
    queued: int = 0
    failed: int = 0
    names: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        parts = [f"{self.done} done"] if self.done else []
        shown = ", ".join(self.names[:SHOWN]) + (" …" if len(self.names) > SHOWN else "")
        parts += [f"{self.running} running: {shown}"] if self.running else []
        parts += [f"{self.queued} queued"] if self.queued else []
        parts += [f"[red]{self.failed} failed[/red]"] if self.failed else []
        return ", ".join(parts) or "[dim]waits[/dim]"


def follow(flow: Flow, since: datetime, triggered: Set[tuple[str, str]], console: Console, patience: float = 1800) -> list[Run]:
    """Watch every run since an instant until the flow rests; the runs, in order.

    ``triggered`` are the DAGs and run ids that must be among them. Raises ``JianduError`` when the flow has not come to rest after
    ``patience`` seconds, naming what still runs.
    """
    deadline, quiet, began = time.monotonic() + patience, 0, time.monotonic()
    with Live(console=console, refresh_per_second=4, transient=True, auto_refresh=console.is_terminal) as live:
        told: dict[str, str] = {}
        while quiet < QUIET:
            runs = flow.runs(since)
            active = [run for run in runs if run.state not in RESTING and (run.dag_id not in BY_CLOCK or (run.dag_id, run.run_id) in triggered)]
            rests = not active and triggered <= {(run.dag_id, run.run_id) for run in runs} and not any(map(flow.waiting, (*BY_ARRIVAL, *DOWNSTREAM)))
            quiet = quiet + 1 if rests else 0
            stages = summary(runs)
            if console.is_terminal:
                live.update(table(stages, time.monotonic() - began))
            else:
                tell_changes(stages, told, lambda line: console.print(f"  {time.monotonic() - began:5.0f} s  {line}", highlight=False, soft_wrap=True))
            if time.monotonic() > deadline:
                busy = ", ".join(sorted({run.dag_id for run in active})) or "asset events that no run takes"
                what = f"the flow does not come to rest after {patience:.0f} s: {busy}"
                raise JianduError.at("airflow", what, "open Airflow, or jiandu logs airflow-scheduler")
            time.sleep(1.0)
    return runs


def stage_of(dag_id: str) -> str:
    """The stage a DAG belongs to."""
    return dag_id.partition(".")[0]


def summary(runs: Sequence[Run]) -> dict[str, Stage]:
    """Runs by stage."""
    stages = {name: Stage() for name in STAGES}
    for run in runs:
        stage = stages.setdefault(stage_of(run.dag_id), Stage())
        stage.done += run.state == "success"
        stage.failed += run.state == "failed"
        stage.queued += run.state == "queued"
        stage.seconds += run.seconds
        if run.state == "running":
            stage.running += 1
            stage.names.append(run.dag_id.partition(".")[2] or run.dag_id)
    return stages


def table(stages: dict[str, Stage], seconds: float) -> Table:
    """The live view."""
    view = Table("stage", "runs", box=None, pad_edge=False, title=f"Airflow, {seconds:.0f} s", title_justify="left")
    for name, stage in stages.items():
        view.add_row(name, str(stage))
    return view


def tell_changes(stages: dict[str, Stage], told: dict[str, str], tell: Callable[[str], None]) -> None:
    """Print the stages whose line changed since the last look."""
    for name, stage in stages.items():
        line = str(stage)
        if told.get(name, "[dim]waits[/dim]") != line:
            tell(f"{name:10} {line}")
            told[name] = line
