"""The small pattern language of terms: ``(a|b)``, ``[ab]`` and ``x?`` stand for a finite list of plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator

MOST = 300
"""Words one pattern may stand for."""


class BrokenPattern(ValueError):
    """A pattern that stands for no finite list of words; the message says why."""


def expand(pattern: str) -> list[str]:
    """Every word a pattern stands for, without repeats, in order. Raises ``BrokenPattern``."""
    words, rest = _branches(pattern, 0, nested=False)
    if rest != len(pattern):
        raise BrokenPattern(f"a {pattern[rest]!r} without its opening bracket")
    if "" in words:
        raise BrokenPattern("it can stand for nothing at all")
    return list(dict.fromkeys(words))


def checked(pattern: str) -> str:
    """The pattern itself. Raises ``BrokenPattern`` where it is none."""
    expand(pattern)
    return pattern


Pattern = Annotated[str, AfterValidator(checked)]
"""A field that holds a pattern."""


def _branches(pattern: str, at: int, nested: bool) -> tuple[list[str], int]:
    """Alternatives from ``at`` to the closing bracket or the end."""
    found: list[str] = []
    while True:
        words, at = _sequence(pattern, at)
        found += words
        if at < len(pattern) and pattern[at] == "|":
            at += 1
            continue
        if nested and at >= len(pattern):
            raise BrokenPattern("a ( that is never closed")
        return found, at


def _sequence(pattern: str, at: int) -> tuple[list[str], int]:
    words = [""]
    while at < len(pattern) and pattern[at] not in "|)]":
        if pattern[at] == "(":
            choices, at = _branches(pattern, at + 1, nested=True)
            if pattern[at] != ")":
                raise BrokenPattern(f"a ( closed by {pattern[at]!r}")
            at += 1
        elif pattern[at] == "[":
            end = pattern.find("]", at)
            if end < at + 2:
                raise BrokenPattern("a [ that is never closed, or is empty")
            choices, at = list(pattern[at + 1 : end]), end + 1
        elif pattern[at] in "?*+.{}\\^$":
            raise BrokenPattern(f"{pattern[at]!r} stands for no finite list of words; there are (a|b), [ab] and x?")
        else:
            choices, at = [pattern[at]], at + 1
        if at < len(pattern) and pattern[at] == "?":
            choices, at = [*choices, ""], at + 1
        words = list(_joined(words, choices))
    return words, at


def _joined(words: list[str], choices: list[str]) -> Iterator[str]:
    if len(words) * len(choices) > MOST:
        raise BrokenPattern(f"it stands for more than {MOST} words: split it")
    for word in words:
        for choice in choices:
            yield word + choice
