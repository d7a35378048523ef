"""Court case numbers as 法〔2015〕137号 makes them: ``(2024)皖0102执123号``, parsed with the longest type code first."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from jiandu import content
from jiandu.identifiers.document_no import normalise
from jiandu.identifiers.verdict import Verdict

TYPES = {
    "刑初": "0201", "刑终": "0202", "刑更": "0224", "民初": "0301", "民终": "0302", "民申": "0305", "民抗": "0306", "民再": "0307",
    "民撤": "0308", "民特": "0318", "民督": "0328", "民辖": "", "民辖终": "", "行初": "0401", "行终": "0402", "行监": "0404", "行申": "0405", "行抗": "0406",
    "行再": "0407", "行审": "0409", "行审复": "0410", "司救刑": "0518", "司救民": "0519", "司救行": "0520", "司救赔": "0521", "司救执": "0522",
    "司救访": "0523", "司救他": "0524", "司惩": "0802", "司惩复": "0803", "财保": "0901", "执": "1002", "执恢": "1003", "执保": "1004", "执异": "1006",
    "执复": "1007", "执监": "1008", "破申": "1103", "破": "1112", "强清": "1110", "非执": "", "行非执": "", "民催": "", "刑执": "", "赔初": "", "赔": "",
}
"""Type words with their codes, where a public source names the code."""
PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新兵"


class CaseNo(NamedTuple):
    """The parts of a case number. ``court`` is the court's code (皖0102), ``type_code`` is empty where none is published."""

    year: int
    court: str
    type_word: str
    type_code: str
    serial: int
    suffix: str


def parse(value: str) -> CaseNo | None:
    """The parts of a case number; ``None`` when it is none."""
    match = _pattern(tuple(map(str, content.roots()))).fullmatch(normalise(value))
    if not match:
        return None
    return CaseNo(int(match[1]), match[2], match[3], TYPES[match[3]], int(match[4]), match[5] or "")


def verdict(value: str) -> Verdict:
    """Everything there is to say about one case number."""
    number = normalise(value)
    if parse(value) is None:
        return Verdict("case_no", value, False, number, "不符合“（年度）法院代字 类型代字 编号 号”的格式")
    return Verdict("case_no", value, True, number)


@cache
def _pattern(_roots: tuple[str, ...]) -> re.Pattern[str]:
    short_names = set(PROVINCES)
    for stem, path in content.units("law").items():
        if stem.endswith("courts"):
            short_names.add(str(content.read_yaml(path)["abbreviation"]))
    types = "|".join(sorted(TYPES, key=len, reverse=True))
    return re.compile(rf"\((\d{{4}})\)((?:最高法|(?:{'|'.join(sorted(short_names))})\d{{0,4}}))({types})(\d+)号(之[一二三四五六七八九十]+)?")
