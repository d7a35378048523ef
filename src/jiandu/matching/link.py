"""All pairs of party and register entry worth keeping, weighed, banded and explained."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa

from jiandu import lake
from jiandu.matching.bands import EXACT, KEPT_FROM, PROBABILISTIC, ambiguous, band, exact_band, sentence
from jiandu.matching.evidence import BIRTH, GENDER, ID_TEXT, NAME, PHONE, RESIDENCE
from jiandu.matching.weights import Sides, model, prepare

SCHEMA = pa.schema([
    ("party_key", pa.string()), ("registry_dataset", pa.string()), ("registry_key", pa.string()), ("match_kind", pa.string()),
    ("probability", pa.float64()), ("band", pa.string()), ("explanation", pa.string()), ("as_of", pa.timestamp("us", "UTC")),
    ("tier", pa.string()), ("sealed", pa.bool_()),
])
TIER = "sensitive"
"""At least as secret as its inputs: parties of cases are sensitive."""

EQUAL_NUMBERS = """
    SELECT p.record_key AS party_key, e.dataset AS registry_dataset, e.record_key AS registry_key, p.name AS party_name, e.name AS registry_name
    FROM parties p JOIN entries e USING (id_no)
"""
WEIGHED = f"""
    SELECT p.record_key AS party_key, e.dataset AS registry_dataset, e.record_key AS registry_key, e.id_no AS registry_id_no,
           round(match_probability, 6) AS probability, {', '.join(f'gamma_{name}' for name in (NAME, BIRTH, GENDER, PHONE, RESIDENCE, ID_TEXT))}
    FROM {{weighed}} w
    JOIN parties p ON p.unique_id IN (w.unique_id_l, w.unique_id_r)
    JOIN entries e ON e.unique_id IN (w.unique_id_l, w.unique_id_r)
"""


def link(parties: pa.Table, entries: pa.Table, as_of: datetime) -> pa.Table:
    """Pairs of ``parties`` and ``entries`` (both shaped as ``people`` says) as rows of ``match.party_registry``, sorted.

    Equal valid numbers pair directly and two different ones never do; everybody else is weighed by Splink.
    """
    duck = lake.duck()
    sides = prepare(duck, parties, entries)
    pairs = [_exact(pair) for pair in duck.sql(EQUAL_NUMBERS).to_arrow_table().to_pylist()]
    weighed = [_weighed(pair) for pair in _predict(duck, sides)]
    ambiguous(weighed)
    rows = [
        {**pair, "explanation": sentence(pair), "as_of": as_of, "tier": TIER, "sealed": False}
        for pair in sorted(pairs + weighed, key=lambda pair: (pair["party_key"], pair["registry_dataset"], pair["registry_key"]))
    ]
    return pa.Table.from_pylist([{name: row[name] for name in SCHEMA.names} for row in rows], schema=SCHEMA)


def _predict(duck: Any, sides: Sides) -> list[dict[str, Any]]:
    from splink import Linker

    if not sides.left_rows or not sides.right_rows:
        return []
    weighed = Linker(sides.tables, model(sides), log_level=None).inference.predict(threshold_match_probability=KEPT_FROM)
    rows: list[dict[str, Any]] = duck.sql(WEIGHED.format(weighed=weighed.physical_name)).to_arrow_table().to_pylist()
    return rows


def _exact(pair: dict[str, Any]) -> dict[str, Any]:
    chosen, reason = exact_band(pair["party_name"] or "", pair["registry_name"] or "")
    return {**pair, "match_kind": EXACT, "probability": 1.0, "band": chosen, "reason": reason}


def _weighed(pair: dict[str, Any]) -> dict[str, Any]:
    chosen, reason = band(pair)
    return {**pair, "match_kind": PROBABILISTIC, "band": chosen, "reason": reason}
