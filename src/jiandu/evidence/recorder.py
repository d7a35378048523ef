"""Writes what a site answered as WARC records (ISO 28500), one gzip member a record, each entered in the site's chain.

An answer whose bytes are in the chain already becomes a *revisit* record, so that an unchanged page costs a few hundred bytes and
still proves that it was seen. ``WARC-Date`` follows the crawl's as-of; real time is what the time stamp over the chain says.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from jiandu.errors import JianduError
from jiandu.evidence import site_folder
from jiandu.evidence.chain import Chain, Link

LEVEL = 1
"""Pages shrink to a quarter at the fastest level; the slowest saves a tenth more and costs four times the CPU."""
Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What a site answered: status, headers and body as they came; ``sha256`` of the body the answer stands for (a 304 stands for an earlier one)."""

    url: str
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    sha256: str
    shown: str = ""


class Recorder:
    """Records the answers of one crawl of one site in a WARC file of its own."""

    def __init__(self, site: str, as_of: datetime, agent: str) -> None:
        self.chain = Chain(site_folder(site))
        name = f"warc/{as_of:%Y%m%dT%H%M%S}-{len(self.chain.links) + 1:08d}.warc.gz"
        path = self.chain.folder / name
        path.parent.mkdir(exist_ok=True)
        self.name, self.file = name, path.open("wb")  # a crawl killed before its first line left a file that nothing refers to
        self.writer = WARCWriter(BytesIO(), gzip=False, warc_version="1.1")
        information = {"software": "Jiandu", "format": "WARC File Format 1.1", "http-header-user-agent": agent, "robots": "obey"}
        self._write(self.writer.create_warcinfo_record(Path(name).name, information))

    def add(self, answer: Answer, at: datetime) -> Link:
        """Record one answer given at ``at`` (the crawl's clock)."""
        known = self.chain.kept.get(answer.sha256)
        kind = "revisit" if known else "response"
        if answer.status == 304 and not known:
            raise JianduError.at(answer.url, "the site says 'unchanged' of a page that is not in the chain", "delete the crawl's cache of this site")
        http = StatusAndHeaders(f"{answer.status} {answer.reason}".strip(), answer.headers, protocol="HTTP/1.1")
        date = warc_date(at)
        headers = {"WARC-Date": date, "WARC-Payload-Digest": b32(answer.sha256), "WARC-Block-Digest": block_digest(http, answer.body if not known else b"")}
        if known:
            record = self.writer.create_revisit_record(
                answer.url, headers.pop("WARC-Payload-Digest"), known.url, warc_date(datetime.fromisoformat(known.at)), http, headers,
            )
        else:
            body = BytesIO(answer.body)
            record = self.writer.create_warc_record(answer.url, "response", body, len(answer.body), http_headers=http, warc_headers_dict=headers)
        offset, packed = self._write(record)
        return self.chain.append(
            at.isoformat(), kind, answer.url, answer.sha256, answer.status, self.name, offset, len(packed), hashlib.sha256(packed).hexdigest(),
            answer.shown,
        )

    def delivered(self, path: Path, at: datetime) -> Link:
        """Enter a landed delivery, so that its rows and the captures they come from hang together."""
        return self.chain.append(at.isoformat(), "delivery", path.name, hashlib.sha256(path.read_bytes()).hexdigest())

    def close(self) -> None:
        """Finish the file and release the chain."""
        self.file.close()
        self.chain.close()

    def _write(self, record: object) -> tuple[int, bytes]:
        plain = BytesIO()
        self.writer._write_warc_record(plain, record)  # the public door compresses at the slowest level, and only into its own file
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + 16)
        packed = packer.compress(plain.getvalue()) + packer.flush()
        offset = self.file.tell()
        self.file.write(packed)
        self.file.flush()
        return offset, packed


@contextmanager
def record_at(folder: Path, link: Link) -> Iterator[bytes]:
    """The body a chain's line holds. Raises ``JianduError`` when the bytes are not there or not a record."""
    path = folder / link.file
    try:
        with path.open("rb") as file:
            file.seek(link.offset)
            packed = file.read(link.length)
        record = next(iter(ArchiveIterator(BytesIO(packed))))
        yield record.raw_stream.read() if record.rec_type == "response" else b""
    except (OSError, StopIteration, zlib.error, ValueError) as error:
        raise JianduError.at(f"{path}@{link.offset}", f"no record there ({error!r})", "jiandu evidence verify") from error


def warc_date(at: datetime) -> str:
    """An instant as WARC writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def b32(sha256: str) -> str:
    """A digest as WARC writes it."""
    return "sha256:" + base64.b32encode(bytes.fromhex(sha256)).decode()


def block_digest(http: StatusAndHeaders, body: bytes) -> str:
    """Digest of headers and body as they stand in the record."""
    http.compute_headers_buffer()
    return b32(hashlib.sha256(http.headers_buff + body).hexdigest())
