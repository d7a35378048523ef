"""Bundles: how a crawl side that stands alone hands its evidence and deliveries to the work network, signed, in one file.

A bundle is a ZIP of what a chain gained since the last one: its lines, their WARC files, the seals and the deliveries, with a
manifest of every member's SHA-256 and an Ed25519 signature over the manifest. Accepting it checks all of that before a byte is
placed, continues the receiver's copy of the chain, keeps the pages by hash and lands the deliveries; a second time changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from jiandu import whole
from jiandu.crawl.landing import keep, page_path
from jiandu.errors import JianduError
from jiandu.evidence import authority, root, signing, site_folder
from jiandu.evidence.chain import GENESIS, Chain, Link, read
from jiandu.evidence.expiry import erased, forget
from jiandu.evidence.recorder import record_at
from jiandu.evidence.seal import seal, seals
from jiandu.evidence.verify import verify
from jiandu.settings import settings
from jiandu.undated import EPOCH

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
MEMBER = re.compile(r"(chain\.jsonl|authority\.pem|warc/[0-9T]+-[0-9]+\.warc\.gz|seals/[0-9]+\.tsr|landing/[A-Za-z0-9_]+\.jsonl)")
SITE = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Accepted:
    """What a bundle brought that was not here: lines of the chain, pages, deliveries."""

    site: str
    links: int
    pages: int
    deliveries: list[str]


def make(site: str) -> Path | None:
    """Bundle what a site's chain gained since the last bundle; its file in ``<home>/evidence/outbox``, ``None`` when there is nothing new."""
    seal(site)
    folder, outbox = site_folder(site), root() / "outbox"
    done = max((int(path.stem.rpartition("-")[2]) for path in outbox.glob(f"{site}_*-*.zip")), default=0)
    links = list(read(folder))[done:]
    if not links:
        return None
    members = dict(_members(folder, links))
    signer = signing.key()
    manifest = json.dumps({
        "site": site, "first": links[0].seq, "last": links[-1].seq, "previous": links[0].previous, "head": links[-1].hash,
        "signer": signing.fingerprint(signer.public_key()), "members": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
    }, indent=1, sort_keys=True).encode()
    target = outbox / f"{site}_{links[0].seq:08d}-{links[-1].seq:08d}.zip"
    outbox.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for name, data in [(MANIFEST, manifest), (SIGNATURE, signer.sign(manifest)), *sorted(members.items())]:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data)
    part.replace(target)
    return target


def _members(folder: Path, links: list[Link]) -> Iterator[tuple[str, bytes]]:
    yield "chain.jsonl", b"".join(json.dumps(asdict(link), ensure_ascii=False).encode() + b"\n" for link in links)
    yield "authority.pem", authority.certificate()
    for name in sorted({link.file for link in links if link.file}):
        yield name, (folder / name).read_bytes()
    for seq, path in seals(folder).items():
        if seq >= links[0].seq:
            yield f"seals/{path.name}", path.read_bytes()
    for link in (link for link in links if link.kind == "delivery"):
        yield f"landing/{link.url}", (settings().landing_root / link.url).read_bytes()


def accept(path: Path) -> Accepted:
    """Take a bundle over. Raises ``JianduError`` for one that is broken, unsigned, changed, or does not continue what is here; then nothing is placed.

    Evidence here that does not stand up is named too, and then no delivery lands. A second time does what is left to do after a kill or after such a
    fault was put right, and nothing else.
    """
    manifest, members = opened(path)
    site, first = str(manifest["site"]), int(manifest["first"])
    folder = site_folder(site)
    lines = [Link(**json.loads(line)) for line in members["chain.jsonl"].splitlines()]
    with Chain(folder) as chain:
        here = chain.links[first - 1 : first - 1 + len(lines)]
        before = [GENESIS, *(link.hash for link in chain.links[: first - 1])]
        if len(before) != first or before[-1] != manifest["previous"] or here != lines[: len(here)]:
            what = f"continues line {first - 1} of {site}, but the chain here ends at line {len(chain.links)}"
            raise JianduError.at(str(path), what, "accept the bundles in order")
        sound(path, lines, str(manifest["previous"]), members)
        fresh = lines[len(here) :]
        for name, data in members.items() if fresh else ():
            if name.startswith(("warc/", "seals/")) or name == "authority.pem":
                whole.write(folder / name, data)
        chain.adopt(fresh)
        forget(chain)
        gone = erased(chain.links)
    found = verify(site)
    if found.problems:
        raise JianduError(found.problems)
    pages = sum(_keep(folder, link) for link in lines if link.kind == "response" and (link.file, link.offset) not in gone)
    landed = [name.removeprefix("landing/") for name in members if name.startswith("landing/")]
    landed = [name for name in landed if fresh or not (settings().landing_root / name).exists()]
    for name in landed:
        whole.write(settings().landing_root / name, members[f"landing/{name}"])
    return Accepted(site, len(fresh), pages, landed)


def sound(path: Path, lines: list[Link], previous: str, members: dict[str, bytes]) -> None:
    """Raise ``JianduError`` unless the lines hang together and every record that did not expire and every delivery gives the hash they state."""
    gone = erased(lines)
    for link in lines:
        name = f"landing/{link.url}" if link.kind == "delivery" else link.file
        data = members.get(name, b"")
        held = hashlib.sha256(data if link.kind == "delivery" else data[link.offset : link.offset + link.length]).hexdigest()
        fits = (link.file, link.offset) in gone or held == (link.sha256 if link.kind == "delivery" else link.record_sha256)
        if link.previous != previous or link.recomputed() != link.hash or not fits:
            raise JianduError.at(f"{path}:chain.jsonl", f"line {link.seq} ({link.url}) does not fit the bytes that came with it", "have it sent again")
        previous = link.hash


def opened(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Manifest and members of a bundle whose signature, names and hashes hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile) as error:
        raise JianduError.at(str(path), f"no bundle ({error})", "have it sent again") from error
    for name in (MANIFEST, SIGNATURE):
        if name not in held:
            raise JianduError.at(str(path), f"has no {name}", "have it sent again")
    text = held.pop(MANIFEST)
    signature = held.pop(SIGNATURE)
    try:
        manifest = dict(json.loads(text))
        signer, listed, site = str(manifest["signer"]), dict(manifest["members"]), str(manifest["site"])
    except (ValueError, KeyError, TypeError) as error:
        raise JianduError.at(f"{path}:{MANIFEST}", f"not a manifest ({error!r})", "have it sent again") from error
    signing.check(signature, text, signer)
    bad = sorted(name for name in {*held, *listed} if not MEMBER.fullmatch(name) or ".." in PurePosixPath(name).parts)
    if bad or not SITE.fullmatch(site):
        raise JianduError.at(str(path), f"holds names that no bundle has: {', '.join(map(repr, bad or [site]))}", "do not unpack it; ask who made it")
    wrong = sorted(name for name in {*held, *listed} if name not in held or hashlib.sha256(held[name]).hexdigest() != listed.get(name))
    if wrong:
        raise JianduError.at(str(path), f"these members are missing or changed: {', '.join(wrong)}", "have it sent again")
    return manifest, held


def _keep(folder: Path, link: Link) -> bool:
    """Keep the page of a line; whether it was not kept before."""
    if page_path(link.sha256).is_file():
        return False
    with record_at(folder, link) as body:
        keep(body)
    return True
