"""Texts as evaders write them: each way of disguise on its own, the same for the same text, to measure what the matcher still finds.

Only the words asked for are disguised, as evaders do; what stands around them stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources

from jiandu.identifiers.characters import sounding

SYMBOLS = "*·~_/|^★☆❤🔥-"
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"

Way = Callable[[str], str]


def _draw(word: str, choices: str) -> str:
    return choices[int.from_bytes(hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()[:4], "big") % len(choices)]


def symbols(word: str) -> str:
    """A sign between all characters."""
    return _draw(word, SYMBOLS).join(word)


def unseen(word: str) -> str:
    """Zero-width characters between all characters."""
    return _draw(word, UNSEEN).join(word)


def spaced(word: str) -> str:
    """Blanks between all characters."""
    return " ".join(word)


def traditional(word: str) -> str:
    """Traditional characters."""
    table = _traditional()
    return "".join(table.get(one, one) for one in word)


def full_width(word: str) -> str:
    """Full-width Latin letters and digits."""
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in word)


def homophone(word: str) -> str:
    """One character, the middle one where it can be, as another that sounds alike; the word itself where none does."""
    others = _homophones()
    order = sorted(range(len(word)), key=lambda place: abs(2 * place - len(word) + 1))
    for place in order:
        alike = others.get(word[place], "").replace(word[place], "")
        if alike:
            return word[:place] + _draw(word, alike) + word[place + 1 :]
    return word


WAYS: dict[str, Way] = {
    "symbols": symbols, "unseen": unseen, "spaced": spaced, "traditional": traditional, "full_width": full_width, "homophone": homophone,
}
"""Every way of disguise by name."""


def disguised(text: str, words: Iterable[str], way: Way) -> str:
    """The text with every one of the words in it disguised, the longest first."""
    present = sorted((word for word in words if word in text), key=lambda word: (-len(word), word))
    pieces = [text]
    for word in present:
        pieces = [part for piece in pieces for part in _cut(piece, word)]
    chosen = set(present)
    return "".join(way(piece) if piece in chosen else piece for piece in pieces)


def _cut(piece: str, word: str) -> list[str]:
    parts: list[str] = []
    for number, part in enumerate(piece.split(word)):
        parts += [word, part] if number else [part]
    return parts


@cache
def _traditional() -> dict[str, str]:
    lines = resources.files("opencc").joinpath("dictionary/STCharacters.txt").read_text("utf-8").splitlines()
    return {plain: forms.split(" ")[0] for plain, _, forms in (line.partition("\t") for line in lines) if forms}


@cache
def _homophones() -> dict[str, str]:
    """For each common character the common ones (GB 2312, level one) that share its most common reading, tones aside."""
    stand_in = sounding()
    alike: dict[int, str] = {}
    common = [chr(code) for code in range(0x4E00, 0xA000) if _is_common(chr(code))]
    for one in common:
        alike[int(stand_in[ord(one)])] = alike.get(int(stand_in[ord(one)]), "") + one
    return {one: alike[int(stand_in[ord(one)])] for one in common}


def _is_common(one: str) -> bool:
    try:
        return 0xB0 <= one.encode("gb2312")[0] <= 0xD7
    except UnicodeEncodeError:
        return False
