"""The Typer group ``jiandu demo``; modules of ``jiandu.commands`` add their own commands to it."""

from __future__ import annotations

import typer

app = typer.Typer(help="The fictional province under watch.")
