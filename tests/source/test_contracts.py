"""Contracts: what is wrong with one is said by file and line in one run; every contract there is keeps its promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jiandu import contracts, ingest
from jiandu.cli import application, mount
from jiandu.clock import parse_as_of
from jiandu.errors import ContentError
from jiandu.fields import TIERS, load_fields
from jiandu.settings import ROOT, Settings, settings

GOOD = (Path(__file__).parents[1] / "silver" / "pack" / "sources" / "register__resident.yml").read_text("utf-8")
SAMPLES = ROOT / "dags" / "sources" / "samples"
mount()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A content root with the test register's fields and no contract yet."""
    folder = tmp_path / "root"
    (folder / "sources").mkdir(parents=True)
    (folder / "fields.yml").write_text((Path(__file__).parents[1] / "silver" / "pack" / "fields.yml").read_text("utf-8"), "utf-8")
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(folder)]))
    settings.cache_clear()
    return folder


def lines(text: str, *words: str) -> list[int]:
    """Line numbers of the first line that holds each word."""
    return [next(number for number, line in enumerate(text.splitlines(), 1) if word in line) for word in words]


def test_three_mistakes_are_named_with_their_lines(root: Path) -> None:
    text = GOOD.replace("{field: resident_state}", "{field: resident_stat}").replace("owner: 测试机关\n", "owner: 测试机关\nowned: x\n")
    text = text.replace("{check: range, field: grant_cny", "{check: range, field: grant")
    path = root / "sources" / "register__bad.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(ContentError) as raised:
        contracts.load("register__bad")
    said = [str(problem) for problem in raised.value.problems]
    for line, word in zip(lines(text, "owned: x", "resident_stat}", "check: range"), ("owned", "did you mean resident_state?", "grant"), strict=True):
        assert any(problem.startswith(f"{path}:{line}: ") and word in problem for problem in said), (line, said)


@pytest.mark.parametrize(("old", "new", "said"), [
    ("key: [resident_no]", "key: [resident]", "key field resident is not delivered"),
    ("valid_from: delivery", "valid_from: resident_state", "is a string, not a date or timestamp"),
    ("{field: grant_cny, unit: wan}", "{field: grant_cny, unit: li}", "Input should be 'wan'"),
    ("{field: resident_state}", "{field: resident_state, unit: wan}", "unit does not fit a field of type string"),
    ("{field: resident_state}", "{field: record_key}", "is a column that every table of the lake has"),
    ("{field: resident_state}", "{field: resident_no}", "is delivered already by 编号"),
    ("{ignore: free text}", "{}", "give either field or ignore"),
    ("  - {check: range, field: grant_cny, min: 0}", "  - {check: range, field: grant_cny}", "neither min nor max"),
    ("  - {check: range, field: grant_cny, min: 0}", "  - {check: expression, name: odd, sql: grant + 1 > 0}", "odd: Binder Error"),
    ("  - {check: range, field: grant_cny, min: 0}", "  - {check: expression, name: odd, sql: grant_cny + 1}", "not BOOLEAN"),
    (r"'resident_(\d{8})'", r"'resident_\d{8}'", "needs exactly one group"),
    ("format: csv, ", "format: xml, ", "kind file xml needs xml"),
    ("legal_basis: none, synthetic data\n", "", "legal_basis: Field required"),
    ("title: 测试登记", "title: TODO", "still to do"),
    ("owner: 测试机关", "owner: 测试机关\nschedule: nightly", "is not a cron expression"),
])
def test_what_makes_no_sense_is_refused(root: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    (root / "sources" / "register__bad.yml").write_text(GOOD.replace(old, new), "utf-8")
    problems = [str(problem) for problem in contracts.lint()]
    assert any(said in problem and "register__bad.yml:" in problem for problem in problems), problems


def test_a_tier_below_its_fields_is_refused(root: Path) -> None:
    fields = (root / "fields.yml").read_text("utf-8")
    (root / "fields.yml").write_text(fields.replace("meaning: what is known", "tier: sensitive, meaning: what is known"), "utf-8")
    (root / "sources" / "register__bad.yml").write_text(GOOD, "utf-8")
    assert any("resident_state (sensitive)" in str(problem) for problem in contracts.lint())


def test_check_command_names_all_problems_of_all_files(root: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(application, ["check"]).exit_code == 0
    (root / "sources" / "register__one.yml").write_text(GOOD.replace("key: [resident_no]", "key: []"), "utf-8")
    (root / "sources" / "register__two.yml").write_text("title: [", "utf-8")
    result = runner.invoke(application, ["--json", "check"])
    assert result.exit_code == 1
    assert {Path(problem["where"].rpartition(":")[0]).name for problem in json.loads(result.stdout)} == {"register__one.yml", "register__two.yml"}


def test_a_generated_contract_fails_until_it_is_filled_in(root: Path, tmp_path: Path) -> None:
    delivered = tmp_path / "delivered.csv"
    delivered.write_bytes("编号,状态,金额（万元）,\"a,b\"\r\n1,在册,2,x\r\n".encode("gb18030"))
    result = CliRunner().invoke(application, ["new", "source", "housing__lease", "--like", str(delivered), "--into", str(root)])
    assert result.exit_code == 0, result.output
    text = (root / "sources" / "housing__lease.yml").read_text("utf-8")
    assert "encoding: gb18030" in text
    assert (root / "sources" / "samples" / "housing__lease.csv").read_text("gb18030") == '编号,状态,金额（万元）,"a,b"\n'
    assert all("still to do" in problem.what for problem in contracts.lint())
    assert len(contracts.lint()) >= 8
    for field in ("resident_no", "resident_state", "grant_cny, unit: wan"):
        text = text.replace("field: TODO", f"field: {field}", 1)
    filled = text.replace("{field: TODO}", "{ignore: nothing}").replace("[TODO]", "[resident_no]").replace("TODO ", "")
    (root / "sources" / "housing__lease.yml").write_text(filled, "utf-8")
    assert contracts.lint() == []


@pytest.mark.parametrize("name", sorted(contracts.load_all()))
def test_every_contract_keeps_its_promises(name: str) -> None:
    contract, fields = contracts.load(name), load_fields()
    assert contract.title
    assert len(contract.description) > 40, "a description says what one row is, who fills it in and the pitfalls"
    assert contract.owner
    assert contract.legal_basis
    assert contract.key
    assert contract.checks
    assert contract.expected.rows[0] <= contract.expected.rows[1]
    assert TIERS.index(contract.tier) >= max(TIERS.index(fields[field].tier) for field in contract.fields)
    assert contract.schedule or contract.delivery.kind == "kafka", "a source is scheduled unless a topic feeds it"


@pytest.mark.parametrize("name", sorted(contracts.load_all()))
def test_every_sample_is_taken(name: str, empty_lake: Settings) -> None:
    samples = sorted(SAMPLES.glob(f"{name}.*"))
    if not samples:
        pytest.skip("no sample delivery")
    for sample in samples:
        [result] = ingest.ingest(name, [dated(sample, empty_lake)], parse_as_of("2026-11-20"))
        assert (result.status, result.quarantined) == ("loaded", 0), result
        assert result.rows > 0


def dated(sample: Path, config: Settings) -> Path:
    """The sample under a name that carries a date, as an agency would deliver it."""
    copy = config.landing_root / f"{sample.stem}_20261101{sample.suffix}"
    copy.write_bytes(sample.read_bytes())
    return copy
