"""Evidence stands up: a changed, removed or added byte anywhere is a named problem; bundles carry it over the gap between the networks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from jiandu import cli, clock
from jiandu.crawl.landing import keep, page_path
from jiandu.errors import JianduError, ServiceUnavailable
from jiandu.evidence import authority, bundle, root, signing, site_folder
from jiandu.evidence.chain import Chain, read
from jiandu.evidence.expiry import expire
from jiandu.evidence.picture import browser, captures, stamp_of, take
from jiandu.evidence.recorder import Answer, Recorder
from jiandu.evidence.seal import seal
from jiandu.evidence.verify import verify
from jiandu.settings import settings

AS_OF = datetime(2026, 11, 20, 8, tzinfo=clock.ZONE)
PAGE = "<!doctype html><title>店</title><body style='background:#0a0'><h1>望川小面</h1></body>".encode()
Visit = Callable[..., list[str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return at_home(tmp_path / "crawl_side", monkeypatch)


def at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JIANDU_HOME", str(folder))
    settings.cache_clear()
    return folder


def visit(as_of: datetime = AS_OF, pages: int = 5, deliver: bool = True) -> list[str]:
    """One crawl of a site with so many pages, one of them seen twice; hashes of the pages."""
    recorder = Recorder("shop_site", as_of, "Jiandu/0.1")
    hashes = []
    for number in range(pages):
        body = PAGE + f"<!-- {number} -->".encode()
        hashes.append(keep(body))
        url = f"http://127.0.0.1/shop/{number}"
        recorder.add(Answer(url, 200, "OK", [("Content-Type", "text/html"), ("X-Chinese", "ok")], body, hashes[-1]), as_of + timedelta(seconds=number))
    recorder.add(Answer("http://127.0.0.1/shop/0", 304, "Not Modified", [("ETag", '"x"')], b"", hashes[0]), as_of + timedelta(seconds=9))
    if deliver:
        landed = settings().landing_root / f"platform__takeaway_shop_shop_site_{as_of:%Y%m%d}.jsonl"
        landed.parent.mkdir(parents=True, exist_ok=True)
        landed.write_text(json.dumps({"page_sha256": hashes[0]}) + "\n", "utf-8")
        recorder.delivered(landed, as_of + timedelta(seconds=10))
    recorder.close()
    seal("shop_site")
    return hashes


def test_untouched_evidence_stands(home: Path) -> None:
    visit()
    visit(AS_OF + timedelta(days=1))
    found = verify("shop_site")
    assert (found.links, found.records, found.seals, found.problems, found.notes) == (14, 12, 2, [], [])
    assert [link.kind for link in read(site_folder("shop_site"))][7:] == ["revisit"] * 6 + ["delivery"]


def test_any_tool_reads_the_records(home: Path) -> None:
    visit()
    [path] = (site_folder("shop_site") / "warc").glob("*.warc.gz")
    with path.open("rb") as file:
        seen = [(record.rec_type, record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read()) for record in ArchiveIterator(file)]
    assert [kind for kind, _, _ in seen] == ["warcinfo", *["response"] * 5, "revisit"]
    assert seen[1][1:] == ("http://127.0.0.1/shop/0", PAGE + b"<!-- 0 -->")


def test_every_single_byte_counts(home: Path) -> None:
    """Each byte of a chained record, changed alone, is found; so is each line of the chain that is changed."""
    visit(pages=1)
    folder = site_folder("shop_site")
    link = next(read(folder))
    path = folder / link.file
    good = path.read_bytes()
    for place in range(link.offset, link.offset + link.length, 7):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        problems = verify("shop_site").problems
        assert [problem.where for problem in problems] == [f"{path}@{link.offset}"], place
    path.write_bytes(good)
    assert not verify("shop_site").problems


def edited(line: bytes, **members: object) -> bytes:
    return json.dumps({**json.loads(line), **members}, ensure_ascii=False).encode() + b"\n"


@pytest.mark.parametrize(("change", "said"), [
    (lambda lines: [edited(lines[0], url="http://127.0.0.1/other"), *lines[1:]], "does not give its own hash"),
    (lambda lines: [lines[0], *lines[2:]], "does not follow the line before it"),
    (lambda lines: [lines[1], lines[0], *lines[2:]], "does not follow the line before it"),
    (lambda lines: lines[:-2], "lines were removed"),
    (lambda lines: [*lines[:-1], b'{"seq": 1}\n'], "not a line of a chain"),
    (lambda lines: [*lines, lines[-1]], "does not follow the line before it"),
])
def test_a_changed_chain_is_named(home: Path, change: Callable[[list[bytes]], list[bytes]], said: str) -> None:
    visit()
    path = site_folder("shop_site") / "chain.jsonl"
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    assert any(said in str(problem) for problem in verify("shop_site").problems)


def test_a_chain_that_was_rewritten_whole_fails_its_seal(home: Path) -> None:
    """Whoever can rewrite every line and every hash still has no word of the authority on them."""
    visit()
    path = site_folder("shop_site") / "chain.jsonl"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    path.unlink()
    with Chain(site_folder("shop_site")) as chain:
        for line in lines:
            chain.append(**{**{name: line[name] for name in line if name not in ("seq", "previous", "hash")}, "at": "2026-11-18T08:00:00+08:00"})
    problems = verify("shop_site").problems
    assert [problem.what.partition(":")[0] for problem in problems] == ["the seal of line 7 does not hold"]


def test_a_changed_kept_page_is_named(home: Path) -> None:
    page = page_path(visit()[2])
    page.write_bytes(page.read_bytes() + b" ")
    assert [problem.where for problem in verify("shop_site").problems] == [str(page)]


def test_a_time_stamp_holds_only_over_its_bytes_and_the_key_is_private(home: Path) -> None:
    reply = authority.stamp(b"head of a chain")
    assert authority.stamped_at(reply, b"head of a chain").tzinfo is not None
    with pytest.raises(JianduError, match="time stamp: does not hold"):
        authority.stamped_at(reply, b"another head")
    assert (root() / "authority" / "signer.key").stat().st_mode & 0o777 == 0o600
    assert (root() / "authority").stat().st_mode & 0o777 == 0o700


def test_a_kill_costs_the_cut_line_only(home: Path) -> None:
    visit()
    path = site_folder("shop_site") / "chain.jsonl"
    with path.open("ab") as chain:
        chain.write(b'{"seq": 8, "at": "2026-')
    visit(AS_OF + timedelta(days=1))
    assert (verify("shop_site").links, verify("shop_site").problems) == (14, [])


def test_one_writer_at_a_time(home: Path) -> None:
    with Chain(site_folder("shop_site")), pytest.raises(ServiceUnavailable, match="another crawl of this site"):
        Chain(site_folder("shop_site"))


def test_the_command_tells_and_exits_one_on_a_tampered_byte(home: Path) -> None:
    hashes = visit()
    cli.mount()
    run = CliRunner().invoke
    assert run(cli.application, ["evidence", "verify"]).exit_code == 0
    shown = run(cli.application, ["evidence", "show", hashes[0]]).stdout
    assert "http://127.0.0.1/shop/0" in shown
    assert shown.count("line ") == 2
    path = next((site_folder("shop_site") / "warc").iterdir())
    path.write_bytes(path.read_bytes()[:-40] + b"\0" * 40)
    failed = run(cli.application, ["evidence", "verify", "shop_site"])
    assert failed.exit_code == 1
    assert "was changed" in failed.stdout


@pytest.fixture
def carried(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Path], Path]:
    """Two bundles made on the crawl side, and the work network's home, which trusts its key."""
    visit()
    first = bundle.make("shop_site")
    visit(AS_OF + timedelta(days=1))
    second = bundle.make("shop_site")
    assert bundle.make("shop_site") is None, "nothing new is no bundle"
    key = root() / "signing" / "public.pem"
    assert (root() / "signing" / "key.pem").stat().st_mode & 0o777 == 0o600
    at_home(tmp_path / "work_network", monkeypatch)
    signing.trust(key)
    assert first
    assert second
    return [first, second], tmp_path / "work_network"


