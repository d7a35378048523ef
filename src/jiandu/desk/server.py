"""The evidence page of takeaway clues, ``python -m jiandu.desk.server``: photo and fields side by side, on loopback, signed in, masked.

Opening the unmasked page takes a reason, and the look is entered into the audit trail first (``clue.masking.looked``).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from jiandu.clue.card import NOTE
from jiandu.clue.masking import looked
from jiandu.clue.show import current
from jiandu.collision import law
from jiandu.desk.accounts import LOCKED_FOR, Account, LockedError, signed_in
from jiandu.desk.pictures import DESK, data_url, shown
from jiandu.desk.sight import MODEL, Photo, Sight, sight
from jiandu.errors import JianduError
from jiandu.settings import settings

MOST_ASKED = 4000
"""Bytes of a reason that are read."""
HEADERS = {
    "Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}
WORDS = {
    "severities": {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色"},
    "states": {"open": "新发现", "updated": "有更新", "reopened": "再次出现", "withdrawn": "已撤回", "suspended": "数据中断待恢复", "early": "临期提醒"},
    "answers": {"met": "成立", "not_met": "不成立", "unknown": "不能计算"}, "note": NOTE,
}
TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)


@dataclass(frozen=True)
class Drawn:
    """A picture in the page; boxes are drawn over it, in its own pixels."""

    url: str
    width: int
    height: int
    scale: float

    def at(self, box: list[list[int]]) -> tuple[int, int]:
        """Upper left corner of a box."""
        return round(min(x for x, _ in box) * self.scale), round(min(y for _, y in box) * self.scale)

    def points(self, box: list[list[int]]) -> str:
        """A box as SVG writes it."""
        return " ".join(f"{x * self.scale:.0f},{y * self.scale:.0f}" for x, y in box)


def drawn(photo: Photo, masked: bool) -> Drawn | None:
    """A photo for the page, if it may be shown."""
    found = shown(photo, DESK, masked)
    return Drawn(data_url(found[0]), found[0].width, found[0].height, found[1]) if found else None


def page(account: Account, status: int = 200, **told: Any) -> Response:
    """The page of one clue, or the list."""
    place = law.division_names().get(account.area.ljust(6, "0"), account.area)
    text = TEMPLATES.get_template("page.html").render(account=account, area=place, places=law.division_names(), **WORDS, **{"sight": None, "open": "", **told})
    return HTMLResponse(text, status, HEADERS)


def of_clue(account: Account, found: Sight, opened: str) -> Response:
    """One clue; ``opened`` is the reason for which nothing is masked."""
    every = [*([found.photo] if found.photo else []), *found.others]
    photos = [(photo, drawn(photo, masked=not opened)) for photo in every]
    return page(account, title=found.card["clue_id"][:12].upper(), sight=found, photos=photos, open=opened)


def refused(status: int, words: str) -> Response:
    """Why not, in one sentence."""
    extra = {401: {"WWW-Authenticate": 'Basic realm="desk", charset="UTF-8"'}, 429: {"Retry-After": str(LOCKED_FOR)}}.get(status, {})
    return Response(words + "\n", status, HEADERS | extra, "text/plain; charset=utf-8")


def waits(_request: Request, _error: Exception) -> Response:
    """Too many wrong passwords."""
    return refused(429, f"密码错误次数过多，请在{LOCKED_FOR // 60}分钟后重试")


def who(request: Request) -> Account | None:
    """The account of a request's Basic credentials (RFC 7617). Raises ``LockedError``, which the application answers."""
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return signed_in(name, password) if scheme.lower() == "basic" else None


def listed(request: Request) -> Response:
    """The standing clues of the account's area."""
    account = who(request)
    if account is None:
        return refused(401, "请登录")
    return page(account, title="外卖证照线索", clues=[clue for clue in current([MODEL]) if account.sees(clue["county_code"]) and not clue["sealed"]])


async def clue(request: Request) -> Response:
    """One clue: GET masked, POST with a reason unmasked. Of another area, and of a sealed one, nothing is told, not even that it is there."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_ASKED:
            return refused(413, "事由过长")
    # Passwords, tables and pictures take their time: one reader must not hold up the others.
    return await run_in_threadpool(answered, request, body)


def answered(request: Request, body: bytes) -> Response:
    """The answer to a request for one clue, whose body was read."""
    account = who(request)
    if account is None:
        return refused(401, "请登录")
    try:
        found = sight(request.path_params["number"])
    except JianduError:
        return refused(404, "没有这条线索")
    if not account.sees(found.card["county_code"]):
        return refused(404, "没有这条线索")
    if request.method != "POST":
        return of_clue(account, found, "")
    if request.headers.get("origin", "") not in ("", str(request.base_url).rstrip("/")):
        return refused(403, "请求来自其他页面")
    reason = " ".join(parse_qs(body.decode("utf-8", "replace")).get("reason", [""])[0].split())
    if not account.may_unmask or not reason:
        return refused(403, "本账号不能查看未遮盖内容" if reason else "请写明事由")
    looked("clue.unmask", found.card["clue_id"], account.name, reason[:200])
    return of_clue(account, found, reason[:200])


application = Starlette(routes=[Route("/", listed), Route("/clue/{number:str}", clue, methods=["GET", "POST"])], exception_handlers={LockedError: waits})


def main() -> None:
    """Serve until stopped; run by the supervisor as program ``desk``."""
    import uvicorn

    uvicorn.run(application, host="127.0.0.1", port=settings().port("desk"), log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main()
