"""Resident identity numbers, GB 11643-1999: division, birth date, sequence, check digit; the old 15 digits are upgraded to 18.

The column functions give the same answers as the scalar ones, at tens of millions of rows a second.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jiandu.identifiers import divisions
from jiandu.identifiers.rewriting import Rewrites
from jiandu.identifiers.verdict import Verdict

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"
CENTENARIANS = ("996", "997", "998", "999")
"""Sequences that marked people born before 1900 in 15-digit numbers: their century is unknown, so they are not upgraded."""
COMPACT = Rewrites(((r"[\s\-]", ""),), upper=True)
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int32)


def check_digit(first17: str) -> str:
    """The eighteenth character of seventeen digits."""
    return CHECK[sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True)) % 11]


def upgrade(number: str) -> str:
    """A well-formed 15-digit number as 18 characters; anything else as it is."""
    if not re.fullmatch(r"[0-9]{15}", number) or number[12:] in CENTENARIANS or _birth(f"19{number[6:12]}") is None:
        return number
    first17 = f"{number[:6]}19{number[6:]}"
    return first17 + check_digit(first17)


def verdict(value: str) -> Verdict:
    """Everything there is to say about one number."""
    compact = COMPACT.text(value) or ""
    number = upgrade(compact)

    def wrong(reason: str) -> Verdict:
        return Verdict("resident_id", value, False, number, reason)

    if len(number) == 15 and number.isdigit() and number[12:] in CENTENARIANS:
        return wrong("15 位号码顺序码为百岁老人专用（996–999），无法确定出生世纪，不自动升位")
    if len(number) != 18:
        return wrong(f"应为 18 位（或旧 15 位），实为 {len(number)} 位" if len(number) != 15 else "15 位旧号中的出生日期不存在或含非数字")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return wrong("前 17 位应为数字，末位为数字或 X")
    if number[17] != check_digit(number[:17]):
        return wrong(f"校验码不符：末位应为 {check_digit(number[:17])}")
    born = _birth(number[6:14])
    if born is None:
        return wrong(f"出生日期 {number[6:14]} 不存在")
    if not divisions.could_issue(number[:6], born.year):
        known = divisions.name(number[:6])
        return wrong(f"行政区划代码 {number[:6]}（{known}）在可登记年份之前已撤销" if known else f"行政区划代码 {number[:6]} 不存在")
    notes = ("15 位旧号，已升为 18 位",) if len(compact) == 15 else ()
    return Verdict("resident_id", value, True, number, warnings=notes)


def birth_date(number: str) -> date | None:
    """Date of birth in a number of 18 characters; ``None`` when there is no such day."""
    return _birth(number[6:14]) if len(number) == 18 else None


def _birth(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{8}", text) or int(text[:4]) < 1800:
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def upgrade_column(values: pa.Array) -> pa.Array:
    """A column of compact numbers with its well-formed 15-digit ones upgraded."""
    old = formed(values, 15)
    if not pc.any(old, min_count=0).as_py():
        return values
    digits = matrix(values.filter(old), 15) - np.uint8(48)
    new = np.empty((len(digits), 18), dtype=np.uint8)
    new[:, :6], new[:, 6:8], new[:, 8:17] = digits[:, :6], (1, 9), digits[:, 6:]
    new[:, 17] = 0
    sequence = digits[:, 12].astype(np.int32) * 100 + digits[:, 13] * np.int32(10) + digits[:, 14]
    known = _real_days(new) & (sequence < 996)
    text = new + np.uint8(48)
    text[:, 17] = np.frombuffer(CHECK.encode(), dtype=np.uint8)[weighted_sums(new) % 11]
    upgraded = pa.array(np.ascontiguousarray(text).view("S18").ravel().astype("U18"), pa.string())
    return pc.replace_with_mask(values, old, pc.if_else(pa.array(known), upgraded, values.filter(old)))


def valid_column(values: pa.Array) -> pa.Array:
    """Whether each normalised number of a column is valid; null where there is none."""
    right_form = formed(values, 18, "X")
    text = matrix(values.filter(right_form), 18)
    digits = text - np.uint8(48)
    right = text[:, 17] == np.frombuffer(CHECK.encode(), dtype=np.uint8)[weighted_sums(digits) % 11]
    region = _number(digits, 0, 6)
    born = _number(digits, 6, 10)
    right &= _real_days(digits) & (divisions.last_years()[region] >= np.maximum(born, divisions.FIRST_ISSUE))
    answer = np.zeros(len(values), dtype=bool)
    answer[np.asarray(right_form)] = right
    return pc.if_else(pc.is_valid(values), pa.array(answer), pa.scalar(None, pa.bool_()))


def formed(values: pa.Array, width: int, last: str = "") -> pa.Array:
    """Which texts consist of ``width`` digits, of which the last may also be ``last``; False for null. A tenth of the cost of a pattern."""
    long = pc.fill_null(pc.equal(pc.binary_length(values), width), False)
    digits = pc.fill_null(pc.ascii_is_decimal(values), False)
    if not last:
        return pc.and_(long, digits)
    rest = pc.and_not(long, digits)
    ended = pc.and_(pc.ends_with(few := values.filter(rest), last), pc.ascii_is_decimal(pc.binary_slice(few.cast(pa.binary()), 0, width - 1).cast(pa.string())))
    return pc.replace_with_mask(pc.and_(long, digits), rest, ended)


def matrix(values: pa.Array, width: int) -> Bytes:
    """ASCII texts of one length, none of them null, as a matrix of bytes."""
    array = pa.concat_arrays([values]) if values.offset else values
    data = array.buffers()[2]
    flat: Any = np.frombuffer(data, dtype=np.uint8, count=len(array) * width) if data is not None and len(array) else np.empty(0, dtype=np.uint8)
    result: Bytes = flat.reshape(len(array), width)
    return result


def weighted_sums(digits: Bytes) -> npt.NDArray[np.int64]:
    """For each row of 17 digits or more the sum of GB 11643's check, not yet modulo 11."""
    # In floating point, where the sums are exact by far, the product runs in the processor's own library.
    result: npt.NDArray[np.int64] = (digits[:, :17].astype(np.float32) @ np.array(WEIGHTS, dtype=np.float32)).astype(np.int64)
    return result


def _number(digits: Bytes, start: int, end: int) -> npt.NDArray[np.int32]:
    powers = (10 ** np.arange(end - start - 1, -1, -1)).astype(np.float32)
    result: npt.NDArray[np.int32] = (digits[:, start:end].astype(np.float32) @ powers).astype(np.int32)
    return result


def _real_days(digits: Bytes) -> Flags:
    """Whether the eight digits from the seventh on are a day of the calendar from 1800 on."""
    year, month, day = _number(digits, 6, 10), _number(digits, 10, 12), _number(digits, 12, 14)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = np.where((month == 2) & ~leap, 28, _DAYS[np.clip(month, 0, 12)])
    result: Flags = (year >= 1800) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= longest)
    return result
