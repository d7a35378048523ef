"""Behaviour signals by the posts they name, for as long as posts are kept: a post may come later than the signal that its company gave."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime

from jiandu.behaviour import Signal

SIGNAL_POSTS = 500
"""Posts of one signal that are looked at."""


class Waiting:
    """Every signal that came lately, whether or not it found a clue: another clue's post of it may still come."""

    def __init__(self, known: Iterable[tuple[Signal, datetime]] = ()) -> None:
        self.signals: OrderedDict[str, tuple[Signal, datetime]] = OrderedDict()
        self.of_post: dict[str, set[str]] = {}
        for signal, at in known:
            self.add(signal, at)

    def __len__(self) -> int:
        return len(self.signals)

    def add(self, signal: Signal, at: datetime) -> None:
        """Take in a signal, in place of what it said before."""
        self._remove(signal.key)
        self.signals[signal.key] = (signal, at)
        for post in signal.post_keys[:SIGNAL_POSTS]:
            self.of_post.setdefault(post, set()).add(signal.key)

    def naming(self, post_key: str) -> list[Signal]:
        """The signals of a post that hold, in order; one that was taken back raises nothing."""
        known = (self.signals[key][0] for key in sorted(self.of_post.get(post_key, ())))
        return [signal for signal in known if signal.holds]

    def drop(self, before: datetime) -> None:
        """Forget what came before an instant; signals come in the order of the one clock."""
        while self.signals and (oldest := next(iter(self.signals))) and self.signals[oldest][1] < before:
            self._remove(oldest)

    def _remove(self, key: str) -> None:
        if key not in self.signals:
            return
        signal, _ = self.signals.pop(key)
        for post in signal.post_keys[:SIGNAL_POSTS]:
            self.of_post[post].discard(key)
            if not self.of_post[post]:
                del self.of_post[post]
