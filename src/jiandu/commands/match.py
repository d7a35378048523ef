"""``jiandu match``: link two tables of people or organisations, say how good that is and why, and find parties of cases in the poverty registers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from jiandu.cli_options import options

match = typer.Typer(no_args_is_help=True, help="Who is who: any two tables, and parties of cases in the poverty registers.")
console = Console()
Left = Annotated[Path, typer.Argument(help="CSV, Excel or Parquet, e.g. the parties.")]
Right = Annotated[Path, typer.Argument(help="CSV, Excel or Parquet, e.g. the register.")]
On = Annotated[str, typer.Option("--on", help="duckdb (in this process) or spark (for a province); the same pairs.")]
OnWhatChanged = Annotated[str, typer.Option("--on", help="duckdb (in this process, what changed) or spark (everybody anew, for a province); the same pairs.")]


def register(app: typer.Typer) -> None:
    """Add ``jiandu match``."""
    app.add_typer(match, name="match")


def say(text: str) -> None:
    """Print a line as it is."""
    console.print(text, highlight=False, markup=False, soft_wrap=True)


@match.command()
def guess(left: Left, right: Right) -> None:
    """Print a configuration for two tables, guessed by the names of their columns: `jiandu match guess a.csv b.csv > match.yml`."""
    from jiandu.matching import config, files

    columns = files.columns_of(left), files.columns_of(right)
    print(config.guess(*columns, (files.encoding_of(left), files.encoding_of(right))), end="")


@match.command()
def link(
    left: Left, right: Right,
    config: Annotated[Path, typer.Option("--config", help="YAML: which column is what.")],
    out: Annotated[Path, typer.Option("--out", help="Pairs, .csv or .parquet (which keeps every weight).")],
    on: On = "duckdb",
    weights: Annotated[Path | None, typer.Option("--keep-model", help="Write the weights used, for the next time.")] = None,
) -> None:
    """Pairs of records that are, or may be, one person; exit 1 when a table looks broken."""
    from jiandu.matching import config as configuration
    from jiandu.matching import files, linkage

    files.writable(out, files.FORMATS)
    if weights:
        files.writable(weights)
    engine = linkage.engine(on)
    linked = files.link_files(left, right, configuration.load(config), engine)
    files.write(linked.pairs, out)
    if weights:
        files.write_text(weights, linked.weights.text())
    if options().json:
        print(json.dumps(linked.as_dict() | {"out": str(out)}, ensure_ascii=False))
    else:
        say(f"left {linked.left_rows}, right {linked.right_rows}, model {linked.weights.version} → {out}")
        for kind, count in linked.as_dict()["pairs"].items():
            say(f"  {kind}: {count}")
        for odd in linked.oddities:
            say(f"{'✗' if odd.is_grave else '!'} {odd.where}: {odd.says}")
    if any(odd.is_grave for odd in linked.oddities):
        raise typer.Exit(1)


@match.command()
def evaluate(
    pairs: Annotated[Path, typer.Argument(help="What `match link` wrote.")],
    truth: Annotated[Path, typer.Option("--truth", help="CSV, Excel or Parquet with columns left, right and perhaps error.")],
) -> None:
    """Precision and recall of the accepted pairs against a truth, whole and by kind of error."""
    import pyarrow as pa

    from jiandu.matching import evaluation, files

    rows = [{name: str(row[name]) for name in ("left_key", "right_key", "band")} for row in files.read_pairs(pairs)]
    whole, parts = evaluation.evaluate(pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in ("left_key", "right_key", "band")])),
                                       files.read_truth(truth))
    if options().json:
        print(json.dumps({"all": whole.as_dict(), "by_error": [part.as_dict() for part in parts]}, ensure_ascii=False))
        return
    say(f"{'':<34}{'pairs':>8}{'found':>8}{'review':>8}{'wrong':>7}{'recall':>9}{'precision':>11}{'F1':>8}")
    for score in [*parts, whole] if len(parts) > 1 else [whole]:
        counted = f"{score.pairs:>8}{score.found:>8}{score.shown:>8}{score.wrong:>7}"
        say(f"{score.error or '-':<34}{counted}{score.recall:>9.4f}{score.precision:>11.4f}{score.f1:>8.4f}")


@match.command()
def run(on: OnWhatChanged = "duckdb") -> None:
    """Match parties with the registers; the same inputs and as-of change nothing."""
    from jiandu import matching

    summary = matching.run(options().as_of, on)
    if options().json:
        print(json.dumps(summary.as_dict(), ensure_ascii=False))
        return
    say(f"parties {summary.parties}, register entries {summary.entries}" if summary.is_new else "nothing new to match")
    for kind, count in summary.pairs.items():
        say(f"  {kind}: {count}")
    for odd in summary.oddities:
        say(f"! {odd['where']}: {odd['says']}")


@match.command()
def explain(
    key: Annotated[str, typer.Argument(help="Key of the left record, e.g. a party's 当事人编号.")],
    pairs: Annotated[Path | None, typer.Option("--pairs", help="A .parquet that `match link` wrote; default: the match of the registers.")] = None,
    chart: Annotated[Path | None, typer.Option("--chart", help="Write the weights of the best pair as an SVG picture.")] = None,
) -> None:
    """Every pair of one record: the sentence for the file, and the weight of each comparison."""
    from jiandu.matching import chart as charts
    from jiandu.matching import files
    from jiandu.matching.registry import explain as explain_party

    if chart:
        files.writable(chart)
    found: list[dict[str, Any]] = [row for row in files.read_pairs(pairs) if str(row["left_key"]) == key] if pairs else explain_party(key)
    found.sort(key=lambda row: -float(row["probability"]))
    if chart and found:
        files.write_text(chart, charts.svg(found[0]))
    if options().json:
        print(json.dumps(found, ensure_ascii=False, default=str))
        return
    for pair in found:
        say(f"{pair.get('right_key') or pair.get('registry_key')} [{pair['band']}]")
        say(f"  {pair['explanation']}")
        for line in charts.terminal(pair):
            say(f"    {line}")
    if not found:
        say("no pair kept for this record")


@match.command()
def train() -> None:
    """Train the weights anew on the current parties and registers and put them in force; the next run compares everything again."""
    from jiandu.errors import JianduError
    from jiandu.matching import library, normalise, sources

    left, right = sources.records([sources.PARTIES]), sources.records(list(sources.REGISTERS))
    if left is None or right is None:
        raise JianduError.at("silver", "no parties or no register to train on", "jiandu ingest them first")
    weights = library.trained(normalise.normalise(left), normalise.normalise(right), options().as_of)
    say(f"model {weights.version} in force, trained on {weights.trained_on}")


review = typer.Typer(no_args_is_help=True, help="Pairs only a person can tell apart.")
match.add_typer(review, name="review")


@review.command("list")
def list_waiting(limit: Annotated[int, typer.Option(help="How many, the most probable first.")] = 20) -> None:
    """Pairs that wait for a person, each with why; no names."""
    from jiandu import ops
    from jiandu.matching import review as queue

    ops.migrate()
    counted = queue.publish(options().as_of)
    rows = queue.waiting(limit)
    if options().json:
        print(json.dumps({"queue": counted.as_dict(), "pairs": rows}, ensure_ascii=False, default=str))
        return
    say(f"waiting {counted.waiting}, new {counted.fresh}, settled {counted.settled}")
    for row in rows:
        said = "".join(f" [{one['answered_by']}: {one['answer']}]" for one in row["said"])
        say(f"{row['pair_id']} {row['left_uid']} ~ {row['right_uid']}{said}")
        say(f"  {row['explanation']}")


@review.command("answer")
def answer_pair(
    words: Annotated[list[str], typer.Argument(
        metavar="PAIR|LEFT RIGHT ANSWER",
        help="Number of a pair in the queue (or its beginning), or a party's key and a register entry's key; then same, different or unsure.",
    )],
    by: Annotated[str, typer.Option("--by", help="Who says so.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
) -> None:
    """Say whether two records are one person, also of a pair nobody was asked about; it binds every later match."""
    from jiandu.errors import JianduError
    from jiandu.matching import review as queue

    match words:
        case [pair, said]:
            queue.answer(pair, said, by, reason, options().as_of)
        case [left, right, said]:
            queue.answer_of(left, right, said, by, reason, options().as_of)
        case _:
            raise JianduError.at("review answer", f"{len(words)} words", "PAIR ANSWER, or LEFT RIGHT ANSWER")
    say("kept; the next match obeys it")
