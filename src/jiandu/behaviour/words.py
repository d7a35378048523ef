"""Words that suddenly become frequent, for a person to judge: never added to a lexicon by themselves, never part of a grade.

Counted are the different accounts that use a word in an hour, in posts with a finding or a contact. An hour and a word hold a set of account
hashes, at most ``MOST``: the union of sets, so that repeated and reordered deliveries count once. No text and no account name is kept.
"""

from __future__ import annotations

import heapq
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from jiandu import whole
from jiandu.behaviour.observation import Observation
from jiandu.behaviour.rules import Rules, Words
from jiandu.behaviour.windows import EPOCH
from jiandu.clock import ZONE

MOST = 256
"""Account hashes a word and hour: the smallest are kept (k minimum values, Bar-Yossef et al. 2002), so which ones does not depend on the order."""
READ = 1_000
"""Characters of a post that are read for words: a lure is short, and one account's essay must not fill the memory with its pieces."""
WORD = re.compile(r"[㐀-鿿]+")
EMPTY = set("的了是在我你他她它们这那有和就不也都很吗呢吧啊一个上下来去到说要会可没")
"""Characters that begin or end no word of interest."""


@dataclass(frozen=True, slots=True)
class Rising:
    """A word that rose in a window: accounts that used it, their mean a window before, and whether a lexicon has it already."""

    word: str
    window_start: datetime
    window_end: datetime
    accounts: int
    usual: float
    threshold: float

    @property
    def sentence(self) -> str:
        """One sentence for the person who judges it."""
        when = f"{self.window_start:%m月%d日%H时%M分}起"
        return f"“{self.word}”在{when}的时段内由{self.accounts}个账号使用，此前平均{self.usual:.1f}个（供人工判断，不自动加入词表）"


class Counter:
    """Accounts by window and word within the hours that are remembered. Everything of it is a union of sets."""

    def __init__(self, rules: Rules, file: Path | None = None) -> None:
        self.rule, self.keep_hours, self.late_hours, self.history_hours = rules.words, rules.keep_hours, rules.late_hours, rules.history_hours
        self.file = file
        self.counts: defaultdict[int, dict[str, set[int]]] = defaultdict(dict)
        if file is not None and file.exists():
            for window, words in json.loads(file.read_text("utf-8")).items():
                self.counts[int(window)] = {word: set(accounts) for word, accounts in words.items()}

    def add(self, posts: Iterable[Observation]) -> None:
        """Count the words of posts."""
        for seen in posts:
            window, account = self._window(seen.at), int(seen.account[:15] or "0", 16)
            words = self.counts[window]
            for word in grams(seen.text, self.rule):
                held = words.setdefault(word, set())
                held.add(account)
                if len(held) > MOST:
                    words[word] = set(heapq.nsmallest(MOST, held))

    def rising(self, known: frozenset[str] = frozenset()) -> list[Rising]:
        """Words over their threshold, window by window; ``known`` are terms of lexicons. Before there is a history the floor alone decides.

        Of words within one another, used by as many accounts, only the longest is told.
        """
        found: list[Rising] = []
        for window, words in sorted(self.counts.items()):
            high = {word: len(accounts) for word, accounts in words.items() if len(accounts) >= self.rule.at_least}
            risen = [one for word, accounts in sorted(high.items()) if (one := self._risen(word, window, accounts)) is not None]
            found += [one for one in risen if not any(_within(one, other) for other in risen) and not any(one.word in term for term in known)]
        return found

    def forget(self, watermark: datetime) -> None:
        """Drop what is older than it may be kept, and store the rest."""
        cut = self._window(watermark - timedelta(hours=self.keep_hours))
        for window in [window for window in self.counts if window < cut]:
            del self.counts[window]

    def store(self) -> None:
        """Write the counts: after a restart they are taken up again; a kill loses what was counted since, and a word may be shown a little later."""
        if self.file is not None:
            body = {window: {word: sorted(accounts) for word, accounts in words.items()} for window, words in sorted(self.counts.items())}
            whole.write(self.file, json.dumps(body, ensure_ascii=False).encode())

    def _window(self, at: datetime) -> int:
        return int((at - EPOCH) // timedelta(minutes=self.rule.window_minutes))

    def _risen(self, word: str, window: int, accounts: int) -> Rising | None:
        past = self.history_hours * 60 // self.rule.window_minutes
        usual = sum(len(self.counts[earlier].get(word, ())) for earlier in range(window - past, window) if earlier in self.counts) / max(past, 1)
        threshold = max(self.rule.at_least, self.rule.times_history * usual)
        if accounts < threshold:
            return None
        start = EPOCH + window * timedelta(minutes=self.rule.window_minutes)
        end = start + timedelta(minutes=self.rule.window_minutes)
        return Rising(word, start.astimezone(ZONE), end.astimezone(ZONE), accounts, round(usual, 2), round(threshold, 2))


def grams(text: str, rule: Words) -> set[str]:
    """The pieces of a normalised text's first ``READ`` characters that may be words: runs of Chinese characters of every length the rule allows."""
    return {word for run in WORD.findall(text[:READ]) for word in _pieces(run, *rule.length)}


def _within(one: Rising, other: Rising) -> bool:
    """Whether a word is only a part of another one that as many accounts use."""
    return one.word != other.word and one.word in other.word and one.accounts <= other.accounts


def _pieces(run: str, shortest: int, longest: int) -> Iterator[str]:
    for start in range(len(run)):
        for length in range(shortest, min(longest, len(run) - start) + 1):
            piece = run[start:start + length]
            if piece[0] not in EMPTY and piece[-1] not in EMPTY:
                yield piece