def test_bundles_continue_the_chain_on_the_other_side(carried: tuple[list[Path], Path]) -> None:
    bundles, work = carried
    with pytest.raises(JianduError, match="accept the bundles in order"):
        bundle.accept(bundles[1])
    one, two = bundle.accept(bundles[0]), bundle.accept(bundles[1])
    assert (one.links, one.pages, one.deliveries) == (7, 5, ["platform__takeaway_shop_shop_site_20261120.jsonl"])
    assert (two.links, two.pages) == (7, 0)
    assert bundle.accept(bundles[0]).links == 0, "a second time changes nothing"
    assert (verify("shop_site").links, verify("shop_site").seals, verify("shop_site").problems) == (14, 2, [])
    row = json.loads((work / "landing" / one.deliveries[0]).read_text("utf-8"))
    assert page_path(row["page_sha256"]).read_bytes().startswith(b"<!doctype html>")


KILLED = """
import os, signal, sys
from pathlib import Path
from jiandu import whole
from jiandu.evidence import bundle, chain

at, file = sys.argv[1:]
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
write, adopt = whole.write, chain.Chain.adopt

def half(self, links):
    adopt(self, links[:3])
    kill()

def until(target, content):
    kill() if at in str(target) else write(target, content)

if at == "adopt":
    chain.Chain.adopt = half
elif at in ("forget", "verify"):
    setattr(bundle, at, kill)
whole.write = until
bundle.accept(Path(file))
"""


