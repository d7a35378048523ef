"""Rising words on their way to a person: the table ``bronze.public__rising_word`` and what ``jiandu keywords rising`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from jiandu import lake
from jiandu.behaviour.kept import Kept
from jiandu.behaviour.observation import Observation
from jiandu.behaviour.rules import Rules
from jiandu.behaviour.words import Counter, Rising
from jiandu.settings import settings

TABLE = "public__rising_word"
EVERY = 60
"""Batches between two looks: words are for a person, who does not wait at the second."""
MOMENT = pa.timestamp("us", "UTC")
SCHEMA = pa.schema([
    ("word", pa.string()), ("window_start", MOMENT), ("window_end", MOMENT), ("accounts", pa.int64()), ("usual", pa.float64()), ("threshold", pa.float64()),
    ("sentence", pa.string()), ("loaded_at", MOMENT),
])


class Surfaced:
    """Counts words batch by batch and appends the risen ones, each state of a word and window once."""

    def __init__(self, rules: Rules) -> None:
        self.counter = Counter(rules, counts_file())
        self.told: dict[tuple[str, datetime], int] = {}
        self.known: set[str] = set()
        self.waited = EVERY

    def take(self, posts: Sequence[Observation], kept: Sequence[Kept], clock: datetime) -> None:
        """Count a batch; now and then look what has risen."""
        self.counter.add(posts)
        self.known |= {term for one in kept for term in one.terms}
        self.waited += 1
        if self.waited > EVERY:
            self.waited = 0
            self.look(clock)

    def look(self, clock: datetime) -> list[Rising]:
        """Append what has risen since the last look, store the counts, forget what is old."""
        news = [one for one in self.counter.rising(frozenset(self.known)) if self.told.get((one.word, one.window_start), 0) < one.accounts]
        if news:
            rows = [
                {"word": one.word, "window_start": one.window_start, "window_end": one.window_end, "accounts": one.accounts, "usual": one.usual,
                 "threshold": one.threshold, "sentence": one.sentence, "loaded_at": clock}
                for one in news
            ]
            name = f"{news[0].window_start.isoformat()}:{'|'.join(f'{one.word}{one.accounts}' for one in news)}"
            lake.append("bronze", TABLE, pa.Table.from_pylist(rows, SCHEMA), name)
            self.told |= {(one.word, one.window_start): one.accounts for one in news}
        self.counter.forget(clock)
        self.counter.store()
        return news


def counts_file() -> Path:
    """Where the counts of words wait between two runs of the job."""
    return settings().home.resolve() / "live" / "words.json"


def expire(rules: Rules, as_of: datetime) -> int:
    """Drop counts older than they may be kept, also while no post comes; returns how many windows went. The job itself does so as it goes."""
    counter = Counter(rules, counts_file())
    before = len(counter.counts)
    counter.forget(as_of)
    gone = before - len(counter.counts)
    if gone:
        counter.store()
    return gone


def shown(as_of: datetime, hours: int = 72) -> list[Rising]:
    """What rose in the hours before an instant, the latest word on each word and window, most accounts first."""
    with lake.glance() as connection:
        if not lake.view(connection, "bronze", TABLE, "risen"):
            return []
        rows = connection.execute(
            """SELECT word, window_start, window_end, accounts, usual, threshold FROM risen WHERE loaded_at <= ? AND window_end > ? AND window_start <= ?
            QUALIFY row_number() OVER (PARTITION BY word, window_start ORDER BY accounts DESC) = 1 ORDER BY accounts DESC, window_start DESC, word""",
            [as_of, as_of - timedelta(hours=hours), as_of],
        ).fetchall()
    return [Rising(*row) for row in rows]
