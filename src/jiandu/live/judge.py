"""What a post is judged by: lexicons, the table of grades and the law they rest on, as one version that can be kept and brought back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jiandu.behaviour import Signal, grade
from jiandu.behaviour.rules import Grading, rules
from jiandu.clue.card import canonical, plain
from jiandu.keywords import Lexicons, Scorer
from jiandu.keywords.lexicon import Lexicon
from jiandu.keywords.signs import Characters, Contacts

MODEL_TITLE = "涉未成年人网络风险预警"
TESTS: dict[str, Any] = {"cases": []}
"""Inline tests of a lexicon find nothing: they are no part of what is kept."""


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
        lexicons = self.scorer.lexicons
        return canonical({
            "lexicons": {name: one.model_dump(mode="json", by_alias=True) | TESTS for name, one in sorted(lexicons.by_name.items())},
            "characters": lexicons.characters.model_dump(mode="json", by_alias=True), "contacts": lexicons.contacts.model_dump(mode="json", by_alias=True),
            "version": lexicons.version, "grading": self.grading.model_dump(mode="json", by_alias=True), "model_title": MODEL_TITLE,
        })

    @cached_property
    def version(self) -> str:
        """Twelve hex digits over the content."""
        return hashlib.sha256(self.content.encode()).hexdigest()[:12]

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Category → Chinese title; several lexicons of a category: the first by name."""
        return {one.category: one.title for _, one in sorted(self.scorer.lexicons.by_name.items(), reverse=True)}

    def title(self, category: str) -> str:
        """The title of a category; a category whose lexicon is gone keeps its own name."""
        return self.titles.get(category, category)

    def law(self, category: str) -> list[dict[str, Any]]:
        """The articles that the lexicons of a category rest on, as a card lists them."""
        articles = [
            {"law": one.law, "article": one.article, "says": one.says, "from": plain(one.since), "to": plain(one.until), "status": one.status}
            for _, lexicon in sorted(self.scorer.lexicons.by_name.items()) if lexicon.category == category for one in lexicon.legal_basis
        ]
        return list({canonical(one): one for one in articles}.values())

    def grade(self, level: int, signals: Collection[Signal]) -> int:
        """See ``jiandu.behaviour.grade``."""
        return grade(level, signals, self.grading)


def restored(content: str) -> Judge:
    """The judge of ``Judge.content``, whatever the files say today."""
    kept = json.loads(content)
    lexicons = Lexicons(
        kept["version"], {name: Lexicon.model_validate(one) for name, one in kept["lexicons"].items()},
        Characters.model_validate(kept["characters"]), Contacts.model_validate(kept["contacts"]),
    )
    return Judge(Scorer(lexicons), Grading.model_validate(kept["grading"]))
