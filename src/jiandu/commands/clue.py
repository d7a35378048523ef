"""``jiandu clue``: the clues that stand, and one clue as a card."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from jiandu.cli_options import options

group = typer.Typer(no_args_is_help=True, help="Clues: leads for a person to check, never verdicts.")
COLOURS = {"red": "red", "orange": "dark_orange", "yellow": "yellow", "blue": "blue"}
ANSWERS = {"met": "[green]成立[/green]", "not_met": "[red]不成立[/red]", "unknown": "[yellow]不能计算[/yellow]"}


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="clue")


@group.command("list")
def list_clues(
    models: Annotated[list[str] | None, typer.Argument(help="Only of these models.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="Engine state; repeatable. Default: clues that stand.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many; 0: all.")] = 50,
) -> None:
    """List clues, most severe first."""
    from rich.console import Console
    from rich.table import Table

    from jiandu.clue.show import NOTE, current
    from jiandu.clue.tables import LIVE

    rows = current(models or (), state or LIVE)
    shown = rows[:limit] if limit else rows
    if options().json:
        typer.echo(json.dumps(shown, ensure_ascii=False, default=str))
        return
    table = Table("线索", "程度", "检察院", "逾期", "状态", caption=f"{len(shown)} / {len(rows)}；{NOTE}", show_lines=True)
    table.add_column("事由", overflow="fold")
    for row in shown:
        severity = f"[{COLOURS[row['severity']]}]{row['severity']}[/]"
        overdue = "" if row["overdue_days"] is None else str(row["overdue_days"])
        table.add_row(row["clue_id"][:8], severity, row["procuratorate_code"], overdue, row["state"], row["sentence"])
    Console().print(table)


@group.command("show")
def show_clue(clue: Annotated[str, typer.Argument(help="Number of a clue, or its first digits.")]) -> None:
    """Show one clue: the sentence, each element's answer, the rows that decided it."""
    from rich.console import Console
    from rich.table import Table

    from jiandu.clue.show import card

    found = card(clue)
    if options().json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=str))
        return
    console = Console()
    console.print(f"[bold]{found['finding_title']}[/bold]  {found['clue_id']}", highlight=False)
    console.print(found["sentence"], highlight=False)
    console.print(facts(found), highlight=False)
    table = Table("要素", "回答", "说明", title="要素", title_justify="left")
    for element in found["elements"]:
        table.add_row(element["title"], ANSWERS[element["answer"]], element["reason"])
    console.print(table)
    console.print("\n[italic]依据[/italic]", highlight=False)
    for piece in found["evidence"]:
        place = f"{piece['dataset']} {piece['record_key']}，交付{piece['delivery_id'][:12]}第{piece['row_no']}行，{piece['row_hash'][:12]}"
        console.print(f"  {piece['element']}：{place}", highlight=False, markup=False)
        text = "，".join(f"{key}={value}" for key, value in piece["row"].items() if value is not None)
        console.print(f"    {text}", style="dim", highlight=False, markup=False)
    console.print(f"[dim]{found['note']}[/dim]")


def facts(found: dict[str, Any]) -> str:
    """The clue's dates, place and state on a few lines."""
    lines = [
        ("状态", f"{found['state']}（第{found['change_no']}次变更）"), ("程度", found["severity"]), ("被监督单位", found["supervised_body"]),
        ("检察院", found["procuratorate_code"]), ("条线", found["line"]), ("期限起算", found["clock_start_on"]), ("期限届满", found["deadline_on"]),
        ("逾期", None if found["overdue_days"] is None else f"{found['overdue_days']}日"), ("数据截至", found["data_as_of"]),
        ("建议文书", found["document_type"]),
    ]
    return "\n".join(f"  {name}：{value}" for name, value in lines if value is not None)
