"""``jiandu ingest``: deliveries into the lake, with a table of what became of each."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jiandu.cli_options import options

if TYPE_CHECKING:
    from jiandu.ingest import IngestResult

STATUS = {"loaded": "[green]loaded[/green]", "repeated": "[dim]repeated[/dim]", "held": "[red]held[/red]"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ingest")(ingest)


def ingest(
    contract: Annotated[str, typer.Argument(help="The contract: <agency>__<dataset>.")],
    files: Annotated[list[Path] | None, typer.Argument(help="Files to load in this order; default: all that landed, or the table of a JDBC contract.")] = None,
) -> None:
    """Load deliveries: source → bronze → silver or quarantine. Exit 2 when one is held."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from jiandu import contracts
    from jiandu.ingest import ingest as load
    from jiandu.ingest import landed

    found = contracts.load(contract)
    console = Console(stderr=True)
    paths: list[Path] | None = files or (None if found.delivery.kind in ("jdbc", "kafka") else landed(found))
    results: list[IngestResult] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=options().json) as progress:
        steps = [None] if paths is None else paths
        task = progress.add_task(contract, total=len(steps))
        for path in steps:
            progress.update(task, description=f"{contract} {path.name if path else ''}")
            results += load(contract, None if path is None else [path], options().as_of)
            progress.advance(task)
    if options().json:
        typer.echo(json.dumps([asdict(result) for result in results], ensure_ascii=False, default=str))
    else:
        show(results, str(found.delivery.pattern or found.path))
    if any(result.status == "held" for result in results):
        raise typer.Exit(2)


def show(results: list[IngestResult], pattern: str) -> None:
    """The results as a table, reasons of held deliveries below it."""
    from rich.console import Console
    from rich.table import Column, Table

    console = Console()
    if not results:
        console.print(f"nothing new: no delivery waits for {pattern}", highlight=False)
        return
    table = Table(Column("delivery", overflow="fold"), "status", "rows", "silver", "quarantine", "duplicates", "warnings", box=None)
    for result in results:
        silver = ", ".join(f"{number} {outcome}" for outcome, number in result.silver.items())
        warnings = ", ".join(f"{name} {number}" for name, number in result.warnings.items())
        table.add_row(result.source, STATUS[result.status], str(result.rows), silver, str(result.quarantined), str(result.duplicates), warnings)
    console.print(table)
    for result in results:
        if result.status == "held":
            console.print(f"[red]✗[/red] {result.source}: {result.reason}", highlight=False, soft_wrap=True)
