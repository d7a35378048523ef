"""Figures of terms: how often each was right on texts that people labelled. A small file beside the lexicons, written by a command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pydantic import Field, ValidationError

from jiandu.collision.questions import Strict
from jiandu.errors import ContentError, Problem

FILE = "_measured.json"
FLOOR, ENOUGH = 0.5, 5
"""A term that was right less often than the floor, in enough texts to say so, is demoted: a suspect without weight."""


class Figure(Strict):
    """Texts in which a term was found for sure, and those of them that are labelled with its category; ``pattern``: the term as it was then."""

    pattern: str
    hits: int = Field(ge=0)
    right: int = Field(ge=0)

    @property
    def precision(self) -> float | None:
        """Share of hits that were right; None without hits."""
        return self.right / self.hits if self.hits else None

    @property
    def is_demoted(self) -> bool:
        """Whether the term was wrong too often to carry weight."""
        return self.hits >= ENOUGH and self.right / self.hits < FLOOR


class Measured(Strict):
    """What one file of labelled texts said about one lexicon. ``texts_sha256`` is over the texts and labels themselves."""

    texts: int
    texts_sha256: str
    on: date
    terms: dict[str, Figure]


def read(folders: Sequence[Path]) -> dict[str, Measured]:
    """Measurements kept in folders, by lexicon. Raises ``ContentError``."""
    found: dict[str, Measured] = {}
    for path in paths(folders):
        try:
            found |= {name: Measured.model_validate(one) for name, one in json.loads(path.read_text("utf-8")).items()}
        except (ValueError, ValidationError) as error:
            what = f"not what `jiandu keywords measure` writes: {str(error).splitlines()[0]}"
            raise ContentError(Problem(str(path), what, "delete it, or measure again")) from error
    return found


def paths(folders: Sequence[Path]) -> list[Path]:
    """The files of measurements."""
    return [folder / FILE for folder in folders if (folder / FILE).is_file()]
