"""``jiandu crawl``: read one public site now, and land what it shows as a delivery."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from jiandu.cli_options import options


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("crawl", rich_help_panel="Sources")
    def crawl(
        site: Annotated[str | None, typer.Argument(help="A spider, or the contract it delivers to; without it the spiders are listed.")] = None,
        shop: Annotated[str, typer.Option(help="Only this shop of a takeaway platform: a later look at what a clue named.")] = "",
    ) -> None:
        """Run a spider politely and land its dated delivery; pages that could not be read are listed with their reason."""
        from jiandu.crawl import crawl as run
        from jiandu.crawl import spiders

        console = Console()
        if site is None and shop:
            raise typer.BadParameter("of which platform? jiandu crawl SITE --shop ID", param_hint="--shop")
        if site is None:
            for spider in spiders():
                console.print(f"{spider.name}  →  {spider.contract}", highlight=False)
            return
        report = run(site, options().as_of, shop)
        if options().json:
            typer.echo(json.dumps(asdict(report), ensure_ascii=False))
            return
        for address, reason in report.problems.items():
            console.print(f"[yellow]![/yellow] {address}: {reason}", highlight=False, soft_wrap=True)
        console.print(f"{report.pages} pages, {report.rows} rows → {report.delivery}", highlight=False, soft_wrap=True)
