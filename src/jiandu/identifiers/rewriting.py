"""Cleaning as an ordered list of rewrites that mean the same for one text and for a column of a million.

Patterns stay within what Python's ``re`` (ASCII classes) and Arrow's RE2 both understand: no look-around.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

INVISIBLE = "\u200b-\u200f\u202a-\u202e\u2060\ufeff"
"""Zero-width and direction marks that come along with text copied from web pages and office programs."""


@dataclass(frozen=True)
class Rewrites:
    """NFKC, trim, then each ``(pattern, replacement)`` in order, everywhere in the text; an empty result is no value."""

    steps: tuple[tuple[str, str], ...] = ()
    upper: bool = False

    def text(self, value: str | None) -> str | None:
        """One value cleaned; ``None`` for nothing."""
        if value is None:
            return None
        result = unicodedata.normalize("NFKC", value)
        result = result.upper() if self.upper else result
        for pattern, replacement in (DROP_INVISIBLE, *self.steps):
            result = re.sub(pattern, replacement, result, flags=re.ASCII)
        return result.strip() or None

    def column(self, values: pa.Array | pa.ChunkedArray) -> pa.Array:
        """A text column cleaned; nulls stay, empty texts become null."""
        result = nfkc(values)
        if self.upper:
            result = pc.utf8_upper(result)
        plain = pc.all(pc.string_is_ascii(result), min_count=0).as_py()
        for pattern, replacement in self.steps if plain else (DROP_INVISIBLE, *self.steps):
            result = _replace(result, pattern, replacement)
        result = pc.utf8_trim_whitespace(result)
        return pc.if_else(pc.equal(result, ""), pa.scalar(None, pa.string()), result)


DROP_INVISIBLE = (f"[{INVISIBLE}]", "")


def nfkc(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Compatibility forms (full-width digits and letters, circled numbers) as plain ones; columns of pure ASCII are left as they are."""
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    array = array.cast(pa.string())
    if pc.all(pc.string_is_ascii(array), min_count=0).as_py():
        return array
    return pc.utf8_normalize(array, form="NFKC")


def _replace(values: pa.Array, pattern: str, replacement: str) -> pa.Array:
    """Replace in the rows that match only: matching costs a tenth of replacing."""
    hit = pc.fill_null(pc.match_substring_regex(values, pattern), False)
    count = pc.sum(hit).as_py() or 0
    if not count:
        return values
    if count == len(values):
        return pc.replace_substring_regex(values, pattern, replacement)
    return pc.replace_with_mask(values, hit, pc.replace_substring_regex(values.filter(hit), pattern, replacement))
