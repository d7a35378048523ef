"""What the demo ends with: rows by stage, clues by model, alerts delivered, truths and decoys, and the addresses to open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from sqlalchemy import case, func, select

from jiandu.demo.score import STANDING, Score
from jiandu.settings import settings

NOTE = "线索仅供人工核查，不是结论"


def show(console: Console, scores: Sequence[Score]) -> None:
    """Print every table."""
    deliveries(console)
    clues(console)
    alerts(console)
    console.print(score_table(scores))
    addresses(console)


def deliveries(console: Console) -> None:
    """Rows by stage and data set, from the ledger."""
    from jiandu.ops.tables import delivery as ledger

    loaded = ledger.c.status != "held"
    rows = query(
        select(
            ledger.c.contract, func.count().filter(loaded), func.count().filter(~loaded), func.sum(case((loaded, ledger.c.rows_total), else_=0)),
            func.sum(ledger.c.rows_silver), func.sum(ledger.c.rows_quarantine), func.sum(ledger.c.duplicate_rows),
        ).group_by(ledger.c.contract).order_by(ledger.c.contract)
    )
    view = sheet("Rows by stage: source → bronze → silver or quarantine", "data set", "loaded", "held", "bronze", "silver", "quarantine", "doubled")
    for row in rows:
        view.add_row(row[0], *(f"{int(value or 0):,}" for value in row[1:]))
    if rows:
        view.add_section()
        view.add_row("all", *(f"{sum(int(row[column] or 0) for row in rows):,}" for column in range(1, 7)))
    console.print(view)
    reasons = query(select(ledger.c.source, ledger.c.reason).where(~loaded).order_by(ledger.c.source))
    for source, reason in reasons:
        console.print(f"  held: {source}: {reason}", highlight=False, soft_wrap=True)


def clues(console: Console) -> None:
    """Standing clues by model and finding, with severities."""
    from jiandu.ops.tables import clue

    severities = ("red", "orange", "yellow", "blue")
    rows = query(
        select(clue.c.model, clue.c.finding, func.count(), *(func.count().filter(clue.c.severity == name) for name in severities))
        .where(clue.c.engine_state.in_(STANDING)).group_by(clue.c.model, clue.c.finding).order_by(clue.c.model, clue.c.finding)
    )
    view = sheet(f"Clues by model and finding ({NOTE})", "finding", "clues", *severities)
    for row in rows:
        view.add_row(f"{row[0]}/{row[1]}", *(f"{value:,}" if value else "" for value in row[2:]))
    console.print(view)


def alerts(console: Console) -> None:
    """Alerts and messages by channel."""
    from jiandu.alert import ledger

    view = sheet("Alerts delivered", "channel", "delivered", "in messages", "waiting", "dead")
    for count in ledger.counts():
        view.add_row(count.channel, *(f"{value:,}" for value in (count.delivered, count.messages, count.waiting, count.dead)))
    console.print(view)


def score_table(scores: Sequence[Score]) -> Table:
    """Planted truths found and decoys fired, by model."""
    view = sheet("Against the answer key", "model", "truths", "found", "decoys", "fired", "unplanted", "due soon", "warned", "")
    for score in scores:
        numbers = (score.truths, score.found, score.decoys, score.fired, score.unplanted, score.early, score.warned)
        view.add_row(score.name, *(f"{number:,}" for number in numbers), "[green]✓[/green]" if score.clean else "[red]✗[/red]")
    return view


def addresses(console: Console) -> None:
    """Where to look, and with which login; whole lines, to be copied."""
    from jiandu import content
    from jiandu.services import secrets

    kept = secrets.read()
    places = [
        (str(content.read_yaml(path)["title"]), f"{kept['superset_url']}/superset/dashboard/{slug}/") for slug, path in content.units("dashboards").items()
    ]
    local = (
        ("webhook receiver", "webhook", "/received"), ("mail receiver", "webhook", "/mails"), ("crawled register", "site", "/licences/"),
        ("crawled forum", "forum", "/"),
    )
    places += [("办案端 desk", kept["desk_page_url"]), ("Airflow", kept["airflow_url"])]
    places += [*((title, f"http://127.0.0.1:{settings().port(port)}{page}") for title, port, page in local)]
    for title, address in places:
        console.print(f"  {title}{' ' * (18 - cell_len(title))}{address}", highlight=False, soft_wrap=True)
    for what in ("superset", "desk", "airflow"):
        console.print(f"  {what} login:".ljust(20) + f"{kept[f'{what}_user']} / {kept[f'{what}_password']}", highlight=False, soft_wrap=True)
    console.print("Services stay up: `jiandu status`, `jiandu down`.", highlight=False)


def sheet(title: str, first: str, *numbers: str) -> Table:
    """A table of one name and some numbers that fits eighty columns without cutting the name."""
    view = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), collapse_padding=True)
    view.add_column(first, no_wrap=True)
    for heading in numbers:
        view.add_column(heading, justify="right", no_wrap=True)
    return view


def query(statement: Any) -> list[Any]:
    """Rows of a statement on the operational store."""
    from jiandu import ops

    with ops.transaction() as connection:
        return list(connection.execute(statement))
