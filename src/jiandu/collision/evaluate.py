"""One model over the data as they are: candidates with their answers, sentences and evidence, ready to be compared with the clue store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from jiandu.clock import ZONE
from jiandu.clue.card import plain
from jiandu.clue.store import Candidate, Row
from jiandu.collision.compile import Compiled, compile_model
from jiandu.collision.datasets import dataset
from jiandu.collision.engines import Engine
from jiandu.collision.feeds import Feed
from jiandu.collision.model import Model
from jiandu.collision.reader import Reader
from jiandu.errors import JianduError


def evaluate(
    name: str, compiled: Compiled, engine: Engine, feeds: Mapping[str, Feed], as_of: datetime, live: Iterable[str] = (), every: bool = False,
    with_evidence: bool = True,
) -> list[Candidate]:
    """The candidates of a model: every row with a finding, and the rows of ``live`` anchors whatever they answer now.

    With ``every`` all anchor rows are returned (for cases and explanations). The data sets must have been offered to the engine, and
    the model compiled for the day of ``as_of`` with the freshness of ``feeds``.
    """
    day = as_of.astimezone(ZONE).date()
    if not every:
        engine.put("clue__live", pa.table({"anchor": pa.array(sorted(set(live)), pa.string())}))
    table = engine.query(compiled.sql(every))
    return candidates(name, compiled, engine, table, feeds, day, with_evidence)


def candidates(
    name: str, compiled: Compiled, engine: Engine, table: pa.Table, feeds: Mapping[str, Feed], day: date, with_evidence: bool = True,
) -> list[Candidate]:
    """Rows of the compiled statement as candidates, by clue id. Raises ``JianduError`` when two of them are one clue."""
    rows, reader = table.to_pylist(), Reader(name, compiled, feeds, day)
    evidence = collect(compiled, engine, table) if rows and with_evidence else {}
    days = asked(compiled, engine) if rows and with_evidence else {}
    found = [reader.candidate(row, evidence.get(row["record_key"], []), days.get(row["record_key"])) for row in rows]
    twice = len(found) - len({one.clue_id for one in found})
    if twice:
        raise JianduError.at(name, f"{twice} clues come from more than one anchor row", "make anchor.key unique, or use one_per")
    return sorted(found, key=lambda one: one.clue_id)


def prepare(model: Model, feeds: Mapping[str, Feed], as_of: datetime) -> Compiled:
    """The model compiled for the day of ``as_of`` and the feeds as they are."""
    return compile_model(model, as_of.astimezone(ZONE).date(), lambda data: feeds[data].fresh)


def collect(compiled: Compiled, engine: Engine, cases: pa.Table) -> dict[str, list[Row]]:
    """Evidence rows by the record key of the anchor row, in a fixed order."""
    engine.put("clue__cases", cases)
    found: dict[str, dict[tuple[str, str, str], Row]] = {}
    for name, parts in compiled.evidence.items():
        union = "\nUNION ALL\n".join(f"SELECT {number} AS _part, _found.* FROM ({part.sql}) AS _found" for number, part in enumerate(parts))
        for case, part, piece in pieces(name, engine.query(union)):
            kept = found.setdefault(case, {})
            for element in parts[part].elements:
                # "": looked at, but deciding no element; the store keeps it for the replay.
                kept[element, name, piece["record_key"]] = {"element": element, **piece}
    return {key: [rows[place] for place in sorted(rows)] for key, rows in found.items()}


def pieces(name: str, table: pa.Table) -> Iterator[tuple[str, int, Row]]:
    """Rows of a data set as evidence: the case each belongs to, the number of the query that found it, and the row with its copy as text."""
    columns = [(column, plain_column(table[column])) for column in dataset(name).columns]
    copies = zip(*(values for _, values in columns), strict=True)
    names, encode = [column for column, _ in columns], json.JSONEncoder(ensure_ascii=False).encode
    own = zip(*(table[column].to_pylist() for column in ("_case", "_part", "record_key", "delivery_id", "row_no", "row_hash", "sealed")), strict=True)
    for (case, part, key, delivery, number, known, sealed), copy in zip(own, copies, strict=True):
        text = encode(dict(zip(names, copy, strict=True)))
        yield case, part, {
            "dataset": name, "record_key": key, "delivery_id": delivery, "row_no": number,
            "row_hash": known or hashlib.sha256(text.encode()).hexdigest(), "row": text, "sealed": bool(sealed),
        }


def plain_column(column: pa.ChunkedArray) -> list[Any]:
    """A column's values as they stand in JSON."""
    values: list[Any] = column.to_pylist()
    # Texts, whole numbers and lists of texts stand as they are.
    changed = pa.types.is_decimal(column.type) or pa.types.is_temporal(column.type)
    return [plain(value) for value in values] if changed else values


def asked(compiled: Compiled, engine: Engine) -> dict[str, Row]:
    """For which days each case in ``clue__cases`` asked the law, by the record key of the anchor row."""
    return {row["record_key"]: row for row in engine.query(compiled.days).to_pylist()} if compiled.days else {}
