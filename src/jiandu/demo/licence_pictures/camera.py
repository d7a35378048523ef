"""From sheet to photograph: what happens to a picture before it is on a shop's page, one kind of damage at a time or a phone's usual mixture."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw

from jiandu.demo.licence_pictures import fonts as faces
from jiandu.demo.licence_pictures.stamp import seal
from jiandu.errors import JianduError

Damage = Callable[[Image.Image, random.Random], Image.Image]
TABLES = [(120, 96, 70), (60, 62, 66), (172, 170, 165), (205, 198, 180)]
"""Colours of what the paper lies on."""
PLATFORMS = ["食速达", "百味到家", "本平台", "网络订餐"]
QUALITY = 88


def photograph(paper: Image.Image, seed: int, damage: str | None) -> bytes:
    """JPEG bytes of the sheet under ``damage`` (of ``DAMAGES``); ``seed`` chooses its strength. Raises ``JianduError`` for an unknown kind."""
    rng = random.Random(f"camera {seed} {damage}")
    if damage is not None:
        if damage not in DAMAGES:
            raise JianduError.at("licence picture", f"no damage {damage!r}", f"one of {', '.join(DAMAGES)}")
        paper = DAMAGES[damage](paper, rng)
    return jpeg(paper, rng.randint(28, 45) if damage in ("jpeg", "phone") else QUALITY)


def jpeg(picture: Image.Image, quality: int) -> bytes:
    """A picture as JPEG."""
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()


def blur(paper: Image.Image, rng: random.Random) -> Image.Image:
    """Out of focus."""
    return _of(cv2.GaussianBlur(_pixels(paper), (0, 0), rng.uniform(1.2, 1.9)))


def rotation(paper: Image.Image, rng: random.Random) -> Image.Image:
    """Held a few degrees askew."""
    angle = rng.choice([-1, 1]) * rng.uniform(2, 7)
    return paper.rotate(angle, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=rng.choice(TABLES))


def quarter_turn(paper: Image.Image, rng: random.Random) -> Image.Image:
    """On its side or head, as phones without a turn flag leave it."""
    return paper.transpose(rng.choice([Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270]))


def perspective(paper: Image.Image, rng: random.Random) -> Image.Image:
    """Seen from the side: the corners move inwards by up to an eighth of the width."""
    width, height = paper.size
    pull = [(rng.uniform(0, 0.10) * width, rng.uniform(0, 0.08) * height) for _ in range(4)]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    signs = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    seen = np.array([[x + sx * dx, y + sy * dy] for (x, y), (dx, dy), (sx, sy) in zip(corners.tolist(), pull, signs, strict=True)], np.float32)
    table = rng.choice(TABLES)
    return _of(cv2.warpPerspective(_pixels(paper), cv2.getPerspectiveTransform(corners, seen), paper.size, flags=cv2.INTER_CUBIC, borderValue=table))


def seal_over_text(paper: Image.Image, rng: random.Random) -> Image.Image:
    """A second red seal right over the values."""
    stamped = paper.copy()
    centre = (round(paper.width * rng.uniform(0.22, 0.42)), round(paper.height * rng.uniform(0.32, 0.6)))
    seal(stamped, f"{rng.choice(PLATFORMS)}证照审核专用章", centre, 125, faces.found()[0])
    return stamped


def watermark(paper: Image.Image, rng: random.Random) -> Image.Image:
    """仅供……使用, tiled aslant over the whole sheet: the damage that hurts reading most."""
    side = round(1.5 * max(paper.size))
    layer = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen, face = ImageDraw.Draw(layer), faces.face(faces.found()[0], rng.randint(34, 48))
    text = f"仅供{rng.choice(PLATFORMS)}使用"
    colour = rng.choice([(120, 120, 120), (150, 150, 165), (190, 110, 110), (110, 130, 190)])
    for row, y in enumerate(range(0, side, rng.randint(120, 170))):
        for x in range(-200 * (row % 2), side, round(face.getlength(text)) + rng.randint(70, 130)):
            pen.text((x, y), text, font=face, fill=(*colour, rng.randint(95, 135)))
    turned = layer.rotate(rng.uniform(20, 38), resample=Image.Resampling.BICUBIC)
    left, top = (side - paper.width) // 2, (side - paper.height) // 2
    return Image.alpha_composite(paper.convert("RGBA"), turned.crop((left, top, left + paper.width, top + paper.height))).convert("RGB")


def low_resolution(paper: Image.Image, rng: random.Random) -> Image.Image:
    """Shrunk by the platform to 760-900 pixels on its long side."""
    share = rng.randint(760, 900) / max(paper.size)
    return paper.resize((round(paper.width * share), round(paper.height * share)), Image.Resampling.LANCZOS)


def glare(paper: Image.Image, rng: random.Random) -> Image.Image:
    """A lamp's reflection on the plastic cover: washed out, seldom gone altogether."""
    pixels = _pixels(paper).astype(np.float32)
    rows, columns = np.mgrid[0:paper.height, 0:paper.width]
    x, y, reach = rng.uniform(0.2, 0.8) * paper.width, rng.uniform(0.25, 0.75) * paper.height, rng.uniform(0.10, 0.2) * paper.width
    light = np.exp(-((columns - x) ** 2 + ((rows - y) * 1.6) ** 2) / (2 * reach**2))[..., None] * rng.uniform(0.55, 0.8)
    return _of(np.clip(pixels * (1 - light) + 255 * light, 0, 255).astype(np.uint8))


def phone(paper: Image.Image, rng: random.Random) -> Image.Image:
    """A phone's photo after the platform's mill: a little of perspective, watermark, blur and strong compression."""
    seen = perspective(watermark(paper, rng), rng)
    return _of(cv2.GaussianBlur(_pixels(seen), (0, 0), rng.uniform(0.6, 1.0)))


def unreadable(paper: Image.Image, rng: random.Random) -> Image.Image:
    """So far out of focus that nobody can read it."""
    return _of(cv2.GaussianBlur(_pixels(paper), (0, 0), rng.uniform(13, 18)))


def jpeg_only(paper: Image.Image, rng: random.Random) -> Image.Image:
    """Nothing but strong compression, which ``photograph`` applies."""
    return paper


DAMAGES: dict[str, Damage] = {
    "blur": blur, "jpeg": jpeg_only, "rotation": rotation, "quarter_turn": quarter_turn, "perspective": perspective, "seal_over_text": seal_over_text,
    "watermark": watermark, "low_resolution": low_resolution, "glare": glare, "phone": phone, "unreadable": unreadable,
}
"""Kinds of damage a picture can be given; under ``unreadable`` nothing is left to read."""


def _pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB"))


def _of(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels)
