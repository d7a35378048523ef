"""Contacts in a text: phone numbers, WeChat and QQ numbers, internet addresses, however they were written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from jiandu.keywords import signs
from jiandu.keywords.characters import Alphabet
from jiandu.keywords.patterns import expand

Kind = Literal["phone", "wechat", "qq", "url"]
Places = list[int]
MOST = 50
"""Contacts kept of one text."""
FAR = 12
"""Characters between the word that announces a contact and the contact, in the original text."""
NUMERALS = dict(zip("零〇一壹幺二贰两三叁四肆五伍六陆七柒八捌九玖", "0011122233445566778899", strict=True))
DIGITS = str.maketrans(NUMERALS)
PHONE = re.compile(r"(?=(1[3-9][0-9]{9}))")
OWN_NUMBER = re.compile(r"^(?:00)?86(?=1[3-9][0-9]{9}$)")
"""The country's code before a mobile number."""
ID = re.compile(r"[a-z][a-z0-9_-]{5,19}")
SPREAD = re.compile(r"[a-z][a-z0-9]{5,19}")
LONGEST = 24
"""Characters read for a WeChat name, which has at most twenty."""
NUMBER = re.compile(r"[1-9][0-9]{4,10}")
WIDTH = str.maketrans({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"。": ".", "｡": "."})


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact: ``value`` in digits and lower case, ``start`` and ``end`` in the original text."""

    kind: Kind
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The word that announces a contact, by its places in the plain form."""

    kind: Kind
    start: int
    end: int


def as_told(kind: Kind, written: str) -> str:
    """A contact from a register as ``Finder`` tells the same one of a text: a phone without country code and punctuation, a name in lower case."""
    plain = "".join(unicodedata.normalize("NFKC", written).lower().split())
    if kind == "phone":
        digits = "".join(one for one in plain.translate(DIGITS) if one.isdigit())
        return OWN_NUMBER.sub("", digits)
    return plain


