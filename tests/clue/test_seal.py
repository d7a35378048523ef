"""A sealed record leaves by no exit: not by a model, a card, a list, a replay, a kept row, an old file or a log. Its hashes stay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from jiandu.cli import application, mount
from jiandu.clock import parse_as_of
from jiandu.clue import replay, show
from jiandu.clue.seal import proof, seal
from jiandu.collision import run
from jiandu.collision.past import Past
from jiandu.errors import JianduError
from jiandu.settings import settings

from ..collision.conftest import deliver_rows, small_model  # noqa: F401 # a fixture

DAY = parse_as_of("2026-11-20T08:00:00+08:00")
MODEL = "overpaid"


def death(number: int) -> dict[str, object]:
    return {
        "death_no": f"SW{number}", "person_name": f"封存人{number}", "person_id_no": f"99010119400101000{number}", "death_date": date(2026, 5, 20),
        "registered_date": date(2026, 5, 30), "county_code": "990101",
    }


def pension(number: int) -> dict[str, object]:
    return {
        "payment_no": f"YL{number}", "person_name": f"封存人{number}", "person_id_no": f"99010119400101000{number}", "insurance_type": "城乡居民",
        "pay_month": "2026-06", "paid_cny": 240, "county_code": "990101", "agency_name": "青澜区居民养老保险中心",
    }


def readable(words: str) -> Iterator[str]:
    """Files of the clue tables and of the rows by key in which some words can be read, packed or not."""
    needle = words.encode()
    for folder in (Path(settings().lake_root) / "clue", settings().home / "collision"):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            raw = path.read_bytes()
            text = str(pq.read_table(path).to_pylist()).encode() if path.suffix == ".parquet" else raw
            if needle in raw or needle in text or json.dumps(words)[1:-1].encode() in raw:
                yield str(path)


@pytest.mark.usefixtures("small_model", "empty_lake")
def test_a_sealed_record_leaves_by_no_exit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    deliver_rows("civil__death", [death(1), death(2)], DAY)
    deliver_rows("social__pension_payment", [pension(1), pension(2)], DAY)
    run([MODEL], DAY, "duckdb")
    clues = {row["anchor"]: row["clue_id"] for row in show.current()}
    before = proof(clues["SW1"], "甲", "核对")
    assert len(list(readable("封存人1"))) >= 4, "kept by key, in evidence, cards and findings"
    with pytest.raises(JianduError, match="no such record"):
        seal("civil__death", "SW9", "甲", "法院决定", DAY)
    mount()
    arguments = ["--json", "--as-of", DAY.isoformat(), "clue", "seal", "civil__death", "SW1", "--by", "甲", "--reason", "（2026）泽0101刑初9号封存决定"]
    for _ in range(2):
        assert json.loads(CliRunner().invoke(application, arguments).output)["clues"] == [clues["SW1"]]
    seal("social__pension_payment", "YL1", "甲", "同案", DAY)

    assert list(readable("封存人1")) == []
    assert [row["anchor"] for row in show.current()] == ["SW2"]
    for number in (clues["SW1"], clues["SW1"][:9]):
        with pytest.raises(JianduError, match="no clue of that number"):
            show.card(number)
    assert proof(clues["SW1"], "甲", "复核") == before
    assert [(row["clue_id"], row["differences"]) for row in map(vars, replay.replay_all())] == [(clues["SW2"], ())]
    with pytest.raises(JianduError, match="no clue of that number"):
        replay.replay(clues["SW1"])

    after = run([MODEL], DAY + timedelta(days=1), "duckdb")[0]
    assert (after.withdrawn, after.kept) == (1, 1)
    assert run([MODEL], DAY + timedelta(days=1), "duckdb", "full")[0].differences == 0
    assert list(readable("封存人1")) == []
    assert len(list(readable("封存人2"))) >= 4
    assert [one.differences for one in replay.replay_all()] == [(), ()]
    with Past(["civil__death"]) as past:
        past.show(DAY)
        assert past.engine.connection.execute("SELECT death_no FROM civil__death").fetchall() == [("SW2",)], "nor does a backtest see it"


@pytest.mark.usefixtures("small_model", "empty_lake")
def test_a_row_that_went_is_not_readable_in_what_is_kept_by_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    deliver: Callable[..., None] = deliver_rows
    deliver("civil__death", [death(1), death(2)], DAY)
    deliver("social__pension_payment", [pension(1), pension(2)], DAY)
    run([MODEL], DAY, "duckdb")
    deliver("social__pension_payment", [pension(1) | {"person_name": "更名后"}, pension(2)], DAY + timedelta(days=1))
    assert run([MODEL], DAY + timedelta(days=1), "duckdb")[0].how == "changes"
    kept = (settings().home / "collision" / "social__pension_payment.sqlite").read_bytes()
    assert "封存人2".encode() in kept
    assert "封存人1".encode() not in kept
