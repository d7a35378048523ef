"""Cuts each data set into dated deliveries: history and updates, late, corrected, broken, doubled, repeated and held ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jiandu.demo.draws import Days, Whole
from jiandu.demo.files import EXTENSIONS, DeliveryFile, open_file
from jiandu.demo.plans import FAULT_SHARE, FAULTY_FILE, PLANS, Plan
from jiandu.demo.record import LAG, Story, contract
from jiandu.demo.render import broken, rendered, whole

NOT_SENT = 99
"""Number of the file of a row that no file holds."""


@dataclass
class Entry:
    """What ingest should make of a file: ``status`` loaded, repeated or held; the rows of the last two go nowhere and count 0."""

    file: str
    contract: str
    delivered_on: str
    status: str
    rows: int
    quarantined: int = 0
    duplicates: int = 0
    note: str = ""


class Outbox:
    """The open files of all data sets; slices of the province are appended one after the other."""

    def __init__(self, landing: Path, today: date) -> None:
        self.landing, self.today = landing, today
        landing.mkdir(parents=True, exist_ok=True)
        self.files: dict[tuple[str, int], DeliveryFile] = {}
        self.entries: dict[tuple[str, int], Entry] = {}

    def file(self, data_set: str, number: int) -> tuple[DeliveryFile, Entry]:
        """The open file and its entry in the manifest."""
        key = (data_set, number)
        if key not in self.files:
            plan = PLANS[data_set]
            age = plan.ages[number] - (1 if number in (plan.misread, plan.widened) else 0)  # the good copy follows a day later
            day = self.today - timedelta(days=age)
            path = self.landing / f"{data_set}_{day:%Y%m%d}.{EXTENSIONS[contract(data_set)['delivery']['format']]}"
            self.files[key] = open_file(data_set, path)
            self.entries[key] = Entry(path.name, data_set, day.isoformat(), "loaded", 0)
        return self.files[key], self.entries[key]

    def send(self, data_set: str, rows: pa.Table, planted: int, stories: Sequence[Story], with_faults: bool) -> None:
        """Append rows to the files they belong to; the last ``planted`` of them are planted and never broken."""
        plan = PLANS[data_set]
        cutoffs = np.array([np.datetime64(self.today - timedelta(days=age + 1)) for age in plan.ages])
        first, when = first_files(plan, rows, cutoffs)
        if (first == NOT_SENT).any():
            raise ValueError(f"{data_set}: {int((first == NOT_SENT).sum())} rows are younger than the last file")
        offset = len(rows) - planted
        early = {offset + story.row: story.early for story in stories}
        faulty = self.choose_faulty(plan, first[:offset]) if with_faults else np.array([], dtype=np.int64)
        last = len(plan.ages) - 1
        for number, cutoff in enumerate(cutoffs):
            wanted = first == number
            previous = cutoffs[number - 1] if number else np.datetime64("1900-01-01")
            for stage, _ in plan.stages:
                wanted |= (first < number) & (when[stage] > previous) & (when[stage] <= cutoff)
            wanted |= (first <= number) & plan.snapshot
            held_back = [row for row in early if first[row] == number] + [row for row in faulty if first[row] == number]
            wanted[held_back] = False
            if number == last:
                wanted[[*early, *faulty]] = True
            self.append(data_set, number, known(plan, rows, np.flatnonzero(wanted), when, cutoff))
            for row in (row for row in early if first[row] == number):
                stages = {stage: days[row : row + 1] for stage, days in when.items()}
                self.append(data_set, number, known(plan, replaced(rows.slice(row, 1), early[row]), np.array([0]), stages, cutoff))
            self.append_faults(data_set, number, rows, [row for row in faulty if first[row] == number])
        if with_faults and plan.doubled is not None:
            self.double(data_set, plan.doubled, rows, np.flatnonzero(first == plan.doubled)[:3])

    def append(self, data_set: str, number: int, rows: pa.Table) -> None:
        """Append rows to a file."""
        if len(rows):  # an agency without news sends no file
            file, entry = self.file(data_set, number)
            file.append(rendered(data_set, rows, PLANS[data_set].dates))
            entry.rows += len(rows)

    def choose_faulty(self, plan: Plan, first: Whole) -> Whole:
        """Background rows to be broken in one file: at least one of each kind of fault."""
        there = np.flatnonzero(first == (0 if plan.snapshot else FAULTY_FILE))
        there = there if len(there) else np.flatnonzero(first == 0)
        count = max(len(plan.faults), round(len(there) * FAULT_SHARE)) if plan.faults else 0
        if not count or not len(there):
            return np.array([], dtype=np.int64)
        return np.asarray(there[np.unique(np.linspace(0, len(there) - 1, min(count, len(there))).astype(int))])

    def append_faults(self, data_set: str, number: int, rows: pa.Table, faulty: Sequence[int]) -> None:
        """Append rows with a broken cell each."""
        plan = PLANS[data_set]
        for place, row in enumerate(faulty):
            file, entry = self.file(data_set, number)
            column, cell = plan.faults[place % len(plan.faults)]
            file.append(broken(rendered(data_set, rows.slice(row, 1), plan.dates), column, cell))
            entry.rows, entry.quarantined = entry.rows + 1, entry.quarantined + 1

    def double(self, data_set: str, number: int, rows: pa.Table, doubled: Whole) -> None:
        """Append some rows of a file a second time."""
        self.append(data_set, number, rows.take(whole(doubled)))
        self.file(data_set, number)[1].duplicates += len(doubled)

    def close(self) -> list[Entry]:
        """Finish all files, make the repeated and the held ones, and return the manifest in the order of the files' dates."""
        for file in self.files.values():
            file.close()
        extra = [entry for data_set, plan in PLANS.items() for entry in self.copies(data_set, plan)]
        return sorted([*self.entries.values(), *extra], key=lambda entry: (entry.delivered_on, entry.file))

    def copies(self, data_set: str, plan: Plan) -> list[Entry]:
        """Copies of files: the same bytes under another name, or what the agency sent before it noticed its mistake."""
        made = []
        if plan.repeated is not None and (entry := self.entries.get((data_set, plan.repeated))):
            source = self.landing / entry.file
            copy = source.with_stem(source.stem + "_重发")
            copy.write_bytes(source.read_bytes())
            made.append(Entry(copy.name, data_set, entry.delivered_on, "repeated", 0, note="the same bytes under another name"))
        for number, note in ((plan.misread, "GB18030 instead of UTF-8"), (plan.widened, "a column that the contract does not know")):
            if number is not None and (entry := self.entries.get((data_set, number))):
                day = self.today - timedelta(days=plan.ages[number])
                text = (self.landing / entry.file).read_bytes().decode("utf-8-sig")
                data = text.encode("gb18030") if number == plan.misread else ("\ufeff" + widened(text)).encode()
                held = self.landing / f"{data_set}_{day:%Y%m%d}.csv"
                held.write_bytes(data)
                made.append(Entry(held.name, data_set, day.isoformat(), "held", 0, note=note))
        return made


