"""``jiandu publish``: build the marts and put them before the screens."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from jiandu.cli_options import options


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("publish")(publish)


def publish() -> None:
    """Marts: dbt on Delta with its tests, then PostgreSQL, all tables in one switch. Exit 2 when a model or a test fails."""
    from rich.console import Console
    from rich.table import Table

    from jiandu import mart

    with Console(stderr=True).status("building marts …"):
        summary = mart.build(options().as_of)
    if options().json:
        typer.echo(json.dumps(asdict(summary), ensure_ascii=False, default=str))
        return
    console = Console()
    table = Table("mart", "rows", box=None)
    for name, rows in summary.rows.items():
        table.add_row(name, f"{rows:,}")
    console.print(table)
    console.print(f"as of {summary.as_of:%Y-%m-%d %H:%M}, {summary.tests} tests passed", highlight=False)
    for warning in summary.warnings:
        console.print(f"[yellow]![/yellow] {warning}", highlight=False)
