"""The takeaway spiders against both test platforms: two days of captures with evidence, and everything that can go wrong on the way."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jiandu.crawl import crawl
from jiandu.crawl.landing import LARGEST_PICTURE, page_path
from jiandu.demo.local_site import MISSING, Reply
from jiandu.demo.takeaway import server
from jiandu.demo.takeaway.shops import API, PAGES, Listing
from jiandu.demo.takeaway.world import build
from jiandu.errors import JianduError
from jiandu.evidence import site_folder
from jiandu.evidence.chain import read
from jiandu.evidence.verify import verify
from jiandu.licence.picture import open_picture
from jiandu.settings import settings
from tests.crawlers.conftest import AS_OF, Platforms

BEFORE = AS_OF - timedelta(days=1)
COUNT = 40
Start = Callable[..., Platforms]


def test_two_captures_a_day_apart(platforms: Start) -> None:
    """What is shown is landed as shown; the second day asks only what changed; both days are in the chain."""
    world = platforms(150, trouble=True, day=f"{BEFORE.date()}")
    first = crawl("shisuda", BEFORE)
    world.set(day=f"{AS_OF.date()}")
    asked = len(world.requests())
    second = crawl("shisuda", AS_OF)
    assert Path(second.delivery).name == "platform__takeaway_shop_shisuda_20261120.jsonl"
    assert (first.problems, second.problems) == ({}, {})
    days = [world.rows(first), world.rows(second)]
    assert [set(rows) for rows in days] == [set(world.ids())] * 2
    for shop in world.shops:
        for one in (one for one in shop.listings if one.platform == PAGES):
            for day, rows in zip((BEFORE, AS_OF), days, strict=True):
                shown, row = one.on(day.date()), rows[one.shop_id]
                assert bool(row["许可证图片"]) == shown.picture
                assert row["证照链接层级"] == shown.depth
                assert (row["页面地址"], row["公示主体"], row["营业状态"]) == (one.address, shop.operator, one.status)
                assert row["公示证号"] == (shop.licences[shown.licence].number if shown.text else None)
    again = [request for request in world.requests()[asked:] if request["status"] in (200, 304)]
    changed = {request["path"] for request in again if request["status"] == 200}
    told = {shop.variety for shop in world.shops for one in shop.listings if any(one.shop_id in path for path in changed)}
    assert told <= {"photo_replaced", "second_look"}
    refused = {request["status"] for request in world.requests()} & {403, 429, 503}
    assert refused, "the platform made no trouble: the test shows less than it says"
    found = verify("shisuda")
    assert (found.problems, found.notes, found.seals) == ([], [], 2)
    kinds = [link.kind for link in read(site_folder("shisuda"))]
    assert kinds.count("delivery") == 2
    assert kinds.count("revisit") > 150


def test_an_interface_gives_the_same_columns(platforms: Start) -> None:
    world = platforms(60)
    report = crawl("baiwei", AS_OF)
    rows = world.rows(report)
    assert set(rows) == set(world.ids(API))
    for shop in world.shops:
        for one in (one for one in shop.listings if one.platform == API):
            shown, row = one.on(AS_OF.date()), rows[one.shop_id]
            assert (row["店名"], bool(row["许可证图片"]), row["证照链接层级"]) == (one.shop_name, shown.picture, shown.depth)
            assert row["无堂食标识"] == ("是" if one.no_dine_in else "否")
            assert row["自述仅外卖"] == ("是" if one.delivery_only else "否")
    assert all(page_path(row["许可证图片"]).is_file() for row in rows.values() if row["许可证图片"])
    assert not [request for request in world.requests(API) if request["path"].startswith(("/api/orders", "/api/users"))]


def test_each_bad_page_is_one_reason_and_the_rest_goes_on(platforms: Start) -> None:
    world = platforms(40)
    blockless, looping, hostile, pictureless = [shop_id for shop_id in world.ids() if world_row_has_picture(world, shop_id)][:4]
    world.set(blockless=[blockless], redirecting=[looping], hostile=[hostile], no_picture=[pictureless])
    report = crawl("shisuda", AS_OF)
    reasons = {path.rpartition("/")[2].partition("?")[0]: reason for path, reason in report.problems.items()}
    assert reasons == {blockless: "the page shows no 店名", looping: "redirected without end"}
    rows = world.rows(report)
    assert set(rows) == set(world.ids()) - {blockless, looping}
    assert page_path(rows[hostile]["许可证图片"]).read_bytes().startswith(b"\xff\xd8")
    assert not list(Path("/tmp").glob(f"jiandu-{hostile}*"))
    assert b"<!doctype html>" in page_path(rows[pictureless]["许可证图片"]).read_bytes(), "what came instead of a picture is evidence too"


def world_row_has_picture(world: Platforms, shop_id: str) -> bool:
    return any(one.shop_id == shop_id and one.on(AS_OF.date()).depth == 0 and one.on(AS_OF.date()).picture for shop in world.shops for one in shop.listings)


def instead(monkeypatch: pytest.MonkeyPatch, platform: str, changed: Callable[[str, Reply], Reply]) -> None:
    """Have a platform answer other than it would: target and its answer in, the answer out."""
    answer = server.SITES[platform]
    monkeypatch.setitem(server.SITES, platform, lambda scene, target: changed(target, answer(scene, target)))


def test_a_photo_that_cannot_be_had_is_a_photo_still(platforms: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gone, too large or on another host: the row lands with what came instead, so that nobody can tell and nobody is accused. A camera's best is had."""
    huge, gone, foreign, best = shown = [one.shop_id for one in listings_with_picture()][:4]
    camera = forty_megapixels()

    def changed(target: str, reply: Reply) -> Reply:
        path = target.partition("?")[0]
        if path.startswith("/photo/") and (shop_id := next((one for one in shown if f"/{one}-0" in path), None)):
            return {gone: MISSING, huge: Reply(200, "image/jpeg", bytes(LARGEST_PICTURE + 1)), best: Reply(200, "image/jpeg", camera)}[shop_id]
        if path == f"/shop/{foreign}":
            body = re.sub(rb'(img class="food-licence"[^>]*src=")/photo', rb"\1http://cdn.example/photo", reply.body)
            return Reply(reply.status, reply.kind, body)
        return reply

    instead(monkeypatch, PAGES, changed)
    world = platforms(COUNT)
    report = crawl("shisuda", AS_OF)
    rows = world.rows(report)
    assert set(rows) == set(world.ids())
    assert all(rows[one]["证照链接层级"] == 0 for one in shown)
    came = {one: page_path(rows[one]["许可证图片"]).read_bytes() for one in shown}
    assert came == {gone: MISSING.body, huge: b"", foreign: b"", best: camera}
    assert len(camera) > 10 * 2**20
    assert (open_picture(camera).width, len(report.problems)) == (7300, 3)


