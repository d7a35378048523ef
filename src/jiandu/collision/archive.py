"""The archive of model versions: whatever ever ran is kept with all it used, so that it can run again after its file and the law changed.

An *edition* is what a person decides on: the model without its cases, and the law parameters it uses. A *version* is an edition over the
state of what is data: calendar, places, jurisdictions, data sets. Both tables are append-only.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import pyarrow as pa

from jiandu import lake
from jiandu.clue.card import canonical
from jiandu.clue.tables import ACTIVATION, MODEL_VERSION
from jiandu.collision import identity, law
from jiandu.collision.datasets import Dataset, dataset
from jiandu.collision.model import Model
from jiandu.collision.pinned import Pinned
from jiandu.errors import JianduError

Row = dict[str, Any]
TESTS = {"cases", "cases_as_of", "case_defaults"}
"""Parts of a model that change none of its clues."""

SOFTWARE = ("duckdb", "sqlglot", "pyarrow", "deltalake", "jiandu")


def spoken(model: Model) -> Row:
    """The model as its file says it, imports resolved and without its cases: plain data that ``Model`` reads back."""
    return {**model.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude=TESTS), "cases": []}


def edition(model: Model) -> str:
    """Twelve hex digits over the model without its cases and the parameters it uses. Order counts: the first finding that holds wins."""
    return hashlib.sha256(json.dumps([spoken(model), _parameters(model)], ensure_ascii=False).encode()).hexdigest()[:12]


def version(model: Model) -> str:
    """Twelve hex digits over the edition and the state of the data around it. What runs under one version always answers alike."""
    return hashlib.sha256(f"{edition(model)}{canonical(_around(model))}".encode()).hexdigest()[:12]


def _parameters(model: Model) -> Row:
    defined = law.parameters()
    return {name: defined[name].model_dump(mode="json", by_alias=True) for name in sorted(model.parameters)}


def _around(model: Model) -> Row:
    """Calendar, places, jurisdictions and data sets as they are now."""
    sets = {name: asdict(dataset(name)) for name in sorted(model.datasets)}
    return {
        "calendar": {str(day): work for day, work in law.exceptions_to_the_week().items()}, "divisions": law.division_names(),
        "jurisdictions": identity.jurisdictions(), "datasets": {name: {**one, "personal": sorted(one["personal"])} for name, one in sets.items()},
    }


def keep(name: str, number: str, edition_no: str, model: Model, path: Path, as_of: datetime) -> None:
    """Archive the version of a model that runs now; once for each version. Of an edition known already, the file as it was then is kept."""
    if lake.committed("clue", "model_version", f"{name}:{number}"):
        return
    known = [row["file"] for row in lake.rows("clue", "model_version") if (row["model"], row["edition"]) == (name, edition_no)]
    row = {
        "model": name, "version": number, "edition": edition_no, "title": model.title, "as_of": as_of, "file": (known or [path.read_text("utf-8")])[0],
        "content": json.dumps({"model": spoken(model), "parameters": _parameters(model), **_around(model)}, ensure_ascii=False),
        "software": canonical({package: installed(package) for package in SOFTWARE}),
    }
    lake.append("clue", "model_version", pa.Table.from_pylist([row], MODEL_VERSION), f"{name}:{number}")


@dataclass(frozen=True)
class Archived:
    """A version out of the archive: the model, and what it was pinned to."""

    model: Model
    version: str
    edition: str
    around: Pinned
    software: Mapping[str, str]


def restored(name: str, number: str) -> Archived:
    """A version as it was kept. Raises ``JianduError`` when it was not."""
    return _read("version", name, number)


def restored_edition(name: str, number: str) -> Archived:
    """An edition as it was kept; of its versions the newest. Raises ``JianduError`` when there is none."""
    return _read("edition", name, number)


def _read(column: str, name: str, number: str) -> Archived:
    rows = [row for row in lake.rows("clue", "model_version") if (row["model"], row[column]) == (name, number)]
    if not rows:
        raise JianduError.at(f"{name} {number}", f"no such {column} in clue.model_version", "was it made by another lake, or an older Jiandu?")
    row = max(rows, key=lambda one: one["as_of"])
    return _parsed(row["content"], row["version"], row["edition"], row["software"])


@cache
def _parsed(content: str, number: str, edition_no: str, software: str) -> Archived:
    kept = json.loads(content)
    sets = {name: Dataset(**{**one, "key": tuple(one["key"]), "personal": frozenset(one["personal"])}) for name, one in kept["datasets"].items()}
    around = Pinned(
        {name: law.Parameter.model_validate(one) for name, one in kept["parameters"].items()},
        {date.fromisoformat(day): work for day, work in kept["calendar"].items()}, kept["divisions"], kept["jurisdictions"], sets,
    )
    return Archived(Model.model_validate(kept["model"]), number, edition_no, around, json.loads(software))


def active() -> dict[str, str]:
    """The edition each model runs in, of those that were ever activated."""
    rows = sorted(lake.rows("clue", "activation"), key=lambda row: row["activation_no"])
    return {row["model"]: row["edition"] for row in rows}


def turns() -> dict[str, int]:
    """How often each model was activated, of those that ever were."""
    return dict(Counter(row["model"] for row in lake.rows("clue", "activation")))


def turn(name: str, edition_no: str) -> int:
    """The number of the activation an edition runs under: of the one that made it active, or of the one that would."""
    before = activations(name)
    return len(before) + (not before or before[-1]["edition"] != edition_no)


def activate(name: str, edition_no: str, number: str, as_of: datetime, by: str, run_id: str, counts: Mapping[str, int]) -> None:
    """Record that a model runs in an edition from now on; an edition that is active already is left alone."""
    before = activations(name)
    latest = before[-1]["edition"] if before else None
    if latest == edition_no:
        return
    row = {
        "model": name, "activation_no": len(before) + 1, "edition": edition_no, "version": number, "replaces": latest, "as_of": as_of, "activated_by": by,
        "run_id": run_id, **{column: counts.get("open" if column == "opened" else column, 0) for column in ACTIVATION.names[-7:]},
    }
    lake.append("clue", "activation", pa.Table.from_pylist([row], ACTIVATION), f"{name}:{len(before) + 1}")


def activations(name: str) -> list[Row]:
    """Every activation of a model, oldest first."""
    return sorted((row for row in lake.rows("clue", "activation") if row["model"] == name), key=lambda row: row["activation_no"])
