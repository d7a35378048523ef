"""The command line. Every module of ``jiandu.commands`` adds its own commands; there is no list of them to edit."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import jiandu.commands
from jiandu.cli_options import ENGINES, options
from jiandu.errors import JianduError
from jiandu.settings import settings

application = typer.Typer(name="jiandu", no_args_is_help=True, pretty_exceptions_enable=False, help="监督 · early warning for legal supervision")


@application.callback()
def global_options(
    content: Annotated[list[Path] | None, typer.Option("--content", help="A further content root; repeatable.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="The instant everything is evaluated at; default: the present.")] = None,
    engine: Annotated[str, typer.Option("--engine", help="spark or duckdb; default: the setting JIANDU_ENGINE.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Apply the global options before the command runs."""
    engine = engine or settings().engine
    if engine not in ENGINES:
        raise typer.BadParameter(f"{engine!r} is not one of {', '.join(ENGINES)}", param_hint="--engine")
    if content:
        os.environ["JIANDU_CONTENT"] = json.dumps([*map(str, settings().content), *(str(root.resolve()) for root in content)])
        settings.cache_clear()
    chosen = options()
    chosen.as_of_text, chosen.engine, chosen.json = as_of, engine, as_json
    if as_of is not None:
        _ = chosen.as_of  # a bad instant is refused here, once, for every command


def mount() -> None:
    """Let every module of ``jiandu.commands`` register its commands."""
    for module in pkgutil.iter_modules(jiandu.commands.__path__):
        importlib.import_module(f"jiandu.commands.{module.name}").register(application)


def app() -> None:
    """Entry point: one clear message a problem, no traceback, exit code 2 for broken input."""
    mount()
    try:
        application()
    except JianduError as error:
        console = Console(stderr=True)
        for problem in error.problems:
            console.print(f"[red]✗[/red] {problem}", highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)
