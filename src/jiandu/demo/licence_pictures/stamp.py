"""What is stamped or printed over the text: the round red seal of the authority, a QR code, an emblem."""

from __future__ import annotations

import math

import zxingcpp
from PIL import Image, ImageDraw

from jiandu.demo.licence_pictures import fonts as faces

RED = (205, 30, 35)


def seal(paper: Image.Image, text: str, centre: tuple[int, int], radius: int, font: str) -> None:
    """The authority's seal, translucent, with its name around a star."""
    layer = Image.new("RGBA", (2 * radius + 8,) * 2, (0, 0, 0, 0))
    pen, middle = ImageDraw.Draw(layer), radius + 4
    pen.ellipse((4, 4, 2 * radius + 4, 2 * radius + 4), outline=(*RED, 190), width=5)
    pen.polygon([_on_circle(middle, radius * (0.3 if point % 2 == 0 else 0.12), -90 + 36 * point) for point in range(10)], fill=(*RED, 190))
    sweep = min(300, 26 * len(text))
    for place, character in enumerate(text):
        angle = -90 - sweep / 2 + sweep * (place + 0.5) / len(text)
        glyph = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
        ImageDraw.Draw(glyph).text((20, 20), character, font=faces.face(font, 28), fill=(*RED, 200), anchor="mm")
        turned = glyph.rotate(-(angle + 90), resample=Image.Resampling.BICUBIC)
        x, y = _on_circle(middle, radius - 25, angle)
        layer.alpha_composite(turned, (round(x) - 20, round(y) - 20))
    paper.paste(layer, (centre[0] - middle, centre[1] - middle), layer)


def _on_circle(middle: float, radius: float, degrees: float) -> tuple[float, float]:
    return middle + radius * math.cos(math.radians(degrees)), middle + radius * math.sin(math.radians(degrees))


def qr_code(paper: Image.Image, text: str, corner: tuple[int, int], side: int) -> None:
    """A QR code of ``side`` pixels with its quiet zone, top left at ``corner``."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    square = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=8)).convert("RGB")
    paper.paste(square.resize((side, side), Image.Resampling.LANCZOS), corner)


def emblem(paper: Image.Image, x: int, y: int, radius: int) -> None:
    """A ring with a star: the place of an emblem, no state's."""
    pen = ImageDraw.Draw(paper)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=(180, 120, 40), width=4)
    pen.regular_polygon((x, y, radius * 0.55), 5, fill=(200, 150, 60))
