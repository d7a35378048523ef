"""Who is who: records of two tables that are one person, weighed, banded and explained; and who among the parties of a case needs help.

``run(as_of)`` reads the silver tables and keeps ``match.party_registry`` up by changes; ``jiandu match link`` does the same for any two
files. A match is a lead, and one without a shared valid number is accepted only within a strict band.
"""

from __future__ import annotations

from jiandu.matching.registry import MatchSummary, run

__all__ = ["MatchSummary", "run"]
