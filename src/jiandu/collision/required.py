"""Which fields a finding cannot do without, learnt from the model's own cases: a field is required when no positive case of the finding
finds anything once the field is empty.

No list to maintain: what a model needs follows from what it does. A field that is ordinarily empty (a revocation, a refund) is not required.
"""

from __future__ import annotations

import json
from datetime import date, datetime

from jiandu.collision import grounds, law, vocabulary
from jiandu.collision.cases import fill, instant, offered
from jiandu.collision.compile import Compiled
from jiandu.collision.datasets import dataset
from jiandu.collision.engines import DuckEngine
from jiandu.collision.evaluate import prepare
from jiandu.collision.library import Loaded
from jiandu.collision.model import Case
from jiandu.settings import settings

Field = tuple[str, str]
"""A data set and a field of it."""


def mentioned(loaded: Loaded, finding: str) -> list[Field]:
    """Every field, by data set, whose name a finding's elements mention, directly or through derived columns: what can be required at all."""
    model = loaded.model
    found = grounds.reached(model, {*model.finding(finding).all} | grounds.words(model.anchor), frozenset({"title", "detail", "unknown"}))
    return [(name, column) for name in model.datasets for column in dataset(name).columns if column in found]


class Trials:
    """The cases of one model version, run without this or that field; a second or less each, and only those that are asked for.

    What was tried is kept in the home folder, by version; losing it costs time only.
    """

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.path = settings().home.resolve() / "required" / f"{loaded.id}-{loaded.version}.json"
        self.known: dict[str, bool] = json.loads(self.path.read_text("utf-8")) if self.path.is_file() else {}
        self.engine: DuckEngine | None = None
        self.compiled: dict[datetime, Compiled] = {}
        self.tried: dict[tuple[str, Field], set[str | None]] = {}

    def needs(self, finding: str, field: Field) -> bool:
        """Whether every positive case of a finding falls silent without the field; one that does not look there keeps firing."""
        key = ".".join((finding, *field))
        if key not in self.known:
            cases = [case for case in self.loaded.model.cases if any(str(clue.get("finding")) == finding for clue in case.clues)]
            self.known[key] = bool(cases) and not any(not case.rows.get(field[0]) or finding in self.without(case, field) for case in cases)
        return self.known[key]

    def without(self, case: Case, field: Field) -> set[str | None]:
        """The findings of a case with the field empty in every row."""
        if (case.name, field) not in self.tried:
            model, (name, column), engine = self.loaded.model, field, self._engine()
            moment = instant(case.as_of or model.cases_as_of or date.min)
            feeds = offered(self.loaded, case, engine, moment)
            fill(engine, dataset(name), [{**model.case_defaults.get(name, {}), **row, column: None} for row in case.rows.get(name, [])])
            if moment not in self.compiled:
                self.compiled[moment] = prepare(model, feeds, moment)
            rows = engine.connection.execute(f"SELECT _finding FROM ({vocabulary.render(self.compiled[moment].sql(every=True), 'duckdb')})").fetchall()
            self.tried[case.name, field] = {row[0] for row in rows}
        return self.tried[case.name, field]

    def close(self) -> None:
        """Keep what was found out."""
        if self.engine is not None:
            self.engine.close()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(self.known, indent=1, sort_keys=True), "utf-8")

    def _engine(self) -> DuckEngine:
        if self.engine is None:
            self.engine = DuckEngine()
            self.engine.connection.execute("PRAGMA disable_optimizer")  # for a handful of rows planning is all the work
            for name, table in law.reference_tables().items():
                self.engine.put(name, table)
        return self.engine
