"""What a text was found to say: hits with their places in the original text, contacts, a weight and a level."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from jiandu.keywords.contacts import Contact

Tier = Literal["sure", "suspect"]
LEVELS = ("none", "blue", "yellow", "orange", "red")


@dataclass(frozen=True, slots=True)
class Hit:
    """One term in a text. ``term`` by the name the lexicon gives it, ``start`` and ``end`` in the original text.

    ``suspect``: by sound only, in talk about the matter, or of a term that was measured to be wrong too often.
    """

    lexicon: str
    category: str
    purpose: str
    term: str
    tier: Tier
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Score:
    """What one text was found to say by lexicons of a version: a reason to look at it, never a verdict.

    ``level`` 0 none, 1 blue, 2 yellow, 3 orange, 4 red; ``weight`` of the heaviest category; ``categories`` that have hits, the heaviest first.
    ``opinion``: probability by a trained second opinion, asked only where there are hits; it never changes the level.
    """

    version: str
    level: int = 0
    weight: float = 0.0
    hits: tuple[Hit, ...] = ()
    categories: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    opinion: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)
