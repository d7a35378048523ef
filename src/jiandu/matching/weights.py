"""Weights of the evidence: expectations moved by the data at hand, as far as there are data.

Pairs with the same valid number are known to be one person, so they show how often the other fields differ anyway (m); random pairs
show how often strangers agree (u). Little data moves the expectation little: a county's first hundred cases must not make it wild.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from jiandu.matching.evidence import blocking_rules, comparisons

SEED = 20261120
SAMPLED_PAIRS = 200_000
EXPECTATION_AS_LABELS = 200
"""An expected m counts as much as so many labelled pairs."""
EXPECTATION_AS_PAIRS = 100_000
"""An expected u counts as much as so many random pairs."""
DEFAULT_PRIOR = 1e-6
"""Chance that a random pair is one person, while no pair shares a number."""


@dataclass(frozen=True)
class Sides:
    """Both tables of people, registered with Splink on one DuckDB connection, and the pairs that share a valid number."""

    api: Any
    tables: list[Any]
    labels: str
    left_rows: int
    right_rows: int
    labelled_pairs: int
    numbered_share: float
    """Share of all pairs where both sides have a valid number, that is how much of the truth equal numbers can see."""


def prepare(duck: duckdb.DuckDBPyConnection, parties: pa.Table, entries: pa.Table) -> Sides:
    """Register both sides."""
    from splink.backends.duckdb import DuckDBAPI

    logging.getLogger("splink").setLevel(logging.ERROR)
    duck.register("parties_given", parties)
    duck.register("entries_given", entries)
    duck.execute("SET enable_progress_bar = false")
    # Tables of its own, in a fixed order and on one thread: only so does a seed draw the same sample again.
    duck.execute("SET threads = 1")
    duck.execute("CREATE TABLE parties AS FROM parties_given ORDER BY unique_id")
    duck.execute("CREATE TABLE entries AS FROM entries_given ORDER BY unique_id")
    duck.execute("""
        CREATE TABLE labels AS SELECT 'parties' AS source_dataset_l, p.unique_id AS unique_id_l, 'entries' AS source_dataset_r, e.unique_id AS unique_id_r
        FROM parties p JOIN entries e USING (id_no) ORDER BY 2, 4
    """)
    counted = duck.sql("""
        SELECT (SELECT count(*) FROM parties), (SELECT count(*) FROM entries), (SELECT count(*) FROM labels),
               (SELECT count(id_no) / greatest(count(*), 1) FROM parties) * (SELECT count(id_no) / greatest(count(*), 1) FROM entries)
    """).fetchall()[0]
    api = DuckDBAPI(duck)
    tables = [api.register(name, dataset_display_name=name) for name in ("parties", "entries")]
    return Sides(api, tables, "labels", *counted)


def model(sides: Sides) -> dict[str, Any]:
    """Splink settings with every weight in place."""
    from splink import Linker, SettingsCreator

    blocks: list[Any] = list(blocking_rules())
    expected = SettingsCreator(
        link_type="link_only", comparisons=comparisons(), blocking_rules_to_generate_predictions=blocks,
        probability_two_random_records_match=prior(sides), retain_matching_columns=True, retain_intermediate_calculation_columns=False,
        additional_columns_to_retain=["dataset", "record_key"],
    )
    untrained = expected.create_settings_dict("duckdb")
    linker = Linker(sides.tables, expected, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=SEED, min_count_per_level=None, num_chunks=1)
    if sides.labelled_pairs:
        linker.training.estimate_m_from_pairwise_labels(sides.labels)  # type: ignore[no-untyped-call]
    return blended(untrained, linker.misc.save_model_to_json(), sides)


def prior(sides: Sides) -> float:
    """Chance that a random pair is one person: pairs sharing a number, scaled up to the pairs where a number cannot tell."""
    pairs = sides.left_rows * sides.right_rows
    if not sides.labelled_pairs or not sides.numbered_share:
        return DEFAULT_PRIOR
    return min(max(sides.labelled_pairs / sides.numbered_share / pairs, DEFAULT_PRIOR / 100), 0.01)


def blended(expected: dict[str, Any], trained: dict[str, Any], sides: Sides) -> dict[str, Any]:
    """``expected`` with each weight moved towards the trained one; a level the data never showed counts as seen zero times."""
    pairs = min(SAMPLED_PAIRS, sides.left_rows * sides.right_rows)
    for comparison, learned in zip(expected["comparisons"], trained["comparisons"], strict=True):
        levels = list(zip(comparison["comparison_levels"], learned["comparison_levels"], strict=True))
        for name, weight, observations in (("m_probability", EXPECTATION_AS_LABELS, sides.labelled_pairs), ("u_probability", EXPECTATION_AS_PAIRS, pairs)):
            if all(seen.get(name) is None for _, seen in levels):
                continue  # a column nobody filled teaches nothing
            for level, seen in levels:
                if not level.get("is_null_level") and not level.get("fix_m_probability"):
                    level[name] = (level[name] * weight + (seen.get(name) or 0.0) * observations) / (weight + observations)
    return expected
