"""RapidOCR, offline, one thread: find lines, tell upside down, read lines. Nothing else of the package knows which engine reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import cv2
import numpy as np

from jiandu.licence.picture import Pixels

RULES = 2
"""Raise it when the same picture would be read otherwise: readings are kept by picture and engine version."""
DETECTED_SIDE = 1280
"""Lines are found at this size at most: finding costs by area, and a line of 15 pixels is found as well as one of 30. At 1056 a page costs 0.1 s
less, and a seal's lettering runs into the line it touches."""
NARROWEST = 96
"""Pixels a line of 48 pixels' height is padded to at least. The library pads every line to 320 and to the widest of its batch of six; on one
thread a batch saves nothing, so that lines read one by one, each at its own width, cost two thirds."""
UPSIDE_DOWN = "180"


def engine_version() -> str:
    """Name and version of engine and rules, as readings carry it."""
    return f"rapidocr-{version('rapidocr')}+jiandu-{RULES}"


@dataclass(frozen=True)
class Text:
    """A line as read: ``confidences`` has one value (0-1) a character of ``text``."""

    text: str
    confidences: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """That of the weakest character: one wrong digit makes a wrong number."""
        return min(self.confidences, default=0.0)


@lru_cache(maxsize=1)
def _engine() -> Any:
    from rapidocr import RapidOCR

    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    widths = {"Rec.rec_batch_num": 1, "Rec.rec_img_shape": [3, 48, NARROWEST]}
    memory = {"EngineConfig.onnxruntime.enable_cpu_mem_arena": True}  # buffers are kept from line to line; with batches of one they stay small
    shown = {"Global.log_level": "critical", "Global.return_word_box": True}
    return RapidOCR(params={**shown, "Global.max_side_len": DETECTED_SIDE, **widths, **memory, **threads})


def boxes(page: Pixels) -> Pixels:
    """Lines of text as quadrilaterals, float32 (n, 4, 2) in pixels of ``page``: corners clockwise from the first."""
    cv2.setNumThreads(1)
    found = _engine()(np.ascontiguousarray(page), use_det=True, use_cls=False, use_rec=False)
    return np.zeros((0, 4, 2), np.float32) if found.boxes is None else np.asarray(found.boxes, np.float32)


def upside_down(crops: list[Pixels]) -> float:
    """The share of ``crops`` that stand on their heads, weighed by how sure each is; 0 for none."""
    if not crops:
        return 0.0
    answers = _engine().cls_and_rotate(crops)[1].cls_res
    whole = sum(score for _, score in answers)
    return float(sum(score for label, score in answers if label == UPSIDE_DOWN) / whole) if whole else 0.0


def read(crops: list[Pixels]) -> list[Text]:
    """Each crop's line of text."""
    if not crops:
        return []
    engine = _engine()
    engine.return_word_box = True
    found = engine.recognize_txt([np.ascontiguousarray(crop) for crop in crops])
    return [Text(text, tuple(words.confs) if text else ()) for text, words in zip(found.txts, found.word_results, strict=True)]
