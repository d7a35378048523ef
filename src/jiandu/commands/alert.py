"""``jiandu alert``: write alerts of changed clues, deliver them, and show what became of each."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from jiandu.cli_options import options

alert = typer.Typer(no_args_is_help=True, help="Alerts: from a changed clue to the office that answers for it.")
console = Console()


def register(app: typer.Typer) -> None:
    """Add ``jiandu alert``."""
    app.add_typer(alert, name="alert")


@alert.command()
def route() -> None:
    """Bring changed clues to the operational store and write their alerts; a repeat changes nothing."""
    from jiandu import ops
    from jiandu.clue.publish import publish

    ops.migrate()
    summary = publish(options().as_of)
    if options().json:
        return _json(summary.as_dict())
    states = ", ".join(f"{state} {count}" for state, count in summary.by_state.items()) or "nothing new"
    console.print(f"clues {summary.clues} ({states}), alerts written {summary.alerts}")


@alert.command()
def deliver(revive: Annotated[bool, typer.Option(help="Try dead alerts again from the beginning.")] = False) -> None:
    """Send what waits; exit 1 while alerts are waiting or dead."""
    from jiandu.alert import deliver as deliver_waiting
    from jiandu.alert import ledger

    if revive:
        console.print(f"revived {ledger.revive()}", highlight=False)
    summary = deliver_waiting(options().as_of)
    if options().json:
        _json(summary.as_dict())
    else:
        console.print(f"messages {summary.messages} carrying {summary.alerts} alerts; failed {summary.failed}, waiting {summary.waiting}, dead {summary.dead}")
    if summary.waiting or summary.dead:
        raise typer.Exit(1)


@alert.command("ledger")
def show_ledger(
    state: Annotated[str | None, typer.Option(help="waiting, delivered or dead; default: all.")] = None,
    limit: Annotated[int, typer.Option(help="How many of the newest alerts.")] = 20,
) -> None:
    """Counts by channel, then the newest alerts with tries and the last error."""
    from jiandu.alert import ledger

    if state not in (None, ledger.WAITING, ledger.DELIVERED, ledger.DEAD):
        raise typer.BadParameter("waiting, delivered or dead", param_hint="--state")
    counts, entries = ledger.counts(), ledger.entries(state, limit)
    if options().json:
        return _json({"channels": [vars(count) for count in counts], "alerts": entries})
    console.print(_table("channels", ["channel", "delivered", "waiting", "dead", "messages"], [vars(count) for count in counts]))
    console.print(_table("alerts", ["clue", "state", "recipient", "tries", "became"], [_short(entry) for entry in entries]))


def _short(entry: dict[str, Any]) -> dict[str, Any]:
    from jiandu.alert.message import clue_number

    became = f"delivered {entry['delivered_at']:%m-%d %H:%M}" if entry["delivered_at"] else "dead" if entry["dead_at"] else "waiting"
    reason = f": {entry['last_error']}" if entry["last_error"] else ""
    return {
        "clue": clue_number(entry["clue_id"]), "state": entry["state"], "recipient": f"{entry['channel']} {entry['recipient']}", "tries": entry["attempts"],
        "became": became + reason,
    }


def _table(title: str, columns: list[str], rows: list[dict[str, Any]]) -> Table:
    made = Table(title=title)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*("" if row[column] is None else str(row[column]) for column in columns))
    return made


def _json(content: Any) -> None:
    print(json.dumps(content, ensure_ascii=False, default=str))
