"""Texts → scores: one pass of an Aho-Corasick automaton over the sound form, then a close look at what it found.

The sound form finds exact words and homophones alike; which of the two it is, the plain form says. Most texts hold no candidate
and cost one table lookup a character and one pass.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from ahocorasick_rs import AhoCorasick, Implementation

from jiandu.keywords.characters import Alphabet
from jiandu.keywords.contacts import NUMERALS, Finder, Mark
from jiandu.keywords.forms import Form, forms
from jiandu.keywords.judging import Seen, judge
from jiandu.keywords.library import Lexicons
from jiandu.keywords.verdict import Hit, Score

PIECE = 1 << 16
"""Signs looked at in one pass: the list of candidates of a hostile text stays small."""
MOST_LOOKED_AT, MOST_KEPT = 2000, 20
"""Candidates of one word that are looked at in one text, and hits of it that are kept."""


class Scorer:
    """Scores texts by a set of lexicons. It holds no state between texts and may be shared by threads."""

    def __init__(self, lexicons: Lexicons) -> None:
        self.version = lexicons.version
        self.lexicons = lexicons
        self._alphabet = Alphabet(lexicons.characters)
        self._sound = self._alphabet.sound
        self._finder = Finder(lexicons.contacts, self._alphabet)
        self._forms: dict[str, list[Form]] = defaultdict(list)
        for name, lexicon in lexicons.by_name.items():
            for form in forms(name, lexicon, self._alphabet):
                self._forms[form.sound].append(form)
        self._marks: dict[str, list[str]] = defaultdict(list)
        for word in self._finder.words:
            self._marks[self._alphabet.sound_of(word)].append(word)
        self._endings = frozenset(self._finder.endings)
        self._patterns = sorted(self._forms.keys() | self._marks.keys() | self._endings)
        self._longest = max(map(len, self._patterns), default=1)
        self._search = AhoCorasick(self._patterns, implementation=Implementation.DFA).find_matches_as_indexes
        signs = "".join(self._alphabet.sound[ord(one)] or "" for one in NUMERALS)
        self._digits = re.compile(f"[0-9{signs}]{{11}}").search
        self._nothing = Score(self.version)

    def score(self, text: str) -> Score:
        """What one text says, of any length and content; the same text, the same score."""
        sound = text.translate(self._sound)
        found: Iterable[tuple[int, int, int]] = self._search(sound, True) if len(sound) <= PIECE else self._in_pieces(sound)
        if not found and not self._digits(sound):
            return self._nothing
        return self._look(text, found)

    def score_many(self, texts: Iterable[str]) -> list[Score]:
        """The scores of many texts, in their order."""
        return [self.score(text) for text in texts]

    def _in_pieces(self, sound: str) -> Iterator[tuple[int, int, int]]:
        for begin in range(0, len(sound), PIECE):
            for pattern, start, end in self._search(sound[begin : begin + PIECE + self._longest - 1], True):
                if start < PIECE:
                    yield pattern, begin + start, begin + end

    def _look(self, text: str, found: Iterable[tuple[int, int, int]]) -> Score:
        """Judge candidates, settle overlaps, find contacts, add up."""
        seen = Seen(text, self._alphabet.plain_of(text), self._alphabet.places(text))
        looked: dict[int, int] = defaultdict(int)
        hits: list[Hit] = []
        marks: list[Mark] = []
        by_address = False
        for pattern, start, end in found:
            looked[pattern] += 1
            if looked[pattern] > MOST_LOOKED_AT:
                continue
            key = self._patterns[pattern]
            for form in self._forms.get(key, ()):
                hit = judge(form, seen, start, end)
                if hit is not None:
                    hits.append(hit)
            if key in self._marks and seen.plain[start:end] in self._marks[key]:
                marks.append(Mark(self._finder.words[seen.plain[start:end]], start, end))
            by_address |= key in self._endings
        contacts = self._finder.find(text, seen.plain, seen.places, marks, by_address)
        if not hits and not contacts:
            return self._nothing
        kept = settled(hits)
        return self._added_up(kept, contacts)

    def _added_up(self, hits: tuple[Hit, ...], contacts: tuple) -> Score:  # type: ignore[type-arg]
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
        return Score(self.version, level, max(totals.values(), default=0.0), hits, order, contacts)


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
