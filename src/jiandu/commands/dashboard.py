"""``jiandu dashboard``: check the screens' files, apply them to Superset, begin a new one."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from jiandu.cli_options import options

group = typer.Typer(no_args_is_help=True, help="Screens: dashboards/*.yml and Superset.")


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(group, name="dashboard")


@group.command()
def lint() -> None:
    """Every mistake of every screen at file:line. Exit 1 when there is one."""
    from rich.console import Console

    from jiandu import dashboard

    problems = dashboard.lint()
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


@group.command()
def new(slug: Annotated[str, typer.Argument(help="Name of the file and address of the screen, e.g. juvenile_work.")]) -> None:
    """Write dashboards/SLUG.yml to start from: a number, a line and a table over one mart."""
    from jiandu.dashboard.template import write

    typer.echo(f"wrote {write(slug)}; next: edit it, jiandu dashboard lint, jiandu dashboard apply")
