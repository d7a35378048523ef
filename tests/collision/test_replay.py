"""Replay: what a card says follows from the rows it names, whatever happened to silver, the model, the law or the calendar since."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from jiandu import content, lake
from jiandu.cli import application, mount
from jiandu.clock import parse_as_of
from jiandu.clue import replay, show, store
from jiandu.clue.card import canonical, digest
from jiandu.collision import archive, law, library, run
from jiandu.collision.cases import instant, offered
from jiandu.collision.engines import DuckEngine
from jiandu.collision.evaluate import evaluate, prepare
from jiandu.collision.library import Loaded
from jiandu.settings import Settings, settings
from tests.collision.conftest import DEATH, DELIVERED, PENSION

AS_OF = parse_as_of(Settings().demo_as_of)
DAY = parse_as_of("2026-11-20T08:00:00+08:00")
MODEL = "overpaid"


def duck() -> DuckEngine:
    """An engine with the calendar and the places."""
    engine = DuckEngine()
    for name, table in law.reference_tables().items():
        engine.put(name, table)
    return engine


@pytest.fixture(scope="module")
def engines() -> Iterator[tuple[DuckEngine, DuckEngine]]:
    """One engine for the cases, one for their evidence."""
    both = duck(), duck()
    yield both
    for engine in both:
        engine.close()


@pytest.mark.parametrize("one", library.load(), ids=lambda one: one.id)
def test_every_case_follows_from_its_evidence_alone(one: Loaded, engines: tuple[DuckEngine, DuckEngine]) -> None:
    whole, alone = engines
    answered = 0
    for case in one.model.cases:
        moment = instant(case.as_of or one.model.cases_as_of or date.min)
        feeds = offered(one, case, whole, moment)
        compiled = prepare(one.model, feeds, moment)
        for found in evaluate(one.id, compiled, whole, feeds, moment, every=True):
            for name in one.model.datasets:
                replay.fill(alone, name, [piece for piece in found.evidence if piece["dataset"] == name])
            again = [two for two in evaluate(one.id, compiled, alone, feeds, moment, every=True) if two.clue_id == found.clue_id]
            assert again == [found], case.name
            answered += 1
    assert answered >= len([case for case in one.model.cases if case.clues or case.unknown])


@pytest.fixture
def lake_of_its_own(in_province: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The province's data under another lake, so that its clue tables and the disappearance of silver are this test's alone."""
    root = tmp_path / "lake"
    root.mkdir()
    for layer in ("bronze", "silver", "match"):
        (root / layer).symlink_to(in_province.lake / layer)
    monkeypatch.setenv("JIANDU_LAKE_URI", str(root))
    settings.cache_clear()
    return root


@pytest.mark.timeout(1500)
def test_every_clue_of_the_province_replays_without_silver(lake_of_its_own: Path) -> None:
    run(DELIVERED, AS_OF, "duckdb")
    for layer in ("bronze", "silver", "match"):
        (lake_of_its_own / layer).unlink()
    found = list(replay.replay_all())
    assert not {one.clue_id: one.differences for one in found if one.differences}
    assert len(found) == len(show.current(states=("open", "early"))) >= 500
    assert {one.model for one in found} == set(DELIVERED)


def deliver_month(deliver: Callable[..., None], day: Any, payments: list[dict[str, Any]], name: str = "") -> None:
    """A death and its pensions."""
    deliver("civil__death", [DEATH], day, name)
    deliver("social__pension_payment", payments, day, name)


@pytest.fixture
def own_law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The product's law as files a test may edit."""
    shutil.copytree(content.ROOT / content.PRODUCT_FOLDERS["law"], tmp_path / "law")
    monkeypatch.setattr(content, "PRODUCT_FOLDERS", {**content.PRODUCT_FOLDERS, "law": str(tmp_path / "law")})
    return tmp_path / "law"


