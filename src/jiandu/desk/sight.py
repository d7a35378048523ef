"""What a takeaway clue rests on, for the eye: the photo of the licence, what was read in it and where, the captures of the page.

Everything comes from the copies of rows the clue keeps (``clue.evidence``): what is shown is what decided, whatever data came later. Of a
sealed record there is nothing left to show.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from jiandu.clue import show
from jiandu.clue.card import Row
from jiandu.clue.masking import masked
from jiandu.collision.datasets import dataset
from jiandu.crawl.landing import kept
from jiandu.errors import JianduError
from jiandu.licence.answers import SOURCE as HUMAN
from jiandu.licence.vocabulary import kinds

MODEL, PAGES, READINGS = "takeaway_licence", "platform__takeaway_shop", "platform__licence_reading"

@cache
def personal_fields() -> frozenset[str]:
    """Fields of a reading that are masked until somebody says why, by their tier: a person's name, and what may be a home (个人信息保护法 6)."""
    return dataset(READINGS).personal


@dataclass(frozen=True)
class Field:
    """A printed field as read: ``boxes`` in pixels of the upright picture; ``state`` is sure, doubtful, or human."""

    number: int
    name: str
    title: str
    value: str
    confidence: float
    state: str
    boxes: list[list[list[int]]]

    @property
    def masked(self) -> str:
        """The value for a screen that anybody may see."""
        return masked(self.value) if self.name in personal_fields() and self.value else self.value


@dataclass(frozen=True)
class Photo:
    """A picture with its reading; ``fields`` is empty and ``reason`` says why where nothing could be read."""

    sha256: str
    kind: str
    reason: str
    fields: tuple[Field, ...]
    qr_text: str
    qr_agrees: bool | None
    engine: str

    @property
    def content(self) -> bytes | None:
        """Its bytes, if they are on this machine."""
        return kept(self.sha256)

    @property
    def is_maskable(self) -> bool:
        """Whether every personal field this kind of licence prints was located, so that a masked picture hides them."""
        return self.kind in kinds() and personal_fields() & kinds()[self.kind].fields.keys() <= {field.name for field in self.fields if field.boxes}


@dataclass(frozen=True)
class Sight:
    """A clue's card with the captures of its listing, newest first, its own photo, and photos of other listings that show the same number."""

    card: Row
    captures: tuple[Row, ...]
    photo: Photo | None
    others: tuple[Photo, ...]


def sight(clue: str) -> Sight:
    """What the clue whose number begins so rests on. Raises ``JianduError`` for none, several, or one of another model."""
    card = show.card(clue)
    if card["model"] != MODEL:
        raise JianduError.at(clue, "is no clue about a shop's licences", f"jiandu clue list {MODEL}")
    rows: dict[str, dict[str, Row]] = {PAGES: {}, READINGS: {}}
    for piece in card["evidence"]:
        if piece["dataset"] in rows:
            rows[piece["dataset"]][piece["record_key"]] = piece["row"]
    own = [row for row in rows[PAGES].values() if f"{row['platform_name']}:{row['shop_id']}" == card["anchor"]]
    captures = sorted(own, key=lambda row: str(row["captured_at"]), reverse=True)
    shown = captures[0]["food_image_sha256"] if captures else None
    newest = sorted(rows[READINGS].values(), key=lambda row: str(row["read_at"]))
    photos = {row["image_sha256"]: photo(row) for row in newest}
    mine = photos.pop(shown, None) if shown else None
    return Sight(card, tuple(captures), mine, tuple(photos.values()))


def photo(row: Row) -> Photo:
    """A picture by its row of the register of readings."""
    kind = row["licence_kind"] or ""
    read = json.loads(row["reading_detail"]).get("fields", {}) if row["reading_detail"] else {}
    printed = kinds()[kind].fields if kind in kinds() else {}
    order = [name for name in printed if name in read]
    fields = tuple(field(number, name, printed[name].labels[0], read[name]) for number, name in enumerate(order, 1))
    return Photo(row["image_sha256"], kind, row["unreadable_reason"] or "", fields, row["qr_text"] or "", row["is_qr_consistent"], row["engine_version"])


def field(number: int, name: str, title: str, read: dict[str, Any]) -> Field:
    """A field by its place in the detail of a reading."""
    state = "human" if read["source"] == HUMAN else "sure" if read["accepted"] else "doubtful"
    return Field(number, name, title, read["value"], float(read["confidence"]), state, read["boxes"])
