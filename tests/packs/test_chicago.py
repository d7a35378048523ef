"""A content root on real data: 2,482 inspections against 1,580 licence terms of Chicago, with the expected verdict of each inspection."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from jiandu import contracts, lake
from jiandu.clock import ZONE
from jiandu.collision import cases, library, run
from jiandu.ingest import IngestResult, ingest
from jiandu.settings import Settings, settings

PACK = Path(__file__).parent / "chicago"
AS_OF = datetime(2015, 1, 1, tzinfo=ZONE)
FILES = {"chicago__inspection": ("inspections", "Inspection_Date"), "chicago__licence": ("business_licences", "LICENSE_TERM_START_DATE")}


@pytest.fixture
def pack(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pack as a further content root, and the folder of the real data."""
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(PACK)]))
    settings.cache_clear()
    return settings().fixtures / "chicago_food_sample"


@pytest.fixture
def real(pack: Path) -> Path:
    """The real data; without them the test skips."""
    if not pack.is_dir():
        pytest.skip(f"no real data at {pack}")
    return pack


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a compressed file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def monthly(real: Path, landing: Path, contract: str) -> list[Path]:
    """The rows of a contract as one file a month of business, as an agency would send them."""
    name, day = FILES[contract]
    by_month: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows_of(real / f"{name}.csv.gz"):
        by_month[row[day][:7]].append(row)
    paths = []
    for month, rows in sorted(by_month.items()):
        path = landing / f"{contract}_{month}.csv"
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        paths.append(path)
    return paths


def whole(real: Path, landing: Path, contract: str) -> Path:
    """All rows of a contract as one file."""
    path = landing / f"{contract}_all.csv"
    path.write_bytes(gzip.decompress((real / f"{FILES[contract][0]}.csv.gz").read_bytes()))
    return path


def load(contract: str, paths: Sequence[Path]) -> list[IngestResult]:
    """Ingest files in the given order."""
    return ingest(contract, list(paths), AS_OF)


def standing() -> set[str]:
    """Inspections with a clue that stands."""
    connection = lake.duck()
    assert lake.view(connection, "clue", "finding")
    query = "SELECT anchor FROM clue__finding QUALIFY row_number() OVER (PARTITION BY clue_id ORDER BY change_no DESC) = 1 AND state <> 'withdrawn'"
    return {anchor for (anchor,) in connection.execute(query).fetchall()}


def expected(real: Path) -> set[str]:
    """Inspections that the data's own answer calls uncovered."""
    return {row["Inspection_ID"] for row in rows_of(real / "expected.csv.gz") if row["verdict"] == "no_covering_licence"}


def test_the_pack_is_valid_and_its_cases_hold(pack: Path) -> None:
    assert {"chicago__inspection", "chicago__licence"} <= set(contracts.load_all())
    [model] = library.load(["unlicensed_inspection"])
    results = list(cases.run_cases(model))
    assert len(results) == 3
    assert [result for result in results if result.wrong] == []


def test_exactly_the_uncovered_inspections_are_found(real: Path, fresh_lake: Settings) -> None:
    for contract in FILES:
        [result] = load(contract, [whole(real, fresh_lake.landing_root, contract)])
        assert (result.status, result.quarantined) == ("loaded", 0)
    [first] = run(["unlicensed_inspection"], AS_OF, "duckdb")
    assert standing() == expected(real)
    assert (first.opened, len(expected(real))) == (201, 201)

    repeated = [load(contract, [fresh_lake.landing_root / f"{contract}_all.csv"])[0].status for contract in FILES]
    [second] = run(["unlicensed_inspection"], AS_OF, "duckdb")
    assert repeated == ["repeated", "repeated"]
    assert (second.opened, second.updated, second.withdrawn) == (0, 0, 0)


def test_monthly_batches_in_any_order_give_the_same_set(real: Path, fresh_lake: Settings) -> None:
    batches = [(contract, path) for contract in FILES for path in monthly(real, fresh_lake.landing_root, contract)]
    random.Random(7).shuffle(batches)
    for contract, path in batches:
        [result] = load(contract, [path])
        assert result.status == "loaded"
    run(["unlicensed_inspection"], AS_OF, "duckdb")
    assert standing() == expected(real)
