"""What is remembered of posts with a finding, and the signals it gives. A set: the order, lateness and repetition of what arrives do not show.

Event time before the watermark: posts up to ``late_hours`` behind it still count, and what is older than ``keep_hours`` is forgotten; windows
and the history a burst is compared with fit between the two. The watermark is the newest event time seen, never beyond the given clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from jiandu.behaviour import judging, windows
from jiandu.behaviour.families import Families
from jiandu.behaviour.judging import Reported
from jiandu.behaviour.observation import Observation, earlier
from jiandu.behaviour.rules import Rule, Rules
from jiandu.behaviour.signal import Kind, Signal

Subject = tuple[Kind, str]
FORGET_EVERY = timedelta(hours=1)
REACHES = ("phone:", "wechat:", "qq:")
"""Contacts that reach somebody. An address on the internet is anybody's to quote: that posts share one says nothing."""


class Memory:
    """Posts with a finding by subject, and every signal that holds. ``reported``: contacts of reported outlets, ``kind:value`` to outlet."""

    def __init__(self, rules: Rules, reported: Mapping[str, Reported] | None = None) -> None:
        self.rules, self.reported = rules, dict(reported or {})
        self.posts: dict[str, Observation] = {}
        self.subjects: defaultdict[str, dict[str, Observation]] = defaultdict(dict)
        self.families = Families(rules.campaign.likeness)
        self.standing: defaultdict[Subject, dict[int, Signal]] = defaultdict(dict)
        self.watermark: datetime | None = None
        self.horizon: datetime | None = None
        self.too_late = 0

    def add(self, arrived: Iterable[Observation], clock: datetime) -> list[Signal]:
        """Take in posts at an instant of the one clock. Returns the signals that are new or changed; one that no longer holds says so by its value."""
        touched: defaultdict[Subject, set[int]] = defaultdict(set)
        for seen in self._timely(arrived, clock):
            known = self.posts.get(seen.key)
            if known is not None and earlier(known, seen) == known:
                continue
            self.posts[seen.key] = seen
            if known is not None:
                self._rebuild()  # the first capture came after the second: it takes its place everywhere
                for subject, held in self.standing.items():
                    touched[subject] |= set(held)
            for subject, spans in self._entered(seen).items():
                touched[subject] |= spans
        changed = [signal for subject in sorted(touched) for signal in self._judged(subject, touched[subject])]
        self._forget()
        return changed

    def report(self, reported: Mapping[str, Reported]) -> list[Signal]:
        """Take in the reported outlets as they stand now. Returns the signals this changes."""
        moved = {contact for contact in {*self.reported, *reported} if self.reported.get(contact) != reported.get(contact)}
        self.reported = dict(reported)
        names = sorted({f"contact:{contact}" for contact in moved} & self.subjects.keys())
        minutes = self.rules.outlet.window_minutes
        return [
            signal for name in names
            for signal in self._judged(("outlet", name), windows.touched((seen.at for seen in self.subjects[name].values()), minutes))
        ]

    def is_late(self, seen: Observation) -> bool:
        """Whether a post comes too far behind the watermark, as it stands, to count."""
        return self.watermark is not None and seen.at < self.watermark - timedelta(hours=self.rules.late_hours)

    def signals(self) -> list[Signal]:
        """Every signal that holds, in order."""
        return [signal for _, held in sorted(self.standing.items()) for _, signal in sorted(held.items())]

    def _timely(self, arrived: Iterable[Observation], clock: datetime) -> list[Observation]:
        """Posts not too far behind the watermark as it stood before them, which then moves, never past the clock."""
        given = list(arrived)
        timely = [seen for seen in given if not self.is_late(seen)]
        self.too_late += len(given) - len(timely)
        self.watermark = max((*(min(seen.at, clock) for seen in timely), *([self.watermark] if self.watermark else [])), default=None)
        return timely

    def _entered(self, seen: Observation) -> dict[Subject, set[int]]:
        """Enter a post under all its subjects; the windows it touches, and those of a family whose name has changed."""
        spans: dict[Subject, set[int]] = {}
        for kind, name in _subjects(seen):
            self.subjects[name][seen.key] = seen
            spans[kind, name] = set(windows.covering(seen.at, self._rule(kind, name).window_minutes))
        if not self.families.takes(seen):
            return spans
        minutes = self.rules.campaign.window_minutes
        gone, renamed = self.families.add(seen)
        family: Subject = ("campaign", self.families.of(seen))
        spans[family] = set(windows.covering(seen.at, minutes))
        if renamed or gone:
            spans[family] |= windows.touched((post.at for post in self.families.posts(family[1])), minutes)
        return spans | {("campaign", name): set() for name in gone}

    def _judged(self, subject: Subject, spans: set[int]) -> list[Signal]:
        """What changed among a subject's signals: in the windows touched, and in later ones where a burst stands, as more history raises its threshold.

        Without any window: wherever it stands. A signal that is taken back names the posts it named before.
        """
        changed: list[Signal] = []
        held = self.standing[subject]
        minutes = self._rule(*subject).window_minutes
        again = {window for window in held if not spans or (subject[0] == "burst" and window > min(spans))}
        for window in sorted(spans | again):
            if self.horizon is not None and windows.span(window, minutes)[0] < self.horizon:
                continue  # part of it is forgotten: what was said of it is final
            signal = self._signal(subject, window)
            if signal == held.get(window) or not (signal.holds or window in held):
                continue
            if signal.holds:
                held[window] = signal
            else:
                signal = replace(signal, post_keys=held.pop(window).post_keys)
            changed.append(signal)
        if not held:
            del self.standing[subject]
        return changed

    def _rule(self, kind: Kind, name: str) -> Rule:
        rules = self.rules
        if kind == "burst":
            return rules.board_burst if name.startswith("board:") else rules.account_burst
        found: Rule = getattr(rules, kind)
        return found

    def _signal(self, subject: Subject, window: int) -> Signal:
        kind, name = subject
        rules = self.rules
        posts = self.families.posts(name) if kind == "campaign" else list(self.subjects[name].values())
        if kind == "burst":
            rule, who = (rules.board_burst, "版块") if name.startswith("board:") else (rules.account_burst, "同一账号")
            return judging.burst(name, posts, window, rule, rules.history_hours, who)
        if kind == "campaign":
            return judging.campaign(name, posts, window, rules.campaign)
        if kind == "contacts":
            return judging.contacts(name, posts, window, rules.contacts)
        if kind == "threads":
            return judging.threads(name, posts, window, rules.threads)
        return judging.outlet(name, posts, window, rules.outlet, self.reported.get(name.removeprefix("contact:")))

    def _forget(self) -> None:
        """Once an hour of event time, drop what is older than it may be kept, and signals with it."""
        if self.watermark is None:
            return
        cut = self.watermark - timedelta(hours=self.rules.keep_hours)
        if self.horizon is not None and cut - self.horizon < FORGET_EVERY:
            return
        old = [key for key, seen in self.posts.items() if seen.at < cut]
        self.horizon = cut
        if not old:
            return
        for key in old:
            del self.posts[key]
        self._rebuild()
        for subject, held in list(self.standing.items()):
            kept = {window: signal for window, signal in held.items() if signal.window_end >= cut}
            if kept:
                self.standing[subject] = kept
            else:
                del self.standing[subject]

    def _rebuild(self) -> None:
        """Subjects and families from the posts alone."""
        self.subjects.clear()
        self.families = Families(self.rules.campaign.likeness)
        for seen in self.posts.values():
            self._entered(seen)


def _subjects(seen: Observation) -> list[Subject]:
    """What a post belongs to beside its family."""
    reaching = [contact for contact in seen.contacts if contact.startswith(REACHES)]
    contacts: list[Subject] = [(kind, f"contact:{contact}") for contact in reaching for kind in ("contacts", "outlet")]  # type: ignore[misc]
    threads: list[Subject] = [("threads", f"account:{seen.account}/{category}") for category in seen.categories]
    return [("burst", f"account:{seen.account}"), ("burst", f"board:{seen.platform}/{seen.board}"), *threads, *contacts]
