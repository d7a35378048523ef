"""Seals: time stamps over a chain's head. What the chain held when the authority stamped it cannot be rewritten afterwards."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from jiandu import whole
from jiandu.evidence import authority, site_folder
from jiandu.evidence.chain import read


def seal(site: str) -> Path | None:
    """Have the head of a site's chain time-stamped, unless it is already; the seal's file, or ``None`` for an empty chain.

    Raises ``ServiceUnavailable`` when the authority does not answer: the chain stands, and the step can be repeated.
    """
    folder = site_folder(site)
    lines = deque(read(folder), maxlen=1)
    if not lines:
        return None
    last = lines[0]
    path = folder / "seals" / f"{last.seq:08d}.tsr"
    if not path.is_file():
        whole.write(path, authority.stamp(last.hash.encode()))
    return path


def seals(folder: Path) -> dict[int, Path]:
    """The seals of a chain by the line they cover."""
    return {int(path.stem): path for path in sorted((folder / "seals").glob("*.tsr"))}
