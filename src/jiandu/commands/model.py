"""``jiandu model``: list, lint, test, explain and run supervision models; ``jiandu new model`` starts one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from jiandu.cli_options import options
from jiandu.commands.new import commands as new

group = typer.Typer(no_args_is_help=True, help="Supervision models.")
Names = Annotated[list[str] | None, typer.Argument(help="Models; default: all.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="model")


@new.command("model")
def new_model(
    name: Annotated[str, typer.Argument(help="File stem, e.g. overdue_reply.")],
    data: Annotated[str, typer.Option(help="Data set of the anchor event.")] = "justice__penalty",
    into: Annotated[Path | None, typer.Option(help="A content root; default: the product itself.")] = None,
) -> None:
    """Write a model with a failing case."""
    from jiandu.collision.template import write

    typer.echo(f"wrote {write(name, data, into)}")
    typer.echo(f"next: `jiandu model lint {name}`, then make `jiandu model test {name}` pass")


@new.command("element")
def new_element(
    name: Annotated[str, typer.Argument(help="File stem, e.g. licence_in_force.")],
    data: Annotated[str, typer.Option(help="Data set it asks.")] = "justice__penalty",
    into: Annotated[Path | None, typer.Option(help="A content root; default: the product itself.")] = None,
) -> None:
    """Write an element that models can import."""
    from jiandu.collision.template import write_element

    typer.echo(f"wrote {write_element(name, data, into)}")
    typer.echo(f"next: fill it in, then `use: {name}` in a model and `jiandu model lint`")


@group.command("list")
def list_models() -> None:
    """List the models."""
    from rich.console import Console
    from rich.table import Table

    from jiandu.behaviour import model as live
    from jiandu.collision.library import load

    loaded, streams = load(), [live.read(name) for name in live.names()]
    if options().json:
        every = [(one.id, one.version, one.model.title, one.model.line) for one in loaded]
        every += [(one.id, one.version, one.model.title, one.model.line) for one in streams]
        listed = [{"model": name, "title": title, "version": version, "line": line} for name, version, title, line in every]
        typer.echo(json.dumps(listed, ensure_ascii=False))
        return
    table = Table("model", "findings", "data sets", "cases", "version")
    for one in loaded:
        findings = "\n".join(finding.id for finding in one.model.findings)
        table.add_row(f"{one.id}\n[dim]{one.model.title}[/dim]", findings, "\n".join(one.model.datasets), str(len(one.model.cases)), one.version)
    for stream in streams:
        table.add_row(f"{stream.id}\n[dim]{stream.model.title}[/dim]", "\n".join(stream.model.lexicons), "公开帖文（live）", str(len(stream.model.cases)),
                      stream.version)
    Console().print(table)


@group.command("lint")
def lint_models(names: Names = None) -> None:
    """Name every mistake in models by file and line. Exit 1 when there is one."""
    from rich.console import Console

    from jiandu import content
    from jiandu.behaviour import model as live
    from jiandu.collision import lint

    streams = live.names()
    paths = content.units("models") | {name: content.units("live_models")[name] for name in streams}
    wanted = [name for name in names if found(paths, name)] if names else None
    problems = lint.lint(None if wanted is None else [name for name in wanted if name not in streams])
    problems += live.lint(None if wanted is None else [name for name in wanted if name in streams])
    if options().json:
        typer.echo(json.dumps([vars(problem) for problem in problems], ensure_ascii=False))
    else:
        console = Console()
        for problem in problems:
            console.print(f"[red]✗[/red] {problem}", highlight=False, soft_wrap=True)
        for notice in lint.notices(options().as_of.date()):
            console.print(f"[yellow]![/yellow] {notice}", highlight=False, soft_wrap=True)
        console.print(f"{len(names or paths)} models: {len(problems)} problems", highlight=False)
    raise typer.Exit(1 if problems else 0)


@group.command("test")
def run_cases_of(names: Names = None) -> None:
    """Run the cases inside models on DuckDB. Exit 1 when one fails."""
    from rich.console import Console

    from jiandu.behaviour import model as live
    from jiandu.collision.cases import run_cases
    from jiandu.collision.library import load

    outcomes = []
    console = Console()
    streams = [name for name in live.names() if not names or name in names]
    models = load([name for name in names if name not in streams] if names else None)
    for cases in (*map(run_cases, models), *(live.run_cases(live.read(name)) for name in streams)):
        for outcome in cases:
            outcomes.append(outcome)
            if options().json:
                continue
            mark = "[red]✗[/red]" if outcome.wrong else "[green]✓[/green]"
            console.print(f"{mark} {outcome.model}: {outcome.case}", highlight=False)
            for line in outcome.wrong:
                console.print(f"    {line}", highlight=False, soft_wrap=True, markup=False)
    failed = sum(bool(outcome.wrong) for outcome in outcomes)
    if options().json:
        typer.echo(json.dumps([vars(outcome) for outcome in outcomes], ensure_ascii=False))
    else:
        console.print(f"{len(outcomes)} cases, {failed} failed", highlight=False)
    raise typer.Exit(1 if failed else 0)


@group.command("explain")
def explain_model(
    name: Annotated[str, typer.Argument(help="The model.")] = "",
    anchor: Annotated[str, typer.Option(help="Show every element's answer for this anchor.")] = "",
    sql: Annotated[bool, typer.Option("--sql", help="Show the compiled statement for the engine.")] = False,
    words: Annotated[bool, typer.Option("--words", help="Show the words a model may use beside SQL.")] = False,
) -> None:
    """Explain a model: its elements, feeds, parameters and law; its SQL; or its answers for one anchor."""
    from jiandu.behaviour import model as live
    from jiandu.collision import explain, vocabulary
    from jiandu.collision.library import load

    if words:
        for title, entries in (("questions an element may ask", vocabulary.OPERATORS), ("words beside SQL", vocabulary.HELP)):
            typer.echo(f"{title}:")
            for word, meaning in entries.items():
                typer.echo(f"  {word:42} {meaning}")
        return
    if name in live.names():
        show_model(live.described(live.read(name)))
        return
    loaded = load([name])[0]
    if sql:
        typer.echo(explain.sql(loaded, options().as_of, options().engine))
    elif anchor:
        show_answers([vars(one) for one in explain.answers(loaded, options().as_of, anchor, options().engine)], anchor)
    else:
        show_model(explain.describe(loaded, options().as_of))


def show_answers(found: list[dict[str, Any]], anchor: str) -> None:
    """Each element's answer for one anchor."""
    from rich.console import Console
    from rich.table import Table

    if options().json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=str))
        return
    console = Console()
    for one in found:
        table = Table("element", "", "answer", "reason", title=f"{anchor}: {one['verdict']}", title_justify="left")
        for element in one["elements"]:
            table.add_row(element["element"], element["title"], element["answer"], element["reason"])
        console.print(table)
    if not found:
        console.print(f"{anchor}: no such anchor row")


