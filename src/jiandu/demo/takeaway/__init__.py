"""The demo's takeaway platforms: a world of 1,536 shops with planted findings and decoys, and two local sites that show them."""

from __future__ import annotations

from pathlib import Path

from jiandu.settings import settings

SHOPS = 1536
DEMO_SHOPS = 150
"""Shops that ``make demo`` shows: every finding and every decoy is among the first of the world."""


def folder() -> Path:
    """Where world, switch, pictures and access logs of the platforms lie."""
    return settings().home.resolve() / "demo" / "takeaway"
