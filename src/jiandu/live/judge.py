"""What a post is judged by: lexicons, the table of grades and the law they rest on, as one version that can be kept and brought back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jiandu import keywords
from jiandu.behaviour import Signal, grade
from jiandu.behaviour.rules import Grading, rules
from jiandu.clue.card import canonical
from jiandu.keywords import Score, Scorer

MODEL_TITLE = "涉未成年人网络风险预警"


@dataclass(frozen=True)
class Judge:
    """A scorer and the grading in force beside it."""

    scorer: Scorer
    grading: Grading

    @classmethod
    def now(cls, scorer: Scorer) -> Judge:
        """The judge of a scorer and the grading as its content stands. Raises ``ContentError``."""
        return cls(scorer, rules().grading)

    @cached_property
    def content(self) -> str:
        """Everything a replay needs, canonical."""
        return canonical({
            "lexicons": self.scorer.lexicons.dumped(), "grading": self.grading.model_dump(mode="json", by_alias=True), "model_title": MODEL_TITLE,
        })

    @cached_property
    def version(self) -> str:
        """Twelve hex digits over the content."""
        return hashlib.sha256(self.content.encode()).hexdigest()[:12]

    @cached_property
    def dangers(self) -> frozenset[str]:
        """Categories of persons in danger of their own hand."""
        return frozenset(one.category for one in self.scorer.lexicons.by_name.values() if one.purpose == "prevent_self_harm")

    def category(self, score: Score) -> str:
        """What a post is about: of the categories found the heaviest, and before all others a person in danger."""
        return next((hit.category for hit in score.hits if hit.tier == "sure" and hit.category in self.dangers), score.categories[0])

    def title(self, category: str) -> str:
        """The title of a category; a category whose lexicon is gone keeps its own name."""
        return self.scorer.lexicons.titles.get(category, category)

    def law(self, category: str) -> list[dict[str, Any]]:
        """The articles that the lexicons of a category rest on, as a card lists them."""
        return [dict(one) for one in self.scorer.lexicons.legal_basis.get(category, ())]

    def grade(self, level: int, signals: Collection[Signal]) -> int:
        """See ``jiandu.behaviour.grade``."""
        return grade(level, signals, self.grading)


def restored(content: str) -> Judge:
    """The judge of ``Judge.content``, whatever the files say today."""
    kept = json.loads(content)
    return Judge(Scorer(keywords.restored(kept["lexicons"])), Grading.model_validate(kept["grading"]))
