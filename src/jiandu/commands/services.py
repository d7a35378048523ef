"""``jiandu up | down | status | logs | doctor``: the embedded services."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from jiandu.cli_options import options
from jiandu.errors import SetupError
from jiandu.settings import settings

PHASES = {"waiting": "waits for others", "preparing": "preparing", "starting": "starting", "ready": "[green]ready[/green]", "failed": "[red]failed[/red]",
          "elsewhere": "runs elsewhere", "stopping": "stopping"}
COLOURS = {"serving": "green", "starting": "yellow", "failing": "red", "stopped": "dim", "elsewhere": "cyan"}


def register(app: typer.Typer) -> None:
    """Mount the commands."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command()(logs)
    app.command()(doctor)


def up(
    only: Annotated[str, typer.Option(help="Comma-separated services, with what they need; default: all but the demo's.")] = "",
    demo: Annotated[bool, typer.Option("--demo", help="The demo's receivers, change stream and test site too.")] = False,
) -> None:
    """Start the embedded services and wait until each really serves. Safe to repeat."""
    from jiandu.services import catalog, stack
    from jiandu.services.status import address

    names = [name.strip() for name in only.split(",") if name.strip()] or None
    with Watch() as watch:
        wanted = stack.up(names, with_demo=demo, report=watch.report)
    if "postgres" in wanted:
        from jiandu import ops

        ops.migrate()
    console = Console(highlight=False)
    for name in wanted:
        console.print(f"  {catalog.SERVICES[name].title:18} {address(name, settings())}")
    console.print(f"  passwords          {settings().home.resolve()}/secrets.json")


def down() -> None:
    """Stop every embedded service of this home; no process is left behind."""
    from jiandu.services import stack

    with Watch() as watch:
        killed = stack.down(report=watch.report)
    Console().print("everything is stopped" + (f"; {killed} processes did not listen and were killed" if killed else ""))


def status() -> None:
    """What runs, checked for real. Exit 1 when something that should serve does not."""
    from jiandu.services.status import look

    states = look()
    if options().json:
        print(json.dumps([asdict(state) for state in states], ensure_ascii=False))
    else:
        table = Table("service", "state", "address", "pid", "MiB", "up", box=None, pad_edge=False)
        for state in states:
            note = f" ({state.detail})" if state.detail else ""
            minutes, seconds = divmod(state.up_seconds, 60)
            table.add_row(state.title, f"[{COLOURS[state.state]}]{state.state}[/]{note}", state.address, " ".join(map(str, state.pids)),
                          str(state.memory_mib or ""), f"{minutes}:{seconds:02}" if state.pids else "")
        show(table)
    if any(state.state in ("failing", "starting") for state in states):
        raise typer.Exit(1)


def logs(
    name: Annotated[str, typer.Argument(help="A program, as `jiandu logs` without a known name lists them.")],
    lines: Annotated[int, typer.Option("-n", "--lines", help="How many of the last lines.")] = 60,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until Ctrl-C.")] = False,
) -> None:
    """The log of one program."""
    from jiandu.services import places
    from jiandu.services.supervisor import tail

    path = places.log_file(settings(), name)
    if not path.exists():
        known = sorted(file.stem for file in path.parent.glob("*.log")) if path.parent.is_dir() else []
        raise SetupError.at(str(path), "no such log", f"one of: {', '.join(known)}" if known else "jiandu up")
    print("\n".join(tail(path, lines)))
    if follow:
        with path.open(encoding="utf-8", errors="replace") as file:
            file.seek(0, 2)
            while True:
                sys.stdout.write(file.read())
                sys.stdout.flush()
                time.sleep(0.3)


def doctor() -> None:
    """What this machine lacks, and how to get it. Exit 1 when something is missing."""
    from jiandu.services.doctor import examine

    findings = examine(settings())
    if options().json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        table = Table("", "", "", box=None, pad_edge=False, show_header=False)
        for finding in findings:
            table.add_row("[green]✓[/]" if finding.good else "[red]✗[/]", finding.name, finding.what + (f"  → {finding.todo}" if finding.todo else ""))
        show(table)
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


def show(table: Table) -> None:
    """Print a table; a pipe has no width of its own, and nothing may be cut there."""
    console = Console(highlight=False)
    console.print(table, width=None if console.is_terminal else 160)


class Watch:
    """Progress of services side by side: a live line each in a terminal, one line an event elsewhere."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        columns = (SpinnerColumn(finished_text=" "), TextColumn("{task.description:14}"), TextColumn("{task.fields[phase]}"), TimeElapsedColumn())
        self.progress = Progress(*columns, console=self.console, disable=not self.console.is_terminal)
        self.tasks: dict[str, int] = {}
        self.began = time.monotonic()

    def __enter__(self) -> Watch:
        self.progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.progress.stop()

    def report(self, name: str, phase: str) -> None:
        """Show that a service entered a phase."""
        if name not in self.tasks:
            self.tasks[name] = self.progress.add_task(name, total=1, phase="")
        done = phase in ("ready", "failed", "elsewhere")
        self.progress.update(self.tasks[name], phase=PHASES[phase], completed=1 if done else 0)  # type: ignore[arg-type]
        if not self.console.is_terminal and phase != "waiting":
            self.console.print(f"  {name:10} {PHASES[phase]:22} {time.monotonic() - self.began:5.1f} s")
