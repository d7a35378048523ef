"""The cases at the bottom of a lexicon: texts, and what must be found in them."""

from __future__ import annotations

from pathlib import Path

from jiandu import content
from jiandu.errors import Problem
from jiandu.keywords.lexicon import Case, Lexicon
from jiandu.keywords.library import Lexicons
from jiandu.keywords.scorer import Scorer
from jiandu.keywords.signs import Characters, Contacts
from jiandu.keywords.verdict import LEVELS


def failing(path: Path, lexicon: Lexicon, characters: Characters, contacts: Contacts) -> list[Problem]:
    """One problem a case that does not hold, at its line."""
    tree = content.read_yaml(path)
    scorer = Scorer(Lexicons("cases", {path.stem: lexicon}, characters, contacts))
    told = [(number, difference(case, scorer)) for number, case in enumerate(lexicon.cases)]
    return [Problem(f"{path}:{content.line_of(tree, ('cases', number))}", what, "correct the terms or the case") for number, what in told if what]


def difference(case: Case, scorer: Scorer) -> str:
    """How a case does not hold; empty when it does."""
    score = scorer.score(case.text)
    found = {tier: sorted({hit.term for hit in score.hits if hit.tier == tier}) for tier in ("sure", "suspect")}
    wanted = {"sure": sorted(set(case.hits)), "suspect": sorted(set(case.suspect))}
    said = [f"{tier} hits {found[tier]}, expected {wanted[tier]}" for tier in found if found[tier] != wanted[tier]]
    if case.level is not None and score.level != case.level:
        said.append(f"level {LEVELS[score.level]} by weight {score.weight:g}, expected {LEVELS[case.level]}")
    return f"case {case.text!r}: {'; '.join(said)}" if said else ""
