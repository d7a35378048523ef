"""``jiandu keywords rising``: words that became frequent, for a person to judge; ``jiandu behaviour``: how the behaviour job is."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from jiandu.cli_options import options
from jiandu.commands import keywords

NOTE = "仅供人工判断：不自动加入词表，不改变预警级别"


def register(app: typer.Typer) -> None:
    """Add the commands to the group of keywords and to the top."""
    keywords.group.command("rising")(rising)
    app.command("behaviour")(behaviour)


def rising(hours: Annotated[int, typer.Option(min=1, max=24 * 31, help="How far back from --as-of.")] = 72) -> None:
    """Words that suddenly became frequent in public posts with a finding or a contact, for a person to judge. Nothing is added to a lexicon."""
    from rich.console import Console
    from rich.table import Table

    from jiandu.behaviour.rising import shown

    found = shown(options().as_of, hours)
    if options().json:
        typer.echo(json.dumps([
            {"word": one.word, "from": one.window_start.isoformat(), "to": one.window_end.isoformat(), "accounts": one.accounts, "usual": one.usual,
             "threshold": one.threshold} for one in found
        ], ensure_ascii=False))
        return
    table = Table("word", "hour from", "accounts", "usual", box=None, caption=NOTE)
    for one in found:
        table.add_row(one.word, f"{one.window_start:%Y-%m-%d %H:%M}", str(one.accounts), f"{one.usual:.1f}")
    Console(highlight=False).print(table)


def behaviour() -> None:
    """How the behaviour job is: its state, posts not read yet, and what is wrong. Exit 1 when somebody has to look."""
    from rich.console import Console

    from jiandu.behaviour.lag import status

    found = status()
    if options().json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
    else:
        Console(highlight=False).print(f"behaviour: {found.state}, {found.lag if found.lag >= 0 else '?'} posts behind, heartbeat {found.beat_seconds} s ago")
        if found.problem:
            Console(stderr=True, highlight=False).print(f"[red]✗[/red] {found.problem}", soft_wrap=True)
    if found.problem:
        raise typer.Exit(1)
