"""A model on the past: what it would have found on each date with only what had been loaded by then, and what became of that.

One DuckDB connection, the dates in sequence, every edition over the same tables: ``past`` puts them in place, and the same compiled model
that runs every night answers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from jiandu.clock import ZONE
from jiandu.clue import store
from jiandu.clue.answer import outcomes
from jiandu.clue.store import Row
from jiandu.clue.tables import LIVE
from jiandu.collision import archive, grounds, library
from jiandu.collision.compile import Compiled
from jiandu.collision.engines import Engine
from jiandu.collision.evaluate import candidates, prepare
from jiandu.collision.feeds import Feed
from jiandu.collision.library import Loaded
from jiandu.collision.past import Past
from jiandu.collision.pinned import held
from jiandu.errors import ContentError, JianduError, Problem

STEPS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Step:
    """One element of a finding in order: anchors for which it and all before it are met, and those that cannot be decided."""

    element: str
    title: str
    met: int
    unknown: int


@dataclass(frozen=True)
class Funnel:
    """How a finding narrows the anchors; ``first`` are those whose clue it is, because no finding above it holds."""

    finding: str
    title: str
    anchors: int
    steps: tuple[Step, ...]
    first: int


@dataclass(frozen=True)
class Day:
    """One date: clues that would have stood, and what would have changed since the date before; ``early`` notices that some term would soon run
    out; feeds then too old to prove an absence."""

    day: date
    standing: int
    opened: int
    updated: int
    withdrawn: int
    reopened: int
    suspended: int
    early: int
    unknown: int
    stale: tuple[str, ...]
    by_finding: Mapping[str, int]
    funnels: tuple[Funnel, ...]


@dataclass(frozen=True)
class Yield:
    """Clues ever found against known outcomes: right, wrong, not known; of all known to be right, those never found.

    ``precision`` and ``recall`` are shares of 0 to 1, None where nothing is known.
    """

    found: int
    confirmed: int
    excluded: int
    unanswered: int
    missed: int

    @property
    def precision(self) -> float | None:
        """Of the clues whose outcome is known, the share that was right."""
        return round(self.confirmed / (self.confirmed + self.excluded), 4) if self.confirmed + self.excluded else None

    @property
    def recall(self) -> float | None:
        """Of what is known to be right, the share that was found."""
        return round(self.confirmed / (self.confirmed + self.missed), 4) if self.confirmed + self.missed else None


@dataclass(frozen=True)
class Track:
    """One edition over all dates; ``first_found`` gives each clue ever found (by anchor) the date it first stood."""

    label: str
    edition: str
    days: tuple[Day, ...]
    first_found: Mapping[str, date]
    outcome: Yield | None


@dataclass(frozen=True)
class Backtest:
    """One or two editions of a model over the same dates. ``only`` lists for two of them the anchors one found and the other did not."""

    model: str
    title: str
    tracks: tuple[Track, ...]
    only: Mapping[str, tuple[str, ...]]

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        found = asdict(self)
        for track, said in zip(self.tracks, found["tracks"], strict=True):
            if track.outcome:
                said["outcome"] |= {"precision": track.outcome.precision, "recall": track.outcome.recall}
        return found


def backtest(name: str, since: date, until: date, every: str = "week", against: str = "", truth: Path | None = None) -> Backtest:
    """Run the file's edition of a model over past dates, the last of them ``until``; with ``against="active"`` the active one beside it.

    Each date is looked at as of its last second. ``truth`` is a CSV with ``anchor`` and ``outcome`` (属实 or 排除) and maybe ``finding``;
    without it the answers that prosecutors gave count, as they flowed back into the lake. Raises ``JianduError`` for dates in the wrong
    order, an unknown step, a model never activated, or a truth file that cannot be read.
    """
    tracks = _editions(name, against)
    known = _truth(truth) if truth else outcomes(name)
    days = list(dates(since, until, every))
    running = [_Running(label, one) for label, one in tracks]
    with Past([data for _, one in tracks for data in one.model.datasets]) as past:
        for day in days:
            moment = datetime.combine(day, time(23, 59, 59), ZONE)
            feeds = past.show(moment)
            for one in running:
                one.step(past.engine, feeds, moment)
    done = tuple(one.track(known) for one in running)
    only = {one.label: tuple(sorted(one.first_found.keys() - other.first_found.keys())) for one, other in zip(done, done[::-1], strict=True) if len(done) > 1}
    return Backtest(name, tracks[0][1].model.title, done, only)


def dates(since: date, until: date, every: str) -> Iterator[date]:
    """The dates looked at, oldest first, counted back from ``until`` so that the newest is always there; months keep its day of the month."""
    if every not in (*STEPS, "month"):
        raise JianduError.at("--every", f"{every!r} is no step", "day, week or month")
    if since > until:
        raise JianduError.at("--from", f"{since} is after {until}", "turn them round")
    found, day, number = [], until, 0
    while day >= since:
        found.append(day)
        number += 1
        day = until - timedelta(days=number * STEPS[every]) if every in STEPS else _months_before(until, number)
    return iter(found[::-1])


def _months_before(day: date, number: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - number, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


class _Running:
    """One edition as it goes from date to date: the clues it has, and what it found."""

    def __init__(self, label: str, loaded: Loaded) -> None:
        self.label, self.loaded = label, loaded
        self.before: dict[str, Row] = {}
        self.days: list[Day] = []
        self.first: dict[str, date] = {}

    def step(self, engine: Engine, feeds: Mapping[str, Feed], moment: datetime) -> None:
        """Evaluate one date and remember what changed."""
        model, day = self.loaded.model, moment.astimezone(ZONE).date()
        states = {name: feeds[name] for name in model.datasets}
        with held(self.loaded.pinned):
            compiled = prepare(model, states, moment)
            # All anchors once, for the funnel; of them only those with a finding or a clue become candidates.
            engine.put("past__answers", engine.query(compiled.sql(every=True)))
            live = sorted(store.watched(self.before))
            among = ", ".join("'" + anchor.replace("'", "''") + "'" for anchor in live) or "NULL"
            table = engine.query(f"SELECT * FROM past__answers WHERE _finding IS NOT NULL OR _anchor IN ({among})")
            found = candidates(self.loaded.id, compiled, engine, table, states, day, with_evidence=True)
            stamp = {"run_id": str(day), "model_version": self.loaded.version, "as_of": moment}
            changes = grounds.comparison(model, states)(self.before, found, run=stamp)
            funnels = tuple(_funnels(compiled, engine))
        self.before |= {row["clue_id"]: row for row in changes.finding}
        standing = [row for row in self.before.values() if row["state"] in LIVE]
        for row in standing:
            self.first.setdefault(row["anchor"], day)
        by_finding = {finding.id: sum(row["finding"] == finding.id for row in standing) for finding in model.findings}
        [[unknown]] = [list(row.values()) for row in engine.query("SELECT COUNT(*) AS n FROM past__answers WHERE _finding IS NULL AND _open").to_pylist()]
        counts = changes.counts
        self.days.append(Day(
            day, len(standing), counts["open"], counts["updated"], counts["withdrawn"], counts["reopened"], counts["suspended"],
            sum(row["state"] == "early" for row in self.before.values()), unknown,
            tuple(name for name, feed in states.items() if not feed.fresh), by_finding, funnels,
        ))

    def track(self, known: Mapping[str, bool]) -> Track:
        """All dates, and the yield against what is known."""
        return Track(self.label, self.loaded.edition, tuple(self.days), dict(sorted(self.first.items())), _yield(self.first, known) if known else None)


def _funnels(compiled: Compiled, engine: Engine) -> Iterator[Funnel]:
    """For each finding the anchors left after each of its elements; three-valued: a prefix is unknown when no part fails and one is unknown."""
    columns = ["COUNT(*) AS anchors"]
    for number, finding in enumerate(compiled.model.findings):
        for place in range(len(finding.all)):
            prefix = " AND ".join(f'"e_{name}"' for name in finding.all[:place + 1])
            columns.append(f"COALESCE(SUM(CASE WHEN {prefix} THEN 1 ELSE 0 END), 0) AS met_{number}_{place}")
            columns.append(f"COALESCE(SUM(CASE WHEN ({prefix}) IS NULL THEN 1 ELSE 0 END), 0) AS unknown_{number}_{place}")
        columns.append(f"COALESCE(SUM(CASE WHEN _finding = '{finding.id}' THEN 1 ELSE 0 END), 0) AS first_{number}")
    [row] = engine.query(f"SELECT {', '.join(columns)} FROM past__answers").to_pylist()
    for number, finding in enumerate(compiled.model.findings):
        steps = tuple(
            Step(name, compiled.model.element(name).title, int(row[f"met_{number}_{place}"]), int(row[f"unknown_{number}_{place}"]))
            for place, name in enumerate(finding.all)
        )
        yield Funnel(finding.id, finding.title, row["anchors"], steps, int(row[f"first_{number}"]))


def _editions(name: str, against: str) -> list[tuple[str, Loaded]]:
    """The file's edition, and the one to compare it with."""
    [loaded] = library.load([name])
    if not against:
        return [("file", loaded)]
    if against != "active":
        raise JianduError.at("--against", f"{against!r} cannot be compared with", "active")
    edition = archive.active().get(name)
    if edition is None:
        raise JianduError.at(name, "was never activated", f"jiandu model run {name}")
    return [("file", loaded), ("active", library.from_archive(name, loaded.path, edition))]


def _yield(first: Mapping[str, date], known: Mapping[str, bool]) -> Yield:
    right, wrong = {anchor for anchor, is_right in known.items() if is_right}, {anchor for anchor, is_right in known.items() if not is_right}
    found = set(first)
    return Yield(len(found), len(found & right), len(found & wrong), len(found - right - wrong), len(right - found))


def _truth(path: Path) -> dict[str, bool]:
    """Anchor → whether it was right, from a CSV. Raises ``ContentError`` naming every line that cannot be used."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise JianduError.at(str(path), f"cannot be read: {error}", "a UTF-8 CSV with the columns anchor, outcome") from error
    wrong = [
        Problem(f"{path}:{number}", f"outcome is {row.get('outcome')!r}, anchor {row.get('anchor')!r}", "anchor, and 属实 or 排除")
        for number, row in enumerate(rows, 2) if row.get("outcome") not in ("属实", "排除") or not row.get("anchor")
    ]
    if wrong or not rows:
        raise ContentError(wrong or [Problem(str(path), "no rows", "a UTF-8 CSV with the columns anchor, outcome")])
    return {row["anchor"]: row["outcome"] == "属实" for row in rows}
