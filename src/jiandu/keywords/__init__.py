"""Keyword early warning on public posts: lexicons as content, and a matcher that sees through disguises (``README.md`` here).

``load()`` reads the lexicons of all content roots, ``Scorer`` scores texts with them, ``Fresh`` follows edits while a service runs.
A score is a reason for a human to look, never a verdict.
"""

from __future__ import annotations

from jiandu.keywords.characters import normalise
from jiandu.keywords.contacts import Contact
from jiandu.keywords.fresh import Fresh
from jiandu.keywords.library import Lexicons, load, restored
from jiandu.keywords.scorer import Scorer
from jiandu.keywords.verdict import Hit, Score

__all__ = ["Contact", "Fresh", "Hit", "Lexicons", "Score", "Scorer", "load", "normalise", "restored"]
