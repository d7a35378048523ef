"""Checks a site's evidence from its bytes up: records, bodies, chain, seals, screenshots, kept pages. One changed byte is one named problem."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from jiandu.errors import JianduError, Problem
from jiandu.evidence import authority, root, site_folder
from jiandu.evidence.chain import GENESIS, KINDS, NO_RECORD, Link, read
from jiandu.evidence.expiry import erased
from jiandu.evidence.picture import stamp_of
from jiandu.evidence.seal import seals


@dataclass
class Finding:
    """What a check of one site found. ``notes`` are no fault: lines after the last seal, bytes of a run that was cut off."""

    site: str
    links: int = 0
    records: int = 0
    seals: int = 0
    sealed_at: datetime | None = None
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(site: str) -> Finding:
    """Check everything a site's chain refers to. Raises ``JianduError`` for a site without a chain."""
    folder, found = site_folder(site), Finding(site)
    if not (folder / "chain.jsonl").is_file():
        raise JianduError.at(site, "has no evidence", "jiandu evidence verify without a name lists the sites that have")
    links = list(chained(folder, found))
    found.links = len(links)
    expired = erased(links)
    bodies = {link.sha256 for link in links if link.kind == "response" and (link.file, link.offset) not in expired}
    for link in links:
        gone = (link.file, link.offset) in expired
        found.problems += left_over(folder, link) if gone else checked(folder, link, bodies)
        found.records += link.kind not in NO_RECORD and not gone
    found.problems += kept_pages(bodies)
    check_seals(folder, links, found)
    check_pictures(folder, found)
    notes(folder, links, found)
    return found


def chained(folder: Path, found: Finding) -> Iterator[Link]:
    """The lines of a chain while they hang together; what does not is a problem, and ends it when the file is no chain any more."""
    previous = GENESIS
    try:
        for number, link in enumerate(read(folder), 1):
            where = f"{folder / 'chain.jsonl'}:{number}"
            if link.recomputed() != link.hash:
                found.problems.append(Problem(where, "the line does not give its own hash: it was changed", "compare with a copy or a bundle"))
            if link.previous != previous or link.seq != number:
                found.problems.append(Problem(where, "does not follow the line before it: lines were removed, added or moved"))
            if link.kind not in KINDS:
                found.problems.append(Problem(where, f"unknown kind {link.kind!r}"))
            previous = link.hash
            yield link
    except JianduError as error:
        found.problems += error.problems


def checked(folder: Path, link: Link, bodies: set[str]) -> Iterator[Problem]:
    """What is wrong with the record of a line."""
    if link.kind in NO_RECORD:
        return
    path = folder / link.file
    where = f"{path}@{link.offset}"
    if not path.resolve().is_relative_to(folder.resolve()):
        yield Problem(f"{folder / 'chain.jsonl'}:{link.seq}", f"names a file outside its folder: {link.file}")
        return
    if not path.is_file():
        yield Problem(str(path), f"is missing; line {link.seq} ({link.url}) refers to it")
        return
    with path.open("rb") as file:
        file.seek(link.offset)
        packed = file.read(link.length)
    if hashlib.sha256(packed).hexdigest() != link.record_sha256:
        yield Problem(where, f"the record of {link.url} was changed: its bytes do not give the hash in the chain")
        return
    try:
        record = next(iter(ArchiveIterator(BytesIO(packed), check_digests=True)))
        body, url = record.raw_stream.read(), record.rec_headers.get_header("WARC-Target-URI")
    except (StopIteration, zlib.error, ArchiveLoadFailed, ValueError) as error:
        yield Problem(where, f"no readable WARC record: {error!r}")
        return
    if url != link.url:
        yield Problem(where, f"the record is of {url}, the chain says {link.url}")
    if link.kind == "response" and hashlib.sha256(body).hexdigest() != link.sha256:
        yield Problem(where, f"the body of {link.url} does not give the hash in the chain")
    if link.kind == "revisit" and link.sha256 not in bodies:
        yield Problem(where, f"{link.url} refers to a body that no record holds")


def left_over(folder: Path, link: Link) -> Iterator[Problem]:
    """What is left of a record that expired."""
    path = folder / link.file
    if path.is_file():
        with path.open("rb") as file:
            file.seek(link.offset)
            if file.read(link.length).strip(b"\0"):
                yield Problem(f"{path}@{link.offset}", f"the record of {link.url} expired and is still there", "jiandu evidence expire")


def kept_pages(bodies: set[str]) -> Iterator[Problem]:
    """Kept pages and pictures whose bytes are no longer what their name says."""
    for sha256 in sorted(bodies):
        path = root() / "pages" / sha256[:2] / sha256
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            yield Problem(str(path), "the kept page was changed: its bytes do not give its name", "the WARC record holds the original")


def check_seals(folder: Path, links: list[Link], found: Finding) -> None:
    """Every seal must hold over the line it covers; a seal beyond the end betrays a shortened chain."""
    theirs = folder / "authority.pem"
    for seq, path in seals(folder).items():
        found.seals += 1
        if seq > len(links):
            found.problems.append(Problem(str(path), f"the chain ends at line {len(links)}, but line {seq} was sealed: lines were removed"))
            continue
        try:
            found.sealed_at = authority.stamped_at(path.read_bytes(), links[seq - 1].hash.encode(), theirs if theirs.is_file() else None)
        except JianduError as error:
            found.problems.append(Problem(str(path), f"the seal of line {seq} does not hold: {error.problems[0].what}"))


def check_pictures(folder: Path, found: Finding) -> None:
    """Every screenshot must be the one its time stamp was given for."""
    for picture in sorted((folder / "pictures").glob("*.png")):
        try:
            authority.stamped_at(stamp_of(picture).read_bytes(), picture.read_bytes())
        except (JianduError, OSError) as error:
            why = error.problems[0].what if isinstance(error, JianduError) else "it has none"
            what = f"the screenshot's time stamp does not hold: {why}"
            found.problems.append(Problem(str(picture), what, "delete it; jiandu evidence picture makes it anew"))


def notes(folder: Path, links: list[Link], found: Finding) -> None:
    """What is worth saying and no fault."""
    unsealed = len(links) - max(seals(folder), default=0)
    if unsealed > 0:
        found.notes.append(f"{unsealed} lines after the last seal are chained but not time-stamped (jiandu evidence seal)")
    ends: dict[str, int] = {}
    for link in links:
        ends[link.file] = max(ends.get(link.file, 0), link.offset + link.length)
    for path in sorted((folder / "warc").glob("*.warc.gz")):
        name = f"warc/{path.name}"
        if name not in ends or path.stat().st_size > ends[name]:
            found.notes.append(f"{name}: {path.stat().st_size - ends.get(name, 0)} bytes of a run that was cut off belong to no line")
