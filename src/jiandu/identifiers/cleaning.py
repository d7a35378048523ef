"""The cleaners a contract may name for a column: plain text, names, phones, addresses, document numbers, identifiers."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from jiandu.identifiers import resident_id
from jiandu.identifiers.document_no import DOCUMENT_NO
from jiandu.identifiers.rewriting import Rewrites

CJK = "\u3400-\u9fff"

TEXT = Rewrites()
NAME = Rewrites((
    ("[•‧・●∙⋅.]", "·"),  # 买买提·艾力 is typed with half a dozen different dots
    (rf"([{CJK}·)])\s+", r"\1"), (rf"\s+([{CJK}·(])", r"\1"), (r"\s+", " "),
))
PHONE = Rewrites(((r"[\s()+\-.]", ""), (r"^(?:0086|86)(1\d{10})$", r"\1")))
ADDRESS = Rewrites(((rf"([{CJK})\d])\s+", r"\1"), (rf"\s+([{CJK}(])", r"\1"), (r"\s+", " "), ("號", "号"), ("[—–－]", "-")))
CODE = Rewrites(((r"[\s\-]", ""),), upper=True)
"""Identifiers of fixed alphabet: no blanks, no hyphens, capitals."""

REWRITES = {"text": TEXT, "name": NAME, "phone": PHONE, "address": ADDRESS, "document_no": DOCUMENT_NO, "uscc": CODE}


def clean(kind: str, value: str | None) -> str | None:
    """One value cleaned as ``kind`` (a ``clean:`` of a contract); ``None`` for nothing."""
    if kind == "resident_id":
        compact = CODE.text(value)
        return resident_id.upgrade(compact) if compact else None
    return REWRITES[kind].text(value)


def column_cleaner(kind: str) -> Callable[[pa.Array], pa.Array]:
    """The same for a text column."""
    if kind == "resident_id":
        return lambda values: resident_id.upgrade_column(CODE.column(values))
    return REWRITES[kind].column