@pytest.mark.parametrize("at", ["/warc/", "adopt", "forget", "verify", "/pages/", "/landing/"])
def test_a_bundle_whose_acceptance_was_killed_is_accepted_whole(carried: tuple[list[Path], Path], at: str) -> None:
    bundles, work = carried
    environment = {**os.environ, "JIANDU_HOME": str(work), "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run([sys.executable, "-c", KILLED, at, str(bundles[0])], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert bundle.accept(bundles[0]).deliveries == ["platform__takeaway_shop_shop_site_20261120.jsonl"]
    two = bundle.accept(bundles[1])
    assert [path.name[-14:] for path in sorted((work / "landing").iterdir())] == ["20261120.jsonl", "20261121.jsonl"]
    assert (two.links, verify("shop_site").links, verify("shop_site").problems) == (7, 14, [])
    assert all(page_path(link.sha256).is_file() for link in read(site_folder("shop_site")) if link.kind == "response")
    assert asdict(bundle.accept(bundles[0])) == {"site": "shop_site", "links": 0, "pages": 0, "deliveries": []}


def test_a_fault_of_what_was_here_before_delays_the_deliveries_until_it_is_mended(carried: tuple[list[Path], Path]) -> None:
    bundles, work = carried
    bundle.accept(bundles[0])
    page = page_path(json.loads((work / "landing" / "platform__takeaway_shop_shop_site_20261120.jsonl").read_text("utf-8"))["page_sha256"])
    good = page.read_bytes()
    page.write_bytes(good + b" ")
    with pytest.raises(JianduError, match="the kept page was changed"):
        bundle.accept(bundles[1])
    page.write_bytes(good)
    assert bundle.accept(bundles[1]).deliveries == ["platform__takeaway_shop_shop_site_20261121.jsonl"]


def test_accepting_again_brings_back_nothing_that_expired(carried: tuple[list[Path], Path]) -> None:
    bundles, _ = carried
    bundle.accept(bundles[0])
    assert expire("shop_site", set(), AS_OF + timedelta(hours=72), AS_OF + timedelta(hours=72)) == 6
    assert bundle.accept(bundles[0]).pages == 0
    assert verify("shop_site").problems == []
    assert not any(page_path(link.sha256).exists() for link in read(site_folder("shop_site")) if link.kind == "response")


def rezipped(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(("change", "said"), [
    (lambda members: members.update({next(name for name in members if name.startswith("warc/")): b"x"}), "missing or changed: warc/"),
    (lambda members: members.update({"manifest.json": members["manifest.json"].replace(b"shop_site", b"shop_cite")}), "signature does not hold"),
    (lambda members: members.update({"../../evil.sh": b"rm"}), "names that no bundle has"),
    (lambda members: members.pop("manifest.sig"), "has no manifest.sig"),
    (lambda members: members.pop("authority.pem"), "missing or changed: authority.pem"),
])
def test_a_bundle_that_was_changed_places_nothing(carried: tuple[list[Path], Path], change: Callable[[dict[str, bytes]], None], said: str) -> None:
    bundles, work = carried
    with pytest.raises(JianduError, match=said):
        bundle.accept(rezipped(bundles[0], change))
    assert not (work / "landing").exists()
    assert not list((work / "evidence" / "sites").glob("*/warc/*")) if (work / "evidence" / "sites").exists() else True
    assert not (work.parent.parent / "evil.sh").exists()


def test_a_stranger_s_bundle_and_no_bundle_are_refused(carried: tuple[list[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundles, _ = carried
    (tmp_path / "noise.zip").write_bytes(b"PK not a zip")
    with pytest.raises(JianduError, match="no bundle"):
        bundle.accept(tmp_path / "noise.zip")
    at_home(tmp_path / "third_party", monkeypatch)
    with pytest.raises(JianduError, match="a key that is not trusted here"):
        bundle.accept(bundles[0])


@pytest.mark.skipif(browser() is None, reason="no chromium on this machine")
def test_a_picture_is_rendered_from_the_records_without_the_network(home: Path) -> None:
    hashes = visit()
    [picture] = take([hashes[0]])
    made = picture.read_bytes()
    assert made.startswith(b"\x89PNG")
    assert take([hashes[0]]) == [picture]
    assert picture.stat().st_size == len(made)
    assert verify("shop_site").problems == []
    picture.write_bytes(made[:-1] + bytes([made[-1] ^ 1]))
    [problem] = verify("shop_site").problems
    assert problem.where == str(picture)
    assert "time stamp does not hold" in problem.what
    stamp_of(picture).unlink()
    assert take([hashes[0]]) == [picture], "made anew"
    assert verify("shop_site").problems == []
    expire("shop_site", (), AS_OF + timedelta(days=9), AS_OF + timedelta(days=9))
    assert not picture.exists(), "nothing is left of a page that may not be kept"
    assert captures(hashes[0])[0][0] == "shop_site"
    with pytest.raises(JianduError, match="no site's chain holds these bytes"):
        take(["0" * 64])
