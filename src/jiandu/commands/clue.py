"""``jiandu clue``: the clues that stand, one clue as a card, and the proof that a card follows from its rows."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from jiandu.cli_options import options

group = typer.Typer(no_args_is_help=True, help="Clues: leads for a person to check, never verdicts.")
COLOURS = {"red": "red", "orange": "dark_orange", "yellow": "yellow", "blue": "blue"}
HOW = {
    "came": "新到", "changed": "已更正", "corrected": "已更正，不再符合条件", "deleted": "已被删除", "passed": "未变，不再计入", "gone": "已不在数据集中",
}
"""How a row ended a clue (``clue.ending``)."""
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
    """List clues, most severe first; names of persons are masked."""
    from rich.console import Console
    from rich.table import Table

    from jiandu.clue.card import NOTE
    from jiandu.clue.masking import hidden, masked_clue
    from jiandu.clue.show import current, evidence
    from jiandu.clue.tables import LIVE

    rows = current(models or (), state or LIVE)
    chosen = rows[:limit] if limit else rows
    pieces = evidence([row["clue_id"] for row in chosen])
    shown = [masked_clue(row, hidden(pieces.get(row["clue_id"], ()))) for row in chosen]
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
def show_clue(
    clue: Annotated[str, typer.Argument(help="Number of a clue, or its first digits.")],
    change: Annotated[int | None, typer.Option(help="A change of it; default: the latest.")] = None,
    unmasked: Annotated[bool, typer.Option("--unmasked", help="Show names and personal fields in full; asks for --by and --reason.")] = False,
    by: Annotated[str, typer.Option(help="Who looks unmasked; stays in the audit trail.")] = "",
    reason: Annotated[str, typer.Option(help="Why; stays in the audit trail.")] = "",
) -> None:
    """Show one clue: the sentence, each element's answer, the rows that decided it, the law.

    --json gives the card; with --unmasked its canonical bytes, whose hash the clue bears.
    """
    from rich.console import Console
    from rich.table import Table

    from jiandu.clue.masking import hidden, looked, masked_clue, masked_row
    from jiandu.clue.show import card

    found = card(clue, change)
    if unmasked:
        looked("clue.show", found["clue_id"], by, reason)
    words = hidden(found["evidence"])
    if options().json:
        typer.echo(found["text"] if unmasked else json.dumps(masked_clue(json.loads(found["text"]), words), ensure_ascii=False, sort_keys=True))
        return
    if not unmasked:
        found = {**masked_clue(found, words), "evidence": [{**piece, "row": masked_row(piece)} for piece in found["evidence"]]}
    console = Console(highlight=False)
    console.print(f"[bold]{found['finding_title']}[/bold]  {found['clue_id']}")
    console.print(found["sentence"])
    console.print(facts(found))
    table = Table("要素", "回答", "说明", title="要素", title_justify="left")
    for element in found["elements"]:
        table.add_row(element["title"], ANSWERS[element["answer"]], element["reason"])
    console.print(table)
    if found["ended"]:
        console.print("\n[italic]终结原因[/italic]")
        for line in ending(found):
            console.print(f"  {line}", markup=False)
    console.print("\n[italic]法律依据（行为时有效）[/italic]")
    for line in basis(found):
        console.print(f"  {line}", markup=False)
    console.print("\n[italic]依据[/italic]")
    for piece in found["evidence"]:
        place = f"{piece['dataset']} {piece['record_key']}，交付{piece['delivery_id'][:12]}第{piece['row_no']}行，{piece['row_hash'][:12]}"
        console.print(f"  {piece['element'] or ('（终结）' if piece['how'] else '（参阅）')}：{place}", markup=False)
        text = "，".join(f"{key}={value}" for key, value in piece["row"].items() if value is not None)
        console.print(f"    {text}", style="dim", markup=False)
    console.print("\n[italic]数据来源状态[/italic]")
    for feed in found["feeds"]:
        mark = "✓" if feed["fresh"] else "✗"
        console.print(f"  {mark} {feed['title']} {feed['dataset']}，最近交付{feed['latest'] or '无'}，版本{feed['version']}", markup=False)
    console.print(f"[dim]证据卡 {found['card_hash']}，模型版本 {found['model_version']}；复算：jiandu clue replay {found['clue_id'][:12]}[/dim]")
    console.print(f"[dim]{found['note']}[/dim]")


@group.command("answer")
def answer_clue(
    clue: Annotated[str, typer.Argument(help="Number of a clue, or its first digits.")],
    state: Annotated[str, typer.Argument(help="核查中, 属实, 排除, 立案, 制发文书, 已回复, 已整改, 跟踪复查, 提起诉讼.")],
    by: Annotated[str, typer.Option(help="Who answers; stays in the record of answers.")],
    reason: Annotated[str, typer.Option(help="Why; needed for 排除.")] = "",
    document: Annotated[str, typer.Option(help="Number of the document that was issued.")] = "",
) -> None:
    """Record what was found out about a clue. Answers flow back into the lake: backtests count their yield."""
    from rich.console import Console

    from jiandu.clue.answer import give

    given = give(clue, state, by, options().as_of, reason, document)
    if options().json:
        typer.echo(json.dumps(given.as_dict(), ensure_ascii=False))
        return
    Console(highlight=False).print(f"{given.clue_id[:12]} {given.was} → {given.work_state}")


@group.command("seal")
def seal_record(
    dataset: Annotated[str, typer.Argument(help="The data set, e.g. police__criminal_case.")],
    key: Annotated[str, typer.Argument(help="The record's key, as jiandu clue show prints it.")],
    by: Annotated[str, typer.Option(help="Who seals it.")],
    reason: Annotated[str, typer.Option(help="By which decision.")],
) -> None:
    """Seal one record: no model reads it again, and all words that clues kept of it are destroyed. There is no way back."""
    from rich.console import Console

    from jiandu.clue.seal import seal

    done = seal(dataset, key, by, reason, options().as_of)
    if options().json:
        typer.echo(json.dumps(done.as_dict(), ensure_ascii=False))
        return
    Console(highlight=False).print(f"{dataset} {key} is sealed; the words of {len(done.clues)} clues are destroyed, their hashes stay (jiandu clue proof)")


@group.command("proof")
def proof_of_clue(
    clue: Annotated[str, typer.Argument(help="Number of a clue, or its first digits.")],
    by: Annotated[str, typer.Option(help="Who asks.")],
    reason: Annotated[str, typer.Option(help="Why; stays in the audit trail.")],
) -> None:
    """The hashes of a clue's cards and rows, without their words: what is left to prove once a record was sealed."""
    from jiandu.clue.seal import proof

    typer.echo(json.dumps(proof(clue, by, reason), ensure_ascii=False, indent=None if options().json else 1, default=str))


