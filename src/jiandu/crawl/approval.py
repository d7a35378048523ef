"""Which sites may be read at all: those on this machine, and those somebody approved by name, with a legal basis and an end.

A spider states its own purpose and basis; the approval is the office's, in a YAML file named by ``JIANDU_CRAWL_APPROVALS``
(网络数据安全管理条例 18: assess before collecting; 人民检察院组织法 21).
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from jiandu import content
from jiandu.errors import JianduError
from jiandu.settings import settings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
NEEDED = ("host", "legal_basis", "approved_by", "until")


def require(address: str, as_of: datetime) -> None:
    """Raise ``JianduError`` unless the host of ``address`` may be read on that day."""
    host = urlsplit(address).hostname or ""
    if host in LOOPBACK:
        return
    path = settings().crawl_approvals
    if path is None:
        raise JianduError.at(host, "is not an approved site: no list of approvals is set", "set JIANDU_CRAWL_APPROVALS to a file with host, legal_basis, …")
    tree = content.read_yaml(path)
    entries = content.plain(tree).get("sites") or []
    for place, entry in enumerate(entries):
        missing = [name for name in NEEDED if not entry.get(name)]
        if missing:
            line = content.line_of(tree, ["sites", place])
            raise JianduError.at(f"{path}:{line}", f"an approval without {', '.join(missing)}", "every approval states all four")
    entry = next((entry for entry in entries if entry["host"] == host), None)
    if entry is None:
        raise JianduError.at(f"{path}:1", f"{host} is not an approved site", f"approved: {', '.join(str(one['host']) for one in entries) or 'none'}")
    if str(entry["until"]) < f"{as_of.date()}":
        line = content.line_of(tree, ["sites", entries.index(entry)])
        raise JianduError.at(f"{path}:{line}", f"the approval of {host} ended on {entry['until']}", "renew it")
