"""What a service is: programs to run, work before and after the start, and a real check that it serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jiandu.settings import Settings

BATCH = 10
"""Niceness (nice(1)) of programs whose work can wait: where the processors are full, what serves people and the stream comes first."""


@dataclass(frozen=True)
class Program:
    """One process under the supervisor. ``command`` is an argument list; nothing passes through a shell."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    stop_signal: str = "TERM"
    stop_seconds: int = 15
    nice: int = 0


def nothing(config: Settings) -> None:
    """The step of a service that needs none."""


@dataclass(frozen=True)
class Service:
    """One engine. ``check`` returns an empty string when it serves, otherwise what is still missing.

    ``prepare`` runs when the services it ``needs`` serve and before its own programs start; ``settle`` after the first
    successful check. Both are safe to repeat. ``ports`` are names of ``jiandu.settings.PORTS``.
    """

    name: str
    title: str
    programs: Callable[[Settings], list[Program]]
    check: Callable[[Settings], str]
    prepare: Callable[[Settings], None] = nothing
    settle: Callable[[Settings], None] = nothing
    needs: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    address: str = ""
    patience: int = 300
    demo: bool = False
    elsewhere: Callable[[Settings], str] = lambda config: ""
    """The address of an engine of the province's own, when the settings name one: then ours is not started."""