def test_replay_outlives_later_data_edits_and_the_loss_of_silver(small_model: Path, own_law: Path, deliver: Callable[..., None]) -> None:
    deliver_month(deliver, DAY, [PENSION])
    assert run([MODEL], DAY, "duckdb")[0].opened == 1
    clue = show.current()[0]["clue_id"]
    first = card_bytes(clue)
    # A correction of the payment, then a refund that ends the clue.
    deliver_month(deliver, DAY + timedelta(days=1), [{**PENSION, "paid_cny": 360}], "corrected")
    assert run([MODEL], DAY + timedelta(days=1), "duckdb")[0].updated == 1
    deliver_month(deliver, DAY + timedelta(days=2), [{**PENSION, "paid_cny": 360, "refunded_cny": 360}], "refunded")
    assert run([MODEL], DAY + timedelta(days=2), "duckdb")[0].withdrawn == 1
    small_model.write_text(small_model.read_text("utf-8").replace("尚未追回", "没有追回").replace("死亡后继续", "身后继续"), "utf-8")
    calendar = own_law / "calendar.yml"
    calendar.write_text(calendar.read_text("utf-8").replace("workdays: [", "workdays: [01-03, ", 1), "utf-8")
    for layer in ("bronze", "silver"):
        shutil.rmtree(Path(settings().lake_root) / layer)
    found = replay.replay(clue)
    assert [(one.change_no, one.state, one.differences) for one in found] == [(1, "open", ()), (2, "updated", ()), (3, "withdrawn", ())]
    assert card_bytes(clue, 1) == first
    assert [one.change_no for one in replay.replay(clue[:8], 2)] == [2]


@pytest.mark.usefixtures("small_model")
def test_absence_replays_as_absence_and_silence_as_silence(deliver: Callable[..., None]) -> None:
    deliver_month(deliver, DAY, [PENSION])
    run([MODEL], DAY, "duckdb")
    clue = show.current()[0]["clue_id"]
    silent = DAY + timedelta(days=200)
    deliver("civil__death", [DEATH], silent, "again")
    assert run([MODEL], silent, "duckdb")[0].suspended == 1
    kept = json.loads(card_bytes(clue, 2))
    assert {feed["dataset"]: feed["fresh"] for feed in kept["feeds"]} == {"civil__death": True, "social__pension_payment": False}
    assert [one.differences for one in replay.replay(clue)] == [(), ()]


@pytest.mark.usefixtures("small_model")
def test_an_anchor_that_is_gone_replays(deliver: Callable[..., None]) -> None:
    from jiandu import contracts
    from jiandu.ingest import ingest_rows
    from jiandu.source.rows import RawRow

    deliver_month(deliver, DAY, [PENSION])
    run([MODEL], DAY, "duckdb")
    contract, day = contracts.load("civil__death"), DAY + timedelta(days=1)
    name = next(name for name, column in contract.columns.items() if column.field == "death_no")
    assert ingest_rows(contract, "deletion", [RawRow(dict.fromkeys(contract.columns) | {name: "SW1"}, 1, "delete", 1, day)], day).status == "loaded"
    assert run([MODEL], day, "duckdb")[0].withdrawn == 1
    clue = show.current(states=("withdrawn",))[0]["clue_id"]
    assert [(one.state, one.differences) for one in replay.replay(clue)] == [("open", ()), ("withdrawn", ())]


