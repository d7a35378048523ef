"""Damaged identity numbers: the valid numbers one slip of a clerk away. Candidates only: which one is meant, other evidence must say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from jiandu.identifiers.resident_id import CHECK, WEIGHTS, Bytes, formed, matrix, valid_column, weighted_sums

Places = npt.NDArray[np.int64]
LETTER_X = np.uint8(ord("X"))
DIGITS = np.arange(48, 58, dtype=np.uint8)
_WEIGHTS = np.array(WEIGHTS, dtype=np.int64)
_LAST = np.frombuffer(CHECK.encode(), dtype=np.uint8)
"""Last character by the weighted sum modulo 11."""


def candidates(number: str) -> list[str]:
    """Valid numbers one wrong, missing, doubled or swapped character away from an invalid one; sorted."""
    found: list[str] = candidate_column(pa.array([number]))[0].as_py() or []
    return sorted(set(found))


def candidate_column(values: pa.Array) -> pa.Array:
    """For each invalid number of 17 to 19 characters the valid ones one slip away (lists of text); null for all others.

    The check digit finds every single wrong digit and every swap of neighbours (ISO 7064 MOD 11-2), so a damaged number is never valid
    and of ten digits at a place at most one makes it valid again.
    """
    rows, texts = [], []
    for width in (17, 18, 19):
        chosen = np.flatnonzero(np.asarray(formed(values, width, "X")))
        if width == 18 and len(chosen):
            chosen = chosen[~np.asarray(valid_column(values.take(pa.array(chosen))))]
        for where, text in _variants(matrix(values.take(pa.array(chosen)), width)) if len(chosen) else ():
            rows.append(chosen[where])
            texts.append(text)
    if not rows:
        return pa.nulls(len(values), pa.list_(pa.string()))
    row, number = np.concatenate(rows), _texts(np.concatenate(texts))
    right = np.asarray(valid_column(number))
    row, number = row[right], number.filter(pa.array(right))
    order = np.argsort(row, kind="stable")
    counts = np.bincount(row, minlength=len(values))
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    offsets = pa.array(ends, mask=np.concatenate([counts == 0, [False]]))
    return pa.ListArray.from_arrays(offsets, number.take(pa.array(order)))


def _variants(text: Bytes) -> Iterator[tuple[Places, Bytes]]:
    """Rows and 18 characters of the numbers one slip away whose check digit is right; most slips are ruled out by arithmetic alone."""
    width = text.shape[1]
    if width != 18:
        for place in range(18 if width == 17 else 19):
            made = [np.insert(text, place, digit, axis=1) for digit in DIGITS] if width == 17 else [np.delete(text, place, axis=1)]
            yield from (kept for one in made if len((kept := _checked(one))[0]))
        return
    sums, last = _sum(text), _value(text[:, 17])
    for place in range(17):
        old = text[:, place].astype(np.int64) - 48
        for digit in range(10):
            where = np.flatnonzero((sums + _WEIGHTS[place] * (digit - old) - last) % 11 == 0)
            one = text[where]
            one[:, place] = digit + 48
            yield where, one
    one = text.copy()
    one[:, 17] = _LAST[sums]
    yield np.arange(len(text)), one
    for place in range(16):
        swapped = text.copy()
        swapped[:, [place, place + 1]] = text[:, [place + 1, place]]
        different = np.flatnonzero((swapped != text).any(axis=1))
        where, right = _checked(swapped[different])
        yield different[where], right


def _checked(text: Bytes) -> tuple[Places, Bytes]:
    where = np.flatnonzero((text[:, :17] != LETTER_X).all(axis=1) & (_LAST[_sum(text)] == text[:, 17]))
    return where, text[where]


def _sum(text: Bytes) -> Places:
    result: Places = weighted_sums(text - np.uint8(48)) % 11
    return result


def _value(last: Bytes) -> Places:
    """The sum modulo 11 that a last character stands for."""
    table = np.full(256, -1, dtype=np.int64)
    table[_LAST] = np.arange(11)
    result: Places = table[last]
    return result


def _texts(text: Bytes) -> pa.Array:
    bytes_of = pa.py_buffer(np.ascontiguousarray(text).tobytes())
    offsets = pa.py_buffer((np.arange(len(text) + 1) * 18).astype(np.int32).tobytes())
    return pa.StringArray.from_buffers(len(text), offsets, bytes_of)
