"""``jiandu new``: writes a content unit that fails its check until a person has filled it in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(no_args_is_help=True, help="Write a new content unit with a failing check.")


def register(app: typer.Typer) -> None:
    """Add the group; other modules may add their own kinds to ``commands``."""
    app.add_typer(commands, name="new")


@commands.command("source")
def source(
    name: Annotated[str, typer.Argument(help="<agency>__<dataset>, e.g. housing__lease.")],
    like: Annotated[Path | None, typer.Option(help="A delivered CSV file whose header names the columns.")] = None,
    into: Annotated[Path | None, typer.Option(help="A content root; default: the product itself.")] = None,
) -> None:
    """Write a contract and a sample delivery. `jiandu check` then names every line that is still to do."""
    from jiandu.contracts.template import write

    for path in write(name, like, into):
        typer.echo(f"wrote {path}")
    typer.echo(f"next: fill in what `jiandu check` names, then `jiandu ingest {name} <file>`")
