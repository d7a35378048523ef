"""Captures that may not be kept: gone after their time wherever they went, and the chain still says what was seen."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jiandu import clock
from jiandu.crawl.landing import keep, page_path
from jiandu.evidence import bundle, signing, site_folder
from jiandu.evidence.chain import read
from jiandu.evidence.expiry import expire
from jiandu.evidence.recorder import Answer, Recorder
from jiandu.evidence.seal import seal
from jiandu.evidence.verify import verify
from jiandu.settings import settings

AS_OF = datetime(2026, 11, 20, 8, tzinfo=clock.ZONE)
ADDRESS = "http://127.0.0.1/thread"
WINDOW = timedelta(hours=72)


def visit(as_of: datetime, **pages: str) -> dict[str, str]:
    """One crawl of these threads; hash by thread."""
    recorder, hashes = Recorder("forum", as_of, "Jiandu/0.1"), {}
    recorder.add(Answer("http://127.0.0.1/robots.txt", 200, "OK", [], b"User-agent: *\n", keep(b"User-agent: *\n")), as_of)
    for name, words in pages.items():
        hashes[name] = keep(words.encode())
        recorder.add(Answer(f"{ADDRESS}/{name}", 200, "OK", [], words.encode(), hashes[name]), as_of)
    recorder.close()
    seal("forum")
    return hashes


def held() -> bytes:
    """Everything the records hold, unpacked or not."""
    whole = b""
    for link in read(site_folder("forum")):
        if link.file:
            packed = (site_folder("forum") / link.file).read_bytes()[link.offset : link.offset + link.length]
            whole += gzip.decompress(packed) if packed.strip(b"\0") else b""
    return whole


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JIANDU_HOME", str(tmp_path / "crawl_side"))
    settings.cache_clear()
    return tmp_path


def test_what_led_to_nothing_is_gone_when_the_clock_has_moved_on(home: Path) -> None:
    first = visit(AS_OF, t1="a mother writes", t2="a lure", t3="still there")
    visit(AS_OF + timedelta(hours=48), t3="still there")
    at = AS_OF + timedelta(hours=73)
    assert expire("forum", {f"{ADDRESS}/t2"}, AS_OF - WINDOW, AS_OF) == 0
    assert expire("forum", {f"{ADDRESS}/t2"}, at - WINDOW, at) == 1
    assert expire("forum", {f"{ADDRESS}/t2"}, at - WINDOW, at) == 0
    assert not page_path(first["t1"]).exists()
    assert page_path(first["t2"]).is_file()
    assert page_path(first["t3"]).is_file()
    assert b"a mother writes" not in held()
    assert b"a lure" in held()
    found = verify("forum")
    assert (found.problems, found.records) == ([], 5)
    assert [link.sha256 for link in read(site_folder("forum")) if link.kind == "expired"] == [first["t1"]]
    again = visit(at, t1="a mother writes")
    assert again["t1"] == first["t1"]
    assert b"a mother writes" in held(), "seen again, it is a capture of its own"
    assert verify("forum").problems == []


def test_an_expired_record_that_is_still_there_is_a_problem_until_it_is_erased(home: Path) -> None:
    visit(AS_OF, t1="a mother writes")
    [link] = [link for link in read(site_folder("forum")) if link.url.endswith("t1")]
    path = site_folder("forum") / link.file
    before = path.read_bytes()
    at = AS_OF + timedelta(hours=73)
    expire("forum", set(), at - WINDOW, at)
    path.write_bytes(before)  # as if a kill came between the line and the erasing
    assert "expired and is still there" in str(verify("forum").problems[0])
    expire("forum", set(), at - WINDOW, at)
    assert verify("forum").problems == []


def test_it_expires_on_the_work_network_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = visit(AS_OF, t1="a mother writes", t2="a lure")
    sent = [bundle.make("forum")]
    at = AS_OF + timedelta(hours=73)
    expire("forum", {f"{ADDRESS}/t2"}, at - WINDOW, at)
    visit(at, t2="a lure")
    sent.append(bundle.make("forum"))
    key = home / "crawl_side.pem"
    key.write_bytes(signing.public_text(signing.key().public_key()))
    monkeypatch.setenv("JIANDU_HOME", str(home / "work_side"))
    settings.cache_clear()
    signing.trust(key)
    for path in sent:
        assert path is not None
        bundle.accept(path)
    assert not page_path(hashes["t1"]).exists()
    assert page_path(hashes["t2"]).is_file()
    assert b"a mother writes" not in held()
    assert verify("forum").problems == []
