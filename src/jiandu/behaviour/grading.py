"""The grade of a warning: content level, behaviour and lake data looked up in one table of content."""

from __future__ import annotations

from collections.abc import Collection

from jiandu.behaviour.rules import GRADES, Grading, rules
from jiandu.behaviour.signal import Signal


def grade(content_level: int, signals: Collection[Signal], table: Grading | None = None) -> int:
    """The warning level, 0 none, 1 blue, 2 yellow, 3 orange, 4 red, of a post or campaign whose content has level ``content_level`` (same scale).

    Only signals that hold count, each kind once; behaviour without a finding in the content warns of nobody. Pure: the table is content
    (``grading`` of the live model), given or the one in force. Raises ``ValueError`` for a level off the scale.
    """
    table = table or rules().grading
    if content_level not in range(len(GRADES)):
        raise ValueError(f"{content_level} is not a level of {GRADES}")
    kinds = {signal.kind for signal in signals if signal.holds}
    row = table.table[GRADES[content_level]]
    if kinds & set(table.decisive):
        return GRADES.index(row.with_decisive)
    count = len(kinds & set(table.counted))
    return GRADES.index(row.by_kinds[min(count, len(row.by_kinds) - 1)])
