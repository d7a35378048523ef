"""``jiandu demo firehose``: a stream of public posts on Kafka, with planted campaigns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from jiandu.cli_options import options
from jiandu.demo.command_group import app as group


def register(app: typer.Typer) -> None:
    """The group is mounted by the command module ``demo``; this one only adds to it."""


@group.command("firehose")
def firehose(
    rate: Annotated[float, typer.Option(min=0.1, help="Posts a second.")] = 200.0,
    minutes: Annotated[float, typer.Option(min=0.001, help="How long.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Another seed, other posts.")] = 1,
    hits: Annotated[float, typer.Option(min=0, max=1, help="Share of posts that belong to a planted campaign.")] = 0.001,
    decoys: Annotated[float, typer.Option(min=0, max=1, help="Share of posts that only look like one.")] = 0.01,
    texts: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="CSV whose texts take the place of our own chatter.")] = None,
    text_column: Annotated[str, typer.Option(help="Column of the texts.")] = "text",
) -> None:
    """Send posts to the topic of public posts, as of the demo's instant unless --as-of is given. The same options send the same posts."""
    from jiandu import clock
    from jiandu.demo.firehose import Firehose, send, texts_of
    from jiandu.settings import settings

    as_of = options().as_of if options().as_of_text else clock.parse_as_of(settings().demo_as_of)
    count = max(1, round(rate * minutes * 60))
    stream = Firehose(seed, as_of, rate, count, hits, decoys, tuple(texts_of(texts, text_column)) if texts else ())
    seconds = send(stream.post, count, rate)
    planted = sum(bool(stream.campaign(number)) for number in range(count))
    told = {"posts": count, "seconds": round(seconds, 2), "rate": round(count / seconds, 1), "planted": planted}
    line = f"{count:,} posts in {seconds:.1f} s ({count / seconds:,.0f} a second), {planted:,} of planted campaigns"
    typer.echo(json.dumps(told) if options().json else line)
