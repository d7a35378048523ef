"""What behaviour remembers of a post with a finding: who, where, when, which lure. Never the name of an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Observation:
    """One post with a finding. ``account`` is the keyed hash; ``contacts`` are ``kind:value``; ``text`` is as the scorer sees it.

    ``at`` is event time (aware): what the source says, unless its clock runs ahead of the capture. ``level`` is the content's, 1 to 4.
    """

    key: str
    platform: str
    account: str
    board: str
    thread: str
    at: datetime
    seen_at: datetime
    level: int
    categories: tuple[str, ...]
    contacts: tuple[str, ...]
    text: str

    @property
    def order(self) -> tuple[datetime, str]:
        """Earliest first; ties by key, so that no order of arrival shows."""
        return self.at, self.key


def event_time(posted_at: datetime, seen_at: datetime, ahead_seconds: int) -> datetime:
    """When a post happened, in UTC: as its source says, or the capture where the source's clock runs more than ``ahead_seconds`` ahead of it.

    A post from the future would otherwise win every window and move the watermark past everybody else.
    """
    at = posted_at if (posted_at - seen_at).total_seconds() <= ahead_seconds else seen_at
    return at.astimezone(UTC)


def earlier(one: Observation, other: Observation) -> Observation:
    """Which of two captures of the same post counts: the first one seen, whatever arrived first; an edit does not undo what was posted."""
    return min(one, other, key=lambda seen: (seen.seen_at, seen.text, seen.level, seen.contacts, seen.at))


def first_keys(observations: Sequence[Observation], most: int = 200) -> tuple[str, ...]:
    """Post keys, the earliest first, at most ``most``: a campaign of ten thousand posts is shown by its first ones and its count."""
    return tuple(seen.key for seen in sorted(observations, key=lambda seen: seen.order)[:most])
