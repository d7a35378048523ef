"""Who among the parties of a case stands in a poverty register: equal valid identity numbers first, then weighed evidence.

``run(as_of)`` reads the silver tables and replaces ``match.party_registry``. Splink weighs on DuckDB, offline, the same inputs giving
the same table; a match is a lead, and one without a shared valid number is accepted only within a strict band.
"""

from __future__ import annotations

from jiandu.matching.registry import MatchSummary, run

__all__ = ["MatchSummary", "run"]
