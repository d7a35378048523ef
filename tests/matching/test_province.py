"""The match on the generated province, through its real deliveries: planted relations are accepted, namesakes and housemates are not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jiandu import contracts, lake, matching
from jiandu.clock import parse_as_of
from jiandu.demo.generate import generate
from jiandu.ingest import ingest, ingest_rows
from jiandu.settings import Settings, settings
from jiandu.source.rows import RawRow

STRANGERS = {"namesake", "namesake_same_birth", "housemate", "twin", "number_of_another", "number_of_the_dead"}
"""Decoys whose party is in no register; in all others the person is found and the model decides."""


def deliver_database(folder: Path) -> None:
    """Load the civil-affairs table as its JDBC source would, from the Parquet the agency database is filled with."""
    contract = contracts.load("civil__aid_household")
    codes = {"男": "1", "女": "2"}
    columns = {delivered: column.field for delivered, column in contract.columns.items() if column.field}
    rows: list[dict[str, Any]] = pq.read_table(folder / "civil__aid_household.parquet").to_pylist()
    raw = [{delivered: codes.get(row[field], row[field]) for delivered, field in columns.items()} for row in rows]
    result = ingest_rows(contract, "civil-1", [RawRow(row, number) for number, row in enumerate(raw, 1)], AS_OF)
    assert result.status == "loaded", result.reason


AS_OF = parse_as_of(Settings().demo_as_of)


@pytest.fixture
def planted(empty_lake: Settings, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """Answer key of model 17 by party, with the three data sets of the match in silver."""
    generate(1.0, 1, AS_OF, tmp_path / "demo", settings().landing_root, False)
    for name in ("procuratorate__case_party", "rural__monitored_person", "civil__death"):
        ingest(name, None, AS_OF)
    deliver_database(tmp_path / "demo" / "databases")
    key = [json.loads(line) for line in (tmp_path / "demo" / "answer_key.jsonl").read_text("utf-8").splitlines()]
    return {row["subject_key"]: row for row in key if row["model"] == "judicial_assistance"}


def test_planted_relations_are_accepted_and_strangers_are_not(planted: dict[str, dict[str, Any]]) -> None:
    summary = matching.run(AS_OF)
    assert summary.parties > 2000
    assert summary.entries > 5000
    table = lake.open_table("match", "party_registry")
    assert table is not None
    rows = table.to_pyarrow_table().to_pylist()
    accepted = {row["party_key"]: row for row in rows if row["band"] == "accept"}
    truths = {party: row for party, row in planted.items() if row["kind"] == "truth"}
    assert len(truths) >= 100
    lost = Counter(row["variety"] for party, row in truths.items() if party not in accepted)
    assert not lost
    exact = {row["finding"]: accepted[party]["match_kind"] for party, row in truths.items() if row["finding"] != "assistance_doubtful"}
    assert exact == {"assistance_exact": "exact_id", "assistance_probable": "probabilistic"}
    fired = Counter(row["variety"] for party, row in planted.items() if row["variety"] in STRANGERS and party in accepted)
    assert not fired
    background = [party for party, row in accepted.items() if party not in planted and row["match_kind"] == "probabilistic"]
    assert not background, "nobody else is in a register, so nobody else may be taken for one who is"
