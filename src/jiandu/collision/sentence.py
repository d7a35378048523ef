"""Sentences for people: a template's placeholders filled in Chinese, the same whatever engine computed the row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from jiandu.clock import ZONE
from jiandu.collision.compile import PLACEHOLDER

FORMS = ("", "money", "date", "month", "percent", "list")
MISSING = "（未载明）"


def fill(template: str, row: Mapping[str, Any]) -> str:
    """The sentence for one row. Money is given in 元 or 万元, days as 2026年3月1日, an empty value as（未载明）, a list as 无 when nothing is in it."""
    first, places = parsed(template)
    return first + "".join([f"{shown(row[name], form)}{text}" for name, form, text in places])


@cache
def parsed(template: str) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    """A template as its beginning, then each placeholder's name and form with the text that follows it."""
    first, *rest = PLACEHOLDER.split(template)
    return first, tuple((name, form or "", text) for name, form, text in zip(rest[::3], rest[1::3], rest[2::3], strict=True))


def shown(value: Any, form: str = "") -> str:
    """One value as people read it."""
    if form == "list":
        return "、".join(map(str, value or [])) or "无"
    if value is None:
        return MISSING
    if isinstance(value, datetime):
        value = value.astimezone(ZONE).date()
    if isinstance(value, date):
        return f"{value.year}年{value.month}月" + ("" if form == "month" else f"{value.day}日")
    if isinstance(value, bool):
        return "是" if value else "否"
    if form == "money":
        return money(Decimal(str(value)))
    if form == "percent":
        return f"{plain(Decimal(str(value)) * 100)}%"
    return plain(Decimal(str(value))) if isinstance(value, (int, float, Decimal)) else str(value)


def money(amount: Decimal) -> str:
    """元 below ten thousand, 万元 from there on, without trailing zeros."""
    return f"{plain(amount / 10000)}万元" if abs(amount) >= 10000 else f"{plain(amount)}元"


def plain(number: Decimal) -> str:
    """A number without exponent or trailing zeros, at most six decimals."""
    text = f"{number:.6f}"
    return text.rstrip("0").rstrip(".")
