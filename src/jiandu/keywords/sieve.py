"""Many texts at once: which of them hold a candidate at all, by one array lookup and one pass over their texts in one piece."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from jiandu.keywords.characters import Alphabet

BLOCK = 1 << 18
"""Characters taken together."""
BETWEEN = "\ue001"
"""Stands between two texts; no pattern has it."""


def blocks(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts in runs of at most ``BLOCK`` characters; a longer text is a run of its own."""
    run: list[str] = []
    size = 0
    for text in texts:
        if run and size + len(text) > BLOCK:
            yield run
            run, size = [], 0
        run.append(text)
        size += len(text)
    if run:
        yield run


def candidates(
    texts: list[str], alphabet: Alphabet, search: Callable[[str, bool], list[tuple[int, int, int]]], digits: re.Pattern[str],
) -> list[int]:
    """Places of the texts that may score: no text that would is left out."""
    whole = BETWEEN.join(texts)
    if len(texts) == 1 or whole.count(BETWEEN) != len(texts) - 1:
        return list(range(len(texts)))
    codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    signs = alphabet.signs[codes]
    signs[codes == ord(BETWEEN)] = ord(BETWEEN)
    kept = np.flatnonzero(signs)
    sound = signs[kept].tobytes().decode("utf-16-le")
    begun = [start for _, start, _ in search(sound, False)] + [match.start() for match in digits.finditer(sound)]
    # A character that becomes several has only its first sign here: its text is looked at in any case.
    several = np.flatnonzero(alphabet.lengths[codes] > 1)
    ends = np.cumsum([len(text) + 1 for text in texts])
    places = np.searchsorted(ends, np.concatenate([kept[np.array(begun, dtype=np.int64)], several]), side="right")
    return [int(place) for place in np.unique(places)]
