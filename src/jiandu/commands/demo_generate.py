"""``jiandu demo generate``: the synthetic province and its deliveries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jiandu.demo.command_group import app as group
from jiandu.demo.takeaway import DEMO_SHOPS, SHOPS


def register(app: typer.Typer) -> None:
    """The group is mounted by the command module ``demo``; this one only adds to it."""


@group.command("generate")
def generate_province(
    scale: Annotated[float, typer.Option(help="Size of the province; 1 is about 100,000 rows.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Another seed, another province.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder of answer key, manifest, databases, site and map; default <home>/demo.")] = None,
    landing: Annotated[Path | None, typer.Option(help="Folder where the deliveries land; default: the setting.")] = None,
    shops: Annotated[int, typer.Option(min=1, max=SHOPS, help="Shops of the takeaway platforms.")] = DEMO_SHOPS,
    clean_baseline: Annotated[bool, typer.Option("--clean-baseline", help="Plant nothing: every model must stay silent.")] = False,
) -> None:
    """Generate the synthetic province: deliveries of all agencies, and the answer key apart from them."""
    from jiandu import clock
    from jiandu.demo.generate import generate
    from jiandu.settings import settings

    typer.echo(str(generate(scale, seed, clock.parse_as_of(settings().demo_as_of), out, landing, clean_baseline, shops)))
