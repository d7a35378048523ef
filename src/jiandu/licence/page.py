"""A page brought upright, with its lines: skewed and foreshortened as it was photographed, measured along its own lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from jiandu.licence import engine, ink
from jiandu.licence.engine import Text
from jiandu.licence.picture import Picture, Pixels

ASTRAY = 9.0
"""Degrees: lines that lie this much aslant to the page are watermark, not print."""
SAME_INK = 0.3
"""Share of the paper's brightness by which print may differ over a page; watermarks and seals are lighter by more."""
VOTES = 7
"""Lines asked whether the page stands on its head."""


FORMS: dict[str, Callable[[Pixels], Pixels]] = {
    "clean": lambda crop: crop, "raw": lambda crop: crop, "cut": lambda crop: ink.crop_cleaned(crop, 0.62), "firm": lambda crop: ink.crop_cleaned(crop, 0.42),
    "sharp": ink.sharpened,
}
"""Forms in which a line is read: of the cleaned page, as it came, cut by its own levels (``firm`` harder), against blur."""


@dataclass(eq=False)
class Line:
    """A line of the page: ``corners`` float (4, 2), top left first, clockwise; its ``text`` once it was read, and ``readings`` by form of crop."""

    corners: Pixels
    text: str = ""
    readings: dict[str, Text] = field(default_factory=dict)
    crops: dict[str, Pixels] = field(default_factory=dict)

    @property
    def left(self) -> float:
        """Middle of the left edge, x."""
        return float(self.corners[[0, 3], 0].mean())

    @property
    def right(self) -> float:
        """Middle of the right edge, x."""
        return float(self.corners[[1, 2], 0].mean())

    @property
    def left_y(self) -> float:
        """Middle of the left edge, y."""
        return float(self.corners[[0, 3], 1].mean())

    @property
    def right_y(self) -> float:
        """Middle of the right edge, y."""
        return float(self.corners[[1, 2], 1].mean())

    @property
    def height(self) -> float:
        """Mean length of the two short edges."""
        return float((np.linalg.norm(self.corners[0] - self.corners[3]) + np.linalg.norm(self.corners[1] - self.corners[2])) / 2)

    @property
    def width(self) -> float:
        """Mean length of the two long edges."""
        return float((np.linalg.norm(self.corners[0] - self.corners[1]) + np.linalg.norm(self.corners[3] - self.corners[2])) / 2)

    @property
    def angle(self) -> float:
        """Degrees the line falls from left to right."""
        return float(np.degrees(np.arctan2(self.right_y - self.left_y, self.right - self.left)))


@dataclass
class Page:
    """``original`` and ``clean`` pixels and their ``share`` of the paper's brightness after ``turns`` quarter turns (counter-clockwise).

    ``slope`` (a, b, c): print at x, y runs at a + bx + cy degrees.
    """

    original: Pixels
    clean: Pixels
    share: Pixels
    turns: int
    lines: list[Line]
    slope: tuple[float, float, float]

    def angle(self, x: float, y: float) -> float:
        """The direction of print at a point, in degrees."""
        return self.slope[0] + self.slope[1] * x + self.slope[2] * y

    def crop(self, line: Line, kind: str) -> Pixels:
        """A line cut out straight, in one of ``FORMS``."""
        if kind not in line.crops:
            source = self.clean if kind == "clean" else self.original
            cut = straight(source, line.corners)
            line.crops[kind] = FORMS[kind](cut)
        return line.crops[kind]

    def read(self, lines: list[Line], kind: str) -> None:
        """Read ``lines`` in one form of crop; those read in it already are left alone. The first reading is the line's text."""
        fresh = [line for line in lines if kind not in line.readings]
        for line, text in zip(fresh, engine.read([self.crop(line, kind) for line in fresh]), strict=True):
            line.readings[kind] = text
            line.text = line.text or text.text

    def on_original(self, line: Line, scale: float) -> list[list[int]]:
        """A line's corners in pixels of the picture as delivered."""
        points = line.corners.astype(np.float64)
        height, width = self.original.shape[:2]
        for _ in range(self.turns):  # undo one counter-clockwise quarter turn at a time
            points = np.stack([height - points[:, 1], points[:, 0]], axis=1)
            height, width = width, height
        return [[round(float(x) / scale), round(float(y) / scale)] for x, y in points]


