"""Measuring each term on labelled texts: what ``jiandu keywords measure`` does."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from jiandu import whole
from jiandu.keywords.figures import FILE, Figure, Measured, read
from jiandu.keywords.library import Lexicons
from jiandu.keywords.scorer import Scorer

YES = frozenset({"1", "true", "yes", "是"})


def measure(lexicons: Lexicons, texts: Sequence[str], labels: Sequence[str] | None, on: date) -> dict[str, Measured]:
    """Figures of every term of every lexicon.

    ``labels``: for each text its categories, separated by blanks, commas or ;, or 1 for any; None: all texts are ordinary, every hit is wrong.
    """
    scorer = Scorer(replace(lexicons, measured={}))  # a demoted term is measured like any other
    told = [frozenset(re.split(r"[\s,;、，；]+", label.strip().lower())) for label in labels] if labels is not None else [frozenset[str]()] * len(texts)
    hits: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    for score, label in zip(scorer.score_many(texts), told, strict=True):
        for name, term, category in {(hit.lexicon, hit.term, hit.category) for hit in score.hits if hit.tier == "sure"}:
            hits[name, term] += 1
            right[name, term] += category in label or not YES.isdisjoint(label)
    digest = hashlib.sha256("\0".join([*texts, *(labels or ())]).encode("utf-8", "surrogatepass")).hexdigest()
    return {
        name: Measured(texts=len(texts), texts_sha256=digest, on=on, terms={
            term.called: Figure(pattern=term.term, hits=hits[name, term.called], right=right[name, term.called]) for term in lexicon.terms
        }) for name, lexicon in lexicons.by_name.items()
    }


def text_of(kept: Mapping[str, Measured]) -> str:
    """Figures as JSON with a line a term: an edit of one shows as one."""
    parts = []
    for name, one in sorted(kept.items()):
        told = one.model_dump(mode="json")
        terms = ",\n".join(f"  {json.dumps(term, ensure_ascii=False)}: {json.dumps(figure, ensure_ascii=False)}" for term, figure in told.pop("terms").items())
        parts.append(f'{json.dumps(name)}: {json.dumps(told)[:-1]}, "terms": {{\n{terms}\n }}}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def keep(measured: Mapping[str, Measured], units: Mapping[str, Path]) -> list[Path]:
    """Write each lexicon's figures beside it, in the place of earlier ones of the same lexicon."""
    written = []
    for folder in sorted({path.parent for path in units.values()}):
        kept = {name: one for name, one in read([folder]).items() if name in units} | {
            name: one for name, one in measured.items() if units[name].parent == folder
        }
        whole.write(folder / FILE, text_of(kept).encode())
        written.append(folder / FILE)
    return written
