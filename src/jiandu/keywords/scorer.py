"""Texts → scores: one pass of an Aho-Corasick automaton over the sound form, then a close look at what it found.

The sound form finds exact words and homophones alike; which of the two it is, the plain form says. Most texts hold no candidate
and cost one table lookup a character and one pass.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick, Implementation

from jiandu.keywords import sieve
from jiandu.keywords.characters import Alphabet
from jiandu.keywords.contacts import NUMERALS, Contact, Finder, Kind, Mark
from jiandu.keywords.forms import Form, forms
from jiandu.keywords.judging import Seen, judge
from jiandu.keywords.library import Lexicons
from jiandu.keywords.sieve import blocks
from jiandu.keywords.verdict import Hit, Score

if TYPE_CHECKING:
    from jiandu.keywords.opinion import Opinion

PIECE = 1 << 16
"""Signs looked at in one pass: the list of candidates of a hostile text stays small."""
MOST_LOOKED_AT, MOST_KEPT = 2000, 20
"""Candidates of one word that are looked at in one text, and hits of it that are kept."""
DOTS = frozenset(".。．｡")
Found = tuple[int, int, int]
"""Number of a pattern, start and end in the sound form."""


@dataclass(slots=True)
class Wanted:
    """What one sound may be: words of terms, words that announce a contact, the ending of an address."""

    forms: list[Form] = field(default_factory=list)
    marks: dict[str, Kind] = field(default_factory=dict)
    is_ending: bool = False


class Scorer:
    """Scores texts by a set of lexicons. It holds no state between texts and may be shared by threads.

    ``opinion``: a second opinion that is asked about texts with hits, and about no others; it is told, and changes neither hits nor level.
    """

    def __init__(self, lexicons: Lexicons, opinion: Opinion | None = None) -> None:
        self.opinion = opinion
        self.version = lexicons.version
        self.lexicons = lexicons
        self._alphabet = Alphabet(lexicons.characters)
        self._finder = Finder(lexicons.contacts, self._alphabet)
        looked_for: dict[str, Wanted] = defaultdict(Wanted)
        for name, lexicon in lexicons.by_name.items():
            figures = {term.called: lexicons.figure(name, term) for term in lexicon.terms}
            demoted = {term for term, figure in figures.items() if figure is not None and figure.is_demoted}
            for form in forms(name, lexicon, self._alphabet, demoted):
                looked_for[form.sound].forms.append(form)
        for word, kind in self._finder.words.items():
            looked_for[self._alphabet.sound_of(word)].marks[word] = kind
        for ending in self._finder.endings:
            looked_for[ending].is_ending = True
        self._wanted = list(looked_for.values())
        self._longest = max(map(len, looked_for), default=1)
        self._search = AhoCorasick(list(looked_for), implementation=Implementation.DFA).find_matches_as_indexes
        signs = "".join(self._alphabet.sound[ord(one)] or "" for one in NUMERALS)
        self._digits = re.compile(f"[0-9{signs}]{{11}}")
        self._nothing = Score(self.version)

    def score(self, text: str) -> Score:
        """What one text says, of any length and content; the same text, the same score."""
        sound = text.translate(self._alphabet.sound)
        found: Iterable[Found] = self._search(sound, True) if len(sound) <= PIECE else self._in_pieces(sound)
        if not found and not self._digits.search(sound):
            return self._nothing
        return self._look(text, sound, found)

    def score_many(self, texts: Iterable[str]) -> list[Score]:
        """The scores of many texts, in their order: equal to scoring each, and faster, as most texts hold no candidate."""
        scores: list[Score] = []
        for block in blocks(texts):
            scores += [self._nothing] * len(block)
            for place in self.candidates(block):
                scores[place - len(block)] = self.score(block[place])
        return scores

    def candidates(self, block: list[str]) -> list[int]:
        """Places of the texts that may score; no other does."""
        return sieve.candidates(block, self._alphabet, self._search, self._digits)

    def _in_pieces(self, sound: str) -> Iterator[Found]:
        for begin in range(0, len(sound), PIECE):
            for pattern, start, end in self._search(sound[begin : begin + PIECE + self._longest - 1], True):
                if start < PIECE:
                    yield pattern, begin + start, begin + end

    def _look(self, text: str, sound: str, found: Iterable[Found]) -> Score:
        """Judge candidates, settle overlaps, find contacts, add up."""
        plain = self._alphabet.plain_of(text)
        candidates, marks, by_address = self._candidates(text, plain, found)
        by_number = self._digits.search(sound) is not None
        if not (candidates or marks or by_address or by_number):
            return self._nothing
        places = self._alphabet.places(text)
        contacts = self._finder.find(text, plain, places, marks, by_address) if marks or by_address or by_number else ()
        seen = Seen(text, plain, places, bool(contacts))
        judged = [judge(form, seen, start, end) for form, start, end in candidates]
        hits = [hit for hit in judged if hit is not None]
        if not (hits or contacts):
            return self._nothing
        asked = self.opinion.ask([text])[0] if self.opinion is not None and hits else None
        return self._added_up(settled(hits), contacts, asked)

    def _candidates(self, text: str, plain: str, found: Iterable[Found]) -> tuple[list[tuple[Form, int, int]], list[Mark], bool]:
        """What the pass found and the plain form confirms: words, words that announce a contact, endings of addresses."""
        looked: dict[int, int] = defaultdict(int)
        candidates: list[tuple[Form, int, int]] = []
        marks: list[Mark] = []
        by_address = False
        for pattern, start, end in found:
            looked[pattern] += 1
            if looked[pattern] > MOST_LOOKED_AT:
                continue
            wanted, written = self._wanted[pattern], plain[start:end]
            candidates += [(form, start, end) for form in wanted.forms if form.by_sound or form.plain == written]
            if written in wanted.marks:
                marks.append(Mark(wanted.marks[written], start, end))
            by_address = by_address or (wanted.is_ending and not DOTS.isdisjoint(text))
        return candidates, marks, by_address

    def _added_up(self, hits: tuple[Hit, ...], contacts: tuple[Contact, ...], opinion: float | None) -> Score:
        weights: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
        sure: set[str] = set()
        for hit in hits:
            terms = weights[hit.category]
            terms[hit.lexicon, hit.term] = max(terms.get((hit.lexicon, hit.term), 0.0), hit.weight)
            if hit.tier == "sure":
                sure.add(hit.category)
        levels = {hit.category: self.lexicons.by_name[hit.lexicon].levels for hit in hits}
        totals = {category: round(sum(terms.values()), 3) for category, terms in weights.items()}
        order = tuple(sorted(totals, key=lambda category: (-totals[category], category)))
        level = max((min(levels[one].of(totals[one]), 4 if one in sure else 1) for one in order), default=0)
        return Score(self.version, level, max(totals.values(), default=0.0), hits, order, contacts, opinion)


def settled(hits: list[Hit]) -> tuple[Hit, ...]:
    """Of hits of one lexicon that overlap the surest stays, then the longest, the heaviest, the first; at most so many of one term."""
    ranked = sorted(hits, key=lambda hit: (hit.tier == "suspect", hit.start - hit.end, -hit.weight, hit.start, hit.lexicon, hit.term))
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    count: dict[tuple[str, str], int] = defaultdict(int)
    kept = []
    for hit in ranked:
        spans = taken[hit.lexicon]
        if count[hit.lexicon, hit.term] < MOST_KEPT and not any(hit.start < end and start < hit.end for start, end in spans):
            spans.append((hit.start, hit.end))
            count[hit.lexicon, hit.term] += 1
            kept.append(hit)
    return tuple(sorted(kept, key=lambda hit: (hit.start, hit.end, hit.lexicon, hit.term)))
