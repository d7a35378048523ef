"""``jiandu desk``: accounts of the evidence page."""

from __future__ import annotations

from typing import Annotated

import typer

group = typer.Typer(no_args_is_help=True, help="The desk: where a clue's photo and fields are seen, masked until a reason is given.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="desk")


@group.command("account")
def account(
    name: Annotated[str, typer.Argument(help="Who signs in.")],
    area: Annotated[str, typer.Option(help="First digits of the divisions whose clues it sees: 9904 a city, 990403 a county.")],
    may_unmask: Annotated[bool, typer.Option("--may-unmask", help="May see masked fields, with a reason that is audited.")] = False,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when not given.")] = "",
) -> None:
    """Print an entry for the file JIANDU_DESK_ACCOUNTS names (under ``accounts:``); the password itself is kept nowhere."""
    from jiandu.desk.accounts import digest
    from jiandu.errors import JianduError

    if not area.isdigit() or len(area) > 6:
        raise JianduError.at("--area", f"{area!r} is not the beginning of a division code", "e.g. 9904")
    if len(password) < 8:
        raise JianduError.at("--password", "shorter than eight characters", "choose a longer one")
    typer.echo(f'  - {{name: "{name}", area: "{area}", may_unmask: {str(may_unmask).lower()}, password: "{digest(password)}"}}')
