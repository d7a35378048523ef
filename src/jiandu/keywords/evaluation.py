"""The method measured on real labelled posts (COLD: offensive language, ``JIANDU_FIXTURES``/text_cold), with a split of its own.

COLD is about insults by race, region and gender; none of our lexicons is, and none may be. So the *method* is measured by a
lexicon that exists only here: words mined from two fifths of the posts, measured on one fifth (which demotes some), told on two fifths.
Three things are told of it: precision and recall beside the same words as plain keywords and beside a classifier; recall when the
same words are disguised; and of the product's own lexicons, how often they fire on these ordinary posts at all.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from jiandu.collision.model import LegalBasis
from jiandu.keywords import library, measurement, opinion, tables
from jiandu.keywords.characters import normalise
from jiandu.keywords.disguise import WAYS, disguised
from jiandu.keywords.lexicon import Lexicon, Term
from jiandu.keywords.library import Lexicons
from jiandu.keywords.scorer import Scorer
from jiandu.keywords.signs import shipped
from jiandu.settings import settings

DAY = date(2026, 11, 20)
LENGTHS = range(2, 5)
MOST_WORDS = 300
SEEN_IN, RIGHT_IN = 5, 0.75
"""A mined word stands in at least so many posts, and so large a share of them is offensive (smoothed by one each)."""
ALLOWED_IN, WRONG_IN = 4, 0.75
"""A phrase one or two characters longer than a word is harmless when it stands in so many training posts, so large a share of them harmless."""


@dataclass(frozen=True)
class Posts:
    """Texts and whether each is labelled."""

    texts: list[str]
    labels: list[bool]


def data() -> Path:
    """The labelled posts; tests skip where they are absent."""
    return settings().fixtures / "text_cold" / "cold_dev.csv.gz"


def split(path: Path) -> tuple[Posts, Posts, Posts]:
    """Posts to mine, to measure on and to test on, by the hash of the plain text: equal texts fall together, whatever their order in the file."""
    column = tables.read(path, "TEXT", "label")
    parts = (Posts([], []), Posts([], []), Posts([], []))
    for text, label in zip(column.values["TEXT"], column.values["label"], strict=True):
        first = hashlib.sha256(normalise(text).encode("utf-8", "surrogatepass")).digest()[0]
        part = parts[(first >= 102) + (first >= 153)]
        part.texts.append(text)
        part.labels.append(label == "1")
    return parts


def evaluate(path: Path | None = None) -> dict[str, Mapping[str, Any]]:
    """All figures; the same data, the same figures. Raises ``JianduError`` where the data are absent."""
    mined, measured, test = split(path or data())
    train = Posts([*mined.texts, *measured.texts], [*mined.labels, *measured.labels])
    words = mine(mined)
    plain = [any(word in text for word in words) for text in test.texts]
    lexicons = learned(words, train, measured)
    scorer = Scorer(lexicons)
    found = fires(scorer, test.texts)
    suspected = fires(scorer, test.texts, suspects=True)
    second = opinion.train(train.texts, [str(int(label)) for label in train.labels])
    thinks = [asked >= 0.5 for asked in second.ask(test.texts)]
    demoted = sum(figure.is_demoted for figure in lexicons.measured["mined"].terms.values())
    return {
        "data": {
            "mined": len(mined.texts), "measured on": len(measured.texts), "test": len(test.texts), "labelled in test": sum(test.labels),
            "words mined": len(words), "demoted": demoted,
        },
        "held out": {
            "plain keywords": quality(plain, test.labels), "our method": quality(found, test.labels),
            "our method with suspects": quality(suspected, test.labels), "classifier": quality(thinks, test.labels),
            "our method, opinion agrees": quality([one and two for one, two in zip(found, thinks, strict=True)], test.labels),
        },
        "recall of disguised words": under_disguise(words, scorer, test, plain),
        "our own lexicons on all posts": ordinary([*train.texts, *test.texts]),
    }


def mine(posts: Posts) -> list[str]:
    """Words of the training posts that speak for the label: n-grams of the plain form, no part of one another where they say the same."""
    seen: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for text, label in zip(posts.texts, posts.labels, strict=True):
        for gram in grams(text):
            seen[gram] += 1
            right[gram] += label
    share = {gram: (right[gram] + 1) / (count + 2) for gram, count in seen.items() if count >= SEEN_IN}
    ranked = sorted((gram for gram in share if share[gram] >= RIGHT_IN), key=lambda gram: (-share[gram] * seen[gram] ** 0.5, -len(gram), gram))
    chosen: list[str] = []
    for gram in ranked:
        if not any(seen[other] == seen[gram] and (gram in other or other in gram) for other in chosen):
            chosen.append(gram)
        if len(chosen) == MOST_WORDS:
            break
    return chosen


def grams(text: str) -> set[str]:
    """Character n-grams as they stand in a text, without signs or Latin letters in them."""
    return {text[at : at + size] for size in LENGTHS for at in range(len(text) - size + 1) if all("\u4e00" <= one <= "\u9fff" for one in text[at : at + size])}


def learned(words: Sequence[str], train: Posts, measured: Posts) -> Lexicons:
    """The words as a lexicon, with the harmless phrases that training posts teach and the demotions of those that were not mined."""
    allow = phrases(words, train)
    basis = LegalBasis.model_validate({"law": "（仅用于评测）", "article": "无", "from": "2020-01-01", "says": "不用于任何监测"})
    lexicon = Lexicon(
        title="评测", description="Mined for an evaluation; never used to watch posts.", purpose="protect_from_violence", category="mined", legal_basis=[basis],
        terms=[Term(term=word, weight=1, allow=allow[word]) for word in words], cases_as_of=DAY, cases=[],
    )
    characters, contacts = shipped()
    lexicons = Lexicons("evaluation", {"mined": lexicon}, characters, contacts)
    labels = ["mined" if label else "" for label in measured.labels]
    return replace(lexicons, measured=measurement.measure(lexicons, measured.texts, labels, DAY))


def phrases(words: Sequence[str], train: Posts) -> dict[str, list[str]]:
    """For each word the longer phrases around it that stand in harmless training posts."""
    seen: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    for text, label in zip(train.texts, train.labels, strict=True):
        around = {(word, phrase) for word in words if word in text for phrase in _around(text, word)}
        for one in around:
            seen[one] += 1
            wrong[one] += not label
    found: dict[str, list[str]] = {word: [] for word in words}
    for (word, phrase), count in sorted(seen.items()):
        if count >= ALLOWED_IN and wrong[word, phrase] / count >= WRONG_IN:
            found[word].append(phrase)
    return found


def _around(text: str, word: str) -> set[str]:
    found = set()
    at = text.find(word)
    while at >= 0:
        for left, right in ((1, 0), (0, 1), (1, 1), (2, 0), (0, 2)):
            phrase = text[max(0, at - left) : at + len(word) + right]
            if len(normalise(phrase)) == len(word) + left + right:
                found.add(phrase)
        at = text.find(word, at + 1)
    return found


def fires(scorer: Scorer, texts: Sequence[str], suspects: bool = False) -> list[bool]:
    """Whether a text has a sure hit, or one that carries any weight."""
    return [score.weight > 0 and (suspects or any(hit.tier == "sure" for hit in score.hits)) for score in scorer.score_many(texts)]


def quality(found: Sequence[bool], labels: Sequence[bool]) -> dict[str, float]:
    """Precision, recall and F1, to four places."""
    right = sum(one and label for one, label in zip(found, labels, strict=True))
    precision, recall = right / max(1, sum(found)), right / max(1, sum(labels))
    both = precision + recall
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(2 * precision * recall / both if both else 0.0, 4)}


def under_disguise(words: Sequence[str], scorer: Scorer, test: Posts, plain: Sequence[bool]) -> dict[str, dict[str, float]]:
    """Of the labelled test posts in which plain keywords and our method find a word, how many each still finds when those words are disguised."""
    found = fires(scorer, test.texts)
    texts = [text for text, one, two, label in zip(test.texts, plain, found, test.labels, strict=True) if one and two and label]
    told: dict[str, dict[str, float]] = {}
    for name, way in WAYS.items():
        changed = [disguised(text, words, way) for text in texts]
        pairs = [(one, old) for one, old in zip(changed, texts, strict=True) if one != old]
        if pairs:
            hidden = [one for one, _ in pairs]
            told[name] = {
                "posts": len(hidden), "plain keywords": round(sum(any(word in text for word in words) for text in hidden) / len(hidden), 4),
                "our method": round(sum(fires(scorer, hidden)) / len(hidden), 4),
                "with suspects": round(sum(fires(scorer, hidden, suspects=True)) / len(hidden), 4),
            }
    return told


def ordinary(texts: Sequence[str]) -> dict[str, Any]:
    """How often the product's own lexicons fire on posts that are about other things."""
    scores = Scorer(library.load()).score_many(texts)
    return {
        "posts": len(texts), "with a hit": sum(bool(score.hits) for score in scores), "yellow or more": sum(score.level >= 2 for score in scores),
        "with a contact": sum(bool(score.contacts) for score in scores),
    }
