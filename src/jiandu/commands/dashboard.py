"""``jiandu dashboard``: check the screens' files and apply them to Superset; ``jiandu new dashboard`` begins one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from jiandu.cli_options import options
from jiandu.commands.new import commands as new

group = typer.Typer(no_args_is_help=True, help="Screens: dashboards/*.yml and Superset.")


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(group, name="dashboard")


@group.command()
def lint() -> None:
    """Every mistake of every screen at file:line. Exit 1 when there is one."""
    from rich.console import Console

    from jiandu.dashboard.lint import lint as check

    problems = check()
    if options().json:
        typer.echo(json.dumps([asdict(problem) for problem in problems], ensure_ascii=False))
    else:
        for problem in problems:
            Console(stderr=True).print(f"[red]✗[/red] {problem}", highlight=False, soft_wrap=True)
        Console().print(f"{len(problems)} problems" if problems else "all screens are well-formed", highlight=False)
    raise typer.Exit(1 if problems else 0)


@group.command()
def apply(force: Annotated[bool, typer.Option("--force", help="Apply even if Superset has this content; undoes changes made by hand.")] = False) -> None:
    """Bring Superset in line with the files: add, update and remove charts and dashboards. Repeating changes nothing."""
    from rich.console import Console

    from jiandu import dashboard

    with Console(stderr=True).status("applying screens …"):
        summary = dashboard.apply(force)
    typer.echo(json.dumps(asdict(summary), ensure_ascii=False) if options().json else str(summary))


@new.command("dashboard")
def new_dashboard(
    slug: Annotated[str, typer.Argument(help="Name of the file and address of the screen, e.g. juvenile_work.")],
    into: Annotated[Path | None, typer.Option(help="A content root; default: the product itself.")] = None,
) -> None:
    """Write a screen with a number, a bar and a line to start from."""
    from jiandu.dashboard.template import write

    typer.echo(f"wrote {write(slug, into)}; next: edit it, jiandu dashboard lint, jiandu dashboard apply")
