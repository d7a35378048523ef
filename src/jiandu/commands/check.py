"""``jiandu check``: every content unit of every kind, all problems by file and line in one run."""

from __future__ import annotations

import importlib
import importlib.util
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from jiandu.cli_options import options

if TYPE_CHECKING:
    from jiandu.errors import Problem

LINTERS = {
    "contracts": "jiandu.contracts", "divisions": "jiandu.identifiers.divisions", "models": "jiandu.collision.lint", "dashboards": "jiandu.dashboard.lint",
    "lexicons": "jiandu.keywords.lint",
}
"""Kind of content → module whose ``lint()`` returns its problems. A module that is not installed has nothing to say."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check() -> None:
    """Check all content: contracts, law, models, dashboards, lexicons, of every content root. Exit 1 when something is wrong."""
    from rich.console import Console

    from jiandu import content

    found = {kind: lint(module) for kind, module in LINTERS.items()}
    problems = [problem for listed in found.values() for problem in listed]
    if options().json:
        typer.echo(json.dumps([asdict(problem) for problem in problems], ensure_ascii=False))
    else:
        console = Console(stderr=bool(problems))
        for problem in problems:
            console.print(f"[red]✗[/red] {problem}", highlight=False, soft_wrap=True)
        counts = ", ".join(f"{len(content.units(kind))} {kind}" for kind in ("sources", "models", "law", "dashboards", "lexicons"))
        console.print(f"{counts}: {len(problems)} problems" if problems else f"{counts}: all well", highlight=False)
    if problems:
        raise typer.Exit(1)


def lint(module: str) -> list[Problem]:
    """Problems that one kind's linter finds."""
    parent, _, _ = module.rpartition(".")
    if importlib.util.find_spec(parent) is None or importlib.util.find_spec(module) is None:
        return []
    linter = getattr(importlib.import_module(module), "lint", None)
    return [] if linter is None else list(linter())
