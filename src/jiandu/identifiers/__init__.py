"""Identifiers: what kind a text is, whether it is valid, its normal form and why not; for one value or a column of millions."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from jiandu.identifiers import case_no, divisions, document_no, food_licence, resident_id, uscc
from jiandu.identifiers.cleaning import clean, column_cleaner
from jiandu.identifiers.rewriting import Rewrites
from jiandu.identifiers.verdict import Verdict

__all__ = ["Verdict", "clean", "column_cleaner", "identify", "valid_column"]

KINDS: dict[str, Callable[[str], Verdict]] = {
    "resident_id": resident_id.verdict, "uscc": uscc.verdict, "food_licence": food_licence.verdict, "case_no": case_no.verdict,
}


def identify(value: str) -> Verdict:
    """The verdict on a text of unknown kind: the kind its form suggests, ``unknown`` when it looks like none."""
    compact = Rewrites(((r"[\s\-]", ""),), upper=True).text(value) or ""
    if re.fullmatch(r"(JY|SC).*", compact):
        return food_licence.verdict(value)
    if re.match(r"^[(\[〔【]?(19|20)\d{2}[)\]〕】]", compact):
        return case_no.verdict(value)
    if re.search(r"[(\[〔【](19|20)\d{2}[)\]〕】].*\d", compact):
        return Verdict("document_no", value, True, document_no.normalise(value))
    if re.fullmatch(r"\d{6}", compact):
        name = divisions.name(compact)
        return Verdict("division", value, bool(name), compact, "" if name else "行政区划代码不存在")
    both = (uscc.verdict(value), resident_id.verdict(value))
    valid = [verdict for verdict in both if verdict.valid]
    if valid:
        return valid[0]
    if re.fullmatch(r"\d{15}|\d{17}[\dX]", compact):
        return both[1]
    if re.fullmatch(r"[0-9A-Z]{18}", compact) and re.search(r"[A-Z]", compact[:-1]):
        return both[0]
    return Verdict("unknown", value, False, compact, "不像任何已知类别的编号")


def valid_column(kind: str, values: pa.Array) -> pa.Array:
    """Whether each normalised value of a text column is a valid ``resident_id``, ``uscc`` or ``party_id`` (either); null where there is none."""
    if kind == "resident_id":
        return resident_id.valid_column(values)
    if kind == "uscc":
        return uscc.valid_column(values)
    return pc.or_kleene(resident_id.valid_column(values), uscc.valid_column(values))
