"""``jiandu keywords``: score any table of texts, measure terms, show the lexicons; ``jiandu new lexicon`` starts one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from jiandu.cli_options import options
from jiandu.commands.new import commands as new

group = typer.Typer(no_args_is_help=True, help="Keywords in public posts, for the protection of minors. A score is a reason to look, never a verdict.")
NOTE = "命中只是供人工核查的线索提示，不是结论"
FileOfTexts = Annotated[Path, typer.Argument(help="CSV, Parquet, Excel or JSON lines.")]
TextColumn = Annotated[str, typer.Option("--text-column", help="The column of texts.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="keywords", rich_help_panel="Sources")


def say(text: str) -> None:
    """Print a line as it is."""
    from rich.console import Console

    Console().print(text, highlight=False, markup=False, soft_wrap=True)


@new.command("lexicon")
def new_lexicon(
    name: Annotated[str, typer.Argument(help="File stem, e.g. lottery_sales.")],
    into: Annotated[Path | None, typer.Option(help="A content root; default: the product itself.")] = None,
) -> None:
    """Write a lexicon that fails its check."""
    from jiandu.keywords.template import write

    typer.echo(f"wrote {write(name, into)}")
    typer.echo("next: fill in what `jiandu check` names; `jiandu keywords list` shows the purposes")


@group.command("list")
def list_lexicons(terms: Annotated[bool, typer.Option("--terms", help="Every term with its measured precision.")] = False) -> None:
    """The lexicons, their purposes and law; with --terms what was measured of each term."""
    from jiandu import keywords
    from jiandu.keywords.lexicon import PURPOSES

    lexicons = keywords.load()
    if options().json:
        typer.echo(json.dumps({"version": lexicons.version, "lexicons": [_listed(lexicons, name) for name in lexicons.by_name]}, ensure_ascii=False))
        return
    say(f"version {lexicons.version[:12]}")
    for name, lexicon in lexicons.by_name.items():
        say(f"{name}: {lexicon.title}，{len(lexicon.terms)} terms；{PURPOSES[lexicon.purpose]}")
        for basis in lexicon.legal_basis:
            say(f"    {basis.law}{basis.article} {basis.says}")
        for term in lexicon.terms if terms else ():
            say(f"    {term.called} {term.weight:g}  {_told(lexicons.figure(name, term))}")


def _listed(lexicons: Any, name: str) -> dict[str, Any]:
    lexicon = lexicons.by_name[name]
    told = [(term, lexicons.figure(name, term)) for term in lexicon.terms]
    return {
        "lexicon": name, "title": lexicon.title, "purpose": lexicon.purpose, "category": lexicon.category,
        "terms": [{"term": term.called, "weight": term.weight, "demoted": figure is not None and figure.is_demoted}
                  | ({"hits": figure.hits, "right": figure.right, "precision": figure.precision} if figure else {}) for term, figure in told],
    }


def _told(figure: Any) -> str:
    if figure is None:
        return "not measured"
    if not figure.hits:
        return "no hit in the texts measured"
    return f"right {figure.right} of {figure.hits} ({figure.precision:.2f})" + ("，demoted: a suspect without weight" if figure.is_demoted else "")


@group.command("score")
def score(
    file: FileOfTexts, text_column: TextColumn,
    out: Annotated[Path | None, typer.Option(help="Write every row's result as .csv or .parquet.")] = None,
    opinion: Annotated[Path | None, typer.Option(help="A second opinion that `jiandu keywords train` wrote; asked only where there are hits.")] = None,
    limit: Annotated[int, typer.Option(help="Show at most so many rows with hits; 0: all.")] = 20,
    unmasked: Annotated[bool, typer.Option("--unmasked", help="Show contacts in full.")] = False,
) -> None:
    """Score a table of texts as posts are scored. Nothing is kept unless --out says where; that file holds texts and contacts in full."""
    from jiandu import keywords
    from jiandu.keywords import results, tables
    from jiandu.keywords.opinion import Opinion

    if out:
        results.writable(out)
    column = tables.read(file, text_column)
    scorer = keywords.Scorer(keywords.load(), Opinion.read(opinion) if opinion else None)
    texts = column.values[text_column]
    scores = scorer.score_many(texts)
    if out:
        results.write(out, column.rows, texts, scores)
    summary = results.summary(scores, column)
    if options().json:
        shown = results.listed(column.rows, scores, unmasked)
        typer.echo(json.dumps(summary | {"version": scorer.version, "note": NOTE, "results": shown}, ensure_ascii=False))
        return
    for line in results.lines(column.rows, texts, scores, limit, unmasked):
        say(line)
    say(results.sentence(summary) + (f" → {out}" if out else ""))
    say(NOTE)


@group.command("measure")
def measure(
    file: FileOfTexts, text_column: TextColumn,
    label_column: Annotated[str, typer.Option("--label-column", help="Its category, or 1 for any; without it every text is ordinary.")] = "",
    lexicon: Annotated[list[str] | None, typer.Option(help="Only these lexicons; repeatable.")] = None,
    dry: Annotated[bool, typer.Option("--dry", help="Show, and keep nothing.")] = False,
) -> None:
    """How often each term was right on labelled texts: kept beside the lexicons. A term under the floor loses its weight until it is corrected."""
    from jiandu.errors import JianduError
    from jiandu.keywords import library, measurement, tables

    lexicons, units = library.load(), library.units()
    if unknown := sorted(set(lexicon or ()) - units.keys()):
        raise JianduError.at("--lexicon", f"no lexicon {', '.join(unknown)}", f"there are: {', '.join(units)}")
    column = tables.read(file, text_column, *([label_column] if label_column else []))
    labels = column.values[label_column] if label_column else None
    found = measurement.measure(lexicons, column.values[text_column], labels, options().as_of.date())
    chosen = {name: one for name, one in found.items() if not lexicon or name in lexicon}
    written = [] if dry else measurement.keep(chosen, units)
    if options().json:
        typer.echo(json.dumps({name: one.model_dump(mode="json") for name, one in chosen.items()}, ensure_ascii=False))
        return
    for name, one in chosen.items():
        say(f"{name}: {one.texts} texts")
        for term, figure in one.terms.items():
            say(f"    {term}  {_told(figure)}")
    for path in written:
        say(f"wrote {path}")


@group.command("train")
def train(
    file: FileOfTexts, text_column: TextColumn,
    label_column: Annotated[str, typer.Option("--label-column", help="1 where a person would look at the text, else 0.")],
    out: Annotated[Path, typer.Option(help="Where the second opinion goes, .npz.")],
) -> None:
    """Train a second opinion on labelled texts. It is told beside hits and opens nothing by itself."""
    from jiandu.keywords import tables
    from jiandu.keywords.opinion import train as learn

    column = tables.read(file, text_column, label_column)
    opinion = learn(column.values[text_column], column.values[label_column])
    opinion.write(out)
    say(f"trained on {len(column.rows)} texts → {out} (sha256 {opinion.version[:12]})")


@group.command("evaluate")
def evaluate() -> None:
    """The method on real labelled posts (JIANDU_FIXTURES): beside plain keywords, beside a classifier, under disguise; false hits of our own lexicons."""
    from jiandu.keywords.evaluation import evaluate as run

    figures = run()
    if options().json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    for name, part in figures.items():
        say(name)
        for key, value in part.items():
            say(f"    {key:<34}" + ("  ".join(f"{one} {number}" for one, number in value.items()) if isinstance(value, dict) else str(value)))
