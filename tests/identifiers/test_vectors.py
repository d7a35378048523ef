"""Real public vectors get their published verdicts, one at a time and as a column."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from jiandu.identifiers import column_cleaner, identify, resident_id, uscc, valid_column
from jiandu.settings import settings


def vectors(name: str) -> list[dict[str, Any]]:
    path = settings().fixtures / "id_vectors" / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"no fixtures at {path}")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def column_verdicts(kind: str, values: list[str]) -> list[bool]:
    answers: list[bool] = valid_column(kind, column_cleaner(kind)(pa.array(values))).to_pylist()
    return answers


def test_resident_ids() -> None:
    rows = vectors("resident_id")
    assert len(rows) == 14
    for row, in_column in zip(rows, column_verdicts("resident_id", [row["value"] for row in rows]), strict=True):
        verdict = resident_id.verdict(row["value"])
        assert verdict.valid == in_column, row
        if row["valid"] is not None:
            assert verdict.valid == row["valid"], (row, verdict)
            assert bool(verdict.reason) != verdict.valid


def test_division_strictness_by_date_is_ours_to_decide() -> None:
    """``valid=null`` vectors: a county registered after the birth may issue a number, one abolished before it may not."""
    undecided = {row["value"]: resident_id.verdict(row["value"]) for row in vectors("resident_id") if row["valid"] is None}
    assert undecided["110111198012010078"].valid
    assert not undecided["110201199312010077"].valid
    assert "昌平县" in undecided["110201199312010077"].reason


def test_credit_codes() -> None:
    rows = vectors("uscc")
    in_column = column_verdicts("uscc", [row["value"] for row in rows])
    right = [uscc.verdict(row["value"]).valid == answer == row["valid"] for row, answer in zip(rows, in_column, strict=True)]
    assert (sum(right), len(right)) == (206, 206)


def test_kind_is_recognised() -> None:
    rows = [row["value"] for row in vectors("uscc") if row["valid"]] + [row["value"] for row in vectors("resident_id") if row["valid"]]
    kinds = [identify(value).kind for value in rows]
    assert kinds.count("uscc") >= 200
    assert set(kinds) == {"uscc", "resident_id"}