@group.command("replay")
def replay_clue(
    clue: Annotated[str, typer.Argument(help="Number of a clue, or its first digits.")] = "",
    change: Annotated[int | None, typer.Option(help="Only this change of it; default: every change.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every change of every clue.")] = False,
) -> None:
    """Make cards again as of their day, from the evidence kept and the archived model alone. Exit 1 when bytes differ."""
    from rich.console import Console

    from jiandu.clue.replay import replay, replay_all
    from jiandu.errors import JianduError

    if bool(clue) == every:
        raise JianduError.at("jiandu clue replay", "which clue?", "give a number, or --all")
    console = Console(highlight=False)
    outcomes = []
    for one in replay_all() if every else replay(clue, change):
        outcomes.append(one)
        if options().json or (every and not one.differences):
            continue
        mark = "[red]✗[/red]" if one.differences else "[green]✓[/green]"
        console.print(f"{mark} {one.clue_id[:12]} 第{one.change_no}次变更 {one.state} {one.as_of} {one.model} {one.model_version} {one.card_hash[:12]}")
        for line in one.differences:
            console.print(f"    {line}", soft_wrap=True, markup=False)
    failed = sum(bool(one.differences) for one in outcomes)
    if options().json:
        typer.echo(json.dumps([one.as_dict() for one in outcomes], ensure_ascii=False))
    else:
        console.print(f"{len(outcomes)} cards replayed, {failed} differ")
    raise typer.Exit(1 if failed else 0)


def ending(found: dict[str, Any]) -> list[str]:
    """What ended a withdrawn clue: each row that came, changed or went, with the elements it decided."""
    titles = {element["element"]: element["title"] for element in found["elements"]}
    lines = []
    for row in found["ended"]["rows"]:
        now, was = row["is"], row["was"]
        where = f"（交付{now['delivery_id'][:12]}第{now['row_no']}行，{now['row_hash'][:12]}）" if now else ""
        before = f"，原为交付{was['delivery_id'][:12]}第{was['row_no']}行" if was and row["how"] != "passed" else ""
        decided = "、".join(titles.get(name, name) for name in row["elements"])
        lines.append(f"{row['dataset']} {row['record_key']} {HOW[row['how']]}{where}{before}{f'；要素：{decided}' if decided else ''}")
    if found["ended"]["is_model_changed"]:
        lines.append("模型、法律参数、日历或数据集约定已经变化")
    return lines or ["没有记录变化：期限或日期经过，或者数据恢复更新后重新计算"]


def basis(found: dict[str, Any]) -> list[str]:
    """Articles in force on the day of the event, and parameters with the value that held; what no lawyer confirmed is marked."""
    doubt = {"unverified": "（未核实）", "fictional": "（演示用）", "not in force": "（当日无有效值）"}
    lines = [f"{one['law']}{one['article']}（{one['from']}起）：{one['says']}{doubt.get(one['status'], '')}" for one in found["law"]]
    return lines + [
        f"{one['title']} {one['value']}{one['unit']}，适用日{one['day']}"
        f"（{one['from'] or '…'}至{one['to'] or '…'}，{one['source']}）{doubt.get(one['status'], '')}"
        for one in found["parameters"]
    ]


def facts(found: dict[str, Any]) -> str:
    """The clue's dates, place and state on a few lines."""
    lines = [
        ("状态", f"{found['state']}（第{found['change_no']}次变更）"), ("程度", found["severity"]), ("被监督单位", found["supervised_body"]),
        ("检察院", found["procuratorate_code"]), ("条线", found["line"]), ("期限起算", found["clock_start_on"]), ("期限届满", found["deadline_on"]),
        ("逾期", None if found["overdue_days"] is None else f"{found['overdue_days']}日"), ("数据截至", found["data_as_of"]),
        ("建议文书", found["document_type"]),
    ]
    return "\n".join(f"  {name}：{value}" for name, value in lines if value is not None)
