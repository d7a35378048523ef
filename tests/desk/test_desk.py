"""The desk and the board: photo beside fields, personal fields hidden in pixels and words, unmasked only with an audited reason."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn
from PIL import Image
from sqlalchemy import text

from jiandu import ingest, lake
from jiandu.clock import parse_as_of
from jiandu.clue import show
from jiandu.clue.seal import seal
from jiandu.collision import run
from jiandu.crawl.landing import keep
from jiandu.demo.licence_pictures import draw
from jiandu.demo.licence_pictures.specimen import specimen
from jiandu.desk import accounts, board
from jiandu.desk.accounts import digest
from jiandu.desk.pictures import BLOT, DESK, shown
from jiandu.desk.server import application
from jiandu.desk.sight import photo, sight
from jiandu.licence import kept, register
from jiandu.licence.pool import read_file
from jiandu.settings import Settings, settings

AS_OF = parse_as_of("2026-11-20T08:00:00+08:00")
SAMPLES = Path(__file__).parents[2] / "dags" / "sources" / "samples"
REGISTERS = ("market__food_licence", "market__small_catering", "market__prepackaged_filing", "market__licence_renewal")
LICENCE = specimen(11)
ALL, COUNTY = ("甲", "whole province"), ("乙", "one county only")
HOSTILE = "<script>alert(1)</script>面馆"


def clue_of(tmp_path: Path, patch: pytest.MonkeyPatch) -> str:
    """A shop whose licence, really read, stands in no register: the number of its clue."""
    patch.setenv("JIANDU_HOME", str(tmp_path / "home"))
    accounts = tmp_path / "accounts.yml"
    rows = [f"  - {{name: {name}, area: '{area}', may_unmask: {unmask}, password: '{digest(word)}'}}"
            for (name, word), area, unmask in ((ALL, "99", "true"), (COUNTY, "990101", "false"))]
    accounts.write_text("accounts:\n" + "\n".join(rows) + "\n", "utf-8")
    patch.setenv("JIANDU_DESK_ACCOUNTS", str(accounts))
    settings.cache_clear()
    content = draw(LICENCE, 11)
    sha256 = keep(content)
    kept.keep(sha256, read_file(str(settings().home / "evidence" / "pages" / sha256[:2] / sha256)), AS_OF)
    settings().landing_root.mkdir(parents=True, exist_ok=True)
    register.land(AS_OF)
    for name in REGISTERS:
        (settings().landing_root / f"{name}_20261120.jsonl").write_text((SAMPLES / f"{name}.jsonl").read_text("utf-8"), "utf-8")
    page = json.loads((SAMPLES / "platform__takeaway_shop.jsonl").read_text("utf-8").splitlines()[0])
    page |= {"门店编号": "S1", "店名": HOSTILE, "许可证图片": sha256, "公示证号": None, "证照链接层级": "0", "菜品分类": "面食", "营业状态": "营业",
             "行政区划代码": "990403", "采集时间": (AS_OF - timedelta(hours=1)).isoformat()}
    (settings().landing_root / "platform__takeaway_shop_20261120.jsonl").write_text(json.dumps(page, ensure_ascii=False) + "\n", "utf-8")
    for name in (*REGISTERS, "platform__takeaway_shop", "platform__licence_reading"):
        assert all(result.quarantined == 0 for result in ingest.ingest(name, None, AS_OF))
    run(["takeaway_licence"], AS_OF, "duckdb")
    [clue] = show.current(["takeaway_licence"])
    return str(clue["clue_id"])


def lake_in(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Lake and landing of a folder."""
    patch.setenv("JIANDU_LAKE_URI", str(folder / "lake"))
    patch.setenv("JIANDU_LANDING", str(folder / "landing"))
    settings.cache_clear()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The clue, made once: its folder and its number. Without an operational store."""
    folder = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        lake_in(folder, patch)
        number = clue_of(folder, patch)
    settings.cache_clear()
    return folder, number


@pytest.fixture
def clue(built: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its number, with the settings that lead to it."""
    at_home(built[0], monkeypatch)
    yield built[1]
    monkeypatch.undo()
    settings.cache_clear()


