"""Photos of the shops' licences: rendered when first asked for, kept on disk, the same bytes for the same licence, seed and damage."""

from __future__ import annotations

import hashlib
from pathlib import Path

from jiandu import whole
from jiandu.demo.licence_pictures import draw
from jiandu.demo.takeaway import folder
from jiandu.demo.takeaway.shops import Listing, Shop


class Album:
    """The pictures of a world. ``draws_stand_ins`` serves a tiny picture instead: for tests of crawling, which do not look at it."""

    def __init__(self, seed: int, stand_ins: bool = False, at: Path | None = None) -> None:
        self.seed, self.stand_ins = seed, stand_ins
        self.folder = at or folder() / "pictures"

    def photo(self, shop: Shop, listing: Listing, place: int) -> bytes:
        """JPEG of the shop's licence number ``place`` as this platform shows it; the second licence is the business licence, never damaged."""
        licence = shop.licences[place]
        damage = listing.damage if licence.kind != "business" else ""
        name = hashlib.sha256(repr((licence, self.seed, shop.number, damage, self.stand_ins)).encode()).hexdigest()
        path = self.folder / name[:2] / f"{name}.jpg"
        if not path.is_file():
            whole.write(path, stand_in(name) if self.stand_ins else draw(licence, self.seed * 10_000 + shop.number, damage or None))
        return path.read_bytes()


def stand_in(name: str) -> bytes:
    """A JPEG header with the name behind it: enough to be kept and told apart."""
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + name.encode() + b"\xff\xd9"
