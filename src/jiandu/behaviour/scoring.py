"""The step that runs on Spark's executors: messages in, posts with a finding or a contact out. What has neither leaves nothing but a count.

It scores with ``jiandu.keywords``, the library of the live consumer, so both speeds find the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from jiandu.keywords import Fresh, Score, restored
from jiandu.live.post import Post, PostRefused, decode

SCHEMA = pa.schema([
    ("partition", pa.int32()), ("offset", pa.int64()), ("value", pa.binary()), ("level", pa.int32()), ("weight", pa.float64()),
    ("categories", pa.list_(pa.string())), ("contacts", pa.list_(pa.string())), ("terms", pa.list_(pa.string())), ("version", pa.string()),
    ("posts", pa.int64()), ("dead", pa.int64()), ("sent_ms", pa.int64()),
])
"""A post kept (``value`` is the message's bytes), or a count of everything read in one piece (``value`` is null)."""
DDL = (
    "partition INT, offset BIGINT, value BINARY, level INT, weight DOUBLE, categories ARRAY<STRING>, contacts ARRAY<STRING>, terms ARRAY<STRING>,"
    " version STRING, posts BIGINT, dead BIGINT, sent_ms BIGINT"
)
LOOK_SECONDS = 10.0


@cache
def fresh(folders: tuple[str, ...], good: str) -> Fresh:
    """The scorer of this worker process; an edit of a lexicon takes effect without a restart. ``good`` is what a worker goes on with
    that starts while an edit is broken: executors reach no operational store."""
    return Fresh([Path(folder) for folder in folders], LOOK_SECONDS, kept=lambda: restored(good))


def worth_keeping(post: Post, score: Score) -> bool:
    """Whether behaviour reads a post at all: its content was found, or it offers a contact. A post taken away at its source is no new one."""
    return not post.deleted and (score.level > 0 or bool(score.contacts))


def score_batches(batches: Iterable[pa.RecordBatch], folders: tuple[str, ...], good: str) -> Iterator[pa.RecordBatch]:
    """Rows of ``partition, offset, sent_ms, value`` as rows of ``SCHEMA``: for ``DataFrame.mapInArrow``. Messages that are no posts are counted."""
    for batch in batches:
        sent = [(message, post) for message in batch.to_pylist() if (post := _post(message["value"])) is not None]
        scores = fresh(folders, good).scorer.score_many([post.words for _, post in sent])
        rows = [_row(message, score) for (message, post), score in zip(sent, scores, strict=True) if worth_keeping(post, score)]
        newest = max((moment for moment in batch.column("sent_ms").to_pylist() if moment is not None), default=0)
        rows.append({"posts": batch.num_rows, "dead": batch.num_rows - len(sent), "sent_ms": newest})
        yield pa.RecordBatch.from_pylist(rows, SCHEMA)


def _post(value: bytes | None) -> Post | None:
    """The post of a message; ``None`` for what is none, which the live consumer puts among its dead letters with the reason."""
    try:
        return decode(value)
    except PostRefused:
        return None


def _row(message: dict[str, Any], score: Score) -> dict[str, Any]:
    return {
        "partition": message["partition"], "offset": message["offset"], "value": message["value"], "sent_ms": message["sent_ms"], "level": score.level,
        "weight": score.weight, "categories": list(score.categories), "version": score.version, "terms": sorted({hit.term for hit in score.hits}),
        "contacts": sorted({f"{contact.kind}:{contact.value}" for contact in score.contacts}),
    }
