"""Bytes that claim to be a picture: opened with limits, turned as the camera says, reduced to a working size; or one clear reason why not."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from jiandu.crawl.landing import LARGEST_PICTURE
from jiandu.errors import JianduError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
MOST_PIXELS = 120_000_000
"""A phone's best camera makes 108 million; more is a decompression bomb."""
LONGEST_SIDE = 1800
"""Working size in pixels: text of a licence that fills the frame is then 25-35 pixels high, more costs time and reads no better."""
SHORTEST_SIDE = 180
"""Below this no licence has legible text."""
Pixels = np.ndarray


class Unreadable(JianduError):
    """A picture from which no licence can be read; ``reason`` is one Chinese sentence for the register of readings."""

    def __init__(self, reason: str, where: str = "picture") -> None:
        super().__init__(JianduError.at(where, reason).problems)
        self.reason = reason


@dataclass(frozen=True)
class Picture:
    """``pixels``: RGB, long side at most ``LONGEST_SIDE``; ``scale``: working pixels per pixel of the (upright) original."""

    pixels: Pixels
    scale: float
    width: int
    height: int


def open_picture(content: bytes) -> Picture:
    """The picture in ``content``. Raises ``Unreadable``: empty, no picture (and what it looks like instead), cut short, too large, too small."""
    if not content:
        raise Unreadable("文件为空")
    if len(content) > LARGEST_PICTURE:
        raise Unreadable(f"文件过大（{len(content) / 2**20:.0f} MB，上限 {LARGEST_PICTURE // 2**20} MB）")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return _reduced(image)
    except UnidentifiedImageError as error:
        raise Unreadable(f"不是图片：{looks_like(content)}") from error
    except Image.DecompressionBombError as error:
        raise Unreadable(f"图片像素过多（上限 {MOST_PIXELS // 1_000_000} 百万像素）") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise Unreadable(f"图片损坏，无法解码（{error}）") from error


def _reduced(image: Image.Image) -> Picture:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise Unreadable(f"图片像素过多（{width}×{height}，上限 {MOST_PIXELS // 1_000_000} 百万像素）")
    if min(width, height) < SHORTEST_SIDE:
        raise Unreadable(f"图片过小（{width}×{height}），文字无法辨认")
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG decodes straight to a half, quarter or eighth: a 40-megapixel photo costs 5
    upright = ImageOps.exif_transpose(image)
    turned = upright.size != image.size
    flat = Image.new("RGB", upright.size, "white")
    flat.paste(upright.convert("RGBA"), mask=upright.convert("RGBA").getchannel("A")) if upright.mode in ("RGBA", "LA", "P") else flat.paste(upright)
    if max(flat.size) > LONGEST_SIDE:
        flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    if turned:
        width, height = height, width
    return Picture(np.asarray(flat), flat.width / width, width, height)


def looks_like(content: bytes) -> str:
    """What bytes that are no picture seem to be, in Chinese."""
    head = content[:512].lstrip().lower()
    for mark, name in ((b"<!doctype html", "网页（HTML）"), (b"<html", "网页（HTML）"), (b"<?xml", "XML 文本"), (b"<svg", "SVG 矢量图"), (b"%pdf", "PDF 文件"),
                       (b"pk\x03\x04", "压缩包"), (b"{", "JSON 文本"), (b"\x7felf", "可执行文件"), (b"mz", "可执行文件")):
        if head.startswith(mark):
            return name
    return "未知格式的数据"
