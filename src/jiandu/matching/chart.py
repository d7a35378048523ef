"""The weights of one pair as a chart: a bar for each comparison, in bits, for a file or for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from jiandu.matching.bands import NOTICE
from jiandu.matching.evidence import COMPARISONS, ORGANISATION, PERSON

TITLES = {
    PERSON: {"name": "姓名", "birth": "出生日期", "gender": "性别", "phone": "联系电话", "residence": "住址", "id_text": "证件号码"},
    ORGANISATION: {"name": "名称", "phone": "联系电话", "residence": "住所", "id_text": "统一社会信用代码"},
}
"""What a comparison is called, by what is compared."""
ROW, LEFT, SCALE = 30, 330, 7
"""Height of a row, place of the zero line and width of a bit, in pixels."""
AGREES, DIFFERS, TEXT = "#2f6f8f", "#b5542b", "#222222"


def told(pair: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    """Title, what the comparison said, and its weight in bits, the heaviest first."""
    rows, kind = [], str(pair.get("kind") or PERSON)
    for one in COMPARISONS[kind]:
        gamma = pair.get(f"gamma_{one.name}")
        if gamma is not None:
            rows.append((TITLES[kind][one.name], one.says(int(gamma)), float(pair[f"bits_{one.name}"])))
    return sorted(rows, key=lambda row: -abs(row[2]))


def terminal(pair: Mapping[str, Any]) -> list[str]:
    """One line a comparison: a bar of + or -, a sign a bit."""
    return [f"{bits:+6.1f}  {('+' if bits > 0 else '-') * min(round(abs(bits)), 40):<24} {says}" for _, says, bits in told(pair)]


def svg(pair: Mapping[str, Any]) -> str:
    """The chart as an SVG picture; it shows comparisons, never values."""
    rows = told(pair)
    height = ROW * (len(rows) + 3)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="{height}" font-family="Noto Sans CJK SC, sans-serif" font-size="14">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="16" y="24" fill="{TEXT}" font-size="16">各项信息对“是同一人”的证明力（正为支持，负为反对，单位：比特）</text>',
        f'<line x1="{LEFT}" x2="{LEFT}" y1="{ROW + 8}" y2="{height - ROW * 1.4}" stroke="#888888"/>',
    ]
    for place, (title, says, bits) in enumerate(rows):
        top, width = ROW * (place + 1) + 14, min(abs(bits) * SCALE, 300)
        start, end = (LEFT, LEFT + width) if bits >= 0 else (LEFT - min(width, 100), LEFT)
        parts.append(f'<text x="16" y="{top + 14}" fill="{TEXT}">{escape(title)}</text>')
        parts.append(f'<rect x="{start:.0f}" y="{top}" width="{end - start:.0f}" height="18" fill="{AGREES if bits >= 0 else DIFFERS}"/>')
        parts.append(f'<text x="{max(end, LEFT) + 8:.0f}" y="{top + 14}" fill="{TEXT}">{bits:+.1f}　{escape(says)}</text>')
    parts.append(f'<text x="16" y="{height - 14}" fill="{TEXT}">匹配概率 {min(float(pair["probability"]), 0.9999):.2%}；{NOTICE}，不是结论。</text></svg>')
    return "\n".join(parts)
