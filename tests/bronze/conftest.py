"""An empty lake with a small content root of its own, and a way to land a delivery there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jiandu.settings import Settings, settings

PACK = Path(__file__).parents[1] / "silver" / "pack"
Land = Callable[[str, list[str]], Path]


@pytest.fixture
def land(empty_lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Land:
    """``land(day, lines)`` writes a delivery of ``register__resident`` with its header and returns its path."""
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(PACK)]))
    settings.cache_clear()

    def write(day: str, lines: list[str]) -> Path:
        path = settings().landing_root / f"register__resident_{day}.csv"
        path.write_text("\n".join(["编号,状态,金额（万元）,备注", *lines, ""]), "utf-8")
        return path

    return write
