"""Makes the province: slices of clean life, planted stories on top, delivered as files, databases and web pages; the answer key apart."""

from __future__ import annotations

import json
import math
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jiandu.demo.background import accidents, belongings, cases, custody, injuries, licences, penalties, pensions, police, registers
from jiandu.demo.deliveries import Entry, Outbox, write_manifest
from jiandu.demo.draws import Draws
from jiandu.demo.geometry import write_polygons
from jiandu.demo.numbers import Serials
from jiandu.demo.people import Population
from jiandu.demo.plans import PLANS
from jiandu.demo.plants import (
    accident_concealed,
    aid_with_assets,
    double_pension,
    judicial_assistance,
    nonlitigation_execution,
    on_the_spot_fine,
    payment_after_death,
    pension_in_custody,
    police_case_not_converted,
    stop_order_ignored,
    work_safety_accident,
)
from jiandu.demo.plants.stage import Answer, Stage
from jiandu.demo.record import Planted, contract, rows_table, schema
from jiandu.demo.takeaway import DEMO_SHOPS
from jiandu.demo.world import World
from jiandu.errors import JianduError
from jiandu.settings import settings

BACKGROUND = (penalties, accidents, police, pensions, registers, cases, licences, belongings, custody, injuries)
MODELS = (
    nonlitigation_execution, work_safety_accident, police_case_not_converted, payment_after_death, judicial_assistance, stop_order_ignored, double_pension,
    aid_with_assets, pension_in_custody, accident_concealed, on_the_spot_fine,
)
SLICE = 4.0
"""Units of scale made at once; memory is bounded by it."""
PLANTED = 120
"""Truths and decoys of each model at scale 1; more at larger scales, up to ten times as many."""
DATABASES = ("civil__aid_household", "police__criminal_case")
WEB = "market__food_licence"


@dataclass(frozen=True)
class Summary:
    """What was made: rows by data set (business rows, not deliveries), files, planted truths and decoys, seconds."""

    rows: dict[str, int]
    files: int
    truths: int
    decoys: int
    seconds: float

    def __str__(self) -> str:
        total = sum(self.rows.values())
        return f"{total:,} rows of {len(self.rows)} data sets in {self.files} files, {self.truths} truths and {self.decoys} decoys, {self.seconds:.1f} s"


def generate(
    scale: float, seed: int, as_of: datetime, out: Path | None = None, landing: Path | None = None, clean: bool = False, shops: int = DEMO_SHOPS,
) -> Summary:
    """Make the province of (scale, seed) as of the morning of ``as_of``.

    Deliveries go to ``landing`` (default: the setting), replacing those of an earlier generation; databases, site, map and the
    answer key go to ``out`` (default ``<home>/demo``), never under the landing folder. ``clean`` plants nothing; ``shops`` of the takeaway
    platforms are shown. The two workbooks and
    the web site stop growing at 5,000, 15,000 and 2,000 rows: offices that work so are small, whatever the scale.
    Raises ``JianduError`` for a scale that is not positive or a folder that cannot be written.
    """
    began = time.monotonic()
    out, landing = out or settings().home.resolve() / "demo", landing or settings().landing_root
    if not 0 < scale <= 1000:
        raise JianduError.at("--scale", f"{scale} is not a size", "1 is about 100,000 rows; up to 1000")
    if out.resolve().is_relative_to(landing.resolve()):
        raise JianduError.at(str(out), "the answer key would lie among the deliveries", "choose another --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
        landing.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".generating-", dir=landing) as staging:  # nothing lands before everything is written
            summary = _make(scale, seed, as_of, out, Path(staging), clean, began, shops)
            forget(out, landing)
            for made in sorted(Path(staging).iterdir()):
                made.replace(landing / made.name)
            (out / "deliveries.partial").replace(out / "deliveries.json")
        return summary
    except OSError as error:
        raise JianduError.at(str(error.filename or out), f"cannot be written: {error.strerror}", "check the folder and the space on it") from error


@dataclass(frozen=True)
class Slice:
    """A part of the province in terms of the field dictionary: rows by data set, the planted ones last, and the stories among those."""

    number: int
    rows: dict[str, pa.Table]
    planted: Planted
    answers: list[Answer]


def slices(scale: float, seed: int, today: date, clean: bool = False) -> Iterator[Slice]:
    """The province of (scale, seed) slice by slice, the stories in the first; nothing is written."""
    population, serials = Population(), Serials()
    count = max(1, math.ceil(scale / SLICE))
    for number in range(count):
        world = World(seed, number, scale / count, scale, today, population, serials)
        for part in BACKGROUND:
            part.make(world)
        stage = Stage(world, Draws(seed, "stage"))
        if number == 0 and not clean:
            plant(stage, scale)
        names = sorted({*world.tables, *stage.planted.rows})
        rows = {name: pa.concat_tables([*world.tables.get(name, []), stage.planted.table(name)]) for name in names}
        yield Slice(number, rows, stage.planted, stage.answers)


