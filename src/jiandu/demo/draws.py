"""Reproducible draws and date arithmetic on whole columns. Every stream of draws is named, so that one part never disturbs another."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Text = npt.NDArray[np.object_]
"""A column of strings (``None`` is null)."""
Days = npt.NDArray[np.datetime64]
"""A column of days (``NaT`` is null)."""
Whole = npt.NDArray[np.int64]
Amounts = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NEVER = np.datetime64("NaT", "D")


def day(value: date | str | np.datetime64) -> np.datetime64:
    """A single day."""
    return value if isinstance(value, np.datetime64) else np.datetime64(value, "D")


class Draws:
    """A named stream of random columns: the same seed and names give the same columns on every machine."""

    def __init__(self, seed: int, *names: object) -> None:
        self.rng = np.random.default_rng([seed, *(zlib.crc32(str(name).encode()) for name in names)])

    def pick(self, options: Sequence[str], n: int, weights: Sequence[float] | None = None) -> Text:
        """``n`` of the options, with weights if given."""
        share = None if weights is None else np.asarray(weights, float) / np.sum(weights)
        return np.asarray(options, dtype=object)[self.rng.choice(len(options), n, p=share)]

    def whole(self, low: int, high: int, n: int) -> Whole:
        """Whole numbers from ``low`` to ``high``, both included."""
        return self.rng.integers(low, high + 1, n)

    def flags(self, share: float, n: int) -> Flags:
        """True with probability ``share``."""
        return self.rng.random(n) < share

    def days(self, first: date | str | np.datetime64, last: date | str | np.datetime64, n: int) -> Days:
        """Days from ``first`` to ``last``, both included."""
        low, high = day(first), day(last)
        return np.asarray(low + self.rng.integers(0, int((high - low).astype(int)) + 1, n), dtype="datetime64[D]")

    def skewed(self, low: float, high: float, n: int, step: float) -> Amounts:
        """Amounts between the bounds, small ones far more frequent, rounded to ``step``."""
        raw = low * (high / low) ** (self.rng.random(n) ** 1.6)
        return np.asarray(np.round(raw / step) * step, dtype=np.float64)


def add_months(days: Days, months: int | Whole) -> Days:
    """The same-numbered day so many months later, or the last day of a shorter month. Nulls stay null."""
    month = days.astype("datetime64[M]")
    offset = (days - month.astype("datetime64[D]")).astype("timedelta64[D]")
    target = month + np.asarray(months).astype("timedelta64[M]")
    last = (target + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.asarray(np.where(np.isnat(days), NEVER, np.minimum(target.astype("datetime64[D]") + offset, last)), dtype="datetime64[D]")


def weekday(days: Days) -> Days:
    """The day itself, or the Monday after a weekend."""
    number = (days.astype("int64") + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    return np.asarray(days + np.where(number >= 5, 7 - number, 0).astype("timedelta64[D]"), dtype="datetime64[D]")


def month_of(days: Days) -> Days:
    """First day of the month."""
    return days.astype("datetime64[M]").astype("datetime64[D]")


def texts(values: Sequence[Any] | npt.NDArray[Any]) -> Text:
    """Any values as a column of strings."""
    return np.array([str(value) for value in values], dtype=object)


def padded(numbers: Whole, width: int) -> Text:
    """Whole numbers as text of at least this width, zeros in front."""
    return np.array([f"{number:0{width}d}" for number in numbers.tolist()], dtype=object)


def nothing(n: int) -> Text:
    """A column of nulls."""
    return np.full(n, None, dtype=object)


def compact(days: Days, unit: str = "D") -> Text:
    """Days as YYYYMMDD text, or months (unit ``M``) as YYYYMM."""
    return np.array([text.replace("-", "") for text in np.datetime_as_string(days.astype(f"datetime64[{unit}]")).tolist()], dtype=object)


def either(condition: Any, then: Any, otherwise: Any) -> npt.NDArray[Any]:
    """``then`` where the condition holds, ``otherwise`` elsewhere; columns or single values, ``None`` for nothing."""
    return np.asarray(np.where(condition, then, otherwise))