def show_model(described: dict[str, Any]) -> None:
    """A model in words."""
    from rich.console import Console

    if options().json:
        typer.echo(json.dumps(described, ensure_ascii=False, default=str))
        return
    console = Console(highlight=False)
    console.print(f"[bold]{described['title']}[/bold] ({described['model']} {described['version']}, {described['line']})\n{described['description']}\n")
    for element in described["elements"]:
        imported = f" (elements/{element['source']}.yml)" if element["source"] else ""
        console.print(f"  {element['id']:24} {element['asks']:13} {element['title']}{imported}  [dim]{', '.join(element['data'])}[/dim]")
    for why in described["evaluated_in_full"]:
        console.print(f"  [yellow]always evaluated in full: {why}[/yellow]")
    for finding in described["findings"]:
        console.print(f"\n  [bold]{finding['id']}[/bold] {finding['title']} = {' + '.join(finding['all'])} → {finding['document_type']}")
    console.print()
    for name, parameter in described["parameters"].items():
        for value in parameter["values"]:
            period = f"{value['since'] or ''}–{value['until'] or ''}"
            console.print(f"  {name}: {value['value']} {parameter['unit']} {period} {value['place']} {value['source']} [dim]{value['status']}[/dim]")
    for basis in described["legal_basis"]:
        period = f"{basis['since']}起" + (f"至{basis['until']}" if basis["until"] else "")
        unverified = " [yellow]unverified[/yellow]" if basis["status"] == "unverified" else ""
        console.print(f"  {basis['law']}{basis['article']}（{period}）：{basis['says']}{unverified}")
    for title, texts in (("误报", described["false_positives"]), ("核查", described["runbook"])):
        console.print(f"\n  {title}")
        for text in texts:
            console.print(f"    - {text}")
    for reason in described["full_because"]:
        console.print(f"\n  [yellow]evaluated in full[/yellow] {reason}")
    console.print()
    for name, feed in described["feeds"].items():
        console.print(f"  {'✓' if feed['fresh'] else '✗'} {name} {feed['latest']} {feed['reason']}")


@group.command("run")
def run_models(
    names: Names = None,
    full: Annotated[bool, typer.Option("--full", help="Evaluate every anchor row, also where the changes since the last run would do; compares both.")] = False,
) -> None:
    """Run models at --as-of on --engine and write what changed to the clue store. Exit 1 when a full run differs from what changes led to."""
    from rich.console import Console
    from rich.table import Table

    from jiandu import collision
    from jiandu.collision.proof import disagreements

    console = Console(stderr=True)
    with console.status("running models", spinner="dots"):
        as_of = options().as_of
        summaries = collision.run(names, as_of, options().engine, "full" if full else "changes")
    wrong = disagreements(as_of, names) if full else []
    for problem in wrong:
        typer.echo(str(problem), err=True)
    if options().json:
        typer.echo(json.dumps([summary.as_dict() for summary in summaries], ensure_ascii=False))
        raise typer.Exit(bool(wrong))
    columns = ("early", "opened", "updated", "withdrawn", "reopened", "suspended", "kept")
    table = Table("model", "status", "evaluated", "changes", "stale feeds", "s", caption="线索仅供人工核查，不是结论")
    for one in summaries:
        changes = ", ".join(f"{getattr(one, column)} {column}" for column in columns if getattr(one, column)) or "-"
        evaluated = f"{one.subjects} rows, {one.how}{f': {one.why}' if one.why else ''}" if one.how else "-"
        if one.differences:
            evaluated += f"\n[red]{one.differences} clues differ from what changes led to[/red]"
        table.add_row(one.model, one.status, evaluated, changes, ", ".join(one.stale), f"{one.seconds:.1f}")
    Console().print(table)
    for one in summaries:
        if one.edited:
            Console().print(f"{one.model}: edited since activation, the active edition ran: jiandu model diff {one.model}", highlight=False, soft_wrap=True)
    raise typer.Exit(bool(wrong))


def found(paths: dict[str, Path], name: str) -> Path:
    """The file of a model. Raises ``JianduError`` for an unknown name."""
    from jiandu.errors import JianduError

    if name not in paths:
        raise JianduError.at(name, "no model of that name", "jiandu model list")
    return paths[name]
