"""Texts as the matcher sees them: one table lookup a character, no matter how it was disguised.

*Plain* form: compatibility forms (full and half width, circled, mathematical …), traditional and look-alike characters as ordinary simplified
ones in lower case; whatever is neither letter nor digit (blanks, punctuation, emoji, zero-width and combining marks) is gone.
*Sound* form: the same, one sign a syllable whatever its tone, so that homophones are equal. Both forms have the same places.
"""

from __future__ import annotations

import unicodedata
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from jiandu.identifiers.characters import simplified, sounding
from jiandu.keywords.signs import Characters, shipped

HAN = range(0x4E00, 0xA000)
ALL = 0x110000
LETTERS = 0x323B0
"""Above the last Chinese plane come only tags and selectors, which nobody sees."""
EXTENSIONS = range(0x20000, 0x2F800)
FIRST_SOUND = 0x100
"""Syllables are signs from here on: two bytes each in UTF-8, which the automaton reads faster than three."""

OTHER = "\ue000"
"""Stands in the sound form for a letter whose code a syllable sign has taken."""

Table = list[str | None]


class Alphabet:
    """The tables of one set of shared signs. ``plain`` and ``sound`` map a code point to its text, ``None`` where it is dropped."""

    def __init__(self, characters: Characters) -> None:
        unseen: Table = [None] * (ALL - LETTERS)
        self.plain: Table = [*_ordinary(), *unseen]
        self.sound: Table = [*_sounding(), *unseen]
        self.lengths: npt.NDArray[np.uint8] = _lengths().copy()
        self.splits = characters.splits
        for form, word in {**characters.lookalikes, **characters.pictures}.items():
            plain = "".join(self.plain[ord(one)] or "" for one in word)
            self.plain[ord(form)], self.sound[ord(form)], self.lengths[ord(form)] = plain, plain.translate(_sounds()), len(plain)

    @cached_property
    def signs(self) -> npt.NDArray[np.uint16]:
        """The sign of each code point in the sound form, 0 where it is dropped; of one that becomes several, the first."""
        first = np.zeros(ALL, dtype=np.uint16)
        for code, sound in enumerate(self.sound[:LETTERS]):
            if sound:
                first[code] = ord(sound[0]) if ord(sound[0]) < 0x10000 else ord(OTHER)
        return first

    def places(self, text: str) -> list[int]:
        """For each character of the plain form, where in the original text it came from."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return np.repeat(np.arange(len(codes)), self.lengths[codes]).tolist()

    def plain_of(self, text: str) -> str:
        """The plain form."""
        return text.translate(self.plain)

    def sound_of(self, text: str) -> str:
        """The sound form."""
        return text.translate(self.sound)


@cache
def default() -> Alphabet:
    """The product's own alphabet."""
    return Alphabet(shipped()[0])


def normalise(text: str) -> str:
    """The plain form of a text by the product's own alphabet, as the scorer sees it."""
    return default().plain_of(text)


def syllables(plain: str) -> int:
    """Chinese characters in a plain text."""
    return sum(ord(one) in HAN for one in plain)


@cache
def _ordinary() -> tuple[str | None, ...]:
    simple = simplified()
    return tuple(chr(code) if code in EXTENSIONS else _plain(chr(code), simple) for code in range(LETTERS))


def _plain(character: str, simple: npt.NDArray[np.uint16]) -> str | None:
    code = ord(character)
    if code < 0x80:
        return character.lower() if character.isalnum() else None
    if code in HAN:
        return chr(simple[code])
    if unicodedata.category(character) in ("Cn", "Cs", "Co"):  # no character, half of one, or nobody's
        return None
    kept = []
    is_latin = code < 0x250 or 0x1E00 <= code < 0x1F00  # Latin letters lose their accents
    for one in (unicodedata.normalize("NFKD", character) if is_latin else unicodedata.normalize("NFKC", character)).lower():
        digit = unicodedata.digit(one, None)
        letter = chr(simple[ord(one)]) if ord(one) < 0x10000 else one
        kept.append(str(digit) if digit is not None else letter if letter.isalnum() else _lettered(one))
    return "".join(kept) or None


def _lettered(symbol: str) -> str:
    """The letter in a squared, circled or flag-building letter symbol, which compatibility forms leave as it is."""
    name = unicodedata.name(symbol, "")
    head, _, letter = name.rpartition(" ")
    return letter.lower() if len(letter) == 1 and head.endswith(("CAPITAL LETTER", "SYMBOL LETTER")) else ""


@cache
def _sounds() -> dict[int, str]:
    """Each Chinese character's syllable sign."""
    stand_in = sounding()
    signs = {first: chr(FIRST_SOUND + number) for number, first in enumerate(sorted({int(stand_in[code]) for code in HAN}))}
    taken = dict.fromkeys(range(FIRST_SOUND, FIRST_SOUND + len(signs)), OTHER)
    return taken | {code: signs[int(stand_in[code])] for code in HAN}


@cache
def _sounding() -> tuple[str | None, ...]:
    sounds = _sounds()
    return tuple(one if code in EXTENSIONS or one is None or one.isascii() else one.translate(sounds) for code, one in enumerate(_ordinary()))


@cache
def _lengths() -> npt.NDArray[np.uint8]:
    lengths = np.zeros(ALL, dtype=np.uint8)
    lengths[:LETTERS] = [len(one or "") for one in _ordinary()]
    return lengths
