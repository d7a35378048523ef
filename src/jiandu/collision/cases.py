"""A model's own tests: rows in, clues out, on DuckDB, without a lake and without a JVM."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from jiandu.clock import ZONE
from jiandu.clue.card import plain
from jiandu.clue.store import Candidate
from jiandu.collision import law
from jiandu.collision.compile import Compiled
from jiandu.collision.datasets import Dataset, dataset
from jiandu.collision.engines import DuckEngine
from jiandu.collision.evaluate import evaluate, prepare
from jiandu.collision.feeds import Feed
from jiandu.collision.library import Loaded
from jiandu.collision.model import Case


@dataclass(frozen=True)
class Outcome:
    """What became of one case; ``wrong`` is empty when it passed."""

    model: str
    case: str
    wrong: tuple[str, ...]


def run_cases(loaded: Loaded) -> Iterator[Outcome]:
    """Every case of a model, in file order."""
    engine = DuckEngine()
    for name, table in law.reference_tables().items():
        engine.put(name, table)
    kept: dict[tuple[datetime, tuple[str, ...]], Compiled] = {}
    for case in loaded.model.cases:
        moment, stale = instant(case.as_of or loaded.model.cases_as_of or date.min), tuple(sorted(case.stale))
        feeds = offered(loaded, case, engine, moment)
        if (moment, stale) not in kept:
            kept[moment, stale] = prepare(loaded.model, feeds, moment)
        found = evaluate(loaded.id, kept[moment, stale], engine, feeds, moment, every=True, with_evidence=False)
        yield Outcome(loaded.id, case.name, tuple(differences(case, found)))


def offered(loaded: Loaded, case: Case, engine: DuckEngine, moment: datetime) -> dict[str, Feed]:
    """Put the case's rows where the model looks for them; every feed is fresh unless the case says it is stale."""
    feeds = {}
    for data in map(dataset, loaded.model.datasets):
        fill(engine, data, [{**loaded.model.case_defaults.get(data.name, {}), **row} for row in case.rows.get(data.name, [])])
        feeds[data.name] = Feed(data.name, data.title, moment, data.name not in case.stale, data.freshness_days)
    return feeds


def fill(engine: DuckEngine, data: Dataset, rows: list[dict[str, Any]]) -> None:
    """A data set holding exactly ``rows``; fields not given are NULL, the record key follows from the key."""
    given = []
    for number, row in enumerate(rows, 1):
        key = "|".join(str(row.get(name, "")) for name in data.key)
        given.append({"sealed": data.sealed, "delivery_id": "case", "row_no": number, "row_hash": f"{number:064d}", **row, "record_key": key})
    engine.fill(data, given)


def differences(case: Case, found: list[Candidate]) -> Iterator[str]:
    """What a case expected and did not get, and what came unexpected."""
    clues = {one.finding["anchor"]: {**one.finding, "state": "early" if one.verdict == "early" else "open"} for one in found if one.finding}
    for expected in case.clues:
        row = clues.pop(str(expected.get("anchor", next(iter(clues), ""))), None)
        if row is None:
            yield f"no clue for {expected.get('anchor', 'any anchor')}; {answered(found)}"
            continue
        for name, value in (expected | {"state": expected.get("state", "open")}).items():
            if str(plain(row[name])) != str(plain(value)):
                yield f"{name} is {plain(row[name])!r}, expected {plain(value)!r}"
    for anchor, row in clues.items():
        yield f"unexpected clue {row['finding']} ({row['state']}) for {anchor}"
    open_ = sorted(one.anchor for one in found if one.verdict == "unknown")
    if open_ != sorted(case.unknown):
        yield f"cannot be computed: {', '.join(open_) or 'none'}; expected {', '.join(sorted(case.unknown)) or 'none'}; {answered(found)}"


def answered(found: list[Candidate]) -> str:
    """Each candidate's answers, for somebody who wonders why."""
    return "; ".join(f"{one.verdict}: " + ", ".join(f"{e['element']}={e['answer']}" for e in one.elements) for one in found) or "no anchor row"


def instant(value: date | datetime) -> datetime:
    """A case's as-of; a day alone means noon of that day."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, time(12))
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