def first_files(plan: Plan, rows: pa.Table, cutoffs: Days) -> tuple[Whole, dict[str, Days]]:
    """The number of the first file that holds each row, and the dates of its stages."""
    born = day_column(rows, plan.born) + plan.after
    lag = np.where(born <= cutoffs[-1], rows.column(LAG).to_numpy(), 0).astype("timedelta64[D]")
    arrived = np.where(born <= cutoffs[-1], np.minimum(born + lag, cutoffs[-1]), born)  # no lag outlasts the last file
    first = np.searchsorted(cutoffs, arrived)
    return np.where(first >= len(cutoffs), NOT_SENT, first), {stage: day_column(rows, stage) for stage, _ in plan.stages}


def day_column(rows: pa.Table, name: str) -> Days:
    """A date or instant of each row as days, ``NaT`` where there is none."""
    values = pc.cast(rows.column(name), pa.date32(), safe=False)  # an instant loses its time of day
    return np.asarray(values.to_numpy(), dtype="datetime64[D]")


def known(plan: Plan, rows: pa.Table, chosen: Whole, when: dict[str, Days], cutoff: np.datetime64) -> pa.Table:
    """The chosen rows as they stood on the file's day: what happened later is still empty."""
    part = rows.take(whole(chosen))
    for stage, fields in plan.stages:
        future = when[stage][chosen] > cutoff
        if future.any():
            for name in fields:
                column = pc.if_else(pa.array(~future), part.column(name), pa.scalar(None, part.schema.field(name).type))
                part = part.set_column(part.schema.get_field_index(name), name, column)
    return part


def replaced(row: pa.Table, early: dict[str, Any]) -> pa.Table:
    """A row with some fields set to other values."""
    for name, value in early.items():
        row = row.set_column(row.schema.get_field_index(name), name, pa.array([value], row.schema.field(name).type))
    return row


def widened(text: str) -> str:
    """Delimited text with one more column."""
    head, *lines = text.splitlines()
    return "\n".join([head + ",内部流转编号", *(f"{line},{place}" for place, line in enumerate(lines, 1))]) + "\n"


def write_manifest(entries: Sequence[Entry], path: Path) -> None:
    """The manifest as JSON."""
    path.write_text(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, indent=1) + "\n", "utf-8")
