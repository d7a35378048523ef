"""What lands: the same bytes each time, the answer key apart, and files of which ingest makes what the manifest says."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from jiandu import contracts
from jiandu.clock import parse_as_of
from jiandu.demo.generate import generate
from jiandu.demo.plans import PLANS
from jiandu.errors import JianduError
from jiandu.ingest import ingest
from jiandu.settings import ROOT, Settings

AS_OF = parse_as_of(Settings().demo_as_of)
SAMPLES = sorted((ROOT / "dags" / "sources" / "samples").iterdir())


def digest(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small province: ``demo`` and ``landing`` in one folder."""
    folder = tmp_path_factory.mktemp("province")
    generate(0.05, 1, AS_OF, folder / "demo", folder / "landing")
    return folder


def manifest(folder: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((folder / "demo" / "deliveries.json").read_text("utf-8"))
    return entries


def test_same_scale_and_seed_give_the_same_bytes(made: Path, tmp_path: Path) -> None:
    generate(0.05, 1, AS_OF, tmp_path / "demo", tmp_path / "landing")
    assert digest(tmp_path) == digest(made)
    generate(0.05, 2, AS_OF, tmp_path / "demo", tmp_path / "landing")
    other = digest(tmp_path / "landing")
    assert not set(other.values()) & set(digest(made / "landing").values())


def test_answer_key_lies_apart_from_the_deliveries(made: Path) -> None:
    landed = {path.name for path in (made / "landing").iterdir()}
    assert landed == {entry["file"] for entry in manifest(made)}
    assert (made / "demo" / "answer_key.jsonl").is_file()
    for path in (made / "landing").iterdir():
        assert not [word for word in (b"truth", b"decoy", b"variety", b"planted") if word in path.read_bytes()], path.name


def test_answer_key_may_not_be_put_among_the_deliveries(tmp_path: Path) -> None:
    with pytest.raises(JianduError, match="among the deliveries"):
        generate(0.01, 1, AS_OF, tmp_path / "landing" / "demo", tmp_path / "landing")


@pytest.mark.parametrize("scale", [0.0, -1.0, 1001.0])
def test_a_scale_must_be_a_size(tmp_path: Path, scale: float) -> None:
    with pytest.raises(JianduError, match="is not a size"):
        generate(scale, 1, AS_OF, tmp_path / "demo", tmp_path / "landing")


def test_an_earlier_province_is_replaced_and_foreign_files_stay(tmp_path: Path) -> None:
    generate(0.01, 1, AS_OF, tmp_path / "demo", tmp_path / "landing")
    (tmp_path / "landing" / "justice__penalty_20260101.csv").write_text("a real agency's file")
    generate(0.01, 2, AS_OF, tmp_path / "demo", tmp_path / "landing", clean=True)
    landed = {path.name for path in (tmp_path / "landing").iterdir()}
    assert landed == {entry["file"] for entry in manifest(tmp_path)} | {"justice__penalty_20260101.csv"}
    assert (tmp_path / "demo" / "answer_key.jsonl").read_text() == ""


def test_every_kind_of_trouble_is_delivered(made: Path) -> None:
    entries = manifest(made)
    assert {entry["status"] for entry in entries} == {"loaded", "repeated", "held"}
    assert {entry["note"] for entry in entries if entry["status"] == "held"} == {"GB18030 instead of UTF-8", "a column that the contract does not know"}
    assert sum(entry["duplicates"] for entry in entries) > 0
    for name in PLANS:
        own = [entry for entry in entries if entry["contract"] == name]
        assert len(own) >= 2, name
        assert sum(entry["quarantined"] for entry in own) > 0, name
        assert max(entry["delivered_on"] for entry in own) >= "2026-11-19", name


@pytest.mark.parametrize("data_set", [
    "justice__penalty", "finance__fine_payment", "court__enforcement_case", "justice__relief_case", "emergency__accident", "procuratorate__document",
    "rural__monitored_person", "social__pension_payment",
])
def test_ingest_makes_of_each_file_what_the_manifest_says(made: Path, empty_lake: Settings, data_set: str) -> None:
    for path in (made / "landing").glob(f"{data_set}_2*"):
        shutil.copy(path, empty_lake.landing_root / path.name)
    results = {Path(result.source).name: result for result in ingest(data_set, None, AS_OF)}
    expected = [entry for entry in manifest(made) if entry["contract"] == data_set]
    assert {entry["file"] for entry in expected} == set(results)
    for entry in expected:
        result = results[entry["file"]]
        said = (result.status, result.rows, result.quarantined, result.duplicates)
        assert said == (entry["status"], entry["rows"], entry["quarantined"], entry["duplicates"]), entry["file"]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_samples_pass_their_contracts(empty_lake: Settings, sample: Path) -> None:
    landed = empty_lake.landing_root / f"{sample.stem}_20261120{sample.suffix}"
    shutil.copy(sample, landed)
    [result] = ingest(sample.stem, [landed], AS_OF)
    assert (result.status, result.quarantined) == ("loaded", 0), result.reason
    assert result.rows >= 3


def test_every_file_contract_has_a_sample() -> None:
    wanted = {name for name, contract in contracts.load_all().items() if contract.delivery.kind in ("file", "crawl")}
    assert {path.stem for path in SAMPLES} == wanted


def test_the_site_shows_the_columns_that_the_contract_reads(made: Path) -> None:
    licences = json.loads((made / "demo" / "site" / "licences.json").read_text("utf-8"))
    columns = set(contracts.load("market__food_licence").columns) - {"page_url", "page_sha256"}
    assert licences
    assert all(set(licence) == columns for licence in licences)
