"""What is printed on licences, from ``vocabulary.yml``: kinds, their marks, and the labels, form and confidence floor of each field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FULL = str.maketrans({"(": "（", ")": "）", ":": "：", ",": "，", ";": "；", "﹣": "-", "－": "-", "—": "-", "–": "-"})
"""Print is full-width or half-width as the printer pleased; everything is compared in one form."""


@dataclass(frozen=True)
class Printed:
    """A field of a kind of licence. ``form``: name, person, text, uscc, food_licence, code or date. ``floor`` as explained in the YAML."""

    name: str
    labels: tuple[str, ...]
    form: str
    floor: float
    wanted: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of licence, by its Chinese name."""

    name: str
    marks: tuple[str, ...]
    fields: dict[str, Printed]

    @property
    def labels(self) -> dict[str, str]:
        """Label → field name, longest label first."""
        pairs = [(label, printed.name) for printed in self.fields.values() for label in printed.labels]
        return dict(sorted(pairs, key=lambda pair: -len(pair[0])))


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """Every kind by its name."""
    return {name: Kind(name, tuple(entry["marks"]), {field: Printed(field, tuple(spec.pop("labels")), **spec) for field, spec in entry["fields"].items()})
            for name, entry in _tree()["kinds"].items()}


@lru_cache(maxsize=1)
def standard_items() -> tuple[str, ...]:
    """Items of business in the words of the forms."""
    return tuple(_tree()["items"])


def _tree() -> dict[str, Any]:
    tree: dict[str, Any] = YAML(typ="safe").load(Path(__file__).with_name("vocabulary.yml"))
    return tree


def compact(text: str) -> str:
    """Text in the one form it is compared in: no blanks, full-width punctuation, half-width letters and digits."""
    narrow = "".join(chr(ord(char) - 0xFEE0) if "０" <= char <= "ｚ" and char not in "：；（）" else char for char in text)
    return re.sub(r"\s+", "", narrow).translate(FULL)


def kind_of(texts: list[str]) -> Kind | None:
    """The kind most of whose marks stand among the texts; ``None`` when fewer than two do (nothing says that it is a licence)."""
    whole = "\n".join(compact(text) for text in texts)
    spread = whole.replace("\n", "")
    score = {kind.name: sum(mark in whole or mark in spread for mark in kind.marks) for kind in kinds().values()}
    best = max(score, key=lambda name: score[name])
    return kinds()[best] if score[best] >= 2 or kinds()[best].marks[0] in spread else None
