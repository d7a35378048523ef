"""A draft of the suggestion to a district's market regulator, on request only: its takeaway clues as a list, marked 草稿, numbered by nobody, sent by nobody.

行政公益诉讼诉前检察建议: 检察公益诉讼解释（2020修正）第二十一条 (two months to answer, fifteen days if urgent).
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from docx import Document
from docx.document import Document as Draft
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from jiandu.clue.card import NOTE, Row
from jiandu.clue.show import current
from jiandu.collision import law
from jiandu.collision.library import load
from jiandu.errors import JianduError
from jiandu.undated import undated

MODEL = "takeaway_licence"
MARK = "草稿　未经审批　不得发出"
BODY, HEAD = "FangSong", "SimHei"
STANDING = ("open", "updated", "reopened")
COLUMNS = ("序号", "线索", "门店", "事由", "采集日期")


def draft(county_code: str, as_of: datetime) -> bytes:
    """The letter for a county or district as .docx bytes; same clues and as-of, same bytes. Raises ``JianduError`` for an unknown county or without clues."""
    name = law.division_names().get(county_code)
    if name is None:
        raise JianduError.at(county_code, "no such division", "the six digits of a county, e.g. 990103")
    clues = [clue for clue in current([MODEL], STANDING) if clue["county_code"] == county_code and not clue["sealed"]]
    if not clues:
        raise JianduError.at(county_code, f"no takeaway clue stands in {name}", "jiandu clue list takeaway_licence")
    letter = Document()
    _styled(letter)
    _written(letter, name, sorted(clues, key=lambda clue: (clue["finding"], clue["anchor"])), as_of)
    stamp = letter.core_properties
    stamp.title, stamp.author, stamp.created, stamp.modified = f"{name}外卖证照线索（草稿）", "", as_of.replace(tzinfo=None), as_of.replace(tzinfo=None)
    out = io.BytesIO()
    letter.save(out)
    return undated(out.getvalue())


def _styled(letter: Draft) -> None:
    """Fonts and sizes of official documents (GB/T 9704-2012: FangSong of size 3)."""
    normal = letter.styles["Normal"]
    normal.font.size = Pt(16)
    _face(normal, BODY)
    header = letter.sections[0].header.paragraphs[0]
    header.text, header.alignment = MARK, WD_ALIGN_PARAGRAPH.CENTER


def _face(part: Any, name: str) -> None:
    """A face for a style or a run, Chinese characters included: Word keeps those apart."""
    part.font.name = name
    part.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


def _written(letter: Draft, name: str, clues: list[Row], as_of: datetime) -> None:
    title = letter.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run("检察建议书（草稿）")
    run.font.size = Pt(22)
    _face(run, HEAD)
    letter.add_paragraph(f"{name}市场监督管理局：")
    kinds = "；".join(f"{title}{sum(clue['finding_title'] == title for clue in clues)}家" for title in dict.fromkeys(clue["finding_title"] for clue in clues))
    letter.add_paragraph(
        f"本院对公开的网络餐饮平台页面进行核对，截至{as_of:%Y年%m月%d日}，发现你辖区{len(clues)}家门店的证照公示可能存在以下情形：{kinds}。"
        "以下均为线索，页面采集与图片识别可能有误，请承办检察官逐条核实后再行定稿。"
    )
    letter.add_paragraph("一、线索清单")
    table = letter.add_table(rows=1, cols=len(COLUMNS), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, COLUMNS, strict=True):
        cell.text = text
    for number, clue in enumerate(clues, 1):
        said = (str(number), clue["clue_id"][:8], clue["anchor"], clue["sentence"], str(clue["occurred_on"]))
        for cell, text in zip(table.add_row().cells, said, strict=True):
            cell.text = printable(text)
    letter.add_paragraph("二、相关规定")
    for basis in load([MODEL])[0].model.legal_basis:
        doubt = "（条文待核）" if basis.status == "unverified" else ""
        letter.add_paragraph(f"《{basis.law}》{basis.article}：{basis.says}{doubt}。")
    letter.add_paragraph("三、建议（由承办检察官填写）")
    letter.add_paragraph("请依法核查上述门店的许可、登记、备案情况，督促平台和门店履行公示义务，并在收到本建议书之日起两个月内书面回复（情况紧急的为十五日）。")
    letter.add_paragraph(f"注：{NOTE}")


def printable(text: str) -> str:
    """What a page or a licence says, without characters that no document can hold."""
    return "".join(one if one.isprintable() else " " for one in text)
