"""What the rows of a compiled statement say, as candidates: answers with their reasons, the facts of a finding, the law it asked.

A reader is made once an evaluation and then asked row by row; whatever is the same for every row is worked out once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from jiandu import fields
from jiandu.clue.card import canonical, plain
from jiandu.clue.store import Candidate, Row, Verdict
from jiandu.collision import grounds, identity, sentence
from jiandu.collision.compile import Compiled
from jiandu.collision.datasets import dataset
from jiandu.collision.dependencies import Dependencies
from jiandu.collision.feeds import Feed
from jiandu.collision.model import Element, Finding
from jiandu.settings import settings

ANSWERS = {True: "met", False: "not_met", None: "unknown"}
PASSING = ("overdue_days", "data_as_of")
"""Facts that pass with the days and make no other clue."""


@dataclass(frozen=True)
class Lasting:
    """What is the same for every clue of one finding: its elements, the secrecy and the recency of the data they rest on."""

    finding: Finding
    elements: frozenset[str]
    tier: str
    sealed: bool
    data_as_of: datetime | None


class Reader:
    """One model on one day with its feeds as they are."""

    def __init__(self, name: str, compiled: Compiled, feeds: Mapping[str, Feed], day: date) -> None:
        self.name, self.model, self.feeds, self.day = name, compiled.model, feeds, day
        self.used = grounds.Used(compiled.model, compiled.asked)
        self.depends, self.province = Dependencies(compiled.model), settings().province
        self.findings = {finding.id: self._told(finding) for finding in self.model.findings}
        self.unknown = {element.id: self._unknown(element) for element in self.model.elements}
        self.titles = {element.id: dataset(element.counted.data).title for element in self.model.elements if element.counted}
        self._offices: dict[tuple[str | None, str | None], str] = {}

    def candidate(self, row: Row, evidence: Sequence[Row], days: Row | None) -> Candidate:
        """One result row as a candidate; ``days`` is its row of ``Compiled.days``."""
        clue_id = identity.clue_id(self.name, row["_subject_key"], row["_anchor"])
        if row["_finding"] is None:
            verdict: Verdict = "unknown" if row["_open"] else "fails"
            used = {finding: self.used(finding, days) for finding in self.findings} if days else {}
            return Candidate(clue_id, row["_anchor"], verdict, None, self.answers(row), evidence, used)
        told = self.findings[row["_finding"]]
        elements = self.answers(row)
        facts = self.record(told, row, any(piece["sealed"] for piece in evidence if piece["element"] in told.elements))
        facts["content_hash"] = content_hash(facts, elements, evidence, told.elements)
        facts["model"], facts["model_title"] = self.name, self.model.title
        # Where another finding cannot be computed, the clue may be the other one's, and waits (``store.unless_it_waits``).
        used = {finding: self.used(finding, days) for finding in (self.findings if row["_open"] else [told.finding.id])} if days else {}
        return Candidate(clue_id, row["_anchor"], "holds" if row["_early"] is None else "early", facts, elements, evidence, used)

    def answers(self, row: Row) -> list[Row]:
        """Every element's answer with its reason."""
        return [
            {"element": one.id, "title": one.title, "source": one.source, "answer": ANSWERS[row[f"e_{one.id}"]], "reason": self.reason(one, row)}
            for one in self.model.elements
        ]

    def reason(self, element: Element, row: Row) -> str:
        """Why an element answers as it does, in Chinese."""
        if row[f"e_{element.id}"] is None:
            return self.unknown[element.id]
        if element.detail:
            return sentence.fill(element.detail, row)
        if element.counted is None:
            return ""
        count = sum(row[f"_n_{element.id}_{number}"] or 0 for number in range(len(element.counted.match)))
        due = row.get(f"{element.id}_by")
        found, until = f"有{count}条记录" if count else "无记录", f"，期限至{sentence.shown(due)}" if due else ""
        return f"“{self.titles[element.id]}”中{found}{until}"

    def record(self, told: Lasting, row: Row, sealed: bool) -> Row:
        """The columns of ``clue.finding`` the model decides."""
        finding, deadline = told.finding, row["_deadline_on"]
        # Of what is overdue, or of what soon will be.
        template = finding.sentence if row["_early"] is None else finding.early_sentence or finding.sentence
        return {
            "finding": finding.id, "finding_title": finding.title, "sentence": sentence.fill(template, row),
            "subject_kind": self.model.subject.kind, "subject_key": row["_subject_key"], "subject_name": row["_subject_name"],
            "subject_id_hash": self.hashed(row["_subject_id"]), "anchor": row["_anchor"],
            "occurred_on": row["_occurred_on"], "clock_start_on": row["_clock_start_on"], "deadline_on": deadline,
            "overdue_days": max((self.day - deadline).days, 0) if deadline else None,
            "county_code": row["_county_code"], "city_code": identity.city_code(row["_county_code"]),
            "procuratorate_code": self.office(row["_county_code"], row["_body_level"]),
            "supervised_body": row["_body"], "supervised_body_level": row["_body_level"], "line": row["_line"], "severity": row["_severity"],
            "confidence": None if row["_confidence"] is None else round(row["_confidence"], 6), "document_type": finding.document_type,
            "data_as_of": told.data_as_of, "tier": told.tier, "sealed": told.sealed or sealed,
        }

    def office(self, county_code: str | None, level: str | None) -> str:
        """The procuratorate that supervises a body; the province's own where the place or the level is unknown."""
        place = (county_code, level)
        if place not in self._offices:
            self._offices[place] = identity.procuratorate_code(county_code, level) or f"{self.province}0000"
        return self._offices[place]

    def hashed(self, identifier: str | None) -> str | None:
        """See ``identity.subject_id_hash``."""
        return identity.subject_id_hash(identifier, self._key) if identifier else None

    @cached_property
    def _key(self) -> bytes:
        return identity.hash_key()

    def _told(self, finding: Finding) -> Lasting:
        names = self.depends.datasets(finding)
        used, latest = [dataset(one) for one in names], [feed.latest for one in names if (feed := self.feeds[one]).latest is not None]
        return Lasting(
            finding, frozenset(self.depends.elements(finding)), fields.most_secret(data.tier for data in used), any(data.sealed for data in used),
            min((one for one in latest if one is not None), default=None),
        )

    def _unknown(self, element: Element) -> str:
        stale = [reason for name in self.depends.datasets(element) if (reason := self.feeds[name].reason)]
        return "；".join(stale) or element.unknown or "所需信息未载明，不能计算"


def content_hash(facts: Row, elements: Sequence[Row], evidence: Iterable[Row], wanted: frozenset[str]) -> str:
    """What makes a clue the same clue as before: facts, answers and the rows behind them, but not the passing of days."""
    lasting = {key: plain(value) for key, value in facts.items() if key not in PASSING}
    answers = {one["element"]: one["answer"] for one in elements if one["element"] in wanted}
    pieces = [[piece["element"], piece["dataset"], piece["record_key"], piece["row_hash"]] for piece in evidence if piece["element"] in wanted]
    return hashlib.sha256(canonical([lasting, answers, pieces]).encode()).hexdigest()
