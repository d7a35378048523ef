"""What in a model says nothing: elements that never decide, columns nobody reads, and models that ask what another one asks already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.optimizer.simplify import simplify

from jiandu.collision import vocabulary
from jiandu.collision.compile import placeholders
from jiandu.collision.fragments import Complaint, fragments
from jiandu.collision.model import Element, Model

NEAR = 0.8
"""From this share of common questions on two models over one data set are the same model written twice."""


def idle(model: Model) -> Iterator[Complaint]:
    """Elements, findings and columns that change nothing."""
    yield from constants(model)
    yield from implied(model)
    yield from never_first(model)
    yield from unread(model)


def constants(model: Model) -> Iterator[Complaint]:
    """Elements whose answer is the same whatever the data say."""
    for number, element in enumerate(model.elements):
        if element.is_ is None:
            continue
        try:
            tree = simplify(vocabulary.parse(element.is_))
        except (ParseError, TokenError):
            continue  # the rule that reads fragments names it
        if isinstance(tree, (exp.Boolean, exp.Null)) or not list(tree.find_all(exp.Column)):
            yield ("elements", number, "is"), f"{element.id} never decides: it is always {tree.sql()}", "drop it, or ask something of the data"


def implied(model: Model) -> Iterator[Complaint]:
    """Elements that hold whenever another of the same finding does, and questions asked twice under two names."""
    asked: dict[str, str] = {}
    for number, element in enumerate(model.elements):
        question = meaning(model, element)
        if question in asked:
            yield ("elements", number, "id"), f"{element.id} never decides beside {asked[question]}: they ask the same", "keep one of the two"
        asked.setdefault(question, element.id)
    parts = {element.id: set(element.any or []) for element in model.elements}
    for number, finding in enumerate(model.findings):
        for name in finding.all:
            if by := sorted(parts.get(name, set()) & set(finding.all)):
                yield ("findings", number, "all"), f"{name} never decides: {by[0]} is one of its parts and stands beside it", f"drop {name} here"


def never_first(model: Model) -> Iterator[Complaint]:
    """Findings that another one above always comes before."""
    for number, finding in enumerate(model.findings):
        for above in model.findings[:number]:
            if set(above.all) <= set(finding.all):
                what = f"{finding.id} is never found: {above.id} above asks no more and comes first"
                yield ("findings", number, "all"), what, "put the narrower finding first"


def unread(model: Model) -> Iterator[Complaint]:
    """Derived columns that no fragment and no sentence uses."""
    texts = [(fragment.location, fragment.sql) for fragment in fragments(model)]
    shown = [one.sentence for one in model.findings] + [one.early_sentence or "" for one in model.findings] + [one.detail or "" for one in model.elements]
    named = {name for text in shown for name, _ in placeholders(text)}
    for name, column in model.derive.items():
        for taken in column.take or [name]:
            word = re.compile(rf"\b{taken}\b")
            own = ("derive", name)
            if taken not in named and not any(word.search(sql) for place, sql in texts if place[:2] != own):
                place = ("derive", name, "take", taken) if column.take else own
                yield place, f"nothing reads {taken}", "drop it"


def meaning(model: Model, element: Element) -> str:
    """An element's question without the names its author chose: aliases and derived columns replaced by what they stand for."""
    derived: dict[str, str] = {}
    for name, column in model.derive.items():
        body = column.model_dump(mode="json", exclude={"take"}, exclude_none=True)
        for taken, sql in (column.take or {name: ""}).items():
            derived[taken] = f"<{same_names({**body, 'field': sql}, column.alias, model.anchor.alias, derived)}>"
    question = element.model_dump(mode="json", exclude={"id", "title", "source", "detail", "unknown"}, exclude_none=True)
    if element.any:
        question["any"] = sorted(meaning(model, model.element(name)) for name in element.any)
    return same_names(question, element.lookup.alias if element.lookup else None, model.anchor.alias, derived)


def same_names(body: Mapping[str, Any], alias: str | None, anchor: str, derived: Mapping[str, str]) -> str:
    """A part of a model as text that does not depend on chosen names."""
    text = str({key: value for key, value in body.items() if key != "alias"})
    for own, stands_for in ((alias, "row"), (anchor, "anchor")):
        text = re.sub(rf"\b{own}\.", f"{stands_for}.", text) if own else text
    text = re.sub(r"'alias': '\w+'", "", re.sub(r"\s+", " ", text))
    for name in sorted(derived, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.<]){name}\b", lambda match, by=derived[name]: by, text)  # type: ignore[misc]
    return text


def alike(models: Mapping[str, Model]) -> Iterator[tuple[str, str, float]]:
    """Pairs of models over one data set whose findings share most of their questions, with the share (Jaccard's)."""
    questions = {name: {meaning(model, model.element(part)) for finding in model.findings for part in finding.all} for name, model in models.items()}
    for one, other in combinations(models, 2):
        if models[one].anchor.data == models[other].anchor.data:
            shared = len(questions[one] & questions[other]) / len(questions[one] | questions[other])
            if shared >= NEAR:
                yield one, other, shared
