"""``jiandu demo``: from stopped services to a province under watch. Every step is safe to repeat; a second run doubles nothing.

The work itself is Airflow's: this module starts what is needed, asks for one run of every source at the demo's as-of, and watches.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console

from jiandu import clock
from jiandu.demo import streams
from jiandu.demo.flow import BY_ARRIVAL, DOWNSTREAM, MART, Flow
from jiandu.demo.follow import follow, summary
from jiandu.demo.takeaway import DEMO_SHOPS
from jiandu.errors import JianduError
from jiandu.settings import settings


def run(scale: float, seed: int, console: Console, shops: int = DEMO_SHOPS) -> bool:
    """Run the whole demo, with so many takeaway shops; whether every run succeeded, every truth was found and no decoy fired.

    Raises ``JianduError`` for whatever keeps the flow from running at all.
    """
    began = time.monotonic()
    as_of = clock.parse_as_of(settings().demo_as_of)
    with ThreadPoolExecutor(1) as pool:
        generated = pool.submit(_generate, scale, seed, as_of, shops)
        _start(console)
        _await(generated, "the province", console)
    _only_one_province()
    with step("operational store", console):
        from jiandu import ops

        ops.migrate()
    with step("agency databases and change capture", console) as say:
        _agencies(as_of, say)
    with step("the takeaway platforms as they were a day before", console) as say:
        captured = _first_capture(as_of, say)
    console.print(f"  {captured}", highlight=False, soft_wrap=True)
    with step("public posts", console) as say:
        warned = _public_posts(as_of, say)
    console.print(f"  {warned}", highlight=False, soft_wrap=True)
    problems = _flow(as_of, console)
    clean = _show(console)
    for problem in problems:
        console.print(f"[red]✗[/red] {problem}", highlight=False, soft_wrap=True)
    verdict = "done" if clean and not problems else "[red]not clean[/red]"
    console.print(f"{verdict} in {time.monotonic() - began:.0f} s, as of {as_of:%Y-%m-%d %H:%M}", highlight=False)
    return clean and not problems


@contextmanager
def step(title: str, console: Console) -> Iterator[Callable[[str], None]]:
    """Say what is being done, and how long it took."""
    began = time.monotonic()
    with console.status(f"{title} …") as status:
        yield lambda phase: status.update(f"{title}: {phase} …")
    console.print(f"[green]✓[/green] {title}  [dim]{time.monotonic() - began:.0f} s[/dim]", highlight=False)


def _start(console: Console) -> None:
    """Every service, the demo's own too."""
    from jiandu.commands.services import Watch
    from jiandu.services import stack

    began = time.monotonic()
    with Watch() as watch:
        stack.up(None, with_demo=True, report=watch.report)
    console.print(f"[green]✓[/green] services  [dim]{time.monotonic() - began:.0f} s[/dim]", highlight=False)


def _generate(scale: float, seed: int, as_of: datetime, shops: int) -> str:
    from jiandu.demo.generate import generate
    from jiandu.demo.takeaway.run import photograph

    made = generate(scale, seed, as_of, shops=shops)
    return f"{made}; {photograph()} photos of licences"


def _await(generated: Future[str], title: str, console: Console) -> None:
    with step(title, console):
        said = generated.result()
    console.print(f"  {said}", highlight=False, soft_wrap=True)


def _only_one_province() -> None:
    """A lake in which two provinces were mixed would accuse people of neither. Raises ``JianduError`` when it holds another one."""
    demo = settings().home.resolve() / "demo"
    made = hashlib.sha256((demo / "answer_key.jsonl").read_bytes() + (demo / "deliveries.json").read_bytes()).hexdigest()
    loaded = demo / "loaded.sha256"
    if loaded.is_file() and loaded.read_text("utf-8") != made:
        raise JianduError.at(str(demo), "this home holds another province (scale, seed or generator differ)", "make clean, or another JIANDU_HOME")
    loaded.write_text(made, "utf-8")


def _agencies(as_of: datetime, say: Callable[[str], None]) -> None:
    """Fill the agencies' own databases, capture them, let their clerks work for an hour, and wait until all of it is in the lake."""
    from jiandu.demo import agencies
    from jiandu.stream import connector

    say("filling")
    agencies.load(as_of)
    say("registering the capture")
    connector.register()
    say("waiting for the first snapshot")
    streams.wait_until_read()
    say("clerks change some rows")
    agencies.apply_changes(as_of)
    streams.wait_until_read()


def _first_capture(as_of: datetime, say: Callable[[str], None]) -> str:
    """Both platforms a day earlier: what is missing is called missing only when it was missed twice."""
    from jiandu.demo.takeaway.run import first_capture

    say("crawling")
    return "; ".join(first_capture(as_of))


def _public_posts(as_of: datetime, say: Callable[[str], None]) -> str:
    """The forum and a stream of other posts, and the clues that the live reader made of them."""
    from jiandu.demo.forum.run import watch

    return watch(as_of, say)


def _flow(as_of: datetime, console: Console) -> list[str]:
    """One run of every source at the as-of, and all that follows from it. Returns what failed, each with its log."""
    from jiandu.schedule import listed

    # The crawl takes longest: it goes first, the files load beside it.
    by_length = sorted((source for source in listed() if source.kind != "kafka"), key=lambda source: source.kind != "crawl")
    sources = [dag_id for source in by_length for dag_id in source.dag_ids]
    flow, since = Flow(), clock.parse_as_of(None)
    with step("the scheduler takes the sources", console):
        flow.wait_for([*sources, "watch", "collision.proof", "live", *BY_ARRIVAL, *DOWNSTREAM])
        flow.hold_clock("jiandu_as_of", as_of.isoformat())
        flow.switch_on([*(dag_id for dag_id in DOWNSTREAM if dag_id != MART), *BY_ARRIVAL, "watch", "collision.proof", *sources])
        run_id = f"demo__{since:%Y%m%dT%H%M%S}"
        for dag_id in [*sources, "watch"]:
            flow.trigger(dag_id, run_id, as_of.isoformat())
    triggered = {(dag_id, run_id) for dag_id in [*sources, "watch"]}
    runs = follow(flow, since, triggered, console)
    # Marts of half the clues would take the processors from the reading of pictures: the first ones are built when all clues are there.
    flow.switch_on([MART])
    if not any(run.dag_id == MART for run in runs):
        flow.trigger(MART, run_id, as_of.isoformat())
        runs = follow(flow, since, triggered | {(MART, run_id)}, console)
    flow.switch_on(["live"])  # by its own clock, every ten minutes: the demo has settled its clues already
    for name, stage in summary(runs).items():
        console.print(f"[green]✓[/green] {name}: {stage}  [dim]{stage.seconds:.0f} s[/dim]", highlight=False)
    return [problem for one in runs if one.state == "failed" for problem in flow.failures(one)]


def _show(console: Console) -> bool:
    from jiandu.demo import outcome, score

    scores = score.by_model(score.answer_key(), score.standing(), score.standing(["early"]))
    outcome.show(console, scores)
    return all(one.clean for one in scores)