def test_a_link_to_the_licences_is_no_empty_page_wherever_it_leads(platforms: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the regulator's host, to a page in another form, to none, straight to a picture: the row says that there is a link."""
    foreign, other, missing, straight = shown = [one.shop_id for one in listings_with_picture()][:4]
    links = {foreign: b"https://register.example/licence/7"}
    pages = {other: Reply(200, "text/html", "<p>请登录后查看</p>".encode()), missing: MISSING, straight: Reply(200, "image/jpeg", b"\xff\xd8\xff")}

    def changed(target: str, reply: Reply) -> Reply:
        shop_id, _, page = target.partition("?")[0].removeprefix("/shop/").partition("/")
        if shop_id not in shown:
            return reply
        if page == "licence":
            return pages[shop_id]
        link = b'<a class="licence-link" href="%s">' % links.get(shop_id, f"/shop/{shop_id}/licence".encode())
        return Reply(reply.status, reply.kind, re.sub(rb'<section class="licences">.*?</section>', link, reply.body))

    instead(monkeypatch, PAGES, changed)
    world = platforms(COUNT)
    report = crawl("shisuda", AS_OF)
    rows = world.rows(report)
    assert set(rows) == set(world.ids())
    assert [(rows[one]["证照链接层级"], rows[one]["许可证图片"], rows[one]["公示证号"]) for one in shown] == [(1, None, None)] * 4
    reasons = {path.removeprefix(settings().takeaway_site(0)): reason.partition(",")[0] for path, reason in report.problems.items()}
    assert reasons == {
        links[foreign].decode(): f"outside {settings().takeaway_site(0)}", f"/shop/{missing}/licence": "HTTP 404",
        f"/shop/{other}/licence": "the page shows no 证照", f"/shop/{straight}/licence": "the page shows no 证照",
    }
    assert report.blockless == 2


def test_a_redirect_to_another_host_is_not_followed(platforms: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for a shop's page nor for its photo, though the other host would answer: it is our own under another name."""
    page, photo = (one.shop_id for one in listings_with_picture()[:2])
    away = "http://localhost" + settings().takeaway_site(0).removeprefix("http://127.0.0.1")

    def changed(target: str, reply: Reply) -> Reply:
        path = target.partition("?")[0]
        if path == f"/shop/{page}":
            return Reply(302, "text/plain", b"", f"{away}/shop/{page}?away=1")
        if path == f"/shop/{photo}":
            return Reply(reply.status, reply.kind, re.sub(rb'(img class="food-licence"[^>]*src=")[^"]*', rb"\1/photo/elsewhere", reply.body))
        return Reply(302, "text/plain", b"", f"{away}/photo/anywhere") if path == "/photo/elsewhere" else reply

    instead(monkeypatch, PAGES, changed)
    world = platforms(COUNT)
    report = crawl("shisuda", AS_OF)
    rows = world.rows(report)
    assert page not in rows
    assert rows[photo]["许可证图片"] == hashlib.sha256(b"").hexdigest(), "nothing came"
    assert [reason.partition(",")[0] for path, reason in report.problems.items() if path.startswith(away)] == [f"outside {settings().takeaway_site(0)}"] * 2


def test_a_link_beside_a_business_licence_is_followed(platforms: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """The food licence may be behind it: the row holds both pictures, and that one of them is a click deeper."""
    chosen = listings_with_picture()[0].shop_id
    whole: dict[str, bytes] = {}

    def changed(target: str, reply: Reply) -> Reply:
        path = target.partition("?")[0]
        if path == f"/shop/{chosen}":
            [block] = re.findall(rb'<section class="licences">.*?</section>', reply.body)
            whole["licences"] = block
            business = re.sub(rb"<img[^>]*food-licence[^>]*>", b"", block)
            link = b'<a class="licence-link" href="/shop/%s/licence">' % chosen.encode()
            return Reply(reply.status, reply.kind, reply.body.replace(block, business + link))
        return Reply(200, "text/html", whole["licences"]) if path == f"/shop/{chosen}/licence" else reply

    instead(monkeypatch, PAGES, changed)
    row = platforms(COUNT).rows(crawl("shisuda", AS_OF))[chosen]
    assert row["证照链接层级"] == 1
    assert row["许可证图片"]
    assert row["营业执照图片"]


def test_a_log_in_page_in_the_place_of_an_interface_s_licences_is_no_failure_of_ours(platforms: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    [first, *_] = (one.shop_id for shop in build(1, AS_OF.date(), COUNT) for one in shop.listings if one.platform == API)

    def changed(target: str, reply: Reply) -> Reply:
        if target == f"/api/shops/{first}":
            shown = {name: value for name, value in json.loads(reply.body).items() if name != "qualification"}
            return Reply(200, reply.kind, json.dumps(shown | {"qualificationUrl": f"/api/shops/{first}/qualification"}).encode())
        return Reply(200, "text/html", "<p>请登录后查看</p>".encode()) if target == f"/api/shops/{first}/qualification" else reply

    instead(monkeypatch, API, changed)
    world = platforms(COUNT)
    row = world.rows(crawl("baiwei", AS_OF))[first]
    assert (row["证照链接层级"], row["许可证图片"]) == (1, None)


def listings_with_picture() -> list[Listing]:
    """Listings of the platform of pages that show a photo at once."""
    every = (one for shop in build(1, AS_OF.date(), COUNT) for one in shop.listings if one.platform == PAGES)
    return [one for one in every if (shown := one.on(AS_OF.date())).picture and shown.depth == 0]


def forty_megapixels() -> bytes:
    """A photo of a camera's best resolution, of the size such photos have."""
    grain = np.random.default_rng(1).integers(0, 255, (5480, 7300), np.uint8)
    out = io.BytesIO()
    Image.fromarray(grain).save(out, "JPEG", quality=60)
    return out.getvalue()


@pytest.mark.parametrize("spider", ["shisuda", "baiwei"])
def test_an_endless_list_is_left_with_a_reason(platforms: Start, spider: str) -> None:
    world = platforms(20, endless=True)
    report = crawl(spider, AS_OF)
    assert report.rows == len(world.ids(PAGES if spider == "shisuda" else API))
    assert report.problems
    assert all("the list has no end" in reason for reason in report.problems.values())


def test_what_is_off_gets_its_verdict_and_delivers_nothing(platforms: Start) -> None:
    """Against the history of one good day: refused, down, another layout, nothing listed; a good day afterwards is good again."""
    world = platforms(30)
    crawl("shisuda", BEFORE - timedelta(days=9))
    for days, (state, said) in enumerate([
        ({"blocked": True}, "blocked: "), ({"blocked": False, "down": True}, "site down: "), ({"down": False, "layout": 2}, "layout changed: "),
        ({"layout": 1, "empty": True}, "source empty: "),
    ]):
        world.set(**state)
        with pytest.raises(JianduError, match=f"nothing delivered: {said}"):
            crawl("shisuda", BEFORE - timedelta(days=8 - days))
    world.set(empty=False)
    assert crawl("shisuda", AS_OF).rows == len(world.ids())
    assert [path.name for path in sorted(world.home.glob("home/landing/*"))] == [
        "platform__takeaway_shop_shisuda_20261110.jsonl", "platform__takeaway_shop_shisuda_20261120.jsonl",
    ]


def test_a_killed_crawl_goes_on_where_it_stopped(platforms: Start) -> None:
    world = platforms(80, slow=0.02)
    command = [sys.executable, "-m", "jiandu", "--as-of", AS_OF.isoformat(), "crawl", "shisuda"]
    running = subprocess.Popen(command, start_new_session=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    deadline = time.monotonic() + 60
    while len(world.requests()) < 60 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    kept = {link.url for link in read(site_folder("shisuda"))}
    assert len(kept) >= 40, "of 60 pages asked for, all but those on their way at the kill are kept"
    before = len(world.requests())
    world.set(slow=0.0)
    report = crawl("shisuda", AS_OF)
    assert set(world.rows(report)) == set(world.ids())
    assert report.rows == len(world.ids())
    shops = [request["path"] for request in world.requests() if request["path"].startswith(("/shop/", "/photo/"))]
    repeated = len(shops) - len(set(shops))
    assert repeated <= 55, "pages committed before the kill are not asked for again"
    assert len(world.requests()) - before < before + len(world.ids()) * 2
    found = verify("shisuda")
    assert found.problems == []


def test_a_spider_that_fails_is_called_broken(platforms: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    platforms(20)
    (tmp_path / "content" / "spiders").mkdir(parents=True)
    (tmp_path / "content" / "spiders" / "wrong.py").write_text(
        "from crawlers.spiders import shisuda\n\n\nclass Wrong(shisuda.Shisuda):\n    name = 'wrong'\n    contract = 'platform__takeaway_shop'\n\n"
        "    def read(self, response):\n        raise KeyError('nothing there')\n\n\ndel shisuda\n", "utf-8",
    )
    monkeypatch.setenv("JIANDU_CONTENT", f'["{tmp_path / "content"}"]')
    settings.cache_clear()
    with pytest.raises(JianduError, match="spider broken: the spider's code failed"):
        crawl("wrong", AS_OF)
