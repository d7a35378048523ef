"""Whether a candidate is a hit: how it was written, what it stands in, what stands around it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from jiandu.keywords.forms import Form
from jiandu.keywords.verdict import Hit, Tier

BY_SOUND, IN_TALK = 0.5, 0.1
"""Share of its weight that a homophone, and a word in talk about the matter, carries."""
ABOUT = 60
"""Characters on either side in which words of such talk count."""
WIDEST = 8
"""Visible characters that may be inserted between two characters of a word: with more, nobody reads it as one."""
MARKS = frozenset("。！？!?；;，,、：:.…\n\r")
"""Signs that end or divide a sentence: one of them inside a word is no disguise but the end of something else."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A text with its plain form and where each character of that came from."""

    text: str
    plain: str
    places: list[int]
    has_contact: bool = False
    present: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def near(self, words: tuple[str, ...], start: int, end: int, window: int) -> bool:
        """Whether one of the words stands within so many characters of ``start:end`` in the plain form."""
        # Most words stand nowhere in the text: asked once a text, not once a hit.
        if words not in self.present:
            self.present[words] = tuple(word for word in words if word in self.plain)
        there = self.present[words]
        if not there:
            return False
        before, after = self.plain[max(0, start - window) : start], self.plain[end : end + window]
        return any(word in before or word in after for word in there)


def judge(form: Form, seen: Seen, start: int, end: int) -> Hit | None:
    """The hit at ``start:end`` of the plain form, or None: another word of that sound, a harmless phrase, the wrong surroundings."""
    plain, term = seen.plain, form.term
    is_exact = plain[start:end] == form.plain
    if not (is_exact or (form.by_sound and _is_disguise(plain[start:end], form.plain))):
        return None
    if any(plain.startswith(phrase, start - at) for at, phrase in form.allowed if start >= at):
        return None
    if (start and plain[start - 1] in term.before) or (end < len(plain) and plain[end] in term.after):
        return None
    if _cuts_word(seen, start - 1, start) or _cuts_word(seen, end - 1, end) or not _is_one_word(seen, start, end):
        return None
    if form.context and not seen.near(form.context, start, end, term.window):
        return None
    tier: Tier = "sure" if is_exact else "suspect"
    weight = term.weight if is_exact else term.weight * BY_SOUND
    if form.about and seen.near(form.about, start, end, ABOUT):
        tier, weight = "suspect", _in_talk(weight, form, seen)
    if form.is_demoted:
        tier, weight = "suspect", 0.0
    lexicon = form.lexicon
    return Hit(form.name, lexicon.category, lexicon.purpose, term.called, tier, seen.places[start], seen.places[end - 1] + 1, round(weight, 3))


def _in_talk(weight: float, form: Form, seen: Seen) -> float:
    """What talk about the matter leaves of a weight. Who offers something adds "the police never find out" as easily as the police add a warning:
    where a way to reach somebody stands in the text all is left, and suspects alone are blue.
    """
    if seen.has_contact:
        return weight
    return max(weight * IN_TALK, min(weight, form.lexicon.levels.blue) if form.lexicon.never_silent else 0.0)


def _is_disguise(written: str, word: str) -> bool:
    """Whether a homophone keeps half of the word's characters, as a disguise must to be read; 专项资金 holds 想自尽 by sound alone."""
    return 2 * sum(one == other for one, other in zip(written, word, strict=True)) >= len(word) - 1


def _cuts_word(seen: Seen, here: int, there: int) -> bool:
    """Whether a Latin word or a number runs over the edge between two neighbours of the plain form."""
    plain, places = seen.plain, seen.places
    if here < 0 or there >= len(plain) or places[there] - places[here] > 1:
        return False
    one, other = plain[here], plain[there]
    return one.isascii() and other.isascii() and ((one.isalpha() and other.isalpha()) or (one.isdigit() and other.isdigit()))


def _is_one_word(seen: Seen, start: int, end: int) -> bool:
    """Whether what was inserted is a disguise: blanks, symbols and unseen signs anywhere; sentence marks only when there are several."""
    places = seen.places
    if places[end - 1] - places[start] <= end - 1 - start:
        return True
    gaps = [seen.text[places[at] + 1 : places[at + 1]] for at in range(start, end - 1) if places[at + 1] - places[at] > 1]
    if any(len(gap) > WIDEST and sum(unicodedata.category(one) not in ("Cf", "Mn", "Me") for one in gap) > WIDEST for gap in gaps):
        return False
    return len(gaps) > 1 or not any(one in MARKS for gap in gaps for one in gap)