def test_a_card_names_rows_law_parameters_and_feeds(deliver: Callable[..., None]) -> None:
    day = DAY
    deliver("justice__penalty", [{
        "penalty_doc_no": "云青市监罚〔2025〕1号", "agency_name": "青澜区市场监督管理局", "agency_level": "县", "county_code": "990101", "party_name": "甲公司",
        "party_category": "法人及其他组织", "penalty_category": "罚款", "fine_cny": 50000, "decision_date": date(2025, 6, 10),
        "served_date": date(2025, 6, 16), "service_method": "直接送达", "is_relief_told": True, "is_reconsideration_first": False,
        "has_own_enforcement": False,
    }], day)
    deliver("finance__fine_payment", [{"payment_no": "JK0", "penalty_doc_no": "无关罚〔2026〕9号", "paid_date": date(2026, 1, 5), "paid_cny": 100}], day)
    deliver("justice__relief_case", [{
        "relief_no": "无关复〔2026〕1号", "penalty_doc_no": "无关罚〔2026〕9号", "relief_kind": "复议", "filed_date": date(2026, 1, 5),
    }], day)
    deliver("court__nonlit_case", [{
        "case_no": "（2026）泽0101行审9号", "court_code": "泽0101", "court_name": "云江市青澜区人民法院", "county_code": "990101",
        "penalty_doc_no": "无关罚〔2026〕9号", "received_date": date(2026, 11, 18), "is_hearing_needed": False,
    }], day)
    run(["nonlitigation_execution"], day, "duckdb")
    clue = show.current()[0]
    text = card_bytes(clue["clue_id"])
    kept = json.loads(text)
    assert (canonical(kept), digest(text)) == (text, clue["card_hash"])
    months = {one["name"]: one for one in kept["parameters"]}
    assert (months["nonlit_application_months"]["value"], months["nonlit_application_months"]["day"]) == (3, "2025-12-16")
    assert months["litigation_months"]["source"]
    assert "nonlit_execution_months" not in months, "this finding does not ask how long a ruling may stay unexecuted"
    assert all(article["from"] <= "2025-06-10" for article in kept["law"])
    assert {feed["dataset"] for feed in kept["feeds"]} == set(library.load(["nonlitigation_execution"])[0].model.datasets)
    assert kept["note"].startswith("线索仅供人工核查")
    mount()
    unmasked = ["--unmasked", "--by", "甲", "--reason", "核对"]
    assert CliRunner().invoke(application, ["--json", "clue", "show", clue["clue_id"], *unmasked]).output == text + "\n"


@pytest.mark.usefixtures("small_model")
@pytest.mark.parametrize(("table", "column", "value", "says"), [
    ("evidence", "row", None, "evidence[0].copy_hash"), ("card", "card", "{}", "clue.finding says"),
    ("model_version", "version", "000000000000", "no such version"),
])
def test_whatever_was_altered_is_named(deliver: Callable[..., None], table: str, column: str, value: str | None, says: str) -> None:
    import pyarrow as pa
    from deltalake import write_deltalake

    deliver_month(deliver, DAY, [PENSION])
    run([MODEL], DAY, "duckdb")
    clue = show.current()[0]["clue_id"]
    kept = lake.open_table("clue", table)
    assert kept is not None
    rows = kept.to_pyarrow_table()
    changed = [{**row, column: value or row[column].replace("240.00", "250.00").replace("李四", "李五")} for row in rows.to_pylist()]
    write_deltalake(lake.uri("clue", table), pa.Table.from_pylist(changed, rows.schema), mode="overwrite")
    [found] = replay.replay(clue)
    assert any(says in line for line in found.differences), found.differences
    mount()
    result = CliRunner().invoke(application, ["clue", "replay", clue])
    assert result.exit_code == 1


def card_bytes(clue_id: str, change_no: int | None = None) -> str:
    """The stored card of a change, by default the latest."""
    found = [one for one in replay.stored(clue_id) if change_no in (None, one.change["change_no"])]
    assert found[-1].text is not None
    return found[-1].text


@pytest.mark.usefixtures("small_model")
def test_the_archive_keeps_a_version_once(deliver: Callable[..., None]) -> None:
    deliver_month(deliver, DAY, [PENSION])
    for number in range(2):
        run([MODEL], DAY + timedelta(days=number), "duckdb")
    table = lake.open_table("clue", "model_version")
    assert table is not None
    [row] = table.to_pyarrow_table().to_pylist()
    [one] = library.load([MODEL])
    assert (row["version"], row["edition"]) == (one.version, one.edition)
    again = archive.restored(MODEL, one.version)
    assert again.model == one.model.model_copy(update={"cases": [], "cases_as_of": None, "case_defaults": {}})
    assert row["file"] == one.path.read_text("utf-8")
    assert store.latest(MODEL).popitem()[1]["model_version"] == one.version
