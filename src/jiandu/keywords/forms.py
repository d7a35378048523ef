"""The words a lexicon's terms stand for, ready to be looked for: plain and sound form, phrases that make them harmless."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice, product

from jiandu.keywords.characters import Alphabet, syllables
from jiandu.keywords.lexicon import Lexicon, Term
from jiandu.keywords.patterns import expand

FEWEST_SYLLABLES = 3
"""A shorter word has too many homophones: it is looked for as written only."""

MOST_SPLIT = 40
"""Ways of writing one word in split characters."""


@dataclass(frozen=True, slots=True)
class Form:
    """One word of one term. ``allowed``: (place of the word in it, phrase in plain form) of each harmless phrase."""

    name: str
    lexicon: Lexicon
    term: Term
    plain: str
    sound: str
    by_sound: bool
    allowed: tuple[tuple[int, str], ...]
    context: tuple[str, ...]
    about: tuple[str, ...]
    is_demoted: bool


def forms(name: str, lexicon: Lexicon, alphabet: Alphabet, demoted: Collection[str]) -> Iterator[Form]:
    """Every word of a lexicon, with those written in split characters. ``demoted``: names of terms that were wrong too often to carry weight."""
    about = tuple(filter(None, map(alphabet.plain_of, lexicon.about)))
    for term in lexicon.terms:
        phrases = [(alphabet.plain_of(phrase), alphabet.sound_of(phrase)) for phrase in term.allow]
        context = tuple(filter(None, map(alphabet.plain_of, term.context)))
        for word in dict.fromkeys(expand(term.term)):
            plain, sound = alphabet.plain_of(word), alphabet.sound_of(word)
            by_sound = term.homophones and syllables(plain) >= FEWEST_SYLLABLES
            allowed = tuple((at, phrase) for phrase, sounding in phrases for at in _within(sound, sounding))
            yield Form(name, lexicon, term, plain, sound, by_sound, allowed, context, about, term.called in demoted)
            for split in _split(plain, alphabet.splits):
                yield Form(name, lexicon, term, split, alphabet.sound_of(split), False, (), context, about, term.called in demoted)


def _within(sound: str, phrase: str) -> Iterator[int]:
    at = phrase.find(sound)
    while at >= 0:
        yield at
        at = phrase.find(sound, at + 1)


def _split(plain: str, splits: dict[str, list[str]]) -> Iterator[str]:
    """The word with some or all of its characters in parts: how such lures are written."""
    choices = [[one, *splits.get(one, ())] for one in plain]
    for written in islice(product(*choices), 1, MOST_SPLIT):
        yield "".join(written)
