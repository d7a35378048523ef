"""The results of scoring a table of texts: counts, lines for a screen, a file with every row."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from jiandu import whole
from jiandu.errors import JianduError
from jiandu.keywords.contacts import Contact
from jiandu.keywords.tables import Column
from jiandu.keywords.verdict import LEVELS, Score

ENDINGS = (".csv", ".parquet")
SHOWN, CLEAR = 60, 2
"""Characters of a text that a line shows, and of a contact that stay clear."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def summary(scores: Sequence[Score], column: Column) -> dict[str, Any]:
    """Counts: rows, levels, categories; rows that could not be read and rows without a text."""
    levels = Counter(LEVELS[score.level] for score in scores)
    return {
        "texts": len(scores), "levels": {level: levels[level] for level in LEVELS}, "with_hits": sum(bool(score.hits) for score in scores),
        "with_contacts": sum(bool(score.contacts) for score in scores),
        "categories": dict(Counter(category for score in scores for category in score.categories).most_common()),
        "unreadable_rows": column.broken, "rows_without_text": column.empty,
    }


def sentence(found: dict[str, Any]) -> str:
    """The counts in one line."""
    levels = ", ".join(f"{level} {count}" for level, count in found["levels"].items() if count)
    said = f"{found['texts']} texts: {levels}; {found['with_hits']} with hits, {found['with_contacts']} with contacts"
    lost = [f"{found[key]} {what}" for key, what in (("unreadable_rows", "rows not readable"), ("rows_without_text", "rows without text")) if found[key]]
    return "; ".join([said, *lost])


def masked(text: str, contacts: Sequence[Contact]) -> str:
    """The text with its contacts hidden but for their first two characters."""
    for one in contacts:
        text = text[: one.start + CLEAR] + "•" * (one.end - one.start - CLEAR) + text[one.end :]
    return text


def listed(rows: Sequence[int], scores: Sequence[Score], unmasked: bool) -> list[dict[str, Any]]:
    """For machine-readable output: the rows with hits or contacts."""
    found = []
    for row, score in zip(rows, scores, strict=True):
        if score.hits or score.contacts:
            one = score if unmasked else replace(score, contacts=tuple(replace(contact, value=contact.value[:CLEAR] + "•••") for contact in score.contacts))
            found.append({"row": row, **one.as_dict()})
    return found


def lines(rows: Sequence[int], texts: Sequence[str], scores: Sequence[Score], limit: int, unmasked: bool) -> Iterator[str]:
    """The rows with hits, the gravest first: level, what was found as it was written, how the text begins, contacts hidden unless ``unmasked``."""
    found = [one for one in zip(rows, texts, scores, strict=True) if one[2].hits]
    found.sort(key=lambda one: (-one[2].level, -one[2].weight, one[0]))
    for row, given, score in found[:limit] if limit else found:
        text = given if unmasked else masked(given, score.contacts)
        hits = "，".join(f"{hit.term}{'?' if hit.tier == 'suspect' else ''}「{_plain(text[hit.start : hit.end])}」" for hit in score.hits)
        doubt = "" if score.opinion is None else f"  second opinion {score.opinion:.2f}"
        yield f"row {row}  {LEVELS[score.level]} {score.weight:g}  {'、'.join(score.categories)}  {hits}{doubt}"
        yield f"    {_plain(text[:SHOWN])}{'…' if len(text) > SHOWN else ''}"
    if limit and len(found) > limit:
        yield f"… {len(found) - limit} more rows with hits (--limit 0 shows all)"


def _plain(text: str) -> str:
    """A text in one line, without control characters that a terminal would obey."""
    return "".join(one if one.isprintable() else " " for one in text)


def writable(path: Path) -> None:
    """Raise ``JianduError`` where the results could not be written: asked before the work."""
    if path.suffix not in ENDINGS:
        raise JianduError.at(str(path), f"neither {' nor '.join(ENDINGS)}", "call the output one of them")
    if not path.parent.is_dir() or path.is_dir() or not os.access(path.parent, os.W_OK):
        raise JianduError.at(str(path), "cannot be written there", "name a file in an existing folder of yours")


def write(path: Path, rows: Sequence[int], texts: Sequence[str], scores: Sequence[Score]) -> None:
    """Every row with its text, level, weight, categories, terms and contacts."""
    terms = ["；".join(f"{hit.term}{'?' if hit.tier == 'suspect' else ''}" for hit in score.hits) for score in scores]
    contacts = ["；".join(f"{one.kind}:{one.value}" for one in score.contacts) for score in scores]
    table = pa.table({
        "row": pa.array(rows, pa.int64()), "text": pa.array([_kept(text, path) for text in texts], pa.string()),
        "level": pa.array([LEVELS[score.level] for score in scores]), "weight": pa.array([score.weight for score in scores], pa.float64()),
        "categories": pa.array(["；".join(score.categories) for score in scores]), "terms": pa.array(terms), "contacts": pa.array(contacts),
        "second_opinion": pa.array([score.opinion for score in scores], pa.float64()), "lexicons": pa.array([score.version for score in scores]),
    })
    held = io.BytesIO()
    if path.suffix == ".parquet":
        pq.write_table(table, held)
    else:
        held.write(b"\xef\xbb\xbf")  # spreadsheets take it for UTF-8 then
        pa.csv.write_csv(table, held)
    whole.write(path, held.getvalue())
    path.chmod(0o600)


def _kept(text: str, path: Path) -> str:
    """A text as the file keeps it: no half characters, and nothing that a spreadsheet would run as a formula."""
    clean = text.encode("utf-8", "replace").decode()
    return f"'{clean}" if path.suffix == ".csv" and clean.startswith(FORMULA) else clean
