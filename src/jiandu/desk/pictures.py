"""Photos for the screen: upright, reduced, personal fields blotted out in the pixels themselves. The kept bytes are never changed."""

from __future__ import annotations

import base64
import io

from PIL import Image, ImageDraw

from jiandu.desk.sight import Photo, personal_fields
from jiandu.licence.picture import Unreadable, open_picture

BOARD, DESK = 420, 1400
"""Long side in pixels: on a board a thumbnail of 15-25 kB, on the desk a picture whose print can be read."""
BLOT = (90, 96, 110)
MARGIN = 4
"""Pixels of the working size by which a blot is larger than its line: ink at the edge of a box must not show through."""


def shown(photo: Photo, side: int, masked: bool) -> tuple[Image.Image, float] | None:
    """A photo at most ``side`` pixels long, and its pixels per pixel of the original.

    ``None`` where its bytes are not on this machine, are no picture, or could not be masked safely (a personal field was not located).
    """
    content = photo.content
    if content is None or (masked and not photo.is_maskable):
        return None
    try:
        picture = open_picture(content)
    except Unreadable:
        return None
    upright = Image.fromarray(picture.pixels)
    if masked:
        pen = ImageDraw.Draw(upright)
        for field in photo.fields:
            for box in field.boxes if field.name in personal_fields() else ():
                corners = [(x * picture.scale, y * picture.scale) for x, y in box]
                pen.polygon(corners, fill=BLOT, outline=BLOT, width=2 * MARGIN)
    upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    return upright, upright.width / picture.width


def data_url(picture: Image.Image) -> str:
    """A picture as an address that holds it (JPEG): nothing is fetched, nothing is linked."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=55 if max(picture.size) <= BOARD else 78)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"
