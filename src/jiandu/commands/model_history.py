"""``jiandu model backtest`` and ``ready``: what a model would have found on dates of the past, and where it can run today."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jiandu.cli_options import options
from jiandu.commands.model import group

if TYPE_CHECKING:
    from jiandu.collision.backtest import Backtest, Track


def register(app: typer.Typer) -> None:
    """The commands belong to the group ``model``, which adds itself."""


@group.command("backtest")
def backtest(
    name: Annotated[str, typer.Argument(help="The model; its file's edition runs.")],
    since: Annotated[str, typer.Option("--from", help="First date.")],
    until: Annotated[str, typer.Option("--to", help="Last date, always looked at.")],
    every: Annotated[str, typer.Option(help="day, week or month.")] = "week",
    against: Annotated[str, typer.Option(help="active: the edition that runs now beside it.")] = "",
    truth: Annotated[Path | None, typer.Option(help="CSV with anchor and outcome (属实, 排除); default: prosecutors' answers.")] = None,
) -> None:
    """What a model would have found on each date with only what had been loaded by then. On DuckDB."""
    from rich.console import Console

    from jiandu.collision.backtest import backtest as look_back

    with Console(stderr=True).status("looking back", spinner="dots"):
        found = look_back(name, day_of(since, "--from"), day_of(until, "--to"), every, against, truth)
    if options().json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, default=str))
        return
    show(found)


def day_of(text: str, option: str) -> date:
    """A day of the command line. Raises ``JianduError`` for anything else."""
    from jiandu.errors import JianduError

    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise JianduError.at(option, f"{text!r} is no date", "e.g. 2026-09-30") from error


def show(found: Backtest) -> None:
    """Dates side by side, the funnel of the last date, the yield."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print(f"[bold]{found.title}[/bold]  {found.model}")
    several = len(found.tracks) > 1
    table = Table("date", caption="clues that would have stood; 线索仅供人工核查，不是结论")
    for track in found.tracks:
        for column in ("standing", "new", "ended", "unknown"):
            table.add_column(f"{track.label}\n{column}" if several else column, justify="right")
    table.add_column("feeds too old")
    for days in zip(*(track.days for track in found.tracks), strict=True):
        numbers = [[one.standing, one.opened + one.reopened, one.withdrawn, one.unknown] for one in days]
        table.add_row(str(days[0].day), *(str(number or "·") for group_of in numbers for number in group_of), ", ".join(days[0].stale))
    console.print(table)
    for track in found.tracks:
        funnels(console, track, several)
    for label, anchors in found.only.items():
        if several:
            console.print(f"only {label}: {len(anchors)}  {', '.join(anchors[:8])}{' …' if len(anchors) > 8 else ''}", soft_wrap=True)


def funnels(console: Any, track: Track, several: bool) -> None:
    """How each finding narrowed the anchors on the last date, and what is known of the clues ever found."""
    from rich.table import Table

    last = track.days[-1]
    table = Table("finding", "element", "met so far", "unknown", title=f"{track.label + ': ' if several else ''}funnel on {last.day}", title_justify="left")
    for funnel in last.funnels:
        table.add_row(funnel.finding, f"[dim]anchors[/dim] {funnel.title}", str(funnel.anchors), "")
        for step in funnel.steps:
            table.add_row("", f"{step.element} {step.title}", str(step.met), str(step.unknown or ""))
        table.add_row("", "[dim]its own clues[/dim]", str(funnel.first), "", end_section=True)
    console.print(table)
    if track.outcome:
        one = track.outcome
        shares = ", ".join(f"{name} {share:.1%}" for name, share in (("precision", one.precision), ("recall", one.recall)) if share is not None)
        console.print(f"{one.found} found: {one.confirmed} right, {one.excluded} wrong, {one.unanswered} not answered; {one.missed} missed; {shares}")


@group.command("ready")
def ready(names: Annotated[list[str] | None, typer.Argument(help="Models; default: all.")] = None) -> None:
    """Which models can run in which county with the feeds there are, why not, and which missing field would unlock most."""
    from rich.console import Console
    from rich.table import Table

    from jiandu.collision.readiness import STATUSES
    from jiandu.collision.readiness import ready as look

    found = look(names, options().as_of)
    if options().json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
        return
    console = Console(highlight=False)
    table = Table("model", *(f"{title}\n{status}" for status, title in STATUSES.items()), "why not (first counties)", title="counties", title_justify="left")
    for model in dict.fromkeys(row.model for row in found.counties):
        rows = [row for row in found.counties if row.model == model]
        counts = [sum(row.status == status for row in rows) for status in STATUSES]
        reasons: dict[str, list[str]] = {}
        for row in rows:
            if row.status != "ready":
                reasons.setdefault(row.reason, []).append(row.county_name)
        why = "\n".join(f"{'、'.join(where[:3])}{f'等{len(where)}县' if len(where) > 3 else ''}：{reason}" for reason, where in list(reasons.items())[:5])
        table.add_row(f"{model}\n[dim]{rows[0].title}[/dim]", *(str(number or "·") for number in counts), why)
    console.print(table)
    if found.unlocks:
        gaps = Table("missing", "unlocks models", "missed by models", "counties", title="what would help", title_justify="left")
        for one in found.unlocks[:20]:
            gaps.add_row(f"{one.title}\n[dim]{one.dataset} {one.field}[/dim]", str(one.unlocks), str(one.models), str(one.counties))
        console.print(gaps)
