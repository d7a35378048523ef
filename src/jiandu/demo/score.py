"""Planted truths found and decoys fired: the clues on the desk against the answer key, which nothing else ever reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from jiandu.errors import SetupError
from jiandu.settings import settings

STANDING = ("open", "updated", "reopened")
"""Engine states in which a clue accuses somebody; ``withdrawn``, ``suspended`` and ``early`` do not."""


@dataclass(frozen=True)
class Planted:
    """One row of the answer key."""

    model: str
    finding: str
    kind: str
    variety: str
    anchor: str


@dataclass(frozen=True)
class Score:
    """One model (or variety): truths planted and found, decoys planted and fired, standing clues that nobody planted."""

    name: str
    truths: int
    found: int
    decoys: int
    fired: int
    unplanted: int = 0
    early: int = 0
    warned: int = 0
    """Stories that fall due soon, and those of them the model warned of: neither truths nor false alarms, counted apart."""

    @property
    def clean(self) -> bool:
        """Every truth found, no decoy fired, nothing besides, and a warning of everything that falls due soon."""
        return self.found == self.truths and not self.fired and not self.unplanted and self.warned == self.early


def answer_key() -> list[Planted]:
    """The answer key of this home's province. Raises ``SetupError`` while none was generated."""
    path = settings().home.resolve() / "demo" / "answer_key.jsonl"
    if not path.is_file():
        raise SetupError.at(str(path), "no province was generated in this home", "jiandu demo")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [Planted(*(str(row[name]) for name in ("model", "finding", "kind", "variety", "anchor"))) for row in rows]


def standing(states: Sequence[str] = STANDING) -> set[tuple[str, str, str]]:
    """Model, finding and anchor of every clue on the desk that accuses somebody; of those in other ``states``, when they are given.

    A live clue's anchor is no one event: the story its posts belong to stands for it.
    """
    from sqlalchemy import select

    from jiandu import ops
    from jiandu.demo.forum import standing as live
    from jiandu.ops.tables import clue

    with ops.transaction() as connection:
        rows = connection.execute(select(clue.c.clue_id, clue.c.model, clue.c.finding, clue.c.anchor).where(clue.c.engine_state.in_(states))).all()
        stories = live.anchors(connection)
        return {(row.model, row.finding, stories.get(row.clue_id, row.anchor)) for row in rows}


def by_model(key: Sequence[Planted], clues: Iterable[tuple[str, str, str]], early: Iterable[tuple[str, str, str]] = ()) -> list[Score]:
    """One score a model. A truth counts as found only under its own finding; any clue on a decoy's anchor is a false alarm.

    ``early`` are the clues that only warn; a story that falls due soon must be among them, and standing it is a false alarm too.
    """
    clues, early = set(clues), set(early)
    anchors = {(model, anchor) for model, _, anchor in clues}
    planted = {(row.model, row.anchor) for row in key}
    scores = []
    for model in sorted({row.model for row in key} | {model for model, _, _ in clues}):
        truths = {(row.finding, row.anchor) for row in key if row.model == model and row.kind == "truth"}
        decoys = {row.anchor for row in key if row.model == model and row.kind == "decoy"} - {anchor for _, anchor in truths}
        soon = {(row.finding, row.anchor) for row in key if row.model == model and row.kind == "early"}
        found = sum((model, finding, anchor) in clues for finding, anchor in truths)
        fired = sum((model, anchor) in anchors for anchor in decoys | {anchor for _, anchor in soon})
        warned = sum((model, finding, anchor) in early for finding, anchor in soon)
        unplanted = sum(its_model == model and (model, anchor) not in planted for its_model, anchor in anchors)
        scores.append(Score(model, len(truths), found, len(decoys), fired, unplanted, len(soon), warned))
    return scores


def faults(key: Sequence[Planted], clues: Iterable[tuple[str, str, str]]) -> dict[str, list[str]]:
    """Missed truths, fired decoys and unplanted clues as ``model/finding/variety`` → anchors, to find out why."""
    clues = set(clues)
    anchors = {(model, anchor) for model, _, anchor in clues}
    found: dict[str, list[str]] = {}
    for row in key:
        if row.kind == "truth" and (row.model, row.finding, row.anchor) not in clues:
            found.setdefault(f"missed {row.model}/{row.finding}/{row.variety}", []).append(row.anchor)
        if row.kind in ("decoy", "early") and (row.model, row.anchor) in anchors:
            found.setdefault(f"fired {row.model}/{row.variety}", []).append(row.anchor)
    planted = {(row.model, row.anchor) for row in key}
    for model, finding, anchor in sorted(clues):
        if (model, anchor) not in planted:
            found.setdefault(f"unplanted {model}/{finding}", []).append(anchor)
    return found


def as_rows(scores: Sequence[Score]) -> list[dict[str, Any]]:
    """For machine-readable output."""
    return [{**score.__dict__, "clean": score.clean} for score in scores]


