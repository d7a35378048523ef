"""From sheet to photograph: blur, turns, seals over text, watermarks, glare and all that happens to a picture before it is on a shop's page."""

from __future__ import annotations

import io

from PIL import Image

DAMAGES: tuple[str, ...] = ()
"""Kinds of damage a picture can be given."""
QUALITY = 88


def photograph(paper: Image.Image, seed: int, damage: str | None) -> bytes:
    """JPEG bytes of the sheet under ``damage``; ``seed`` chooses its strength."""
    out = io.BytesIO()
    paper.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
