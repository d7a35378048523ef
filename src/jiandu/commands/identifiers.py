"""``jiandu id check``: what the identifiers in a file are, whether they are valid, their normal form and why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from jiandu.cli_options import options

commands = typer.Typer(no_args_is_help=True, help="Identifiers: resident ids, credit codes, licence, document and case numbers.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(commands, name="id")


@commands.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="One value a line; or a .csv or .jsonl file with --column.")],
    column: Annotated[str, typer.Option(help="Column of a CSV or key of JSON lines.")] = "",
    kind: Annotated[str, typer.Option(help="resident_id, uscc, food_licence or case_no; default: what the value looks like.")] = "",
) -> None:
    """Show value, kind, valid, normalised and reason. Exit 1 when any value is invalid."""
    from rich.console import Console
    from rich.table import Column, Table

    from jiandu.errors import JianduError
    from jiandu.identifiers import KINDS, identify

    if kind and kind not in KINDS:
        raise JianduError.at("--kind", f"{kind!r} is not one of {', '.join(KINDS)}")
    verdicts = [KINDS[kind](value) if kind else identify(value) for value in values(file, column)]
    if options().json:
        typer.echo(json.dumps([asdict(verdict) for verdict in verdicts], ensure_ascii=False))
    else:
        table = Table(*(Column(name, overflow="fold") for name in ("value", "kind", "valid", "normalised", "reason")), box=None)
        for verdict in verdicts:
            valid = "[green]yes[/green]" if verdict.valid else "[red]no[/red]"
            table.add_row(verdict.value, verdict.kind, valid, verdict.normalised, "；".join(filter(None, (verdict.reason, *verdict.warnings))))
        Console().print(table)
    if not all(verdict.valid for verdict in verdicts):
        raise typer.Exit(1)


def values(file: Path, column: str) -> Iterator[str]:
    """The values of a file. Raises ``JianduError`` for an unknown column or an unreadable file."""
    from jiandu.errors import JianduError
    from jiandu.source import csv_text, json_lines
    from jiandu.source.decoding import as_utf8, looks_like, read_bytes

    if not file.is_file():
        raise JianduError.at(str(file), "no such file", "check the path")
    data = read_bytes(file)
    encoding = "utf-8" if looks_like(data, "gb18030") == "utf-8" else "gb18030"
    if not column and file.suffix not in (".csv", ".jsonl"):
        yield from (line.strip() for line in as_utf8(data, encoding, file).decode().splitlines() if line.strip())
        return
    rows = json_lines.read(file, encoding) if file.suffix == ".jsonl" else csv_text.read(file, encoding, ",")
    chosen = column or ("value" if "value" in rows.names else rows.names[0] if len(rows.names) == 1 else "")
    if chosen not in rows.names:
        raise JianduError.at(str(file), f"no column {column!r}" if column else "several columns", f"--column one of {', '.join(rows.names)}")
    yield from (value for value in rows.table[chosen].to_pylist() if value)
