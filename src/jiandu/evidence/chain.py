"""The chain of a site: one line a capture or delivery, each carrying the hash of the line before it, so that no line can be changed unseen.

A line's ``hash`` is the SHA-256 of its other members as JSON with sorted keys and no spaces. One writer at a time; a line that a kill cut
short was never part of the chain and is dropped when the next writer opens it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from jiandu.errors import JianduError, ServiceUnavailable

GENESIS = "0" * 64
"""What the first line names as its predecessor."""
KINDS = ("response", "revisit", "delivery", "expired")
"""A full answer, an answer whose bytes an earlier line holds (unchanged page), a delivery landed from the captures before it, a record erased."""
NO_RECORD = ("delivery", "expired")
"""Lines that stand for no record; one of kind ``expired`` names the place where one was."""


@dataclass(frozen=True)
class Link:
    """One line. ``sha256`` is the body's, ``record_sha256`` that of the ``length`` bytes at ``offset`` of ``file``; a delivery has no record.

    ``shown`` is the address a person opens to see what was captured, where that is not ``url`` itself (an interface behind a page).
    """

    seq: int
    at: str
    kind: str
    url: str
    status: int
    sha256: str
    file: str
    offset: int
    length: int
    record_sha256: str
    shown: str
    previous: str
    hash: str

    def recomputed(self) -> str:
        """The hash its members give now."""
        return digest({name: value for name, value in asdict(self).items() if name != "hash"})


def digest(members: dict[str, object]) -> str:
    """SHA-256 of the canonical JSON of a line's members."""
    return hashlib.sha256(json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read(folder: Path) -> Iterator[Link]:
    """The lines of a chain in order. Raises ``JianduError`` at file:line for one that is not a line of a chain."""
    path = folder / "chain.jsonl"
    if not path.is_file():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                if not line.endswith(b"\n"):
                    raise ValueError("cut off")
                yield Link(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise JianduError.at(f"{path}:{number}", f"not a line of a chain ({error})", "it was changed: compare with a copy or a bundle") from error


class Chain:
    """The open chain of a site, for its one writer. Raises ``ServiceUnavailable`` while another process writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "chain.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        self.file = self.path.open("a+b")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.file.close()
            raise ServiceUnavailable.at(str(self.path), "another crawl of this site is writing", "wait for it, then repeat") from error
        self._drop_cut_line()
        self.links = list(read(folder))
        self.kept: dict[str, Link] = {}
        for link in self.links:
            self._remember(link)

    def _drop_cut_line(self) -> None:
        self.file.seek(0)
        text = self.file.read()
        if text and not text.endswith(b"\n"):
            self.file.truncate(text.rfind(b"\n") + 1)

    @property
    def head(self) -> str:
        """The hash of the last line."""
        return self.links[-1].hash if self.links else GENESIS

    def append(
        self, at: str, kind: str, url: str, sha256: str, status: int = 0, file: str = "", offset: int = 0, length: int = 0, record_sha256: str = "",
        shown: str = "",
    ) -> Link:
        """Add a line and return it."""
        members: dict[str, object] = {
            "seq": len(self.links) + 1, "at": at, "kind": kind, "url": url, "status": status, "sha256": sha256, "file": file, "offset": offset,
            "length": length, "record_sha256": record_sha256, "shown": shown, "previous": self.head,
        }
        members["hash"] = digest(members)
        self.file.write(json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self.file.flush()
        link = Link(**members)  # type: ignore[arg-type]
        self.links.append(link)
        self._remember(link)
        return link

    def _remember(self, link: Link) -> None:
        if link.kind == "response":
            self.kept.setdefault(link.sha256, link)
        elif link.kind == "expired":
            self.kept.pop(link.sha256, None)

    def adopt(self, links: list[Link]) -> None:
        """Append lines written elsewhere, byte for byte; the caller has checked that they continue this chain."""
        for link in links:
            self.file.write(json.dumps(asdict(link), ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            self.links.append(link)
            self._remember(link)
        self.file.flush()

    def close(self) -> None:
        """Release the chain."""
        self.file.close()

    def __enter__(self) -> Chain:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
