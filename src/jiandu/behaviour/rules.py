"""Thresholds and grades as content: what each signal counts, from when on it holds, and why (``spark_jobs/behaviour/*.yml``)."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from jiandu import content
from jiandu.behaviour.signal import Kind
from jiandu.collision.questions import Strict
from jiandu.errors import ContentError

Grade = Literal["none", "blue", "yellow", "orange", "red"]
GRADES: tuple[Grade, ...] = ("none", "blue", "yellow", "orange", "red")
SIGNALS: tuple[Kind, ...] = ("burst", "campaign", "contacts", "threads", "outlet")
"""The signals that may change a grade; rising words are shown to a person and change nothing."""


class Rule(Strict):
    """When one signal holds. Windows are in minutes of event time, aligned to the epoch and half overlapping."""

    title: str
    window_minutes: int = Field(ge=2, le=72 * 60)
    at_least: float = Field(gt=0)
    reason: str
    source: str


class Burst(Rule):
    """``times_history``: how many times the subject's own mean a window of the days before."""

    times_history: float = Field(gt=1)


class Campaign(Rule):
    """``likeness``: estimated Jaccard similarity of character triples from which two texts are of one family; ``accounts``: different ones needed."""

    likeness: float = Field(gt=0.3, lt=1)
    accounts: int = Field(ge=2)


class Words(Rule):
    """``times_history`` as for bursts; ``length``: characters of a word, shortest and longest."""

    times_history: float = Field(gt=1)
    length: tuple[int, int]


class Row(Strict):
    """The grades of one content level: by the number of kinds of behaviour (0, 1, 2 …), and with a decisive signal."""

    by_kinds: list[Grade] = Field(min_length=1)
    with_decisive: Grade


class Grading(Strict):
    """The table of grades. ``counted``: kinds that count one each; ``decisive``: kinds that alone choose the last column."""

    reason: str
    source: str
    counted: list[Kind]
    decisive: list[Kind]
    table: dict[Grade, Row]

    @model_validator(mode="after")
    def _sound(self) -> Grading:
        if missing := set(GRADES) - set(self.table):
            raise ValueError(f"no row for {', '.join(sorted(missing))}")
        if unknown := (set(self.counted) | set(self.decisive)) - set(SIGNALS):
            raise ValueError(f"{', '.join(sorted(unknown))} cannot change a grade: choose from {', '.join(SIGNALS)}")
        if {*self.table["none"].by_kinds, self.table["none"].with_decisive} != {"none"}:
            raise ValueError("behaviour without a finding in the content must warn of nobody: the row none is none throughout")
        return self


class Rules(Strict):
    """Everything behaviour is judged by.

    ``keep_hours``: how long a post is remembered; ``late_hours``: how far behind the newest one it may come; ``ahead_seconds``: how far a
    source's clock may run ahead of the capture.
    """

    title: str
    keep_hours: int = Field(ge=3, le=72)
    late_hours: int = Field(ge=1)
    ahead_seconds: int = Field(ge=0)
    account_burst: Burst
    board_burst: Burst
    campaign: Campaign
    contacts: Rule
    threads: Rule
    outlet: Rule
    words: Words
    grading: Grading

    @model_validator(mode="after")
    def _fits(self) -> Rules:
        longest = max(rule.window_minutes for _, rule in self if isinstance(rule, Rule))
        if longest > 60 * (self.keep_hours - self.late_hours) or self.history_hours < 1:
            raise ValueError("a late post must find its whole window remembered: keep_hours − late_hours ≥ the longest window, and an hour more for history")
        return self

    @property
    def history_hours(self) -> int:
        """Hours before a window that are its subject's own history: remembered also when the window's last post comes late."""
        return self.keep_hours - self.late_hours - 1


@cache
def rules() -> Rules:
    """The rules in force. Raises ``ContentError`` naming file and line."""
    found = content.units("behaviour")
    if "live" not in found:
        raise ContentError.at("spark_jobs/behaviour", "live.yml is missing", "restore it from the product")
    return content.read_unit(found["live"], Rules)