def straight(pixels: Pixels, corners: Pixels) -> Pixels:
    """The quadrilateral as a rectangle."""
    width = max(int(max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[3] - corners[2]))), 4)
    height = max(int(max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2]))), 4)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    return cv2.warpPerspective(pixels, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def found(picture: Picture, on: str = "clean") -> Page:
    """The page of a picture with the lines found on its cleaned (or ``raw``) form, unread; quarter turns undone, lines that lie astray left out."""
    original, share = picture.pixels, ink.relative(picture.pixels)
    clean = ink.cleaned(share)
    corners = engine.boxes(clean if on == "clean" else original)
    turns = 0
    if _on_its_side(corners):
        corners = _turned(corners, original.shape[1])
        original, clean, share, turns = np.rot90(original), np.rot90(clean), np.rot90(share), 1
    page = Page(np.ascontiguousarray(original), np.ascontiguousarray(clean), share, turns, [Line(ordered(box)) for box in corners], (0.0, 0.0, 0.0))
    long = sorted(printed(page), key=lambda line: -line.width)
    page.slope = slope(long)
    page.lines = [line for line in page.lines if line.width < 2.2 * line.height or abs(line.angle - page.angle(line.left, line.left_y)) < ASTRAY]
    voters = [page.crop(line, "clean") for line in long if line in page.lines][:VOTES]
    if engine.upside_down(voters) > 0.5:
        page = _on_its_feet(page)
    return page


def printed(page: Page) -> list[Line]:
    """The long lines whose ink is as dark as the darkest: print, whatever the number of watermarks around it."""
    long = [line for line in page.lines if line.width > 3 * line.height]
    dark = []
    for line in long:
        (left, top), (right, bottom) = line.corners.min(axis=0).clip(0), line.corners.max(axis=0)
        dark.append(float(np.percentile(page.share[int(top) : int(bottom) + 1, int(left) : int(right) + 1], 4)))
    return [line for line, level in zip(long, dark, strict=True) if level <= min(dark) + SAME_INK]


def _on_its_side(corners: Pixels) -> bool:
    """Whether most of the length of print runs up or down."""
    across = up = 0.0
    for box in corners:
        edges = sorted(((box[1] - box[0]), (box[2] - box[1])), key=lambda edge: -np.linalg.norm(edge))
        if np.linalg.norm(edges[0]) > 2.5 * np.linalg.norm(edges[1]):
            across, up = across + abs(float(edges[0][0])), up + abs(float(edges[0][1]))
    return up > across


def _turned(corners: Pixels, width: int) -> Pixels:
    """Boxes after a counter-clockwise quarter turn of a picture ``width`` wide."""
    return np.stack([corners[:, :, 1], width - corners[:, :, 0]], axis=2)


def _on_its_feet(page: Page) -> Page:
    height, width = page.original.shape[:2]
    lines = [Line(ordered(np.stack([width - line.corners[:, 0], height - line.corners[:, 1]], axis=1))) for line in page.lines]
    original, clean = np.ascontiguousarray(np.rot90(page.original, 2)), np.ascontiguousarray(np.rot90(page.clean, 2))
    turned = Page(original, clean, np.rot90(page.share, 2), page.turns + 2, lines, (0.0, 0.0, 0.0))
    turned.slope = slope(printed(turned))
    return turned


def ordered(box: Pixels) -> Pixels:
    """Corners top left first, clockwise, for a box that lies less than 45° askew."""
    by_x = box[np.argsort(box[:, 0], kind="stable")]
    left, right = by_x[:2][np.argsort(by_x[:2, 1])], by_x[2:][np.argsort(by_x[2:, 1])]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)


def slope(lines: list[Line]) -> tuple[float, float, float]:
    """How the direction of print changes over the page: a plane through the angles of long lines, those far off the median left out."""
    if not lines:
        return 0.0, 0.0, 0.0
    weights = np.array([line.width for line in lines])
    angles = np.array([line.angle for line in lines])
    order = np.argsort(angles)
    middle = angles[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)]
    near = np.abs(angles - middle) < ASTRAY
    if near.sum() < 5:
        return float(middle), 0.0, 0.0
    places = np.array([[1.0, (line.left + line.right) / 2, (line.left_y + line.right_y) / 2] for line in lines])[near]
    strength = np.sqrt(weights[near])[:, None]
    found, *_ = np.linalg.lstsq(places * strength, angles[near] * strength[:, 0], rcond=None)
    return float(found[0]), float(found[1]), float(found[2])
