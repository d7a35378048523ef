"""云泽社区 (fictional): a town's public forum."""

from __future__ import annotations

from crawlers.platforms.forum import Forum
from jiandu.settings import settings


class YunzeForum(Forum):
    """Boards, threads, posts."""

    name = "yunze_forum"
    topic = "jiandu.posts"
    address = settings().forum_address
    legal_basis = "《未成年人保护法》第一百零六条；《未成年人网络保护条例》第二十二条；《网络数据安全管理条例》第十八条、第二十四条"
    purpose = "early warning of what endangers minors in public posts"
    list_path, board_links = "/", "a.board::attr(href)"
    entries, threads, thread_link, last_written = "ul.topics > li", "li.topic", "a.subject::attr(href)", "time::attr(datetime)"
    next_page, thread_pattern, title, board_name = "a[rel=next]::attr(href)", r"/thread/(t\d+)", "h1::text", "a.in::text"
    floors, posts, post_id, account = "article.floor", "article.floor:not(.removed)", "::attr(id)", "a.who::text"
    words, written, edited = "div.words", "time:not(.edited)::attr(datetime)", "time.edited::attr(datetime)"
