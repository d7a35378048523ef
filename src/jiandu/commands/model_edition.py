"""``jiandu model diff`` and ``activate``: an edited model before it counts, and the act by which it does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from jiandu.cli_options import options
from jiandu.commands.model import group

if TYPE_CHECKING:
    from jiandu.collision.proposal import Proposal

Name = Annotated[str, typer.Argument(help="The model.")]
COLOURS = {"new": "green", "updated": "yellow", "withdrawn": "red", "suspended": "magenta", "early": "cyan"}


def register(app: typer.Typer) -> None:
    """The commands belong to the group ``model``, which adds itself."""


@group.command("diff")
def diff(name: Name, limit: Annotated[int, typer.Option(help="Show at most so many clues; 0: all.")] = 30) -> None:
    """What the edited file would change among the standing clues, without writing any."""
    from jiandu.collision.proposal import propose

    show(propose(name, options().as_of, options().engine), limit)


@group.command("activate")
def activate(
    name: Name,
    by: Annotated[str, typer.Option(help="Who decides it; stays in the record of activations.")],
    again: Annotated[bool, typer.Option("--again", help="Renew the diff at --as-of and accept it unseen.")] = False,
    limit: Annotated[int, typer.Option(help="Show at most so many clues; 0: all.")] = 0,
) -> None:
    """Run the file's edition from now on, and change exactly what its diff showed. Refused when anything has moved since."""
    from rich.console import Console

    from jiandu.collision.proposal import activate as decide

    done = decide(name, by, options().engine, options().as_of if again else None)
    show(done, limit or 30)
    if not options().json:
        Console().print(f"{name} runs in edition {done.edition}, activated by {by}", highlight=False)


def show(found: Proposal, limit: int) -> None:
    """Counts and a table of changes."""
    from rich.console import Console
    from rich.table import Table

    if options().json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
        return
    console = Console(highlight=False)
    editions = f"{found.active or 'never activated'} → {found.edition}" if found.edited else f"{found.edition}, as it runs"
    console.print(f"[bold]{found.title}[/bold]  {found.model}  {editions}  as of {found.as_of}")
    console.print("  ".join(f"{number} {kind}" for kind, number in found.counts.items()))
    if not found.settled:
        said = f"data came since the active edition ran, some changes are theirs: jiandu model run {found.model} shows them apart"
        console.print(said, style="yellow", soft_wrap=True)
    shown = found.changes[:limit] if limit else found.changes
    table = Table("线索", "变化", "原", "现", caption=f"{len(shown)} / {len(found.changes)}；线索仅供人工核查，不是结论", show_lines=True)
    for one in shown:
        before = f"{one.was} {one.was_severity}\n{one.was_sentence}" if one.was else ""
        after = "" if one.change == "withdrawn" else f"{one.finding} {one.severity}\n{one.sentence}"
        table.add_row(one.clue_id[:8], f"[{COLOURS[one.change]}]{one.change}[/]", before, after)
    if found.changes:
        console.print(table)
