"""A second opinion: a small classifier trained on labelled texts. It is told beside the hits of a text and opens nothing by itself.

Character 1- to 3-grams of the plain form, hashed (nothing of the training texts is kept), and a logistic regression (scikit-learn).
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from jiandu import whole
from jiandu.errors import JianduError
from jiandu.keywords.characters import normalise

FEATURES = 1 << 16
LONGEST = 2000
"""Characters read of a text: a longer one says what it says by then."""


@dataclass(frozen=True)
class Opinion:
    """Weights of the hashed features; ``version`` sha256 over them."""

    weights: npt.NDArray[np.float32]
    intercept: float

    @property
    def version(self) -> str:
        """Hex; the same training texts give the same."""
        return hashlib.sha256(self.weights.tobytes() + np.float64(self.intercept).tobytes()).hexdigest()

    def ask(self, texts: Sequence[str]) -> list[float]:
        """For each text the probability, 0 to 1, that a person would look at it."""
        if not texts:
            return []
        margin = _features(texts) @ self.weights.astype(np.float64) + self.intercept
        return [round(float(one), 4) for one in 1 / (1 + np.exp(-np.clip(margin, -60, 60)))]

    def write(self, path: Path) -> None:
        """Keep it as ``.npz``. Raises ``JianduError`` for another ending."""
        if path.suffix != ".npz":
            raise JianduError.at(str(path), "not an .npz file", "call the output so")
        held = io.BytesIO()
        np.savez_compressed(held, weights=self.weights, intercept=np.float64(self.intercept))
        whole.write(path, held.getvalue())

    @classmethod
    def read(cls, path: Path) -> Opinion:
        """What ``write`` kept. Raises ``JianduError``."""
        try:
            with np.load(path, allow_pickle=False) as held:
                weights, intercept = held["weights"], float(held["intercept"])
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise JianduError.at(str(path), f"no second opinion: {error}", "give what `jiandu keywords train` wrote") from error
        if weights.shape != (FEATURES,):
            raise JianduError.at(str(path), f"{weights.shape} weights, expected {FEATURES}", "train it again")
        return cls(weights, intercept)


def train(texts: Sequence[str], labels: Sequence[str]) -> Opinion:
    """Learn from texts and their labels, ``1`` or ``0``. Raises ``JianduError`` where there is nothing to learn from."""
    from sklearn.linear_model import LogisticRegression

    if odd := sorted({label for label in labels} - {"0", "1"}):
        raise JianduError.at("labels", f"neither 0 nor 1: {', '.join(map(repr, odd[:3]))}", "1 where a person would look at the text, else 0")
    if len(set(labels)) < 2:
        raise JianduError.at("labels", "all the same", "there must be texts with 1 and texts with 0")
    learned = LogisticRegression(C=8.0, solver="liblinear", random_state=0).fit(_features(texts), [int(label) for label in labels])
    return Opinion(learned.coef_[0].astype(np.float32), float(learned.intercept_[0]))


def _features(texts: Sequence[str]) -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    shape = HashingVectorizer(analyzer="char", ngram_range=(1, 3), n_features=FEATURES, alternate_sign=False, lowercase=False)
    return shape.transform(normalise(text[:LONGEST]) for text in texts)
