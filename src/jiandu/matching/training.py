"""Weights from data: expectations moved by what a sample shows, as far as there are data.

Pairs with the same valid number are known to be one, so they show how often the other fields differ anyway (m); random pairs show how
often strangers agree (u). Splink counts both. Little data moves the expectation little: a county's first hundred cases must not make it wild.
"""

from __future__ import annotations

import logging
from typing import Any

import pyarrow as pa

from jiandu import lake
from jiandu.matching.evidence import COMPARISONS, Comparison, for_splink
from jiandu.matching.model import DEFAULT_PRIOR, EVERYWHERE, Weights, expected

SEED = 20261120
SAMPLE_ROWS = 20_000
"""Rows of each side that are shown to Splink: pairs sharing a number first, the rest by chance."""
SAMPLED_PAIRS = 200_000
EXPECTATION_AS_LABELS = 200
"""An expected m counts as much as so many labelled pairs."""
EXPECTATION_AS_PAIRS = 100_000
"""An expected u counts as much as so many random pairs."""
COUNTY_COUNTS_FROM = 5
"""A county's own share of a surname or given name is used from so many bearers on."""
OTHERS = 500
"""People of other names who are added to each count, so that in a village of two nobody has a common name."""
SAMPLE = """
    WITH numbers AS (SELECT uid, id_no IS NOT NULL AND id_no IN (SELECT id_no FROM {other}) AS is_shared FROM {side}),
    drawn AS (SELECT uid, row_number() OVER (ORDER BY is_shared DESC, hash(uid)) AS turn FROM (FROM numbers ORDER BY is_shared DESC, hash(uid) LIMIT {rows}))
    SELECT s.*, s.uid AS unique_id FROM {side} AS s JOIN drawn USING (uid) ORDER BY turn
"""
COUNTED = """
    SELECT count(*) AS labels, (SELECT count(*) FROM left_all) AS left_rows, (SELECT count(*) FROM right_all) AS right_rows,
           (SELECT count(id_no) / greatest(count(*), 1) FROM left_all) * (SELECT count(id_no) / greatest(count(*), 1) FROM right_all) AS numbered
    FROM left_all JOIN right_all USING (id_no)
"""
SHARES = """
    WITH bearers AS (SELECT county, {part} AS value FROM left_all WHERE {part} IS NOT NULL UNION ALL
                     SELECT county, {part} FROM right_all WHERE {part} IS NOT NULL),
    here AS (SELECT county, value, count(*) AS n, sum(count(*)) OVER (PARTITION BY county) AS everybody FROM bearers
             WHERE county IS NOT NULL GROUP BY county, value),
    everywhere AS (SELECT '{everywhere}' AS county, value, count(*) AS n, sum(count(*)) OVER () AS everybody FROM bearers GROUP BY value)
    SELECT county, value, round(n / (everybody + {others}), 8) AS share FROM here WHERE n >= {floor} AND everybody >= 200
    UNION ALL SELECT county, value, round(n / (everybody + {others}), 8) FROM everywhere WHERE n > 1 ORDER BY county, value
"""


