"""The form of a lexicon: what one YAML file of ``spark_jobs/lexicons`` may say."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from jiandu.collision.model import LegalBasis
from jiandu.collision.questions import Strict
from jiandu.keywords.patterns import Pattern

Purpose = Literal[
    "prevent_card_crime", "protect_from_sexual_harm", "protect_from_violence", "prevent_self_harm", "keep_from_harmful_goods", "prevent_fraud_recruitment",
]
"""What public posts may be watched for; the list is closed, and every entry protects minors. No political or grievance lexicons."""

PURPOSES: dict[Purpose, str] = {
    "prevent_card_crime": "预防涉电话卡犯罪，保护被引诱的未成年人",
    "protect_from_sexual_harm": "防止未成年人遭受性侵害",
    "protect_from_violence": "防止学生欺凌和暴力",
    "prevent_self_harm": "预防未成年人自伤、自杀",
    "keep_from_harmful_goods": "防止向未成年人销售烟、酒、电子烟",
    "prevent_fraud_recruitment": "防止招揽未成年人参与诈骗",
}
"""Each purpose as a screen says it."""

WINDOW = 20
"""Characters on either side of a hit in which a context word counts, unless the term says otherwise."""


class Term(Strict):
    """One term: a word, or a pattern that stands for a finite list of words (``patterns``); ``name`` is what people see, by default the term itself.

    ``allow``: phrases in which it is harmless; ``context``: words of which one must stand within ``window`` characters;
    ``before`` / ``after``: characters that must not stand directly there; ``homophones``: false where a word of the same sound is common.
    """

    name: str = ""
    term: Pattern
    weight: float = Field(gt=0, le=10)
    allow: list[str] = Field(default_factory=list)
    context: list[str] = Field(default_factory=list)
    window: int = Field(WINDOW, ge=1, le=200)
    before: str = ""
    after: str = ""
    homophones: bool = True
    note: str = ""

    @property
    def called(self) -> str:
        """What people see."""
        return self.name or self.term


class Levels(Strict):
    """From which weight a text is blue, yellow, orange, red: the sum of its different terms of the lexicon's category."""

    blue: float = Field(1, gt=0)
    yellow: float = 3
    orange: float = 5
    red: float = 8

    @model_validator(mode="after")
    def _ascending(self) -> Levels:
        if not self.blue < self.yellow < self.orange < self.red:
            raise ValueError("blue < yellow < orange < red")
        return self

    def of(self, weight: float) -> int:
        """0 (none) to 4 (red)."""
        return sum(weight >= bound for bound in (self.blue, self.yellow, self.orange, self.red))


class Case(Strict):
    """An inline test: names of the terms that must be hit, in any order; ``suspect``: those that may only be suspected."""

    text: str
    hits: list[str] = Field(default_factory=list)
    suspect: list[str] = Field(default_factory=list)
    level: int | None = Field(None, ge=0, le=4)


class Lexicon(Strict):
    """A lexicon. ``about``: words by which a text speaks of the matter (a warning, a judgment) instead of offering it: its hits are then suspects only.

    ``never_silent``: such talk leaves a hit blue at least, where silence could cost a life.
    """

    title: str
    description: str
    purpose: Purpose
    category: str = Field(pattern=r"^[a-z][a-z_]*$")
    legal_basis: list[LegalBasis] = Field(min_length=1)
    levels: Levels = Field(default_factory=Levels)
    about: list[str] = Field(default_factory=list)
    never_silent: bool = False
    terms: list[Term] = Field(min_length=1)
    cases_as_of: date
    cases: list[Case]
