"""Values of change messages as the text that file readers deliver: JSON numbers that mean days, instants, times, decimals, bits.

With a schema in the message its logical type decides (``jiandu.stream.connect_schema``); without one, the type of the field
that the contract maps the column to. Sources: Debezium 3.2 documentation, "Data type mappings", and messages recorded from it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from jiandu.clock import ZONE

EPOCH = datetime(1970, 1, 1)
FIRST_DAY, LAST_DAY = -719_162, 2_932_896
"""Epoch days of 0001-01-01 and 9999-12-31. Anything outside is no calendar date: PostgreSQL's ±infinity arrives as
-622191234/-625821272 in a Debezium snapshot and -2147472692/-2147472691 from the log, and must never become a past date."""

INFINITE_COUNTS = {9_223_372_036_825_200_000, -9_223_372_036_832_400_000, 9_223_371_331_200_000_000, 9_223_372_036_825_200, -9_223_372_036_832_400}
"""What ±infinity of a timestamp becomes (PostgreSQL's driver, Debezium documentation "Temporal values"), read as nanoseconds
it would be the year 2262."""

YEAR_2200_MILLIS = 7_258_118_400_000
LAST_DAY_SECONDS = range(253_402_214_400 - 8 * 3600, 253_402_300_800 + 14 * 3600)
"""The seconds of 9999-12-31, the registers' "for ever": told apart from an early microsecond count before magnitude decides."""

UNAVAILABLE = "__debezium_unavailable_value"
UNAVAILABLE_FORMS = (UNAVAILABLE, base64.b64encode(UNAVAILABLE.encode()).decode(), [UNAVAILABLE], {UNAVAILABLE: UNAVAILABLE})
NUMERIC = {"decimal", "integer", "number"}
ISO = re.compile(r"([+-]?\d{4,})-(\d\d)-(\d\d)(?:[T ](.*?))?(Z|[+-]\d\d:?\d\d)?$")
INFINITE = {"infinity", "+infinity", "-infinity", "inf", "-inf", "positive_infinity", "negative_infinity"}

Decoded = tuple[str | None, str]
"""The text, and a flag when the value is no data (``infinite``, ``not_a_number``, ``unavailable``), else ""."""


def text(value: Any) -> str | None:
    """A JSON value as text: exact numbers without exponent, ``true``/``false``, objects and lists as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=lambda item: text(item))


def unavailable(value: Any) -> bool:
    """Whether the source says: unchanged and too large to repeat."""
    return isinstance(value, str | list | dict) and value in UNAVAILABLE_FORMS


def by_target(value: Any, kind: str | None) -> Decoded:
    """A value without a schema, read for a field of type ``kind`` (``None``: unknown, plain text)."""
    if unavailable(value):
        return None, "unavailable"
    if value is None or isinstance(value, bool) or kind is None:
        return text(value), ""
    if kind in NUMERIC:
        return number(value)
    if kind in ("date", "timestamp"):
        decoded = moment_of_count(value) if isinstance(value, int) else moment_of_text(value) if isinstance(value, str) else (text(value), "")
        return fit(decoded, kind)
    return text(value), ""


def number(value: Any) -> Decoded:
    """A number, decimal text, or a decimal with its scale beside it; NaN and ±Infinity are not numbers to compare with."""
    if isinstance(value, dict) and set(value) == {"scale", "value"}:
        return text(unscaled(value["value"], int(value["scale"]))), ""
    if isinstance(value, str) and value.strip().lower() == "nan":
        return None, "not_a_number"
    if isinstance(value, str) and value.strip().lower() in INFINITE:
        return None, "infinite"
    return text(value), ""


def unscaled(value: str, scale: int) -> Decimal:
    """A decimal sent as base64 of its two's-complement unscaled bytes. Raises ``ValueError`` for bad base64."""
    try:
        whole = int.from_bytes(base64.b64decode(value, validate=True), "big", signed=True)
    except binascii.Error as error:
        raise ValueError(f"{value!r} is not base64 of a decimal") from error
    return Decimal(f"{whole}e{-scale}")


def bits(value: str, length: int) -> str:
    """A bit string sent as base64 of little-endian bytes, as its binary digits, padded to ``length``."""
    return format(int.from_bytes(base64.b64decode(value), "little"), "b").zfill(length)


def day(count: int) -> Decoded:
    """Epoch days as an ISO date."""
    if not FIRST_DAY <= count <= LAST_DAY:
        return None, "infinite"
    return (date(1970, 1, 1) + timedelta(days=count)).isoformat(), ""


def instant(count: int, per_second: int) -> Decoded:
    """A count since the epoch of a timestamp *without* zone, as local wall-clock text: it was encoded as if it were UTC."""
    if count in INFINITE_COUNTS or not FIRST_DAY <= count // per_second // 86_400 <= LAST_DAY:
        return None, "infinite"
    return (EPOCH + timedelta(microseconds=count * 1_000_000 // per_second)).isoformat(), ""


def time_of_day(count: int, per_second: int) -> str:
    """A count since midnight as HH:MM:SS[.ffffff]; MySQL's TIME may exceed a day or be negative."""
    micros = count * 1_000_000 // per_second
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    seconds, fraction = divmod(micros, 1_000_000)
    shown = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{shown}.{fraction:06d}" if fraction else shown


def moment_of_count(count: int) -> Decoded:
    """Days, milli-, micro- or nanoseconds since the epoch, told by magnitude (right from 1970-03-27 to 2200, and for 9999-12-31)."""
    if abs(count) <= 2**31:
        return day(count)
    if count in INFINITE_COUNTS:
        return None, "infinite"
    for per_second in (1_000, 1_000_000, 1_000_000_000):
        if abs(count) < YEAR_2200_MILLIS * (per_second // 1_000) or count // per_second in LAST_DAY_SECONDS:
            return instant(count, per_second)
    return None, "infinite"


def moment_of_text(value: str) -> Decoded:
    """An ISO date or instant; years of more than four digits and the word infinity are no dates."""
    stripped = value.strip()
    if stripped.lower() in INFINITE:
        return None, "infinite"
    parts = ISO.match(stripped)
    if parts and (parts[1][0] in "+-" or len(parts[1]) > 4):
        return None, "infinite"
    return value, ""


def fit(decoded: Decoded, kind: str) -> Decoded:
    """A decoded moment cut to a date where the field is one: the day in the province's zone if the instant has a zone."""
    shown, flag = decoded
    parts = ISO.match(shown.strip()) if shown else None
    if kind != "date" or not shown or parts is None:
        return shown, flag
    if parts[4] and parts[5]:
        return datetime.fromisoformat(shown.strip()).astimezone(ZONE).date().isoformat(), flag
    return f"{parts[1]}-{parts[2]}-{parts[3]}", flag


def at_millis(count: int) -> datetime:
    """Epoch milliseconds as an aware instant."""
    return at_micros(count * 1_000)


def at_micros(count: int) -> datetime:
    """Epoch microseconds as an aware instant."""
    return EPOCH.replace(tzinfo=UTC) + timedelta(microseconds=count)
