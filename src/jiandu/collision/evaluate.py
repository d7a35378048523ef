"""One model over the data as they are: candidates with their answers, sentences and evidence, ready to be compared with the clue store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import pyarrow as pa

from jiandu import fields
from jiandu.clock import ZONE
from jiandu.clue.card import plain
from jiandu.clue.store import Candidate, Row, Verdict
from jiandu.collision import grounds, identity, sentence
from jiandu.collision.compile import Compiled, compile_model
from jiandu.collision.datasets import dataset
from jiandu.collision.dependencies import Dependencies
from jiandu.collision.engines import Engine
from jiandu.collision.feeds import Feed
from jiandu.collision.model import Element, Finding, Model
from jiandu.errors import JianduError
from jiandu.settings import settings

ANSWERS = {True: "met", False: "not_met", None: "unknown"}


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
    rows = table.to_pylist()
    evidence = collect(compiled, engine, table) if rows and with_evidence else {}
    days = asked(compiled, engine) if rows and with_evidence else {}
    found = [candidate(name, compiled, row, feeds, day, evidence.get(row["record_key"], []), days.get(row["record_key"])) for row in rows]
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
        columns = dataset(name).columns
        union = "\nUNION ALL\n".join(f"SELECT {number} AS _part, _found.* FROM ({part.sql}) AS _found" for number, part in enumerate(parts))
        for row in engine.query(union).to_pylist():
            text = json.dumps({column: plain(row[column]) for column in columns}, ensure_ascii=False)
            piece = {
                "dataset": name, "record_key": row["record_key"], "delivery_id": row["delivery_id"], "row_no": row["row_no"],
                "row_hash": row["row_hash"] or hashlib.sha256(text.encode()).hexdigest(), "row": text, "sealed": bool(row["sealed"]),
            }
            for element in parts[row["_part"]].elements:
                # "": looked at, but deciding no element; the store keeps it for the replay.
                found.setdefault(row["_case"], {})[element, name, row["record_key"]] = {"element": element, **piece}
    return {key: [pieces[place] for place in sorted(pieces)] for key, pieces in found.items()}


def asked(compiled: Compiled, engine: Engine) -> dict[str, Row]:
    """For which days each case in ``clue__cases`` asked the law, by the record key of the anchor row."""
    return {row["record_key"]: row for row in engine.query(compiled.days).to_pylist()} if compiled.days else {}


def candidate(
    name: str, compiled: Compiled, row: Row, feeds: Mapping[str, Feed], day: date, evidence: Sequence[Row], days: Row | None = None,
) -> Candidate:
    """One result row as a candidate."""
    model = compiled.model
    clue_id = identity.clue_id(name, row["_subject_key"], row["_anchor"])
    elements = [
        {
            "element": element.id, "title": element.title, "source": element.source, "answer": ANSWERS[row[f"e_{element.id}"]],
            "reason": reason(model, element, row, feeds),
        }
        for element in model.elements
    ]
    if row["_finding"] is None:
        verdict: Verdict = "unknown" if row["_open"] else "fails"
        used = {finding.id: grounds.used(model, finding, compiled.asked, days) for finding in model.findings} if days else {}
        return Candidate(clue_id, row["_anchor"], verdict, None, elements, evidence, used)
    finding = model.finding(row["_finding"])
    wanted = set(Dependencies(model).elements(finding))
    deciding = [piece for piece in evidence if piece["element"] in wanted]
    facts = record(model, finding, row, feeds, day, deciding)
    answers = {str(element["element"]): str(element["answer"]) for element in elements if element["element"] in wanted}
    facts["content_hash"] = content_hash(facts, answers, deciding)
    facts["model"], facts["model_title"] = name, model.title
    used = {finding.id: grounds.used(model, finding, compiled.asked, days)} if days else {}
    return Candidate(clue_id, row["_anchor"], "holds" if row["_early"] is None else "early", facts, elements, evidence, used)


def record(model: Model, finding: Finding, row: Row, feeds: Mapping[str, Feed], day: date, evidence: Sequence[Row]) -> Row:
    """The columns of ``clue.finding`` the model decides."""
    names = Dependencies(model).datasets(finding)
    used = [dataset(one) for one in names]
    deadline: date | None = row["_deadline_on"]
    office = identity.procuratorate_code(row["_county_code"], row["_body_level"]) or f"{settings().province}0000"
    latest = [feed.latest for feed in (feeds[one] for one in names) if feed.latest is not None]
    return {
        "finding": finding.id, "finding_title": finding.title, "sentence": sentence.fill(told(finding, row), row),
        "subject_kind": model.subject.kind, "subject_key": row["_subject_key"], "subject_name": row["_subject_name"],
        "subject_id_hash": identity.subject_id_hash(row["_subject_id"]), "anchor": row["_anchor"],
        "occurred_on": row["_occurred_on"], "clock_start_on": row["_clock_start_on"], "deadline_on": deadline,
        "overdue_days": max((day - deadline).days, 0) if deadline else None,
        "county_code": row["_county_code"], "city_code": identity.city_code(row["_county_code"]), "procuratorate_code": office,
        "supervised_body": row["_body"], "supervised_body_level": row["_body_level"], "line": row["_line"], "severity": row["_severity"],
        "confidence": None if row["_confidence"] is None else round(row["_confidence"], 6), "document_type": finding.document_type,
        "data_as_of": min(latest) if latest else None,
        "tier": fields.most_secret(data.tier for data in used), "sealed": any(data.sealed for data in used) or any(piece["sealed"] for piece in evidence),
    }


def told(finding: Finding, row: Row) -> str:
    """The sentence that fits: of what is overdue, or of what soon will be."""
    return finding.sentence if row["_early"] is None else finding.early_sentence or finding.sentence


def content_hash(facts: Row, answers: Mapping[str, str], evidence: Sequence[Row]) -> str:
    """What makes a clue the same clue as before: facts, answers and the rows behind them, but not the passing of days."""
    passing = {"overdue_days", "data_as_of"}
    pieces = [[piece["element"], piece["dataset"], piece["record_key"], piece["row_hash"]] for piece in evidence]
    text = json.dumps([{key: plain(value) for key, value in facts.items() if key not in passing}, answers, pieces], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def reason(model: Model, element: Element, row: Row, feeds: Mapping[str, Feed]) -> str:
    """Why an element answers as it does, in Chinese."""
    answer = row[f"e_{element.id}"]
    if answer is None:
        stale = [feeds[name].reason for name in Dependencies(model).datasets(element) if feeds[name].reason]
        return "；".join(stale) or element.unknown or "所需信息未载明，不能计算"
    if element.detail:
        return sentence.fill(element.detail, row)
    lookup = element.counted
    if lookup is None:
        return ""
    count = sum(row[f"_n_{element.id}_{number}"] or 0 for number in range(len(lookup.match)))
    due = row.get(f"{element.id}_by")
    until = f"，期限至{sentence.shown(due)}" if due else ""
    return f"“{dataset(lookup.data).title}”中{f'有{count}条记录' if count else '无记录'}{until}"
