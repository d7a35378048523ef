"""The demo's forum: boards, threads and posts of ordinary chatter with planted campaigns and decoys, and a local site that shows them."""

from __future__ import annotations

from pathlib import Path

from jiandu.settings import settings

PLATFORM = "yunze_forum"
"""What the forum's posts carry as their platform."""
THREADS = 160
"""Threads of ordinary chatter that ``make demo`` shows."""


def folder() -> Path:
    """Where switch, truth and access log of the forum lie."""
    return settings().home.resolve() / "demo" / "forum"


def switch_file() -> Path:
    """The switch of this home's forum."""
    return folder() / "switch.json"
