"""``jiandu demo``: the whole flow on the synthetic province, and how well it found what was planted."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from jiandu.cli_options import options
from jiandu.demo.command_group import app as group
from jiandu.demo.takeaway import DEMO_SHOPS, SHOPS


def register(app: typer.Typer) -> None:
    """Mount the group."""
    app.add_typer(group, name="demo")


@group.callback(invoke_without_command=True)
def demo(
    context: typer.Context,
    scale: Annotated[float, typer.Option(help="Size of the province; 1 is about 100,000 rows.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Another seed, another province.")] = 1,
    shops: Annotated[int, typer.Option(min=1, max=SHOPS, help="Takeaway shops that are crawled, and whose licences are read.")] = DEMO_SHOPS,
) -> None:
    """Start everything, generate the province, run the flow through Airflow, show what was found. Safe to run again; exit 1 when it missed something."""
    if context.invoked_subcommand is None:
        from jiandu.demo.run import run

        if not run(scale, seed, Console(), shops):
            raise typer.Exit(1)


@group.command()
def score(
    explain: Annotated[bool, typer.Option("--explain", help="Name every missed truth, fired decoy and unplanted clue.")] = False,
) -> None:
    """Planted truths found and decoys fired. Exit 1 when a truth is missed or a decoy fires."""
    from jiandu.demo import score as scoring
    from jiandu.demo.outcome import score_table

    key, clues = scoring.answer_key(), scoring.standing()
    scores = scoring.by_model(key, clues, scoring.standing(["early"]))
    if options().json:
        typer.echo(json.dumps(scoring.as_rows(scores), ensure_ascii=False))
    else:
        console = Console()
        console.print(score_table(scores))
        for fault, anchors in (scoring.faults(key, clues) if explain else {}).items():
            console.print(f"{fault} ({len(anchors)}): {', '.join(anchors[:5])}{' …' if len(anchors) > 5 else ''}", highlight=False, soft_wrap=True)
    if not all(score.clean for score in scores):
        raise typer.Exit(1)
