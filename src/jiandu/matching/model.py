"""The weights a match goes by, as one versioned thing: trained once, kept, named in every result, replaced only on purpose."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from jiandu.errors import JianduError
from jiandu.matching.evidence import COMPARISONS, PERSON, Comparison

METHOD = 4
"""Raised whenever the same model would give other pairs."""
DEFAULT_PRIOR = 1e-6
"""Chance that a random pair is one, while nothing teaches better."""
EVERYWHERE = ""
"""The county that stands for all of them in ``shares``."""
RAREST = 1e-5
"""Share of a surname or given name nobody in the sample had."""


@dataclass(frozen=True)
class Weights:
    """``levels``: comparison → (m, u) of its levels, the strongest first. ``shares``: part (surname, given) → county → value → share of people.

    ``trained_on`` says from how much: pairs sharing a valid number, random pairs, rows.
    """

    kind: str = PERSON
    prior: float = DEFAULT_PRIOR
    levels: Mapping[str, list[tuple[float, float]]] = field(default_factory=dict)
    shares: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    trained_on: Mapping[str, int] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Twelve characters that change with anything that could change a result."""
        return hashlib.sha256(f"{METHOD}{self.text()}".encode()).hexdigest()[:12]

    def text(self) -> str:
        """As JSON, the same for the same weights."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def bits(self, comparison: Comparison, gamma: int) -> float:
        """Weight of a level: log2 of how much likelier it is between two records of one person than between strangers."""
        m, u = self.levels[comparison.name][len(comparison.levels) - 1 - gamma]
        return math.log2(max(m, 1e-12) / max(u, 1e-12))

    def prior_bits(self) -> float:
        """Weight every pair begins with."""
        return math.log2(self.prior / (1 - self.prior))

    def share_tables(self) -> dict[str, pa.Table]:
        """One table a part of the name: county ('' for everywhere), value, share."""
        found = {}
        for part in ("surname", "given"):
            rows = [(county, value, share) for county, values in self.shares.get(part, {}).items() for value, share in values.items()]
            found[part] = pa.table({
                "county": pa.array([row[0] for row in rows], pa.string()), "value": pa.array([row[1] for row in rows], pa.string()),
                "share": pa.array([row[2] for row in rows], pa.float64()),
            })
        return found


def expected(kind: str = PERSON) -> Weights:
    """The weights before any data speak."""
    return Weights(kind, levels={one.name: [(level.m, level.u) for level in one.levels] for one in COMPARISONS[kind]})


def parse(text: str, where: str) -> Weights:
    """Weights from their JSON. Raises ``JianduError`` for a text that is none, or of other comparisons than today's."""
    try:
        tree: dict[str, Any] = json.loads(text)
        made = Weights(
            tree["kind"], tree["prior"], {name: [(m, u) for m, u in rows] for name, rows in tree["levels"].items()}, tree["shares"], tree["trained_on"],
        )
        shape = {one.name: len(one.levels) for one in COMPARISONS[made.kind]}
    except (ValueError, KeyError, TypeError) as error:
        raise JianduError.at(where, f"not a model of weights: {error!r}", "train one: jiandu match train") from error
    if shape != {name: len(rows) for name, rows in made.levels.items()}:
        raise JianduError.at(where, "the model was trained for other comparisons than these", "train one: jiandu match train")
    return made
