"""Ink and paper apart: seals and watermarks are lighter than print, wherever the light falls; so levels are cut locally, not once for a page."""

from __future__ import annotations

import cv2
import numpy as np

from jiandu.licence.picture import Pixels

BLANK = 0.90
"""Where the darkest point of a neighbourhood is lighter than this share of the paper, there is no ink."""
CUT = 0.55
"""Between the darkest ink (0) and the paper (1) of a neighbourhood: lighter than this is watermark, seal or shadow and becomes paper."""


def relative(pixels: Pixels) -> Pixels:
    """Brightness (float, 0-1) relative to the paper around it. The lightest of R, G, B: red seals and blue watermarks fade, black print stays."""
    bright = pixels.max(axis=2)
    small = cv2.resize(bright, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 21)
    paper = cv2.resize(cv2.GaussianBlur(paper, (0, 0), 5), (bright.shape[1], bright.shape[0]), interpolation=cv2.INTER_LINEAR)
    share: Pixels = np.clip(bright.astype(np.float32) / np.maximum(paper, 1).astype(np.float32), 0, 1)
    return share


def cleaned(share: Pixels, cut: float = CUT) -> Pixels:
    """A page of relative brightness as dark print on white, RGB uint8 of the same size; faint print in a glare keeps its own, lighter levels."""
    small = cv2.resize(cv2.GaussianBlur(share, (0, 0), 1), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    # A line's neighbourhood: the darkest print within about 80 pixels, so that a word's watermark is judged by the word.
    dark = cv2.GaussianBlur(cv2.erode(small, np.ones((41, 41), np.uint8)), (0, 0), 6)
    dark = cv2.resize(dark, (share.shape[1], share.shape[0]), interpolation=cv2.INTER_LINEAR)
    top = dark + cut * (1 - dark)
    page = np.clip((share - dark) / np.maximum(top - dark, 0.05), 0, 1)
    page[dark > BLANK] = 1
    return grey(page)


def crop_cleaned(crop: Pixels, cut: float) -> Pixels:
    """One line's crop, cut by the levels of that line alone."""
    bright = crop.max(axis=2).astype(np.float32)
    dark, paper = np.percentile(bright, 1.5), np.percentile(bright, 92)
    return grey(np.clip((bright - dark) / max(cut * (paper - dark), 8.0), 0, 1))


def sharpened(crop: Pixels) -> Pixels:
    """One line's crop twice as large, its edges steepened: for hands that shook and lenses that were not in focus."""
    large = cv2.resize(crop, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(large, (0, 0), 3)
    steep: Pixels = cv2.addWeighted(large, 2.2, soft, -1.2, 0)
    return steep


def grey(share: Pixels) -> Pixels:
    """A float picture (0-1) as three equal channels, uint8."""
    return np.repeat((share * 255).astype(np.uint8)[..., None], 3, axis=2)
