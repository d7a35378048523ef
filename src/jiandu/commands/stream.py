"""``jiandu stream``: the service that reads topics, its state, its dead letters, the connectors."""

from __future__ import annotations

import json
import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from jiandu.cli_options import options
from jiandu.clock import parse_as_of
from jiandu.errors import JianduError

stream = typer.Typer(no_args_is_help=True, help="Change streams: read topics into the lake, watch them, deal with dead letters.")
connector_commands = typer.Typer(no_args_is_help=True, help="The change-data connectors of the agencies' databases.")
stream.add_typer(connector_commands, name="connector")

ContractOption = Annotated[str | None, typer.Option("--contract", help="One contract only; default: every contract fed by a topic.")]


def register(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(stream, name="stream")


@stream.command()
def run(
    contract: ContractOption = None,
    once: Annotated[bool, typer.Option("--once", help="Stop when everything that is there now was read.")] = False,
    accept_gap: Annotated[bool, typer.Option("--accept-gap", help="Go on although messages were deleted before they were read.")] = False,
) -> None:
    """Read topics into bronze, silver and quarantine until stopped. With --as-of every batch is loaded as of that instant."""
    from jiandu.stream import service

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(threadName)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.ERROR)  # it repeats every failed connection; the service says what it waits for
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    workers = service.run(clock(), contract, once, accept_gap, stop)
    if once:
        for worker in workers:
            typer.echo(f"{worker.beat.contract}: read up to {worker.beat.next or 'nothing'}, {worker.beat.dead} dead letters")


def clock() -> Callable[[], datetime]:
    """The as-of of a batch: the fixed instant if one was given, else the present of each batch."""
    if options().as_of_text is not None:
        fixed = options().as_of
        return lambda: fixed
    return lambda: parse_as_of(None)


@stream.command()
def status() -> None:
    """Reader, lag, dead letters and connector of every stream. Exit 1 when somebody has to look."""
    from jiandu.stream import watch

    found = watch.status()
    if options().json:
        typer.echo(json.dumps([asdict(entry) for entry in found], ensure_ascii=False))
    else:
        table = Table("contract", "reader", "lag", "dead", "last message", "connector", box=None)
        for entry in found:
            shown = f"{entry.connector} {entry.connector_state}".strip()
            table.add_row(entry.contract, entry.state, str(entry.lag), str(entry.dead_letters), entry.last_message_at[:19], shown)
        Console(highlight=False).print(table)
        for problem in watch.problems(found):
            Console(stderr=True, highlight=False).print(f"[red]✗[/red] {problem}", soft_wrap=True)
    if any(not entry.healthy for entry in found):
        raise typer.Exit(1)


@stream.command()
def dead(contract: str) -> None:
    """The messages of a contract that were not applied, with the reason and what to do."""
    from jiandu.stream import replay

    letters = replay.letters(contract)
    if options().json:
        typer.echo(json.dumps([{"where": letter.message.where, "what": letter.what, "todo": letter.todo} for letter in letters], ensure_ascii=False))
        return
    console = Console(highlight=False)
    for letter in letters:
        console.print(f"{letter.message.where}: {letter.what}" + (f" → {letter.todo}" if letter.todo else ""), soft_wrap=True)
    console.print(f"{len(letters)} dead letters")


@stream.command("replay")
def replay_command(contract: str) -> None:
    """Try the dead letters of a contract again, after a fix. What can be applied now leaves the dead letters."""
    from jiandu.stream import replay

    outcome = replay.replay(contract, options().as_of)
    typer.echo(f"{outcome.applied} applied, {outcome.left} still dead")


@stream.command()
def reconcile(
    contract: str,
    yes: Annotated[bool, typer.Option("--yes", help="Delete them; without it only the count is shown.")] = False,
) -> None:
    """Delete records that a truncation or a complete new snapshot of the source did not bring back."""
    from jiandu.stream import reconciliation

    found = reconciliation.missing(contract)
    if found is None:
        typer.echo("the topic tells of no truncation and no complete snapshot: nothing to compare with")
        return
    typer.echo(f"{found.mark} at position {found.position}: {len(found.keys)} of {found.current} current records were not sent again since")
    if yes and found.keys:
        typer.echo(f"deleted: {reconciliation.delete(contract, found, options().as_of)}")


@connector_commands.command("apply")
def apply_command() -> None:
    """Register or update every connector that the contracts ask for; safe to repeat."""
    from jiandu.stream import connector

    for state in connector.register():
        typer.echo(f"{state.name}: {state.state} {'+'.join(state.tasks)} {state.problem}".rstrip())


@connector_commands.command()
def sql() -> None:
    """Print what each captured database needs, for its administrator."""
    from jiandu import contracts
    from jiandu.stream import connector, publication

    for agency in connector.agencies(contracts.load_all().values()):
        typer.echo(f"-- database {agency.database}, run by the owner of its tables; role {publication.ROLE} needs LOGIN REPLICATION")
        for statement in publication.statements(agency):
            typer.echo(f"{statement};")


@connector_commands.command()
def delete(
    prefix: str,
    keep_slot: Annotated[bool, typer.Option("--keep-slot", help="Keep the replication slot: nothing is lost, but the database keeps its log.")] = False,
) -> None:
    """Delete a connector by its topic prefix, and its replication slot with it."""
    from jiandu import contracts
    from jiandu.stream import connector, publication

    known = {agency.prefix: agency for agency in connector.agencies(contracts.load_all().values())}
    if prefix not in known:
        raise JianduError.at(prefix, "no contract has a topic with this prefix", f"one of {', '.join(known)}")
    connector.delete(known[prefix])
    dropped = not keep_slot and publication.drop_slot(known[prefix])
    typer.echo(f"{known[prefix].connector}: deleted" + (", slot dropped" if dropped else ""))
