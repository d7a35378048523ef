"""A live model as content (``spark_jobs/live_models/<model>.yml``): what a supervision model says of itself, over a stream instead of data sets.

It is no model of the engine: its anchor is no row but a campaign found by likeness, its questions are scores and windows, not SQL over silver,
and it is evaluated as posts come. The rest is the same, and ``jiandu model list | explain | lint | test`` know it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field

from jiandu import content
from jiandu.behaviour import judging
from jiandu.behaviour.grading import grade
from jiandu.behaviour.kept import hashed
from jiandu.behaviour.memory import Memory
from jiandu.behaviour.observation import Observation
from jiandu.behaviour.rules import GRADES, Grade, Rule, rules
from jiandu.behaviour.signal import Kind
from jiandu.collision.cases import Outcome
from jiandu.collision.model import LegalBasis, Line
from jiandu.collision.questions import Strict
from jiandu.errors import ContentError, Problem
from jiandu.keywords import Scorer, load, normalise

KEY = b"cases"
"""Cases hash their contacts with a key of their own."""


class CasePost(Strict):
    """One post of a case; ``minute`` counts from the case's day."""

    text: str
    account: str
    minute: float
    thread: str = "t"
    board: str = "b"


class LiveCase(Strict):
    """Posts in, signals and grade out. ``outlets``: contacts (``kind:value``) of reported outlets and their names."""

    name: str
    posts: list[CasePost] = Field(min_length=1)
    outlets: dict[str, str] = Field(default_factory=dict)
    signals: list[Kind] = Field(default_factory=list)
    grade: Grade


class LiveModel(Strict):
    """One live model. ``lexicons`` and ``behaviour`` name the content it is judged by."""

    title: str
    description: str
    line: Line
    also_to: list[Line] = Field(default_factory=list)
    lexicons: list[str] = Field(min_length=1)
    behaviour: str
    document_type: str
    legal_basis: list[LegalBasis] = Field(min_length=1)
    false_positives: list[str] = Field(min_length=1)
    runbook: list[str] = Field(min_length=1)
    cases_as_of: datetime
    cases: list[LiveCase] = Field(min_length=2)


@dataclass(frozen=True)
class LoadedLive:
    """A live model ready to use; ``version`` names its file and all it is judged by."""

    id: str
    path: Path
    model: LiveModel
    version: str


def names() -> list[str]:
    """Every live model there is."""
    return sorted(content.units("live_models"))


def read(name: str) -> LoadedLive:
    """A live model by its stem. Raises ``ContentError`` with every problem of its file."""
    path = content.units("live_models")[name]
    model = content.read_unit(path, LiveModel)
    files = [path, *(content.units("lexicons")[one] for one in model.lexicons if one in content.units("lexicons")), content.units("behaviour")["live"]]
    return LoadedLive(name, path, model, hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12])


def lint(wanted: list[str] | None = None) -> list[Problem]:
    """Everything wrong with the live models named (None: all), by file:line."""
    found: list[Problem] = []
    for name in names() if wanted is None else wanted:
        try:
            found += _complaints(read(name))
        except ContentError as error:
            found += error.problems
    return found


def _complaints(one: LoadedLive) -> Iterator[Problem]:
    tree = content.read_yaml(one.path)

    def at(*place: str | int) -> str:
        return f"{one.path}:{content.line_of(tree, place)}"

    known = content.units("lexicons")
    yield from (Problem(at("lexicons", number), f"no lexicon {name}", f"one of {', '.join(known)}") for number, name in enumerate(one.model.lexicons)
                if name not in known)
    if one.model.behaviour not in content.units("behaviour"):
        yield Problem(at("behaviour"), f"no rules {one.model.behaviour}", "a stem of spark_jobs/behaviour")
    day = one.model.cases_as_of.date()
    yield from (Problem(at("legal_basis", number, "to"), f"{basis.law}{basis.article} is not in force on {day}", "add the article that took its place")
                for number, basis in enumerate(one.model.legal_basis) if not basis.in_force(day))
    if len({case.grade == "none" for case in one.model.cases}) < 2:
        yield Problem(at("cases"), "no case that warns beside one that does not", "add both")


def run_cases(one: LoadedLive) -> Iterator[Outcome]:
    """What became of each case, scored by the lexicons as they are."""
    scorer = Scorer(load())
    for case in one.model.cases:
        kinds, level = judged(one.model, case, scorer)
        wrong = [f"grade {GRADES[level]}, expected {case.grade}"] if GRADES[level] != case.grade else []
        wrong += [f"signals {', '.join(kinds) or 'none'}, expected {', '.join(case.signals) or 'none'}"] if kinds != sorted(case.signals) else []
        yield Outcome(one.id, case.name, tuple(wrong))


def judged(model: LiveModel, case: LiveCase, scorer: Scorer) -> tuple[list[str], int]:
    """The kinds of signals that hold, and the grade, of a case's posts as one campaign."""
    outlets = {hashed(contact, KEY): judging.Reported(name, 1) for contact, name in case.outlets.items()}
    memory, level = Memory(rules(), outlets), 0
    for number, post in enumerate(case.posts):
        score = scorer.score(post.text)
        level = max(level, score.level)
        at = model.cases_as_of + timedelta(minutes=post.minute) - timedelta(days=1)
        contacts = tuple(sorted(hashed(f"{contact.kind}:{contact.value}", KEY) for contact in score.contacts))
        if score.level:
            seen = Observation(f"case:{number}", "case", post.account, post.board, post.thread, at, at, score.level, score.categories, contacts,
                               normalise(post.text))
            memory.add([seen], model.cases_as_of)
    signals = memory.signals()
    return sorted({signal.kind for signal in signals}), grade(level, signals)


def described(one: LoadedLive) -> dict[str, Any]:
    """The model as plain data, in the form ``jiandu model explain`` shows."""
    model, judged_by, known = one.model, rules(), content.units("lexicons")
    signals = {name: rule for name, rule in judged_by if isinstance(rule, Rule)}
    asked = [(name, str(content.read_yaml(known[name])["title"]), "lexicon") for name in model.lexicons if name in known]
    asked += [(name, rule.title, "behaviour") for name, rule in signals.items()]
    finding = {"id": "campaign", "title": "一次散布一条线索，级别依内容、行为和举报数据", "all": ["lexicon", "behaviour"], "document_type": model.document_type}
    return {
        "model": one.id, "version": one.version, "title": model.title, "description": model.description, "line": model.line, "live": True,
        "elements": [{"id": name, "title": title, "asks": asks, "source": None, "data": ["public__post"]} for name, title, asks in asked],
        "findings": [finding], "parameters": {name: _parameter(rule) for name, rule in signals.items()},
        "legal_basis": [basis.model_dump(mode="json") for basis in model.legal_basis], "grading": judged_by.grading.model_dump(mode="json"),
        "evaluated_in_full": [], "full_because": [], "false_positives": model.false_positives, "runbook": model.runbook, "feeds": {},
    }


def _parameter(rule: Rule) -> dict[str, Any]:
    """A threshold as a legal parameter is shown: value, unit, source. A working value until a lawyer or a trial has confirmed it."""
    value = {"value": rule.at_least, "since": None, "until": None, "place": "", "source": f"{rule.reason}{rule.source}", "status": "unverified"}
    return {"title": rule.title, "unit": f"次以上/{rule.window_minutes}分钟", "values": [value]}
