"""The paper: title, labels and values, border, seal and QR code of a licence, as printed by the authority."""

from __future__ import annotations

import random
from datetime import date

from PIL import Image, ImageDraw, ImageFont

from jiandu.demo.licence_pictures import fonts as faces
from jiandu.demo.licence_pictures.licence import FOREVER, Licence
from jiandu.demo.licence_pictures.stamp import emblem, qr_code, seal

Face = ImageFont.FreeTypeFont
Pair = tuple[str, str]
TINTS = [(255, 253, 246), (250, 250, 250), (252, 247, 233), (244, 250, 245), (255, 255, 255)]
INK = (25, 25, 30)
HOTLINE = "12315"


def sheet(licence: Licence, seed: int, fonts: tuple[str, ...] = ()) -> Image.Image:
    """The undamaged sheet, RGB. Landscape 1,400 × 1,000, or upright for some business licences."""
    rng = random.Random(f"sheet {seed}")
    path = rng.choice(faces.found(fonts))
    upright = licence.kind == "business" and rng.random() < 0.4
    size = (1000, 1400) if upright else (1400, 1000)
    paper = Image.new("RGB", size, rng.choice(TINTS))
    pen = ImageDraw.Draw(paper)
    _border(pen, size, rng)
    emblem(paper, size[0] // 2, 95, 40)
    title = faces.face(path, 44 if len(licence.title) > 9 else 66)
    pen.text((size[0] // 2, 190), _spaced(licence.title, rng), font=title, fill=INK, anchor="mm")
    style = _dates(rng)
    left, right = _columns(licence, style, rng)
    face = faces.face(path, 27 if upright else rng.choice([27, 29, 30]))
    if upright:
        _pairs(pen, left + right, face, 90, 290, 720, 62)
    else:
        _pairs(pen, left, face, 85, 290, 720, 60)
        _pairs(pen, right, face, 850, 290, 480, 66)
    if licence.qr_text:
        qr_code(paper, licence.qr_text, (size[0] - 250, 60), 170)
    if licence.issuer:
        seal(paper, licence.issuer, (size[0] - 290, size[1] - 190), 118, path)
    return paper


def _border(pen: ImageDraw.ImageDraw, size: tuple[int, int], rng: random.Random) -> None:
    colour = rng.choice([(190, 150, 70), (160, 60, 50), (70, 120, 90), (120, 120, 120)])
    for inset in (24, 34):
        pen.rectangle((inset, inset, size[0] - inset, size[1] - inset), outline=colour, width=3 if inset == 24 else 1)


def _spaced(text: str, rng: random.Random) -> str:
    return " ".join(text) if rng.random() < 0.5 and len(text) < 9 else text


def _dates(rng: random.Random) -> str:
    return rng.choice(["{0.year}年{0.month:02d}月{0.day:02d}日", "{0.year} 年 {0.month} 月 {0.day} 日", "{0.year}年{0.month}月{0.day}日", "{0:%Y-%m-%d}"])


def written(day: date | None, style: str) -> str:
    """A day as printed; 长期 for a licence without an end."""
    return "" if day is None else "长期" if day == FOREVER else style.format(day)


def _columns(licence: Licence, style: str, rng: random.Random) -> tuple[list[Pair], list[Pair]]:
    """Labels and values, in two columns, under the labels each kind of document uses."""
    until, issued = written(licence.valid_until, style), written(licence.issued, style)
    if licence.kind == "business":
        left = [("统一社会信用代码", licence.uscc), ("名称", licence.operator_name), ("类型", licence.company_type),
                ("经营者" if licence.uscc.startswith("92") and rng.random() < 0.6 else "法定代表人", licence.legal_rep), ("经营范围", licence.business_items)]
        right = [("注册资本", licence.capital), ("成立日期", issued), ("营业期限", until), ("住所" if not licence.business_address else "经营场所",
                  licence.business_address or licence.registered_address), ("登记机关", licence.issuer)]
    elif licence.kind == "food":
        code = rng.choice(["统一社会信用代码", "社会信用代码", "社会信用代码（身份证号码）"])
        left = [("经营者名称", licence.operator_name), (code, licence.uscc),
                (rng.choice(["法定代表人（负责人）", "法定代表人"]), licence.legal_rep), ("住所", licence.registered_address),
                ("经营场所", licence.business_address), ("主体业态", licence.business_form), ("经营项目", licence.business_items)]
        right = [("许可证编号", licence.number), ("日常监督管理机构", licence.issuer), ("投诉举报电话", HOTLINE), ("发证机关", licence.issuer),
                 ("有效期至", until), (rng.choice(["发证日期", "签发日期"]), issued)]
    elif licence.kind == "small_catering":
        left = [("名称", licence.operator_name), ("统一社会信用代码", licence.uscc), ("负责人", licence.legal_rep), ("经营地址", licence.business_address),
                ("经营范围", licence.business_items)]
        right = [("登记证编号", licence.number), ("有效期至", until), ("发证机关", licence.issuer), ("发证日期", issued)]
    else:
        left = [("经营者名称", licence.operator_name), ("统一社会信用代码", licence.uscc), ("法定代表人（负责人）", licence.legal_rep),
                ("经营场所", licence.business_address), ("经营种类", licence.business_items)]
        right = [("备案编号", licence.number), ("备案机关", licence.issuer), ("备案日期", issued)]
    return [pair for pair in left if pair[1]], [pair for pair in right if pair[1]]


def _pairs(pen: ImageDraw.ImageDraw, pairs: list[Pair], face: Face, x: int, y: int, width: int, step: int) -> None:
    """Labels and values below one another, long values wrapped under themselves."""
    for label, value in pairs:
        head = f"{label}："
        indent = max(face.getlength("经营者名称："), face.getlength(head)) + 6
        pen.text((x, y), head, font=face, fill=INK)
        for line in wrapped(value, face, width - indent):
            pen.text((x + indent, y), line, font=face, fill=INK)
            y += step - 16
        y += 20


def wrapped(text: str, face: Face, width: float) -> list[str]:
    """Text broken into lines no wider than ``width`` pixels, anywhere, as Chinese is; never within a run of digits and letters."""
    lines, line = [], ""
    for token in _tokens(text):
        if line and face.getlength(line + token) > width:
            lines.append(line)
            line = ""
        line += token
    return [*lines, line]


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    for character in text:
        if tokens and character.isascii() and character.isalnum() and tokens[-1][-1].isascii() and tokens[-1][-1].isalnum():
            tokens[-1] += character
        else:
            tokens.append(character)
    return tokens
