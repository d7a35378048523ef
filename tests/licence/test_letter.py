"""From captured pages in the lake to a draft letter: a clue opens by the model on DuckDB, and the letter lists it, marked as a draft."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from docx import Document

from jiandu import ingest
from jiandu.clock import parse_as_of
from jiandu.collision import run
from jiandu.errors import JianduError
from jiandu.licence.letter import MARK, draft
from jiandu.settings import Settings, settings

DAY = parse_as_of("2026-11-20T08:00:00+08:00")
SAMPLES = Path(__file__).parents[2] / "dags" / "sources" / "samples"
FEEDS = ("market__food_licence", "market__small_catering", "market__prepackaged_filing", "market__licence_renewal", "platform__licence_reading")


@pytest.fixture
def captured(empty_lake: Settings) -> None:
    """The second shop of the sample, which shows nothing, captured on two days; every other feed alive."""
    landing = settings().landing_root
    landing.mkdir(parents=True, exist_ok=True)
    for name in FEEDS:
        _take(name, (SAMPLES / f"{name}.jsonl").read_text("utf-8"))
    page = json.loads((SAMPLES / "platform__takeaway_shop.jsonl").read_text("utf-8").splitlines()[1])
    pages = [page | {"采集时间": (DAY - timedelta(days=days)).isoformat()} for days in (1, 2)]
    _take("platform__takeaway_shop", "\n".join(json.dumps(one, ensure_ascii=False) for one in pages) + "\n")


def _take(name: str, text: str) -> None:
    path = settings().landing_root / f"{name}_20261120.jsonl"
    path.write_text(text, "utf-8")
    [result] = ingest.ingest(name, [path], DAY)
    assert result.quarantined == 0


def test_a_letter_is_a_marked_draft_with_every_clue_of_the_district(captured: None) -> None:
    [summary] = run(["takeaway_licence"], DAY, "duckdb")
    assert (summary.status, summary.opened) == ("evaluated", 1)
    content = draft("990403", DAY)
    assert content == draft("990403", DAY), "the same clues on the same day make the same letter"
    letter = Document(io.BytesIO(content))
    assert letter.sections[0].header.paragraphs[0].text == MARK
    text = "\n".join(paragraph.text for paragraph in letter.paragraphs)
    assert "草稿" in text
    assert "线索仅供人工核查，不是结论" in text
    rows = [[cell.text for cell in row.cells] for row in letter.tables[0].rows]
    assert len(rows) == 2
    assert "均未见食品经营许可证" in rows[1][3]
    with pytest.raises(JianduError, match="no takeaway clue"):
        draft("990103", DAY)
    with pytest.raises(JianduError, match="no such division"):
        draft("123", DAY)
