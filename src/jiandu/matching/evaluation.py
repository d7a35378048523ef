"""How good a match is, against a truth: precision and recall of what was accepted, by kind of error; and what a person would still see."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from jiandu import lake


@dataclass(frozen=True)
class Score:
    """One kind of error: ``pairs`` true ones; ``found`` of them accepted, ``shown`` more in the review queue, ``wrong`` accepted pairs that are not true."""

    error: str
    pairs: int
    found: int
    shown: int
    wrong: int

    @property
    def recall(self) -> float:
        """Share of the true pairs that were accepted."""
        return self.found / self.pairs if self.pairs else 1.0

    @property
    def precision(self) -> float:
        """Share of the accepted pairs that are true."""
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.precision * self.recall / (self.precision + self.recall) if self.precision + self.recall else 0.0

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        return asdict(self) | {"recall": round(self.recall, 4), "precision": round(self.precision, 4), "f1": round(self.f1, 4)}


SCORES = """
    WITH told AS (SELECT CAST(left_key AS VARCHAR) AS "left", CAST(right_key AS VARCHAR) AS "right", band FROM pairs),
    true_pairs AS (SELECT DISTINCT CAST("left" AS VARCHAR) AS "left", CAST("right" AS VARCHAR) AS "right", error FROM truth
                   WHERE nullif(CAST("right" AS VARCHAR), '') IS NOT NULL),
    kinds AS (SELECT CAST("left" AS VARCHAR) AS "left", min(error) AS error FROM truth GROUP BY 1),
    found AS (
        SELECT coalesce(t.error, '') AS error, count(*) AS pairs, count(*) FILTER (WHERE p.band = 'accept') AS found,
               count(*) FILTER (WHERE p.band = 'review') AS shown
        FROM true_pairs t LEFT JOIN told p USING ("left", "right") GROUP BY 1
    ), wrong AS (
        SELECT coalesce(k.error, '') AS error, count(*) AS wrong FROM told p LEFT JOIN kinds k USING ("left")
        WHERE p.band = 'accept' AND NOT EXISTS (SELECT 1 FROM true_pairs t WHERE t."left" = p."left" AND t."right" = p."right") GROUP BY 1
    )
    SELECT coalesce(found.error, wrong.error) AS error, coalesce(pairs, 0), coalesce(found, 0), coalesce(shown, 0), coalesce(wrong, 0)
    FROM found FULL JOIN wrong ON found.error = wrong.error ORDER BY 1
"""


def evaluate(pairs: pa.Table, truth: pa.Table) -> tuple[Score, list[Score]]:
    """The whole, and each kind of error. ``pairs``: left_key, right_key, band; ``truth``: left, right, error if there is one.

    Accepted pairs of left records the truth does not name count as wrong, under no error.
    """
    named = truth if "error" in truth.column_names else truth.append_column("error", pa.nulls(truth.num_rows, pa.string()))
    with lake.glance() as duck:
        duck.register("pairs", pairs)
        duck.register("truth", named)
        parts = [Score(*row) for row in duck.sql(SCORES).fetchall()]
    whole = Score("all", *(sum(getattr(part, name) for part in parts) for name in ("pairs", "found", "shown", "wrong")))
    return whole, parts
