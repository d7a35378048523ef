"""Takeaway clues for a board: a masked thumbnail beside the fields read in it, as HTML that Superset's table cells let through.

Superset filters cells (js-xss) down to plain tags with ``style``, links and pictures; its content policy takes pictures as ``data:`` only. So
the picture travels in the row, reduced and masked, and nothing is fetched from anywhere. What the photo shows in full stays at the desk.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import pyarrow as pa

from jiandu.clue.show import current
from jiandu.clue.tables import LIVE
from jiandu.desk.pictures import BOARD, data_url, shown
from jiandu.desk.sight import MODEL, Photo, Sight, sight
from jiandu.errors import JianduError
from jiandu.settings import settings

LICENCE = pa.schema([(name, pa.string()) for name in ("clue_id", "picture", "fields", "desk")])
STATES = {"sure": ("采用", "#2e7d4f"), "doubtful": ("待复核", "#e8742c"), "human": ("人工", "#1f4e9e")}
SHOWN = ("licence_no", "operator_name", "uscc", "legal_rep", "business_address", "business_form", "business_items", "valid_until_date", "issuer")


def rows() -> Iterator[dict[str, Any]]:
    """One row a standing, unsealed clue: ``picture``, ``fields`` and ``desk`` (the link) as HTML."""
    for clue in current([MODEL], LIVE):
        if clue["sealed"]:
            continue
        cells = {"clue_id": clue["clue_id"], "desk": link(clue["clue_id"])}
        try:
            found = sight(clue["clue_id"])
        except JianduError as error:  # one clue without a card must not keep every mart from being built
            yield {**cells, "picture": said("没有证据卡"), "fields": said(str(error))}
            continue
        yield {**cells, "picture": picture(found), "fields": fields(found.photo)}


def picture(found: Sight) -> str:
    """The masked thumbnail, or why there is none."""
    if found.photo is None:
        return said("页面未见许可证照片" if found.captures else "没有采集记录")
    small = shown(found.photo, BOARD, masked=True)
    if small is None:
        return said(found.photo.reason or "照片在办案端查看（个人信息未能全部定位）")
    return f'<img src="{data_url(small[0])}" alt="证照照片（已遮盖个人信息）" width="{small[0].width}" height="{small[0].height}">'


def fields(photo: Photo | None) -> str:
    """The fields a verdict may rest on, masked, each with its confidence and whether it was used."""
    if photo is None or not photo.fields:
        return said("没有识别字段")
    cells = []
    for field in (field for field in photo.fields if field.name in SHOWN):
        word, colour = STATES[field.state]
        mark = f'<span style="color:{colour};white-space:nowrap">{field.confidence:.2f} {word}</span>'
        cells.append(f'<tr><td style="color:#5b6a80;white-space:nowrap">{escape(field.title)}</td><td>{escape(field.masked)}</td><td>{mark}</td></tr>')
    return f"<table><tbody>{''.join(cells)}</tbody></table>"


def link(clue_id: str) -> str:
    """The way to the desk; it opens beside the board and asks who is there."""
    desk = (settings().desk_page or f"http://127.0.0.1:{settings().port('desk')}").rstrip("/")
    return f'<a href="{escape(desk)}/clue/{clue_id[:12]}" target="_blank">{clue_id[:12].upper()}<br>原图与证据</a>'


def said(words: str) -> str:
    """A remark in a cell."""
    return f'<span style="color:#5b6a80">{escape(words)}</span>'
