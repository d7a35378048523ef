"""A new lexicon to start from: a whole one that fails its check until somebody has made it right."""

from __future__ import annotations

import re
from pathlib import Path

from jiandu import content
from jiandu.errors import JianduError
from jiandu.settings import ROOT

FORM = """\
title: TODO 中文名称
description: >-
  TODO what posts this is about, whom it protects, and what it must not be taken for.
purpose: TODO one of the closed list, see README.md of jiandu.keywords
category: {name}
legal_basis:
  - {{law: TODO, article: TODO, from: 2020-01-01, says: TODO, status: unverified}}
# Words by which a text speaks of the matter (a warning, a judgment) instead of offering it.
about: [警方, 反诈, 法院]
terms:
  # (a|b), [ab] and x? stand for several words. allow: harmless phrases that hold the term; context: one of these words within `window` characters.
  - {{term: TODO示例词, weight: 2, allow: [], context: [], note: why this word}}
cases_as_of: 2026-11-20
cases:
  - {{text: TODO a text that must be found 示例词, hits: [TODO示例词]}}
  - {{text: TODO an ordinary text that looks like it and must not be found}}
"""


def write(name: str, into: Path | None = None) -> Path:
    """Write ``lexicons/<name>.yml`` and return its path. Raises ``JianduError`` for a bad or taken name."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise JianduError.at(name, "not a name for a lexicon", "lower case letters, digits and _, e.g. lottery_sales")
    if name in content.units("lexicons"):
        raise JianduError.at(name, f"exists already: {content.units('lexicons')[name]}", "choose another name")
    folder = into.resolve() / "lexicons" if into else ROOT / content.PRODUCT_FOLDERS["lexicons"]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yml"
    if path.exists():
        raise JianduError.at(str(path), "exists already", "choose another name")
    path.write_text(FORM.format(name=name), "utf-8")
    return path
