"""``jiandu quarantine``: refused rows listed, shown with their reasons, replayed after a fix."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from jiandu.cli_options import options

commands = typer.Typer(no_args_is_help=True, help="Rows that break their contract: list, show, replay.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(commands, name="quarantine")


@commands.command("list")
def list_open() -> None:
    """Open rows by contract, delivery and first broken rule."""
    from rich.console import Console
    from rich.table import Column, Table

    from jiandu.quarantine import summary

    rows = summary()
    if options().json:
        typer.echo(json.dumps([dict(zip(("contract", "delivery_id", "file", "rule", "rows"), row, strict=True)) for row in rows], ensure_ascii=False))
        return
    table = Table("contract", "delivery", Column("file", overflow="fold"), "rule", "rows", box=None)
    for contract, delivery_id, file, rule, number in rows:
        table.add_row(contract, delivery_id[:12], file, rule, str(number))
    Console().print(table if rows else "quarantine is empty")


@commands.command("show")
def show(
    contract: Annotated[str, typer.Argument(help="The contract: <agency>__<dataset>.")],
    delivery: Annotated[str, typer.Option(help="Only this delivery; the beginning of its id is enough.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many rows.")] = 50,
    replayed: Annotated[bool, typer.Option(help="Also rows that were replayed since.")] = False,
) -> None:
    """Refused rows with file, physical row number, reason and what was delivered."""
    from rich.console import Console
    from rich.markup import escape

    from jiandu.quarantine import refused_rows

    rows = refused_rows(contract, delivery, limit, replayed)
    if options().json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    console = Console()
    for row in rows:
        console.print(f"[bold]{row['file']}:{row['row_no']}[/bold] {row['rule']}: {row['reason']}", highlight=False, soft_wrap=True)
        console.print(f"  [dim]{escape(str(row['raw']))}[/dim]", highlight=False, soft_wrap=True)
    if not rows:
        console.print(f"no open row of {contract}")


@commands.command("replay")
def replay(
    contract: Annotated[str, typer.Argument(help="The contract whose open rows are tried again.")],
    delivery: Annotated[str | None, typer.Option(help="Only this delivery, by its full id.")] = None,
) -> None:
    """Try open rows again with today's contract. Exit 1 while rows stay refused."""
    from rich.console import Console
    from rich.table import Column, Table

    from jiandu.replay import replay as run

    results = run(contract, options().as_of, delivery)
    if options().json:
        typer.echo(json.dumps([asdict(result) for result in results], ensure_ascii=False))
    else:
        table = Table(Column("delivery", overflow="fold"), "file", "tried", "accepted", "still open", "silver", box=None)
        for result in results:
            silver = ", ".join(f"{number} {outcome}" for outcome, number in result.silver.items())
            table.add_row(result.delivery_id[:12], result.source, str(result.tried), str(result.accepted), str(result.open), silver)
        Console().print(table if results else f"no open row of {contract}")
    if any(result.open for result in results):
        raise typer.Exit(1)
