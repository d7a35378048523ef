"""A person's reading of a doubtful value: it reaches the next verdict, outlives a new engine, and bad input is one clear error."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jiandu import ingest
from jiandu.clock import parse_as_of
from jiandu.clue import show
from jiandu.collision import run
from jiandu.demo.licence_pictures.specimen import specimen
from jiandu.errors import JianduError
from jiandu.licence import answers, engine, kept, register
from jiandu.settings import Settings, settings

READ_AT = parse_as_of("2026-11-20T08:00:00+08:00")
LATER = READ_AT + timedelta(hours=3)
SAMPLES = Path(__file__).parents[2] / "dags" / "sources" / "samples"
PICTURE = "ab" * 32
USCC = specimen(11).uscc


def reading(**fields: tuple[str, bool]) -> dict[str, Any]:
    """A food licence as the machine read it: value and whether it was sure, by field."""
    told = {name: {"value": value, "confidence": 0.99 if sure else 0.2, "accepted": sure, "boxes": [], "source": "clean"}
            for name, (value, sure) in fields.items()}
    review = sorted(name for name, (_, sure) in fields.items() if not sure)
    return {"outcome": "read", "reason": "", "kind": "食品经营许可证", "passes": 2, "qr": "", "qr_agrees": None, "engine": engine.engine_version(),
            "review": review, "fields": told}


@pytest.fixture
def queue(empty_lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One licence whose credit code the machine doubts; its number it is sure of."""
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    settings().landing_root.mkdir(parents=True, exist_ok=True)
    kept.keep(PICTURE, reading(licence_no=(specimen(11).number, True), uscc=(USCC[:-1], False), valid_until_date=("2029-01-01", True)), READ_AT)


def take(name: str, text: str, as_of: datetime = READ_AT) -> None:
    """Ingest a file of one data set."""
    path = settings().landing_root / f"{name}_20261120.jsonl"
    path.write_text(text, "utf-8")
    [result] = ingest.ingest(name, [path], as_of)
    assert result.quarantined == 0


def verdict(as_of: datetime) -> list[str]:
    """The day's readings landed and ingested, the model run; the findings of the shop."""
    landed = register.land(as_of)
    assert landed is not None
    ingest.ingest("platform__licence_reading", [landed], as_of)
    run(["takeaway_licence"], as_of, "duckdb")
    return [clue["finding"] for clue in show.current(["takeaway_licence"]) if clue["anchor"] == "食速达:S1"]


def test_what_a_person_read_reaches_the_next_verdict(queue: None) -> None:
    for name in ("market__food_licence", "market__small_catering", "market__prepackaged_filing", "market__licence_renewal"):
        take(name, (SAMPLES / f"{name}.jsonl").read_text("utf-8"))
    page = json.loads((SAMPLES / "platform__takeaway_shop.jsonl").read_text("utf-8").splitlines()[0])
    shown = {"平台": "食速达", "门店编号": "S1", "公示主体": "望津区无证小吃店", "许可证图片": PICTURE, "营业执照图片": None, "公示证号": None,
             "证照链接层级": "0", "菜品分类": "面食", "营业状态": "营业", "采集时间": (READ_AT - timedelta(hours=1)).isoformat()}
    take("platform__takeaway_shop", json.dumps(page | shown, ensure_ascii=False) + "\n")
    assert verdict(READ_AT) == [], "whether anything is registered under a doubtful code cannot be computed"
    first = [path.read_bytes() for path in sorted(settings().landing_root.glob("platform__licence_reading_*"))]
    given = answers.give(PICTURE[:8], "uscc", USCC.lower(), "检察官甲", "对照原图", LATER)
    assert (given.value, given.read_as) == (USCC, USCC[:-1])
    assert answers.give(PICTURE, "uscc", USCC, "检察官甲", "对照原图", LATER) == given
    assert len(list(answers.everything())) == 1
    assert register.waiting() == []
    assert verdict(LATER) == ["f2_no_licence"]
    assert register.land(READ_AT) is not None
    landed = sorted(settings().landing_root.glob("platform__licence_reading_*"))
    assert [path.read_bytes() for path in landed][: len(first)] == first, "what was landed before the answer is landed the same again"
    assert len(landed) == 2


def test_a_new_engine_does_not_overrule_the_person(queue: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answers.give(PICTURE, "uscc", USCC, "检察官甲", "对照原图", LATER)
    answers.give(PICTURE, "issuer", "", "检察官甲", "印章遮挡", LATER)
    monkeypatch.setattr(engine, "RULES", engine.RULES + 1)
    other = specimen(12).uscc
    kept.keep(PICTURE, reading(uscc=(other, True), valid_until_date=("2028-01-01", True), issuer=("某局", False)), LATER + timedelta(days=1))
    row = register.row(answers.corrected(kept.known(PICTURE) or {}))
    assert row["统一社会信用代码"] == USCC
    assert row["有效期至"] == "2028-01-01"
    assert row["发证机关"] is None
    assert row["待复核字段"] is None, "what a person could not read either waits no more"


BAD = [
    ("ff", "uscc", USCC, "甲", "原图", "no picture that was read begins so"), ("", "uscc", USCC, "甲", "原图", "no picture that was read begins so"),
    ("ab", "capital", "1", "甲", "原图", "has no such field"), ("ab", "uscc", USCC[:-1] + "?", "甲", "原图", "no value of this field"),
    ("ab", "valid_until_date", "2029-02-30", "甲", "原图", "no value of this field"), ("ab", "uscc", USCC, " ", "原图", "who read it"),
    ("ab", "uscc", USCC, "甲", "", "who read it"), ("cd", "uscc", USCC, "甲", "原图", "was not told to be a licence"),
    ("ab", "licence_no", "'); DROP TABLE clue;--", "甲", "原图", "no value of this field"),
]


@pytest.mark.parametrize(("prefix", "field", "value", "by", "reason", "said"), BAD)
def test_bad_input_is_one_clear_error(queue: None, prefix: str, field: str, value: str, by: str, reason: str, said: str) -> None:
    kept.keep("cd" * 32, reading() | {"outcome": "unreadable", "reason": "不是图片", "kind": ""}, READ_AT)
    with pytest.raises(JianduError, match=said) as refused:
        answers.give(prefix, field, value, by, reason, LATER)
    assert len(refused.value.problems) == 1
    assert list(answers.everything()) == []
