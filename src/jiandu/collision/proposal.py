"""An edited model before it counts: what its file would change among the clues that stand, and the activation that changes just that.

``propose`` writes no clue; it leaves a note of what was shown in the home folder. ``activate`` computes the same once more, refuses when
anything differs from the note, and then writes it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jiandu.clock import ZONE
from jiandu.clue import store
from jiandu.clue.card import canonical
from jiandu.clue.store import Row
from jiandu.collision import archive, evaluations, library, runner
from jiandu.collision.engines import check_name, engine, versions
from jiandu.collision.feeds import Feed, feeds
from jiandu.errors import JianduError
from jiandu.settings import settings

KINDS = {"open": "new", "reopened": "new", "updated": "updated", "withdrawn": "withdrawn", "suspended": "suspended", "early": "early"}
"""Engine state a clue would change to → what that means to somebody who compares two editions."""


@dataclass(frozen=True)
class Change:
    """What becomes of one clue: ``change`` ∈ new, updated, withdrawn, suspended, early; what it was and what it would be."""

    clue_id: str
    anchor: str
    change: str
    finding: str
    severity: str
    sentence: str
    was: str = ""
    was_severity: str = ""
    was_sentence: str = ""


@dataclass(frozen=True)
class Proposal:
    """A model's file against the clues that stand.

    ``active`` is the edition that runs now (None: it never ran), ``edition`` the file's. ``settled`` tells whether the active edition has
    been evaluated over this very state of the data: if not, some of the changes come from new data and not from the edit.
    ``digest`` names the outcome: model, day, data and every change with its card.
    """

    model: str
    title: str
    active: str | None
    edition: str
    version: str
    as_of: str
    inputs: Mapping[str, int]
    settled: bool
    counts: Mapping[str, int]
    digest: str
    changes: tuple[Change, ...]

    @property
    def edited(self) -> bool:
        """Whether the file differs from what runs."""
        return self.active != self.edition

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        return {**asdict(self), "edited": self.edited}


@dataclass(frozen=True)
class _Assessed:
    """A proposal with what would be written."""

    proposal: Proposal
    loaded: library.Loaded
    changes: store.Changes
    states: Mapping[str, Feed]


def propose(name: str, as_of: datetime, engine_name: str = "duckdb") -> Proposal:
    """Compare what the file finds with the clues that stand, and note what was shown. No clue changes.

    Raises ``ContentError`` for a file with mistakes and ``ServiceUnavailable`` when Spark does not answer.
    """
    found = _assess(name, as_of, engine_name).proposal
    path = _note(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"digest": found.digest, "as_of": found.as_of}), "utf-8")
    return found


def activate(name: str, by: str, engine_name: str = "duckdb", again: datetime | None = None) -> Proposal:
    """Make the file's edition the one that runs, and write exactly the changes its diff showed, at the diff's as-of.

    ``again`` renews the diff at that instant first, for somebody who accepts whatever it is. Raises ``JianduError`` when no diff was made
    or when the file, the data, the law or the clues have moved since: what would be written must be what somebody looked at.
    """
    if not by.strip():
        raise JianduError.at("--by", "who activates it?", "give a name: it stays in the record of activations")
    path = _note(name)
    if again is not None:
        propose(name, again, engine_name)
    elif not path.is_file():
        raise JianduError.at(name, "nobody has looked at what this edition would change", f"jiandu model diff {name}, or --again")
    noted = json.loads(path.read_text("utf-8"))
    started, as_of = time.perf_counter(), datetime.fromisoformat(noted["as_of"])
    with store.one_writer():
        found = _assess(name, as_of, engine_name)
        proposal = found.proposal
        if proposal.digest != noted["digest"]:
            todo = f"jiandu model diff {name} shows the present difference; --again accepts it unseen"
            raise JianduError.at(name, "the file, the law, the data or the clues have moved since the diff", todo)
        turn = archive.turn(name, proposal.edition)
        told = runner.Told(runner.run_id(found.loaded, as_of, proposal.inputs, turn), started, "full", 0, "activated")
        runner.written(found.loaded, found.changes, engine_name, as_of, proposal.inputs, found.states, told, by.strip())
    path.unlink()
    evaluations.mirror()
    return proposal


def _assess(name: str, as_of: datetime, engine_name: str) -> _Assessed:
    [loaded] = library.load([name])
    names = loaded.model.datasets
    states, inputs = feeds(names, as_of), dict(versions(names))
    run_id = runner.run_id(loaded, as_of, inputs, archive.turn(name, loaded.edition))
    if evaluations.ledger().status(name, run_id, as_of, "changes") == "outdated":
        raise JianduError.at(name, f"a later day than {as_of:%Y-%m-%d %H:%M} was evaluated already", "give a later --as-of")
    before = store.latest(name)
    with closing(engine(check_name(engine_name))) as made:
        changes = runner.assessed(loaded, made, as_of, inputs, states)
    lines = tuple(_line(row, before.get(row["clue_id"])) for row in changes.finding)
    active = archive.active().get(name)
    counts = dict.fromkeys(KINDS.values(), 0)
    for line in lines:
        counts[line.change] += 1
    counts["kept"] = changes.counts["kept"]
    text = as_of.astimezone(ZONE).isoformat()
    seen = [loaded.version, text, inputs, sorted(row["card_hash"] for row in changes.finding), counts]
    digest = hashlib.sha256(canonical(seen).encode()).hexdigest()
    proposal = Proposal(
        name, loaded.model.title, active, loaded.edition, loaded.version, text, inputs, _settled(name, loaded, active, as_of, inputs), counts, digest, lines,
    )
    return _Assessed(proposal, loaded, changes, states)


def _settled(name: str, loaded: library.Loaded, active: str | None, as_of: datetime, inputs: Mapping[str, int]) -> bool:
    """Whether what runs now has seen this state of the data."""
    if active is None:
        return True
    running = loaded if active == loaded.edition else library.from_archive(name, loaded.path, active)
    run_id = runner.run_id(running, as_of, inputs, archive.turn(name, active))
    return evaluations.ledger().status(name, run_id, as_of, "changes") == "repeated"


def _line(row: Row, before: Row | None) -> Change:
    was = (before["finding"], before["severity"], before["sentence"]) if before else ("", "", "")
    return Change(row["clue_id"], row["anchor"], KINDS[row["state"]], row["finding"], row["severity"], row["sentence"], *was)


def _note(name: str) -> Path:
    return settings().home.resolve() / "proposals" / f"{name}.json"
