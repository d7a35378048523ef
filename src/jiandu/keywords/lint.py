"""Everything that is wrong with lexicons, by file:line, in one run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jiandu import content
from jiandu.errors import ContentError, Problem
from jiandu.keywords.lexicon import Lexicon


def lint() -> list[Problem]:
    """Every problem of every lexicon of all content roots."""
    return [problem for path in content.units("lexicons").values() for problem in problems_of(path)]


def problems_of(path: Path) -> Iterator[Problem]:
    """Every problem of one file."""
    try:
        content.read_unit(path, Lexicon)
    except ContentError as error:
        yield from error.problems
