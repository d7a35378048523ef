"""Synthetic licences as photographs: a licence's printed fields, drawn on paper, then damaged as phones and platforms damage them."""

from __future__ import annotations

from jiandu.demo.licence_pictures.camera import DAMAGES, photograph
from jiandu.demo.licence_pictures.licence import Licence
from jiandu.demo.licence_pictures.sheet import sheet

__all__ = ["DAMAGES", "Licence", "draw"]


def draw(licence: Licence, seed: int, damage: str | None = None, fonts: tuple[str, ...] = ()) -> bytes:
    """A JPEG of the licence, about 1,400 × 1,000 pixels (a business licence stands upright where the seed says so).

    ``seed`` chooses font, wording of labels, style of dates, tint and the strength of the damage: same arguments and same fonts, same bytes.
    ``damage`` is one of ``DAMAGES`` or ``None`` for a clean scan. ``fonts``: names of font files instead of those found on the machine.
    Raises ``JianduError`` where the machine has no Chinese font.
    """
    return photograph(sheet(licence, seed, fonts), seed, damage)