class Finder:
    """Finds contacts by the shared signs of a set of lexicons."""

    def __init__(self, contacts: signs.Contacts, alphabet: Alphabet) -> None:
        self.alphabet = alphabet
        self.words: dict[str, Kind] = {}
        for kind, patterns in (("wechat", contacts.wechat), ("qq", contacts.qq)):
            self.words |= {alphabet.plain_of(word): kind for pattern in patterns for word in expand(pattern)}  # type: ignore[misc]
        self.endings = contacts.endings
        between = sorted((alphabet.plain_of(word) for word in contacts.between), key=len, reverse=True)
        self._between = re.compile(f"(?:{'|'.join(map(re.escape, between)) or '(?!)'}){{0,4}}")
        self._same = tuple(alphabet.plain_of(word) for word in contacts.same) or ("\0",)
        ends = "|".join(sorted(map(re.escape, contacts.endings), key=len, reverse=True)) or "(?!)"
        self._address = re.compile(
            rf"(?<![a-z0-9@.-])(?:https?:/{{1,2}})?((?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,5}}(?:{ends}))(?![a-z0-9-])(?::[0-9]{{1,5}})?(/[!-~]{{0,500}})?",
        )

    def find(self, text: str, plain: str, places: Places, marks: Iterable[Mark], by_address: bool) -> tuple[Contact, ...]:
        """The first contacts of a text, in order. ``marks``: words that announce one; ``by_address``: whether an address may be in it."""
        digits = plain.translate(DIGITS)
        phones = list(_first(self._phones(digits, plain, places)))
        found: dict[tuple[str, str], Contact] = {(one.kind, one.value): one for one in phones}
        for mark in marks:
            one = self._announced(mark, text, plain, digits, places, phones)
            if one is not None and len(found) < MOST:
                found.setdefault((one.kind, one.value), one)
        if by_address:
            for one in _first(self._addresses(text)):
                found.setdefault((one.kind, one.value), one)
        return tuple(sorted(_outermost(list(found.values())), key=lambda one: (one.start, one.kind, one.value))[:MOST])

    def _phones(self, digits: str, plain: str, places: Places) -> Iterator[Contact]:
        after = 0
        for match in PHONE.finditer(digits):
            start, end = match.start(1), match.end(1)
            if start >= after and _stands_alone(start, end, plain, places):
                after = end
                yield Contact("phone", match[1], places[start], places[end - 1] + 1)

    def _announced(self, mark: Mark, text: str, plain: str, digits: str, places: Places, phones: Sequence[Contact]) -> Contact | None:
        """What stands behind a word that announces a contact."""
        if _inside_word(mark, plain, places):
            return None
        between = self._between.match(plain, mark.end)
        start = between.end() if between else mark.end
        where = places[mark.end - 1]
        if mark.kind == "wechat" and plain.startswith(self._same, mark.end):
            near = min(phones, key=lambda one: abs(one.start - where), default=None)
            return Contact("wechat", near.value, near.start, near.end) if near else None
        apart = places[start] - places[start - 1] if start < len(plain) else FAR + 1
        if apart > FAR or (apart == 1 and mark.end == mark.start + 1):
            return None
        number = NUMBER.match(digits, start)
        if number and not digits[number.end() : number.end() + 1].isdigit():
            return Contact(mark.kind, number[0], places[start], places[number.end() - 1] + 1)
        if mark.kind == "wechat":
            return self._name(text, plain, places, start, is_told=start > mark.end or apart > 1)
        return None

    def _name(self, text: str, plain: str, places: Places, start: int, is_told: bool) -> Contact | None:
        """A WeChat name: letters first. Without a digit in it, it must be set off from the word before."""
        first = places[start]
        piece = text[first : first + LONGEST]
        written = piece.lower() if piece.isascii() else "".join(one if one in "-_" else self.alphabet.plain[ord(one)] or " " for one in piece)
        match = ID.match(written)
        if match and (is_told or any(one.isdigit() for one in match[0])) and len(written) == len(piece):
            return Contact("wechat", match[0], first, first + match.end())
        spread = SPREAD.match(plain, start)
        if spread and any(one.isdigit() for one in spread[0]):
            return Contact("wechat", spread[0], first, places[spread.end() - 1] + 1)
        return None

    def _addresses(self, text: str) -> Iterator[Contact]:
        for match in self._address.finditer(text.translate(WIDTH).lower()):
            # Lower case may change the length of a text; then its places say nothing and the address alone is told.
            yield Contact("url", match[1] + (match[2] or "").rstrip(".,;:!?)]}>\"'"), match.start(), match.end())


def _outermost(found: Sequence[Contact]) -> Iterator[Contact]:
    """Contacts that are no part of another of their kind: a name that begins like the word before it is read twice."""
    for one in found:
        inside = (one.kind == other.kind and other.start <= one.start and one.end <= other.end and one != other for other in found)
        if not any(inside):
            yield one


def _first(found: Iterator[Contact]) -> Iterator[Contact]:
    for _, one in zip(range(MOST), found, strict=False):
        yield one


def _stands_alone(start: int, end: int, plain: str, places: Places) -> bool:
    """Whether eleven digits are no part of a longer number: no digit of their kind touches them, but for the country's 86 or 0086."""

    def touches(here: int, there: int) -> bool:
        if not 0 <= there < len(plain) or abs(places[there] - places[here]) > 1:
            return False
        return plain[there].isdigit() if plain[here].isascii() else plain[there] in NUMERALS

    if touches(end - 1, end):
        return False
    country = 4 if plain.endswith("0086", 0, start) else 2 if plain.endswith("86", 0, start) else 0
    return not touches(start - country, start - country - 1)


def _inside_word(mark: Mark, plain: str, places: Places) -> bool:
    """Whether a Latin mark is the tail of a longer Latin word."""
    before = mark.start - 1
    return before >= 0 and all(one.isascii() and one.isalpha() for one in (plain[before], plain[mark.start])) and places[mark.start] - places[before] <= 1
