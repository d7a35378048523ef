"""云泽社区 (fictional): server-rendered boards, thread lists and threads; nothing a member wrote leaves its escaping."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import escape
from urllib.parse import parse_qs, unquote, urlsplit

from jiandu.demo.forum.posts import CLOSED, Forum, Thread, Written, boards
from jiandu.demo.forum.switch import Switch
from jiandu.demo.local_site import MISSING, Reply

PAGE_THREADS = 20
PAGE_POSTS = 50
ROBOTS = "User-agent: *\nDisallow: /member/\nDisallow: /login\nDisallow: /pm/\nDisallow: /photo/\n"
STYLE = (
    "body{font-family:sans-serif;margin:0;background:#eef1f4;color:#222}main{max-width:56em;margin:auto;background:#fff;padding:1em 2em}"
    "header{background:#1f5f8b;color:#fff;padding:.6em 2em}.floor{border-top:1px solid #ddd;padding:.8em 0}.by{color:#777;font-size:.9em}"
    "blockquote{color:#888;border-left:3px solid #ccc;margin:.4em 0;padding-left:.8em}.removed{color:#aaa}footer{padding:1em 2em;color:#999}"
)


@dataclass
class Scene:
    """The forum under one state of its switch."""

    switch: Switch
    forum: Forum

    @property
    def now(self) -> datetime:
        """The instant it is."""
        return self.switch.now()


def answer(scene: Scene, target: str) -> Reply:
    """The answer to a request target."""
    parts = urlsplit(target)
    path, number = unquote(parts.path), parse_qs(parts.query).get("page", ["1"])[0]
    page_no = int(number) if number.isdigit() else 0
    if path == "/robots.txt":
        return Reply(200, "text/plain; charset=utf-8", ROBOTS.encode())
    if path == "/":
        return index(scene)
    if found := re.fullmatch(r"/board/([\w-]+)", path):
        return Reply(302, "text/plain", b"", "/login?back=/board/inner") if found[1] == CLOSED else listing(scene, found[1], page_no)
    if (found := re.fullmatch(r"/thread/(t\d+)", path)) and (thread := scene.forum.threads.get(found[1])):
        return shown(scene, thread, page_no)
    if path == "/login":
        return page("登录", "<p>请登录后查看。</p>")
    return MISSING


def page(title: str, body: str) -> Reply:
    """A complete page."""
    text = (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)} - 云泽社区</title><style>{STYLE}</style></head>'
        f'<body><header>云泽社区</header><main><h1>{escape(title)}</h1>{body}</main><footer>云泽社区（虚构论坛，演示数据）</footer></body></html>'
    )
    return Reply(200, "text/html; charset=utf-8", text.encode())


def index(scene: Scene) -> Reply:
    """Every board, the closed one too."""
    rows = "".join(f'<li><a class="board" href="/board/{board}">{name}</a></li>' for board, name in boards().items())
    return page("版块", f'<ul class="boards">{rows}<li><a class="board" href="/board/{CLOSED}">内部交流（登录可见）</a></li></ul>')


def listing(scene: Scene, board: str, number: int) -> Reply:
    """A page of a board's threads, the last written in first, with when that was."""
    if board not in boards():
        return MISSING
    threads = [] if scene.switch.empty else [one for one in scene.forum.listed(board, scene.now) if one.thread_id not in scene.switch.gone]
    pages = max(1, -(-len(threads) // PAGE_THREADS))
    here = threads[(number - 1) * PAGE_THREADS : number * PAGE_THREADS]
    if scene.switch.endless:
        pages, here = number + 1, threads[:PAGE_THREADS]
    elif not 1 <= number <= pages:
        return MISSING
    topic, subject = ("topic", "subject") if scene.switch.layout == 1 else ("tp-8c", "sj-3x")
    rows = "".join(
        f'<li class="{topic}"><a class="{subject}" href="/thread/{one.thread_id}">{escape(one.title)}</a> <span class="by">{len(one.there(scene.now))} 楼，'
        f'最后回复 <time datetime="{one.there(scene.now)[-1].at.isoformat(timespec="seconds")}">{one.there(scene.now)[-1].at:%m-%d %H:%M}</time></span></li>'
        for one in here
    )
    return page(boards()[board], f'<ul class="topics">{rows}</ul>{turning(f"/board/{board}", number, pages)}')


def shown(scene: Scene, thread: Thread, number: int) -> Reply:
    """A page of a thread."""
    posts = thread.there(scene.now)
    if not posts or thread.thread_id in scene.switch.gone or (thread.removed and thread.removed <= scene.now):
        return Reply(410, "text/html; charset=utf-8", "<!doctype html><title>已删除</title><p>主题已被删除</p>".encode())
    pages = max(1, -(-len(posts) // PAGE_POSTS))
    if not 1 <= number <= pages:
        return MISSING
    floors = "".join(floor(scene, one) for one in posts[(number - 1) * PAGE_POSTS : number * PAGE_POSTS])
    path = f'<p class="by"><a class="in" href="/board/{thread.board}">{boards()[thread.board]}</a></p>'
    whole = page(thread.title, f'{path}<section class="floors">{floors}</section>{turning(f"/thread/{thread.thread_id}", number, pages)}')
    if thread.thread_id in scene.switch.malformed:
        return Reply(200, whole.kind, whole.body[: whole.body.find(b'class="words"') + 20] + b"\xff\xfe<div")
    return whole


def floor(scene: Scene, one: Written) -> str:
    """One post; a removed one keeps its place and nothing else."""
    kind, words = ("floor", "words") if scene.switch.layout == 1 else ("fl-q2", "wd-k7")
    when = "昨天" if one.post_id in scene.switch.timeless else one.at.isoformat(timespec="seconds")
    moment = f'<time datetime="{when}">{one.at:%m-%d %H:%M}</time>'
    if one.removed and one.removed <= scene.now:
        return f'<article class="{kind} removed" id="{one.post_id}"><p class="by">{moment}</p><p>该帖已被删除</p></article>'
    edited = one.edited[0] if one.edited and one.edited[0] <= scene.now else None
    later = f' <time class="edited" datetime="{edited.isoformat(timespec="seconds")}">已编辑</time>' if edited else ""
    quote = f"<blockquote>{escape(one.quotes)}</blockquote>" if one.quotes else ""
    picture = f'<img alt="" src="{escape(one.picture)}">' if one.picture else ""
    by = f'<a class="who" href="/member/{escape(one.account)}">{escape(one.account)}</a> {moment}{later}'
    told = f'<div class="{words}">{escape(one.shown(scene.now))}{picture}</div>'
    return f'<article class="{kind}" id="{one.post_id}"><p class="by">{by}</p>{quote}{told}</article>'


def turning(path: str, number: int, pages: int) -> str:
    """The way to the other pages."""
    follow = f'<a rel="next" href="{path}?page={number + 1}">下一页</a>' if number < pages else ""
    return f'<p class="pages">第 {number} 页，共 {pages} 页 {follow}</p>'