def _make(scale: float, seed: int, as_of: datetime, out: Path, staging: Path, clean: bool, began: float, shops: int) -> Summary:
    outbox, tables = Outbox(staging, as_of.date()), Tables(out / "databases")
    answers: list[Answer] = []
    counts: dict[str, int] = {}
    licences_shown: list[dict[str, object]] = []
    for part in slices(scale, seed, as_of.date(), clean):
        answers += part.answers
        for data_set, rows in part.rows.items():
            counts[data_set] = counts.get(data_set, 0) + len(rows)
            if data_set in PLANS:
                planted, stories = len(part.planted.rows.get(data_set, [])), part.planted.stories.get(data_set, [])
                outbox.send(data_set, rows, planted, stories, with_faults=part.number == 0)
            elif data_set in DATABASES:
                tables.append(data_set, rows)
            else:
                licences_shown += shown(rows)
    entries = outbox.close()
    tables.close()
    shops_shown = takeaway(seed, as_of, out, staging, clean, shops)
    entries += shops_shown.entries
    answers += shops_shown.answers
    licences_shown += shown(shops_shown.licences)
    town = forum(seed, as_of, out, staging, clean)
    entries += town.entries
    answers += town.answers
    write_manifest(entries, out / "deliveries.partial")
    write_text(out / "answer_key.jsonl", "".join(json.dumps(asdict(answer), ensure_ascii=False) + "\n" for answer in answers))
    write_text(out / "site" / "licences.json", json.dumps(licences_shown, ensure_ascii=False, indent=1) + "\n")
    write_polygons(out / "map.json")
    kinds = [answer.kind for answer in answers]
    return Summary(dict(sorted(counts.items())), len(entries), kinds.count("truth"), kinds.count("decoy"), time.monotonic() - began)


@dataclass(frozen=True)
class Takeaway:
    """What the shops of the takeaway platforms bring along: files of registers, rows of the food licence register, the truth."""

    entries: list[Entry]
    licences: pa.Table
    answers: list[Answer]


def takeaway(seed: int, as_of: datetime, out: Path, staging: Path, clean: bool, count: int) -> Takeaway:
    """The platforms' own state, and what the authorities hold about their shops."""
    from jiandu.demo.takeaway import deliveries, registers, run, truth
    from jiandu.demo.takeaway.world import build

    shops = build(seed, as_of.date(), count, clean)
    run.prepare(seed, count, as_of, out / "takeaway", clean)
    return Takeaway(deliveries.write(shops, staging, as_of.date()), rows_table(WEB, registers.food_licences(shops)), truth.answers(shops))


@dataclass(frozen=True)
class Town:
    """What the forum brings along: files of reports, the truth."""

    entries: list[Entry]
    answers: list[Answer]


def forum(seed: int, as_of: datetime, out: Path, staging: Path, clean: bool) -> Town:
    """The forum's own state, and what people reported about it."""
    from jiandu.demo.forum import reports, run

    return Town(reports.write(seed, as_of, staging, clean), run.prepare(seed, as_of, out / "forum", clean))


def plant(stage: Stage, scale: float) -> None:
    """Plant the truths and decoys of every model."""
    count = max(1, round(PLANTED * min(scale, 10.0)))
    for model in MODELS:
        model.plant(stage, count, count)


def shown(rows: pa.Table) -> list[dict[str, object]]:
    """Licences under the labels of the public page; address and hash of the page are the crawler's to add."""
    labels = {column["field"]: label for label, column in contract(WEB)["columns"].items() if column["field"] in schema(WEB).names}
    text = {field: rows.column(field).cast(pa.string()).to_pylist() for field in labels}
    return [{labels[field]: text[field][row] for field in labels} for row in range(len(rows))]


class Tables:
    """Contents of the agencies' own databases, kept as Parquet until ``agencies.load`` fills them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writers: dict[str, pq.ParquetWriter] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def append(self, data_set: str, rows: pa.Table) -> None:
        """Append rows under the fields' names."""
        if data_set not in self.writers:
            self.writers[data_set] = pq.ParquetWriter(self.folder / f"{data_set}.parquet", rows.schema)
        self.writers[data_set].write_table(rows)

    def close(self) -> None:
        """Finish the files."""
        for writer in self.writers.values():
            writer.close()


def forget(out: Path, landing: Path) -> None:
    """Remove the deliveries of an earlier generation, and nothing else, so that two provinces never mix."""
    manifest = out / "deliveries.json"
    if manifest.is_file():
        for entry in json.loads(manifest.read_text("utf-8")):
            (landing / Path(entry["file"]).name).unlink(missing_ok=True)
        manifest.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a file at once or not at all: a site that is being read never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.chmod(name, 0o644)
    os.replace(name, path)