def at_home(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """The settings of a folder."""
    lake_in(folder, patch)
    patch.setenv("JIANDU_HOME", str(folder / "home"))
    patch.setenv("JIANDU_DESK_ACCOUNTS", str(folder / "accounts.yml"))
    settings.cache_clear()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The desk, served on a free loopback port."""
    desk = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, log_level="critical"))
    running = threading.Thread(target=desk.run, daemon=True)
    running.start()
    while not desk.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{desk.servers[0].sockets[0].getsockname()[1]}"
    desk.should_exit = True
    running.join(10)


def ask(address: str, path: str, account: tuple[str, str] | None = None, method: str = "GET", **more: Any) -> httpx.Response:
    """One request, signed in or not."""
    return httpx.request(method, f"{address}{path}", auth=account and httpx.BasicAuth(*account), trust_env=False, timeout=60, **more)


def test_the_board_shows_the_photo_beside_the_fields_and_hides_the_person(clue: str) -> None:
    [row] = board.rows()
    assert row["clue_id"] == clue
    assert LICENCE.number in row["fields"]
    assert LICENCE.legal_rep not in row["fields"]
    jpeg = base64.b64decode(re.findall(r'src="data:image/jpeg;base64,([^"]+)"', row["picture"])[0])
    small = np.asarray(Image.open(io.BytesIO(jpeg)))
    mine = sight(clue).photo
    assert mine is not None
    scale = small.shape[1] / Image.open(io.BytesIO(mine.content or b"")).width
    [name] = [field for field in mine.fields if field.name == "legal_rep"]
    middle = np.mean(name.boxes[0], axis=0) * scale
    assert np.abs(small[int(middle[1]), int(middle[0])].astype(int) - BLOT).max() < 25, "the name is covered in the pixels"
    assert f"/clue/{clue[:12]}" in row["desk"]


def test_a_photo_whose_person_was_not_located_is_not_shown_masked(clue: str) -> None:
    row = next(piece["row"] for piece in show.card(clue)["evidence"] if piece["dataset"] == "platform__licence_reading")
    detail = json.loads(row["reading_detail"])
    del detail["fields"]["legal_rep"]
    unlocated = photo(row | {"reading_detail": json.dumps(detail)})
    assert shown(unlocated, DESK, masked=True) is None
    assert shown(unlocated, DESK, masked=False) is not None


def test_who_is_not_signed_in_or_of_another_area_learns_nothing(clue: str, address: str) -> None:
    assert ask(address, "/").status_code == 401
    assert ask(address, f"/clue/{clue[:12]}", ("甲", "wrong")).status_code == 401
    assert ask(address, "/", headers={"Authorization": "Basic ###"}).status_code == 401
    answers = [ask(address, f"/clue/{number}", COUNTY) for number in (clue[:12], "ffffffffffff", "..%2f..%2fetc")]
    assert {(answer.status_code, answer.text) for answer in answers[:2]} == {(404, "没有这条线索\n")}
    assert answers[2].status_code == 404
    assert clue[:12].upper() not in ask(address, "/", COUNTY).text


def test_the_page_is_masked_until_a_reason_is_entered(clue: str, address: str) -> None:
    assert clue[:12].upper() in ask(address, "/", ALL).text
    page = ask(address, f"/clue/{clue[:12]}", ALL)
    assert page.status_code == 200
    assert "线索仅供人工核查，不是结论" in page.text
    assert LICENCE.number in page.text
    assert LICENCE.legal_rep not in page.text
    assert "<script>" not in page.text
    assert page.text.count("<polygon") >= 10
    assert "script" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    asked = [ask(address, f"/clue/{clue[:12]}", ALL, "POST", data=data, headers=headers) for data, headers in (
        ({"reason": " "}, {}), ({"reason": "核查"}, {"Origin": "http://elsewhere.example"}))]
    assert [answer.status_code for answer in asked] == [403, 403]
    assert all(LICENCE.legal_rep not in answer.text for answer in asked)
    assert lake.open_table("clue", "look") is None
    assert page.headers["Referrer-Policy"] == "same-origin", "with no-referrer a browser sends Origin: null from the desk's own form"
    opened = ask(address, f"/clue/{clue[:12]}", ALL, "POST", data={"reason": "核对法定代表人"}, headers={"Origin": address})
    assert opened.status_code == 200
    assert LICENCE.legal_rep in opened.text
    assert ask(address, f"/clue/{clue[:12]}", ALL, "POST", data={"reason": "长" * 3000}, headers={"Origin": address}).status_code == 413
    looks = lake.open_table("clue", "look")
    assert looks is not None
    assert [(row["actor"], row["clue_id"], row["reason"]) for row in looks.to_pyarrow_table().to_pylist()] == [("甲", clue, "核对法定代表人")]


def test_a_sealed_record_is_seen_nowhere(built: tuple[Path, str], address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clue = built[1]
    shutil.copytree(built[0], tmp_path / "copy")
    at_home(tmp_path / "copy", monkeypatch)
    key = next(piece["record_key"] for piece in show.card(clue)["evidence"] if piece["dataset"] == "platform__licence_reading")
    seal("platform__licence_reading", key, "甲", "测试", AS_OF)
    assert ask(address, f"/clue/{clue[:12]}", ALL).status_code == 404
    assert list(board.rows()) == []


@pytest.mark.stack
def test_a_reason_unmasks_and_is_audited(fresh_lake: Settings, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jiandu import ops
    from jiandu.services import secrets

    dsn = secrets.read()["postgres_dsn"].replace("+psycopg", "")
    number = clue_of(tmp_path, monkeypatch)
    monkeypatch.setenv("JIANDU_POSTGRES_DSN", dsn)
    settings.cache_clear()
    opened = ask(address, f"/clue/{number[:12]}", ALL, "POST", data={"reason": "核对法定代表人"})
    assert opened.status_code == 200
    assert LICENCE.legal_rep in opened.text
    with ops.engine().connect() as connection:
        entered = connection.execute(text("SELECT actor, object_id, reason FROM ops.audit WHERE action = 'clue.unmask'")).all()
    assert [tuple(row) for row in entered] == [("甲", number, "核对法定代表人")]
    assert hashlib.sha256(draw(LICENCE, 11)).hexdigest() in opened.text


def test_a_name_waits_after_five_wrong_passwords_and_the_lock_is_on_record(
    clue: str, address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(accounts, "monotonic", lambda: now[0])
    monkeypatch.setattr(accounts, "_WRONG", {})
    tried = [ask(address, "/", (ALL[0], f"guess {number}")).status_code for number in range(accounts.MOST_WRONG)]
    assert tried == [401] * accounts.MOST_WRONG
    waiting = ask(address, f"/clue/{clue[:12]}", ALL)
    assert waiting.status_code == 429, "not even the right one"
    assert waiting.headers["Retry-After"] == str(accounts.LOCKED_FOR)
    assert ask(address, "/", COUNTY).status_code == 200, "another name is not held up"
    assert [ask(address, "/", ("nobody", "x")).status_code for _ in range(accounts.MOST_WRONG + 1)] == [401] * (accounts.MOST_WRONG + 1)
    assert "desk.locked" in caplog.text
    now[0] += accounts.LOCKED_FOR
    assert ask(address, "/", ALL).status_code == 200
    assert not accounts._WRONG, "the right password forgets the wrong ones"
