"""Food business licence numbers: JY and 14 digits (form, division, serial, check); producers' begin with SC.

The check digit follows ISO 7064 MOD 11,10 (GB/T 17710), inferred from published numbers of which one in eight fails: a wrong
one is therefore odd, not invalid.
"""

from __future__ import annotations

import re

from jiandu.identifiers import divisions
from jiandu.identifiers.resident_id import COMPACT
from jiandu.identifiers.verdict import Verdict

FORMS = {"1": "食品销售", "2": "餐饮服务", "3": "单位食堂"}


def check_digit(first13: str) -> str:
    """ISO 7064 MOD 11,10 over the digits before the last."""
    product = 10
    for digit in first13:
        product = (product + int(digit)) % 10 or 10
        product = product * 2 % 11
    return str((11 - product) % 10)


def verdict(value: str) -> Verdict:
    """Everything there is to say about one number."""
    number = COMPACT.text(value) or ""
    if not re.fullmatch(r"(JY|SC)[0-9]{14}", number):
        return Verdict("food_licence", value, False, number, "应为 JY（或 SC）加 14 位数字")
    odd = []
    digits = number[2:]
    division = digits[1:7] if number.startswith("JY") else digits[3:9]
    if number.startswith("JY") and digits[0] not in FORMS:
        odd.append(f"主体业态代码 {digits[0]} 未知")
    if not divisions.name(division):
        odd.append(f"行政区划代码 {division} 不在区划表中")
    if digits[13] != check_digit(digits[:13]):
        odd.append(f"校验码不符：末位应为 {check_digit(digits[:13])}（仅作提示）")
    return Verdict("food_licence", value, True, number, warnings=tuple(odd))
