"""``jiandu evidence``: check what was kept of public pages, look at it, and hand it from the crawl side to the work network."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from jiandu.cli_options import options

group = typer.Typer(no_args_is_help=True, help="Kept pages: WARC records, hash chain, time stamps, bundles.")
console = Console()


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="evidence", rich_help_panel="Sources")


def _tell(value: Any, text: str) -> None:
    """One answer, as JSON when asked."""
    if options().json:
        typer.echo(json.dumps(value, ensure_ascii=False, default=str))
    else:
        console.print(text, highlight=False, soft_wrap=True, markup=False)


@group.command()
def verify(site: Annotated[str | None, typer.Argument(help="A site; without it every site that has evidence.")] = None) -> None:
    """Recompute every hash of records, bodies and chain, and check the time stamps. Exit 1 when a single byte does not fit."""
    from jiandu.evidence import sites
    from jiandu.evidence.verify import verify as check

    found = [check(name) for name in ([site] if site else sites())]
    if options().json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, default=str))
    for one in [] if options().json else found:
        stamped = f", last stamped {one.sealed_at:%Y-%m-%d %H:%M:%S} UTC" if one.sealed_at else ""
        mark = "[red]✗[/red]" if one.problems else "[green]✓[/green]"
        said = f"{one.links} lines, {one.records} records, {one.seals} seals{stamped}, {len(one.problems)} problems"
        console.print(f"{mark} {one.site}: {said}", highlight=False, soft_wrap=True)
        for text in (*map(str, one.problems), *one.notes):
            console.print(f"  {text}", highlight=False, soft_wrap=True, markup=False)
    if not found:
        _tell([], "no evidence was kept in this home yet: jiandu crawl SITE")
    if any(one.problems for one in found):
        raise typer.Exit(1)


@group.command()
def expire() -> None:
    """Erase captures of forums that hold no post of a clue and were last seen 72 hours before the as-of; the chain keeps their hashes."""
    from jiandu.crawl.expiry import expire_pages

    for name, count in (gone := expire_pages(options().as_of)).items():
        _tell(gone, f"{name}: {count} records erased")


@group.command()
def show(sha256: Annotated[str, typer.Argument(help="Hash of a page or picture: page_sha256 of a row.")]) -> None:
    """Every capture of these bytes: when, from where, in which record of which file."""
    from jiandu.evidence.picture import captures

    for site, link in captures(sha256):
        place = f"{site}/{link.file}@{link.offset}+{link.length}  line {link.seq}"
        _tell({"site": site, **asdict(link)}, f"{link.at}  {link.kind:8} {link.status}  {link.url}  {place}")


@group.command()
def picture(sha256: Annotated[list[str], typer.Argument(help="Hashes of captured pages.")]) -> None:
    """Render screenshots from the kept records, without touching the network (needs chromium)."""
    from jiandu.evidence.picture import take

    for path in take(sha256):
        _tell(str(path), str(path))


@group.command()
def seal(site: Annotated[str | None, typer.Argument(help="A site; without it all.")] = None) -> None:
    """Have the head of a chain time-stamped now; a crawl does so at its end by itself."""
    from jiandu.evidence import sites
    from jiandu.evidence.seal import seal as stamp

    for name in [site] if site else sites():
        _tell({"site": name, "seal": str(path := stamp(name))}, f"{name}: {path or 'nothing to seal'}")


@group.command()
def bundle(site: Annotated[str, typer.Argument(help="A site of this crawl side.")]) -> None:
    """Sign what a site's chain gained since the last bundle into one file for the work network."""
    from jiandu.evidence import root
    from jiandu.evidence.bundle import make

    path = make(site)
    public = root() / "signing" / "public.pem"
    text = f"{path}\nchecked with {public} (trusted once on the other side)" if path else "nothing new since the last bundle"
    _tell({"bundle": path and str(path), "key": str(public)}, text)


@group.command()
def trust(key: Annotated[Path, typer.Argument(help="The public.pem of a crawl side.")]) -> None:
    """Trust a crawl side's key; compare the fingerprint with its people first."""
    from jiandu.evidence.signing import trust as add

    _tell({"fingerprint": (print_ := add(key))}, f"trusted: {print_}")


@group.command()
def accept(file: Annotated[Path, typer.Argument(help="A bundle.")]) -> None:
    """Check a bundle from the crawl side, take its evidence over and land its deliveries; a second time changes nothing."""
    from jiandu.evidence.bundle import accept as take

    one = take(file)
    _tell(asdict(one), f"{one.site}: {one.links} lines, {one.pages} pages kept, landed: {', '.join(one.deliveries) or 'nothing (it was here already)'}")
