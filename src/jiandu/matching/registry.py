"""The match as a step of the flow: reads silver, replaces ``match.party_registry`` in one commit, does nothing for the same inputs."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from deltalake import write_deltalake

from jiandu import heard, lake
from jiandu.errors import JianduError
from jiandu.matching.people import PARTIES, REGISTERS, people

TABLE = "party_registry"
METHOD = "1"
"""Raised whenever the same inputs would give another table."""


@dataclass(frozen=True)
class MatchSummary:
    """What a run found: pairs by ``<kind>/<band>``; ``is_new`` is False where the same inputs had been matched before."""

    parties: int
    entries: int
    pairs: dict[str, int]
    is_new: bool

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        return asdict(self)


def run(as_of: datetime) -> MatchSummary:
    """Match all current parties with all current register entries.

    Validity of an entry on the day that matters is the model's question, not the match's: ended entries are matched too. A register that
    never arrived is left out; without parties or any register nothing is written, for "no table" must not read as "no match".
    """
    commit = _commit(as_of)
    if _is_current(commit):
        kept = lake.open_table("match", TABLE)
        assert kept is not None
        return MatchSummary(0, 0, _counts(kept.to_pyarrow_table(columns=["match_kind", "band"]).to_pylist()), is_new=False)
    parties, entries = people([PARTIES]), people(list(REGISTERS))
    if parties is None or entries is None:
        return MatchSummary(parties.num_rows if parties else 0, entries.num_rows if entries else 0, {}, is_new=False)
    from jiandu.matching.link import link

    pairs = link(parties, entries, as_of)
    write_deltalake(
        lake.uri("match", TABLE), pairs, mode="overwrite", schema_mode="overwrite", configuration=lake.TABLE_PROPERTIES,
        commit_properties=lake.commit_properties(commit),
    )
    if not pairs.num_rows:
        heard.record(f"match__{TABLE}", as_of, "nobody matches")
    return MatchSummary(parties.num_rows, entries.num_rows, _counts(pairs.select(["match_kind", "band"]).to_pylist()), is_new=True)


def explain(party_key: str) -> list[dict[str, Any]]:
    """The pairs of one party, the most probable first. Raises ``JianduError`` before the first run."""
    duck = lake.duck()
    if not lake.view(duck, "match", TABLE, "pairs"):
        raise JianduError.at(lake.uri("match", TABLE), "nothing was matched yet", "jiandu match run")
    found = duck.sql("SELECT * FROM pairs WHERE party_key = ? ORDER BY probability DESC, registry_dataset, registry_key", params=[party_key])
    rows: list[dict[str, Any]] = found.to_arrow_table().to_pylist()
    return rows


def _commit(as_of: datetime) -> str:
    """Name of the commit: a hash of what the result depends on."""
    versions = {name: table.version() if (table := lake.open_table("silver", name)) else None for name in (PARTIES, *REGISTERS)}
    told = json.dumps([METHOD, as_of.isoformat(), versions], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _is_current(commit: str) -> bool:
    table = lake.open_table("match", TABLE)
    if table is None:
        return False
    named: str | None = table.history(1)[0].get("jiandu.commit")
    return named == json.dumps(commit)


def _counts(rows: list[dict[str, Any]]) -> dict[str, int]:
    return dict(sorted(Counter(f"{row['match_kind']}/{row['band']}" for row in rows).items()))
