"""``jiandu licence``: read licences in pictures; read what crawls brought; show what waits for a human."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from jiandu.cli_options import options

commands = typer.Typer(no_args_is_help=True, help="Licences in pictures: read, review. What is read is a lead for a human, never a verdict.")
reviews = typer.Typer(no_args_is_help=True, help="Fields read below their confidence floor: they wait for a person and stand in no verdict.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    commands.add_typer(reviews, name="review")
    app.add_typer(commands, name="licence", rich_help_panel="Sources")


@commands.command("read")
def read(
    images: Annotated[list[Path] | None, typer.Argument(help="Pictures; without any: what shop pages show and nobody has read yet.")] = None,
    workers: Annotated[int, typer.Option(help="Processes; 0: one a core. Each takes about 0.8 GB.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output, one object a picture.")] = False,
) -> None:
    """All printed fields with box and confidence. A picture that cannot be read is one line with its reason, and exit 1; the rest goes on."""
    if not images:
        _read_new(workers, as_json or options().json)
        return
    from jiandu.licence.pool import read_all

    failed = False
    for name, reading in read_all({str(path): path for path in images}, workers):
        failed |= reading["outcome"] == "unreadable"
        if as_json or options().json:
            typer.echo(json.dumps({"image": _shown(name)} | reading, ensure_ascii=False))
        else:
            _print(name, reading)
    if failed:
        raise typer.Exit(1)


@reviews.command("list")
def review_list(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False) -> None:
    """What waits: each doubtful field of each picture, the least sure first."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    from jiandu.licence.register import waiting

    queue = waiting()
    if as_json or options().json:
        typer.echo(json.dumps(queue, ensure_ascii=False))
        return
    table = Table("picture", "kind", "field", Column("read as", overflow="fold"), "confidence", box=None)
    for item in queue:
        table.add_row(item["image_sha256"][:12], item["kind"], item["field"], escape(item["value"]) or "—", f"{item['confidence']:.2f}")
    Console().print(table if queue else "nothing waits for review")


@reviews.command("answer")
def review_answer(
    image: Annotated[str, typer.Argument(help="SHA-256 of the picture, or its first digits, as the list gives it.")],
    field: Annotated[str, typer.Argument(help="The field, e.g. valid_until_date.")],
    value: Annotated[str, typer.Argument(help="What is printed there.")] = "",
    by: Annotated[str, typer.Option(help="Who read it; stays in the record of answers.")] = "",
    reason: Annotated[str, typer.Option(help="From what: the picture, the original, the register.")] = "",
    illegible: Annotated[bool, typer.Option("--illegible", help="Nobody can read it: it waits no more and stands in no verdict.")] = False,
) -> None:
    """Put a person's reading in the place of the machine's, whatever engine reads the picture later; the day's readings are landed again with it."""
    from rich.console import Console

    from jiandu.licence import answers
    from jiandu.licence.register import land

    if bool(value) == illegible:
        raise typer.BadParameter("give either the value or --illegible", param_hint="value")
    answer = answers.give(image, field, value, by, reason, options().as_of)
    landed = land(options().as_of)
    if options().json:
        typer.echo(json.dumps(asdict(answer) | {"delivery": str(landed)}, ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{answer.image_sha256[:12]} {field}: {_shown(answer.read_as) or '—'} → {answer.value or '无法辨认'} → {landed}", markup=False)
    console.print("下一步：jiandu ingest platform__licence_reading，再运行模型", markup=False)


@commands.command("letter")
def letter(
    county: Annotated[str, typer.Argument(help="Six-digit code of the county or district.")],
    out: Annotated[Path | None, typer.Option(help="Where to write it; default: <code>_外卖证照_草稿.docx here.")] = None,
) -> None:
    """Draft, on request, the suggestion to a district's regulator with the list of its takeaway clues: marked 草稿, never sent by the system."""
    from jiandu.licence.letter import draft

    content = draft(county, options().as_of)
    target = out or Path(f"{county}_外卖证照_草稿.docx")
    target.write_bytes(content)
    typer.echo(str(target))


def _read_new(workers: int, as_json: bool) -> None:
    from rich.console import Console

    from jiandu.licence.register import read_new

    run = read_new(options().as_of, workers)
    if as_json:
        typer.echo(json.dumps(asdict(run), ensure_ascii=False))
        return
    console = Console()
    for sha256 in run.absent:
        console.print(f"[yellow]![/yellow] {sha256}: named by a page, but its bytes were never kept", highlight=False, soft_wrap=True)
    read_now = f"{run.read} read ({run.unreadable} unreadable), {run.known} known before"
    console.print(f"{run.named} pictures: {read_now} → {run.delivery or 'nothing to land'}", highlight=False, soft_wrap=True)


def _shown(name: str) -> str:
    """A file's name without anything that could steer a terminal."""
    return "".join(character if character.isprintable() else "�" for character in name)


def _print(name: str, reading: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    console = Console()
    if reading["outcome"] == "unreadable":
        console.print(f"[red]✗[/red] {escape(_shown(name))}: {escape(reading['reason'])}", highlight=False, soft_wrap=True)
        return
    console.print(f"[bold]{escape(_shown(name))}[/bold] {reading['kind']}（自动识别，仅供人工核查）", highlight=False, soft_wrap=True)
    table = Table("field", Column("value", overflow="fold"), "confidence", "", box=None)
    for field, read_as in reading["fields"].items():
        table.add_row(field, escape(_shown(read_as["value"])), f"{read_as['confidence']:.2f}", "" if read_as["accepted"] else "待复核")
    for field in reading["review"]:
        if field not in reading["fields"]:
            table.add_row(field, "—", "", "待复核")
    if reading["qr"]:
        table.add_row("qr", escape(_shown(reading["qr"])), "", {True: "与文字一致", False: "与文字不一致", None: ""}[reading["qr_agrees"]])
    console.print(table)
