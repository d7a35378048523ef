"""The captured pages that clues rest on: what a prosecutor wants to see as it looked."""

from __future__ import annotations

from jiandu.clue import show
from jiandu.collision.datasets import dataset
from jiandu.collision.library import load

HASH = "page_sha256"
"""The field of crawled data sets that names the kept bytes of the page a row was read from."""


def behind() -> list[str]:
    """Hashes (sha256, hex) of the pages in the evidence of every standing clue, over all its changes."""
    crawled = [one.id for one in load(None) if any(HASH in dataset(name).columns for name in one.model.datasets)]
    clues = [clue["clue_id"] for clue in show.current(crawled)] if crawled else []
    return sorted({str(piece["row"][HASH]) for rows in show.evidence(clues).values() for piece in rows if piece["row"].get(HASH)})
