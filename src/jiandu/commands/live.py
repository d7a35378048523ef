"""``jiandu live``: the reader of public posts, its state, its dead letters, its journal on the way into the lake."""

from __future__ import annotations

import json
import logging
import signal
import threading
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from jiandu.cli_options import options
from jiandu.commands.stream import clock

live = typer.Typer(no_args_is_help=True, help="Early warning on public posts: run it, see how it is, settle its journal into the lake.")
NOTE = "线索仅供人工核查，不是结论"


def register(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(live, name="live")


@live.command()
def run(once: Annotated[bool, typer.Option("--once", help="Stop when everything that is there now was read.")] = False) -> None:
    """Score posts as they come and turn findings into clues, until stopped. With --as-of that instant is the clock."""
    from jiandu import ops
    from jiandu.live import service

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.ERROR)  # it repeats every failed connection; the service says what it waits for
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if once:
        ops.migrate()
    worker = service.run(clock(), once, stopped_by_signal())
    if once:
        typer.echo(f"{worker.reader.counts['posts']} posts, {worker.reader.counts['findings']} with a finding, {worker.reader.counts['opened']} clues opened, "
                   f"{worker.reader.counts['changed']} changed, {worker.reader.counts['dead']} dead letters; {NOTE}")


@live.command()
def alerts() -> None:
    """Send alerts of live clues the moment they are written, until stopped."""
    from jiandu.live import sender

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(threadName)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    sender.run(clock(), stopped_by_signal())


def stopped_by_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop


@live.command()
def status() -> None:
    """Whether the reader lives, how far behind it is, what it found and refused. Exit 1 when somebody has to look."""
    from jiandu.live import watch

    found = watch.status()
    if options().json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
    else:
        console = Console(highlight=False)
        console.print(f"{found.state}; lag {', '.join(f'{topic} {lag}' for topic, lag in found.lag.items())}; {found.dead_letters} dead letters; "
                      f"last post {found.last_post_at[:19] or '-'}", soft_wrap=True)
        console.print("since it started: " + (", ".join(f"{name} {count}" for name, count in sorted(found.counts.items())) or "nothing"), soft_wrap=True)
        if found.problem:
            console.print(f"[red]✗[/red] {found.problem}", soft_wrap=True)
    raise typer.Exit(0 if found.healthy else 1)


@live.command()
def dead(limit: Annotated[int, typer.Option(help="At most so many of the newest.")] = 50) -> None:
    """Messages that were refused, with the reason and what to do. Their words are not shown: they may be anybody's."""
    from jiandu.live import watch

    letters = watch.letters()[-limit:]
    if options().json:
        shown = [{"where": one.message.where, "what": one.what, "todo": one.todo} for one in letters]
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    console = Console(highlight=False)
    for one in letters:
        console.print(f"{one.message.where}: {one.what}" + (f" → {one.todo}" if one.todo else ""), soft_wrap=True, markup=False)
    console.print(f"{len(letters)} dead letters")


@live.command()
def settle() -> None:
    """Carry the journal of live clues into the lake; a repeat changes nothing."""
    from jiandu.live.settlement import settle as carry

    done = carry(options().as_of)
    typer.echo(json.dumps(done.as_dict()) if options().json else f"{done.changes} changes of {done.clues} clues, {done.evidence} rows of evidence")


@live.command()
def expire() -> None:
    """Delete posts without a finding that are older than 72 hours, by the as-of."""
    from jiandu.live import topics

    for topic, count in topics.expire(options().as_of).items():
        typer.echo(f"{topic}: {count} messages deleted")
