"""Why a model does what it does: its parts in words, the state of its feeds, its SQL, and every element's answer for one anchor."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from jiandu.clock import ZONE
from jiandu.clue.store import Candidate
from jiandu.collision import law, vocabulary
from jiandu.collision.clockwork import clock
from jiandu.collision.compile import compile_model
from jiandu.collision.dependencies import Dependencies
from jiandu.collision.engines import engine, versions
from jiandu.collision.evaluate import evaluate, prepare
from jiandu.collision.feeds import Feed, feeds
from jiandu.collision.library import Loaded
from jiandu.collision.origins import Unclear
from jiandu.collision.reach import follow


def describe(loaded: Loaded, as_of: datetime) -> dict[str, Any]:
    """The model as plain data: title, elements with what they rest on, findings, parameters with their source, feeds."""
    model, depends = loaded.model, Dependencies(loaded.model)
    defined = law.parameters()
    states: Mapping[str, Feed] = feeds(model.datasets, as_of)
    return {
        "model": loaded.id, "version": loaded.version, "title": model.title, "description": model.description, "line": model.line,
        "elements": [
            {"id": one.id, "title": one.title, "asks": one.form, "source": one.source, "data": depends.element(one).datasets or [model.anchor.data]}
            for one in model.elements
        ],
        "findings": [{"id": one.id, "title": one.title, "all": one.all, "document_type": one.document_type} for one in model.findings],
        "parameters": {name: defined[name].model_dump(mode="json") for name in model.parameters},
        "legal_basis": [basis.model_dump(mode="json") for basis in model.legal_basis],
        "evaluated_in_full": [f"{name} looks at all rows of {data}" for name, data in model.read_whole.items()],
        "false_positives": model.false_positives, "runbook": model.runbook,
        "full_because": in_full(loaded, as_of),
        "feeds": {name: {"latest": str(feed.latest or ""), "fresh": feed.fresh, "reason": feed.reason} for name, feed in states.items()},
    }


def in_full(loaded: Loaded, as_of: datetime) -> list[str]:
    """Why a model is evaluated in full after every change, or once a day; empty when only what changes and what falls due is evaluated."""
    compiled = compile_model(loaded.model, as_of.astimezone(ZONE).date(), lambda _: True)
    try:
        follow(compiled)
    except Unclear as reason:
        return [f"after every change: the model looks at {reason}"]
    return [f"once a day: {reason}" for reason in clock(compiled).daily]


def sql(loaded: Loaded, as_of: datetime, dialect: str) -> str:
    """The statement as ``dialect`` (duckdb or spark) executes it, with the feeds as they are."""
    compiled = prepare(loaded.model, feeds(loaded.model.datasets, as_of), as_of)
    return vocabulary.render(compiled.sql(), dialect)


def answers(loaded: Loaded, as_of: datetime, anchor: str, engine_name: str) -> list[Candidate]:
    """What the model says of one anchor, whether or not it makes a clue; empty when there is no such anchor row."""
    states = feeds(loaded.model.datasets, as_of)
    with closing(engine(engine_name)) as made:
        made.offer(versions(loaded.model.datasets))
        found = evaluate(loaded.id, prepare(loaded.model, states, as_of), made, states, as_of, live=[anchor])
    return [one for one in found if one.anchor == anchor]
