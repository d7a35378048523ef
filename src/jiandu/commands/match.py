"""``jiandu match``: find parties of cases in the poverty registers, and say why a pair was or was not taken for one person."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from jiandu.cli_options import options

match = typer.Typer(no_args_is_help=True, help="Parties of cases in the poverty registers.")
console = Console()


def register(app: typer.Typer) -> None:
    """Add ``jiandu match``."""
    app.add_typer(match, name="match")


@match.command()
def run() -> None:
    """Match parties with the registers; the same inputs and as-of change nothing."""
    from jiandu import matching

    summary = matching.run(options().as_of)
    if options().json:
        print(json.dumps(summary.as_dict(), ensure_ascii=False))
        return
    console.print(f"parties {summary.parties}, register entries {summary.entries}" if summary.is_new else "nothing new to match", highlight=False)
    for kind, count in summary.pairs.items():
        console.print(f"  {kind}: {count}", highlight=False)


@match.command()
def explain(party: Annotated[str, typer.Argument(help="Record key of the party, e.g. its 当事人编号.")]) -> None:
    """Every pair of one party with its sentence."""
    from jiandu.matching.registry import explain as explain_party

    pairs = explain_party(party)
    if options().json:
        print(json.dumps(pairs, ensure_ascii=False, default=str))
        return
    for pair in pairs:
        console.print(f"{pair['registry_dataset']} {pair['registry_key']} [{pair['band']}]", highlight=False, markup=False)
        console.print(f"  {pair['explanation']}", highlight=False, markup=False)
    if not pairs:
        console.print("no pair kept for this party", highlight=False)
