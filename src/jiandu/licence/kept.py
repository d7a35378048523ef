"""Readings kept by picture and engine version: nothing is read twice, and a run that was cut short goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from jiandu import whole
from jiandu.licence.engine import engine_version
from jiandu.settings import settings

Entry = dict[str, Any]
"""``image_sha256``, ``engine``, ``read_at`` (ISO, the as-of of the run that read it) and a reading as ``Reading.as_dict`` gives it."""


def folder() -> Path:
    """Where the readings of this engine version are."""
    return settings().home.resolve() / "licence" / engine_version()


def path(sha256: str) -> Path:
    """Where one picture's reading is or would be."""
    return folder() / sha256[:2] / f"{sha256}.json"


def keep(sha256: str, reading: Entry, as_of: datetime) -> Entry:
    """Keep a reading, atomically; one that is there already stays, and is returned."""
    target = path(sha256)
    if not target.exists():
        entry = {"image_sha256": sha256, "read_at": as_of.isoformat(), **reading}
        whole.write(target, json.dumps(entry, ensure_ascii=False, indent=1).encode())
    return known(sha256) or {}


def known(sha256: str) -> Entry | None:
    """The reading of a picture by this engine version, if there is one."""
    target = path(sha256)
    return json.loads(target.read_text("utf-8")) if target.is_file() else None


def everything() -> Iterator[Entry]:
    """Every reading of this engine version, by hash."""
    for target in sorted(folder().glob("*/*.json")):
        yield json.loads(target.read_text("utf-8"))
