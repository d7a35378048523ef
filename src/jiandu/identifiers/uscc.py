"""Unified social credit codes, GB 32100-2015: 18 characters of a 31-letter alphabet with a check character; the organisation code is inside."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jiandu.identifiers import divisions
from jiandu.identifiers.resident_id import COMPACT, matrix
from jiandu.identifiers.verdict import Verdict

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
FORM = f"^[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}$"
_VALUE = np.zeros(256, dtype=np.int64)
_VALUE[np.frombuffer(ALPHABET.encode(), dtype=np.uint8)] = np.arange(31)


def check_character(first17: str) -> str:
    """The eighteenth character of seventeen."""
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(first17, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def organisation_check(code8: str) -> str:
    """Check character of an organisation code (GB 11714) of eight characters."""
    total = sum(int(character, 36) * weight for character, weight in zip(code8, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return "0123456789X0"[11 - total % 11]


def verdict(value: str) -> Verdict:
    """Everything there is to say about one code. A wrong inner organisation code is only odd: later self-employed codes ignore it."""
    code = COMPACT.text(value) or ""

    def wrong(reason: str) -> Verdict:
        return Verdict("uscc", value, False, code, reason)

    if len(code) != 18:
        return wrong(f"应为 18 位，实为 {len(code)} 位")
    if not re.fullmatch(FORM, code):
        return wrong("含有代码字符集以外的字符（不用 I、O、S、V、Z），或第 3–8 位不是数字")
    if code[17] != check_character(code[:17]):
        return wrong(f"校验码不符：末位应为 {check_character(code[:17])}")
    odd = []
    if code[16] != organisation_check(code[8:16]):
        odd.append("其中的组织机构代码校验码不符")
    if not divisions.name(code[2:8]) and code[2:8] != "100000":
        odd.append(f"登记机关行政区划代码 {code[2:8]} 不在区划表中")
    return Verdict("uscc", value, True, code, warnings=tuple(odd))


def valid_column(values: pa.Array) -> pa.Array:
    """Whether each normalised code of a column is valid; null where there is none."""
    formed = pc.fill_null(pc.match_substring_regex(values, FORM), False)
    numbers = _VALUE[matrix(values.filter(formed), 18)]
    right = numbers[:, 17] == (31 - numbers[:, :17] @ np.array(WEIGHTS) % 31) % 31
    answer = np.zeros(len(values), dtype=bool)
    answer[np.asarray(formed)] = right
    return pc.if_else(pc.is_valid(values), pa.array(answer), pa.scalar(None, pa.bool_()))
