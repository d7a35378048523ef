"""What the demo ends with: rows by stage, clues by model, alerts delivered, truths and decoys, and the addresses to open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    view = Table("data set", title="Rows by stage: source → bronze → silver or quarantine", title_justify="left")
    for heading in ("loaded", "held", "bronze", "silver", "quarantine", "repeated keys"):
        view.add_column(heading, justify="right")
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
        select(clue.c.model, clue.c.model_title, clue.c.finding, func.count(), *(func.count().filter(clue.c.severity == name) for name in severities))
        .where(clue.c.engine_state.in_(STANDING)).group_by(clue.c.model, clue.c.model_title, clue.c.finding).order_by(clue.c.model, clue.c.finding)
    )
    view = Table("model", "", "finding", title=f"Clues by model ({NOTE})", title_justify="left")
    for heading in ("clues", *severities):
        view.add_column(heading, justify="right")
    for row in rows:
        view.add_row(*row[:3], *(f"{value:,}" if value else "" for value in row[3:]))
    console.print(view)


def alerts(console: Console) -> None:
    """Alerts and messages by channel."""
    from jiandu.alert import ledger

    view = Table("channel", title="Alerts delivered", title_justify="left")
    for heading in ("delivered", "in messages", "waiting", "dead"):
        view.add_column(heading, justify="right")
    for count in ledger.counts():
        view.add_row(count.channel, *(f"{value:,}" for value in (count.delivered, count.messages, count.waiting, count.dead)))
    console.print(view)


def score_table(scores: Sequence[Score]) -> Table:
    """Planted truths found and decoys fired, by model."""
    view = Table("model", title="Against the answer key", title_justify="left")
    for heading in ("truths", "found", "decoys", "fired", "unplanted"):
        view.add_column(heading, justify="right")
    view.add_column("")
    for score in scores:
        numbers = (score.truths, score.found, score.decoys, score.fired, score.unplanted)
        view.add_row(score.name, *(f"{number:,}" for number in numbers), "[green]✓[/green]" if score.clean else "[red]✗[/red]")
    return view


def addresses(console: Console) -> None:
    """Where to look, and with which login."""
    from jiandu import content
    from jiandu.services import secrets

    kept = secrets.read()
    view = Table("open", "address", "login", title="Open", title_justify="left")
    for slug, path in content.units("dashboards").items():
        title = str(content.read_yaml(path)["title"])
        view.add_row(title, f"{kept['superset_url']}/superset/dashboard/{slug}/", f"{kept['superset_user']} / {kept['superset_password']}")
    view.add_row("Airflow", kept["airflow_url"], f"{kept['airflow_user']} / {kept['airflow_password']}")
    local = (("webhook receiver", "webhook", "/received"), ("mail receiver", "webhook", "/mails"), ("crawled register", "site", "/licences/"))
    for title, port, page in local:
        view.add_row(title, f"http://127.0.0.1:{settings().port(port)}{page}", "")
    console.print(view)
    console.print("Services stay up: `jiandu status`, `jiandu down`.", highlight=False)


def query(statement: Any) -> list[Any]:
    """Rows of a statement on the operational store."""
    from jiandu import ops

    with ops.transaction() as connection:
        return list(connection.execute(statement))
