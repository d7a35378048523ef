"""Posts with a finding in the lake (``bronze.public__post``): the capture's bytes, its hash and time, once; each batch time-stamped.

Nothing of a post without a finding comes here. The chain of the batches is evidence like that of a crawled site: ``jiandu evidence verify posts``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pyarrow as pa

from jiandu import contracts, lake, whole
from jiandu.behaviour.kept import Kept
from jiandu.crawl.feeds import FEEDS
from jiandu.evidence import authority, site_folder
from jiandu.evidence.chain import Chain
from jiandu.live.post import decode
from jiandu.stream.compaction import FILES

TABLE = "public__post"
SITE = "posts"
MOMENT = pa.timestamp("us", "UTC")
WORDS = pa.list_(pa.string())
SCHEMA = pa.schema([
    ("delivery_id", pa.string()), ("row_no", pa.int64()), ("row_hash", pa.string()), ("loaded_at", MOMENT), ("raw", pa.string()), ("tier", pa.string()),
    ("sealed", pa.bool_()), ("record_key", pa.string()), ("posted_at", MOMENT), ("seen_at", MOMENT), ("level", pa.int32()), ("categories", WORDS),
    ("contacts", WORDS), ("terms", WORDS), ("lexicon_version", pa.string()), ("batch", pa.string()), ("is_late", pa.bool_()),
])
TIER = "personal"
"""Of a post anybody may read; a report that travels as one keeps the tier of its contract."""


class Captures:
    """The table and its chain, for the one job that writes them. Raises ``ServiceUnavailable`` while another process writes the chain."""

    def __init__(self) -> None:
        self.chain = Chain(site_folder(SITE))
        self.sealed = {link.sha256 for link in self.chain.links}
        self.known: set[tuple[str, str]] = set()
        self.kept_batches = 0

    def restore(self, since: datetime) -> list[tuple[Kept, str]]:
        """The kept posts seen since an instant, each with the batch that brought it."""
        with lake.glance() as connection:
            if not lake.view(connection, "bronze", TABLE, "kept"):
                return []
            query = "SELECT * FROM kept WHERE seen_at >= ? ORDER BY seen_at, record_key"
            rows: list[dict[str, Any]] = connection.sql(query, params=[since]).to_arrow_table().to_pylist()
        found = [(_kept(row), str(row["batch"])) for row in rows]
        self.known |= {kept.content for kept, _ in found}
        for batch in {batch for _, batch in found} - self.sealed:  # a kill came between the table and the chain
            self.seal(batch, [kept for kept, of in found if of == batch], since)
        return found

    @property
    def last(self) -> str | None:
        """The name of the newest commit."""
        return self.chain.links[-1].sha256 if self.chain.links else None

    def of_contacts(self, contacts: Collection[str]) -> list[Kept]:
        """Every capture, of any age, that holds one of these contacts (``kind:keyed hash``)."""
        with lake.glance() as connection:
            if not contacts or not lake.view(connection, "bronze", TABLE, "kept"):
                return []
            query = "SELECT * FROM kept WHERE list_has_any(contacts, ?) ORDER BY seen_at, record_key"
            return [_kept(row) for row in connection.sql(query, params=[sorted(contacts)]).to_arrow_table().to_pylist()]

    def keep(self, posts: Sequence[Kept], loaded_at: datetime) -> list[Kept]:
        """Append what the table does not hold yet, in one commit, and have the batch time-stamped. Returns what was new.

        The same words seen again are not new: the first capture of each version is the evidence of it.
        The commit is named by the captures in it: the same batch again, or the same captures cut into other batches, add nothing.
        """
        new = list({kept.content: kept for kept in reversed(posts) if kept.content not in self.known}.values())[::-1]
        if not new:
            return []
        digest = manifest(new)
        lake.append("bronze", TABLE, pa.Table.from_pylist([_row(kept, loaded_at, digest) for kept in new], SCHEMA), digest)
        self.known |= {kept.content for kept in new}
        self.seal(digest, new, loaded_at)
        self.kept_batches += 1
        if self.kept_batches % FILES == 0:
            self.compact()
        return new

    def compact(self) -> None:
        """Put the small files of many small batches together; no row changes. This job is the table's one writer."""
        table = lake.open_table("bronze", TABLE)
        if table is not None and len(table.file_uris()) >= FILES:
            table.optimize.compact()

    def seal(self, digest: str, posts: Sequence[Kept], at: datetime) -> None:
        """A line of the chain for a batch and the authority's time stamp over it; again after a kill between the two."""
        if digest in self.sealed:
            return
        first, last = min(posts, key=lambda kept: (kept.partition, kept.offset)), max(posts, key=lambda kept: (kept.partition, kept.offset))
        link = self.chain.append(at.astimezone(UTC).isoformat(), "delivery", f"kafka:{first.place}–{last.place}", digest)
        whole.write(site_folder(SITE) / "seals" / f"{link.seq:08d}.tsr", authority.stamp(link.hash.encode()))
        self.sealed.add(digest)


def manifest(posts: Sequence[Kept]) -> str:
    """SHA-256 over the sorted hashes of a batch's captures, one a line: what is time-stamped."""
    return hashlib.sha256("\n".join(sorted(kept.capture_sha256 for kept in posts)).encode()).hexdigest()


@cache
def tier(platform: str) -> str:
    """How secret the words of a platform are."""
    return contracts.load(platform).tier if platform in FEEDS else TIER


def _row(kept: Kept, loaded_at: datetime, digest: str) -> dict[str, Any]:
    post = kept.post
    return {
        "delivery_id": kept.place, "row_no": 1, "row_hash": kept.capture_sha256, "loaded_at": loaded_at, "raw": kept.value.decode(),
        "tier": tier(post.platform), "sealed": False, "record_key": post.key, "posted_at": post.posted_at, "seen_at": post.seen_at, "level": kept.level,
        "categories": list(kept.categories), "contacts": list(kept.contacts), "terms": list(kept.terms), "lexicon_version": kept.version, "batch": digest,
        "is_late": kept.is_late,
    }


def _kept(row: dict[str, Any]) -> Kept:
    value = row["raw"].encode()
    partition, offset = map(int, row["delivery_id"].rsplit(":", 2)[1:])
    return Kept(
        partition, offset, value, decode(value), row["level"], tuple(row["categories"]), tuple(row["contacts"]), tuple(row["terms"]), row["lexicon_version"],
        bool(row.get("is_late")),
    )