def train(left: pa.Table, right: pa.Table, kind: str = "person") -> Weights:
    """Weights for two sides shaped as ``normalise`` says. The same sides give the same weights."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    duck = lake.duck()
    duck.execute("SET enable_progress_bar = false")
    # One thread and a fixed order: only so does a seed draw the same sample again.
    duck.execute("SET threads = 1")
    for side, rows in (("left", left), ("right", right)):
        duck.register(f"{side}_all", rows)
    labels, left_rows, right_rows, numbered = duck.sql(COUNTED).fetchall()[0]
    for side, other in (("left", "right"), ("right", "left")):
        duck.execute(f"CREATE TABLE sample_{side} AS {SAMPLE.format(side=f'{side}_all', other=f'{other}_all', rows=SAMPLE_ROWS)}")
    levels, used = _levels(duck, kind) if left_rows and right_rows else (expected(kind).levels, 0)
    shares: dict[str, dict[str, dict[str, float]]] = {}
    for part in ("surname", "given"):
        found = duck.sql(SHARES.format(part=part, everywhere=EVERYWHERE, floor=COUNTY_COUNTS_FROM, others=OTHERS)).fetchall()
        shares[part] = {}
        for county, value, share in found:
            shares[part].setdefault(county, {})[value] = share
    prior = prior_of(labels, numbered, left_rows * right_rows)
    return Weights(kind, prior, levels, shares, {"labels": used, "left_rows": left_rows, "right_rows": right_rows})


def prior_of(labels: int, numbered: float, pairs: int) -> float:
    """Chance that a random pair is one: pairs sharing a number, scaled up to the pairs where a number cannot tell."""
    if not labels or not numbered or not pairs:
        return DEFAULT_PRIOR
    return float(min(max(labels / numbered / pairs, DEFAULT_PRIOR / 100), 0.01))


def comparisons(kind: str) -> list[Any]:
    """The comparisons as Splink takes them."""
    import splink.comparison_level_library as levels
    from splink.comparison_library import CustomComparison

    def made(one: Comparison) -> Any:
        rows = [levels.CustomLevel(for_splink(level.sql)) if level.sql else levels.ElseLevel() for level in one.levels]
        fixed = [
            row.configure(m_probability=level.m, u_probability=level.u, fix_m_probability=level.fixed, fix_u_probability=level.fixed)
            for row, level in zip(rows, one.levels, strict=True)
        ]
        null = levels.CustomLevel(for_splink(one.silent())).configure(is_null_level=True)
        return CustomComparison(output_column_name=one.name, comparison_levels=[null, *fixed])

    return [made(one) for one in COMPARISONS[kind]]


def _levels(duck: Any, kind: str) -> tuple[dict[str, list[tuple[float, float]]], int]:
    """Weights of each level by Splink on the sample, blended with the expectations; and from how many labels."""
    from splink import Linker, SettingsCreator
    from splink.backends.duckdb import DuckDBAPI

    duck.execute("""
        CREATE TABLE labels AS SELECT 'sample_left' AS source_dataset_l, l.uid AS unique_id_l, 'sample_right' AS source_dataset_r, r.uid AS unique_id_r
        FROM sample_left l JOIN sample_right r USING (id_no) ORDER BY 2, 4
    """)
    labels = duck.sql("SELECT count(*) FROM labels").fetchall()[0][0]
    api = DuckDBAPI(duck)
    sides = [api.register(name, dataset_display_name=name) for name in ("sample_left", "sample_right")]
    block: Any = "l.id_no = r.id_no"
    settings = SettingsCreator(link_type="link_only", comparisons=comparisons(kind), blocking_rules_to_generate_predictions=[block])
    linker = Linker(sides, settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=SEED, min_count_per_level=None, num_chunks=1)
    if labels:
        linker.training.estimate_m_from_pairwise_labels("labels")  # type: ignore[no-untyped-call]
    rows = duck.sql("SELECT (SELECT count(*) FROM sample_left) * (SELECT count(*) FROM sample_right)").fetchall()[0][0]
    return blended(kind, linker.misc.save_model_to_json(), labels, min(SAMPLED_PAIRS, rows)), labels


def blended(kind: str, trained: dict[str, Any], labels: int, pairs: int) -> dict[str, list[tuple[float, float]]]:
    """Expected weights moved towards the trained ones; a level the data never showed counts as seen zero times."""
    found: dict[str, list[tuple[float, float]]] = {}
    for one, learned in zip(COMPARISONS[kind], trained["comparisons"], strict=True):
        seen = [level for level in learned["comparison_levels"] if not level.get("is_null_level")]
        taught = {
            name: any(level.get(name) is not None and not level.get("fix_m_probability") for level in seen) for name in ("m_probability", "u_probability")
        }

        def moved(level: Any, row: dict[str, Any], name: str, expectation: float, weight: int, observed: int, taught: dict[str, bool] = taught) -> float:
            if level.fixed or not taught[name]:
                return expectation
            return float((expectation * weight + (row.get(name) or 0.0) * observed) / (weight + observed))

        found[one.name] = [
            (round(moved(level, row, "m_probability", level.m, EXPECTATION_AS_LABELS, labels), 10),
             round(moved(level, row, "u_probability", level.u, EXPECTATION_AS_PAIRS, pairs), 12))
            for level, row in zip(one.levels, seen, strict=True)
        ]
    return found
