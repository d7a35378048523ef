"""Finding 500,000 parties in a register of 300,000: Jiandu's keyed join beside Splink, with typed errors and decoys planted.

    python benchmarks/match.py [PARTIES ENTRIES]
    python benchmarks/match.py --one-name [PARTIES ENTRIES]      a register of 3,000,000 rows with one name in half of them; Jiandu alone

Each line is a process of its own that reads the same Parquet files and writes pairs: wall and processor seconds, peak memory, and precision,
recall and F1 of what it accepted; then Jiandu's recall by kind of error. ``splink`` is Splink on DuckDB over the same normalised columns, with
all its own training, blocking and term frequencies, accepting from the threshold with the best F1 there is; ``splink + rows`` normalises as
a script would, a row at a time. ``exact number`` joins the numbers as typed. Synthetic data only.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CONTENDERS = ("exact number", "jiandu", "jiandu, kept model", "splink", "splink + rows")
BLOCKS = (
    "l.name = r.name AND l.birth = r.birth", "l.name = r.name AND l.phone = r.phone", "l.name = r.name AND l.village = r.village",
    "l.birth = r.birth AND l.phone = r.phone", "l.birth = r.birth AND l.village = r.village", "l.id_no = r.id_no",
)


def exact(folder: Path) -> pa.Table:
    """Numbers as typed."""
    from jiandu import lake

    duck = lake.duck()
    return duck.sql(f"""
        SELECT l.key AS left_key, r.key AS right_key, 'accept' AS band FROM '{folder}/left.parquet' l JOIN '{folder}/right.parquet' r ON l.id_no = r.id_no
    """).to_arrow_table()


def jiandu(folder: Path, kept: bool) -> pa.Table:
    """Read, normalise, train unless a model is kept, link."""
    from jiandu.matching.bands import Bands
    from jiandu.matching.files import link_tables
    from jiandu.matching.model import parse

    model = folder / "weights.json"
    sides = (pq.read_table(folder / f"{side}.parquet") for side in ("left", "right"))
    _, weights, pairs, hubs = link_tables(*sides, "person", Bands(), parse(model.read_text("utf-8"), str(model)) if kept else None)
    if not kept:
        model.write_text(weights.text(), "utf-8")
    print(json.dumps([pairs.num_rows, hubs.to_pylist()]))
    return pairs.select(["left_key", "right_key", "band", "probability"])


def rows(folder: Path) -> None:
    """Normalise a row at a time, as a script would: simplified, sound, number checked, address cut. Times the work; the columns are those of ``jiandu``."""
    from opencc import OpenCC
    from pypinyin import Style, lazy_pinyin

    from jiandu.identifiers import clean, resident_id

    simple = OpenCC("t2s")
    for side in ("left", "right"):
        for row in pq.read_table(folder / f"{side}.parquet").to_pylist():
            name = simple.convert(clean("name", row["name"]) or "")
            lazy_pinyin(name, style=Style.NORMAL)
            if row["id_no"]:
                resident_id.verdict(row["id_no"])
            clean("phone", row["phone"])
            simple.convert(clean("address", row["address"]) or "")


def splink(folder: Path) -> pa.Table:
    """Splink from end to end: u by random sampling, m by expectation maximisation on two blocks, prediction."""
    import logging

    import splink.comparison_level_library as levels
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator

    from jiandu.matching.files import people_of

    logging.getLogger("splink").setLevel(logging.ERROR)
    sides = people_of(pq.read_table(folder / "left.parquet"), pq.read_table(folder / "right.parquet"), "person")
    name = compare.CustomComparison(output_column_name="name", comparison_levels=[
        levels.NullLevel("name"), levels.ExactMatchLevel("name", term_frequency_adjustments=True), levels.CustomLevel("sound_l = sound_r"),
        levels.LevenshteinLevel("name", 1), levels.ElseLevel(),
    ])
    place = compare.CustomComparison(output_column_name="home", comparison_levels=[
        levels.NullLevel("county"), levels.CustomLevel("home_l = home_r AND county_l = county_r"), levels.CustomLevel("village_l = village_r"),
        levels.CustomLevel("county_l = county_r"), levels.ElseLevel(),
    ])
    settings = SettingsCreator(
        link_type="link_only", unique_id_column_name="key", blocking_rules_to_generate_predictions=list(BLOCKS),
        comparisons=[name, compare.DamerauLevenshteinAtThresholds("birth", 1), compare.ExactMatch("gender"), compare.DamerauLevenshteinAtThresholds("phone", 1),
                     place, compare.DamerauLevenshteinAtThresholds("id_text", 1)],
    )
    api = DuckDBAPI()
    tables = [api.register(side.drop_columns(["repairs"]), dataset_display_name=called) for side, called in zip(sides, ("parties", "register"), strict=True)]
    linker = Linker(tables, settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(["l.id_no = r.id_no"], recall=0.75)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=7)
    for block in ("l.id_no = r.id_no", "l.name = r.name AND l.birth = r.birth"):
        linker.training.estimate_parameters_using_expectation_maximisation(block)
    found = linker.inference.predict(threshold_match_probability=0.05).as_pyarrow_table()
    left = pc.equal(found["source_dataset_l"], "parties")
    return pa.table({
        "left_key": pc.if_else(left, found["key_l"], found["key_r"]), "right_key": pc.if_else(left, found["key_r"], found["key_l"]),
        "band": pa.array(["accept"] * found.num_rows), "probability": found["match_probability"],
    })


def contend(name: str, folder: Path) -> None:
    """Run one contender and print its line of figures as JSON."""
    from jiandu.matching.evaluation import evaluate

    truth = pq.read_table(folder / "truth.parquet")
    start, used = time.perf_counter(), time.process_time()
    if name == "splink + rows":
        rows(folder)
    pairs = exact(folder) if name == "exact number" else splink(folder) if name.startswith("splink") else jiandu(folder, "kept" in name)
    line: dict[str, Any] = {
        "wall": time.perf_counter() - start, "cpu": time.process_time() - used, "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    if name.startswith("splink"):
        tried = [(evaluate(pairs.filter(pc.greater_equal(pairs["probability"], at)), truth)[0], at) for at in (0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)]
        whole, line["threshold"] = max(tried, key=lambda one: one[0].f1)
        parts = evaluate(pairs.filter(pc.greater_equal(pairs["probability"], line["threshold"])), truth)[1]
    else:
        whole, parts = evaluate(pairs, truth)
    print(json.dumps(line | {"whole": whole.as_dict(), "parts": [part.as_dict() for part in parts]}))


def one_name(sizes: list[str]) -> None:
    """One register in which most keys lead to thousands: what it costs, and what was cut."""
    with tempfile.TemporaryDirectory() as place:
        people = str(Path(__file__).with_name("match_people.py"))
        subprocess.run([sys.executable, people, place, *(sizes or ["100000", "3000000"]), "one-name"], check=True)
        told = subprocess.run([sys.executable, __file__, "--contend", "jiandu", place], check=True, capture_output=True, text=True).stdout.splitlines()
        (pairs, hubs), line = json.loads(told[-2]), json.loads(told[-1])
        whole = line["whole"]
        print(f"wall {line['wall']:.1f} s, cpu {line['cpu']:.1f} s, {line['gb']:.2f} GB, {pairs} pairs; F1 {whole['f1']:.4f}, {whole['shown']} to review")
        for hub in hubs:
            print(f"cut: {hub['keys']} keys {hub['kind']}, the commonest shared by {hub['entries']} entries; {hub['parties']} parties concerned")


def main(sizes: list[str]) -> None:
    """Generate, run every contender in a process of its own, print."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run([sys.executable, str(Path(__file__).with_name("match_people.py")), place, *sizes], check=True)
        print(f"{'':<20}{'wall s':>8}{'cpu s':>8}{'GB':>6}{'recall':>9}{'precision':>11}{'F1':>8}")
        lines: dict[str, Any] = {}
        for name in CONTENDERS:
            answer = subprocess.run([sys.executable, __file__, "--contend", name, place], check=True, capture_output=True, text=True).stdout
            lines[name] = line = json.loads(answer.strip().splitlines()[-1])
            whole = line["whole"]
            figures = f"{line['wall']:>8.1f}{line['cpu']:>8.1f}{line['gb']:>6.2f}{whole['recall']:>9.4f}{whole['precision']:>11.4f}{whole['f1']:>8.4f}"
            print(f"{name:<20}{figures}", flush=True)
        for other in ("splink", "splink + rows"):
            times = [lines[other]["wall"] / lines[ours]["wall"] for ours in ("jiandu", "jiandu, kept model")]
            print(f"{other} takes {times[0]:.1f} times as long as jiandu, {times[1]:.1f} times as long as jiandu with a kept model")
        print(f"\n{'jiandu, by error':<34}{'pairs':>8}{'found':>8}{'review':>8}{'wrong':>7}{'recall':>9}   splink")
        theirs = {part["error"]: part for part in lines["splink"]["parts"]}
        for part in lines["jiandu"]["parts"]:
            twin = theirs.get(part["error"], {"recall": 1.0, "wrong": 0})
            shown = (f"{part['recall']:>9.4f}   {twin['recall']:.4f}" if part["pairs"] else f"{'':>9}   {twin['wrong']} wrong")
            print(f"{part['error']:<34}{part['pairs']:>8}{part['found']:>8}{part['shown']:>8}{part['wrong']:>7}{shown}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contend"]:
        contend(sys.argv[2], Path(sys.argv[3]))
    elif sys.argv[1:2] == ["--one-name"]:
        one_name(sys.argv[2:])
    else:
        main(sys.argv[1:])
