"""The match as a step of the flow: reads silver, keeps the pairs up by changes, replaces ``match.party_registry`` in one commit."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import write_deltalake

from jiandu import heard, lake
from jiandu.clock import ZONE
from jiandu.collision import law
from jiandu.errors import JianduError
from jiandu.matching import clusters, judgements, oddities, persons
from jiandu.matching.bands import Bands
from jiandu.matching.evidence import PERSON_COMPARISONS
from jiandu.matching.kept import Kept, folder, made_with
from jiandu.matching.library import current, trained
from jiandu.matching.linkage import engine, link
from jiandu.matching.model import METHOD, Weights
from jiandu.matching.normalise import normalise
from jiandu.matching.sources import DEATHS, PARTIES, REGISTERS, records
from jiandu.settings import settings

TABLE, PERSONS = "party_registry", "person"
TIER = "sensitive"
"""At least as secret as its inputs: parties of cases are sensitive."""
TWO_PEOPLE_ABOVE = "match_two_people_cny"
"""Parameter: compensation due, in yuan, from which on two people must say that a party is the one in the register, where no number says so."""
CALLED = "CASE " + " ".join(f"WHEN right_dataset = '{name}' THEN '{called}'" for name, called in REGISTERS.items()) + " END"
WEIGHTS = [f"{part}_{one.name}" for part in ("gamma", "bits") for one in PERSON_COMPARISONS]
COLUMNS = {"left_key": "party_key", "right_dataset": "registry_dataset", "right_key": "registry_key"} | {
    name: name for name in ("match_kind", "probability", "band", "explanation")
}


@dataclass(frozen=True)
class MatchSummary:
    """What a run found: pairs by ``<kind>/<band>``; ``is_new`` is False where the same inputs had been matched before.

    ``scored``: parties compared anew; ``oddities``: what a person should know about the records, in sentences.
    """

    parties: int
    entries: int
    pairs: dict[str, int]
    is_new: bool
    scored: int = 0
    model: str = ""
    oddities: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        return asdict(self)


def bands(as_of: datetime) -> Bands:
    """The bands in force on that day. Raises ``JianduError`` when no value of the parameter holds then: nothing would be costly in silence."""
    parameter, day = law.parameters().get(TWO_PEOPLE_ABOVE), as_of.astimezone(ZONE).date()
    value = law.value_in_force(parameter, day, None, settings().province) if parameter else None
    if value is None:
        raise JianduError.at(f"law parameter {TWO_PEOPLE_ABOVE}", f"no value holds on {day}", "add one to law/parameters.yml, with its source")
    return Bands(two_people_above=float(value.value))


def run(as_of: datetime, on: str = "duckdb") -> MatchSummary:
    """Match all current parties with all current register entries; only what changed since the last run is compared anew.

    Validity of an entry on the day that matters is the model's question, not the match's: ended entries are matched too. A register that
    never arrived is left out; without parties or any register nothing is written, for "no table" must not read as "no match".
    ``on``: ``duckdb`` keeps the pairs up in this process; ``spark`` compares everybody anew on the cluster, with the same result.
    """
    weights, how = current(), bands(as_of)
    if weights and _is_current(_commit(as_of, weights, how)):
        table = lake.open_table("match", TABLE)
        assert table is not None
        return MatchSummary(0, 0, _counts(table.to_pyarrow_table(columns=["match_kind", "band"])), is_new=False)
    parties, entries = records([PARTIES]), records(list(REGISTERS))
    if parties is None or entries is None:
        return MatchSummary(parties.num_rows if parties else 0, entries.num_rows if entries else 0, {}, is_new=False)
    weights = weights or trained(normalise(parties), normalise(entries), as_of)
    follow = _followed if on == "duckdb" else _anew
    sides, pairs, hubs, scored = follow(parties, entries, weights, how, judgements.in_force(as_of), on)
    found = clusters.consistent(pairs, *sides)
    odd = [one for side, called in zip(sides, ("当事人", "困难登记"), strict=True) for one in oddities.of_side(side, called)]
    odd += [*oddities.of_hubs(hubs), *oddities.of_pairs(found)]
    _write(found, as_of, weights.version, _commit(as_of, weights, how))
    return MatchSummary(parties.num_rows, entries.num_rows, _counts(found), True, scored, weights.version, [asdict(one) for one in odd])


Compared = tuple[tuple[pa.Table, pa.Table], pa.Table, pa.Table, int]
"""Both sides normalised, their pairs, the keys too common to follow, and how many parties were compared."""


def _followed(parties: pa.Table, entries: pa.Table, weights: Weights, how: Bands, said: pa.Table, _on: str) -> Compared:
    kept = Kept(folder(), weights, how, CALLED)
    try:
        moved = kept.update(parties, entries, said)
        return (kept.people("left"), kept.people("right")), kept.pairs(), kept.hubs(), moved.scored
    finally:
        kept.close()


def _anew(parties: pa.Table, entries: pa.Table, weights: Weights, how: Bands, said: pa.Table, on: str) -> Compared:
    sides = normalise(parties), normalise(entries)
    pairs, hubs = link(*sides, weights, how, engine(on), CALLED, said)
    return sides, pairs, hubs, parties.num_rows


def _write(found: pa.Table, as_of: datetime, version: str, commit: str) -> None:
    """Persons first: a crash between the two is repaired by the next run, which finds the pairs' commit missing."""
    accepted = found.filter(pc.equal(found["band"], "accept"))
    known = lake.open_table("match", PERSONS)
    numbers = persons.assign(
        zip(accepted["left_uid"].to_pylist(), accepted["right_uid"].to_pylist(), strict=True), known.to_pyarrow_table() if known else None, as_of,
    )
    write_deltalake(lake.uri("match", PERSONS), numbers, mode="overwrite", schema_mode="overwrite", configuration=lake.TABLE_PROPERTIES)
    rows = found.num_rows
    pairs = pa.table({shown: found[name] for name, shown in COLUMNS.items()} | {
        "as_of": pa.array([as_of] * rows, pa.timestamp("us", "UTC")), "tier": pa.array([TIER] * rows, pa.string()),
        "sealed": pa.array([False] * rows, pa.bool_()), "model_version": pa.array([version] * rows, pa.string()),
    } | {name: found[name] for name in ("reason", *WEIGHTS)})
    write_deltalake(
        lake.uri("match", TABLE), pairs, mode="overwrite", schema_mode="overwrite", configuration=lake.TABLE_PROPERTIES,
        commit_properties=lake.commit_properties(commit),
    )
    if not rows:
        heard.record(f"match__{TABLE}", as_of, "nobody matches")


def explain(party_key: str) -> list[dict[str, Any]]:
    """The pairs of one party, the most probable first. Raises ``JianduError`` before the first run."""
    with lake.glance() as duck:
        if not lake.view(duck, "match", TABLE, "pairs"):
            raise JianduError.at(lake.uri("match", TABLE), "nothing was matched yet", "jiandu match run")
        found = duck.sql("SELECT * FROM pairs WHERE party_key = ? ORDER BY probability DESC, registry_dataset, registry_key", params=[party_key])
        rows: list[dict[str, Any]] = found.to_arrow_table().to_pylist()
    return rows


def _commit(as_of: datetime, weights: Weights, how: Bands) -> str:
    """Name of the commit: a hash of what the result depends on."""
    names = [("silver", name) for name in (PARTIES, *REGISTERS, DEATHS)] + [("silver", "_sealed"), ("match", "judgement")]
    versions = {name: table.version() if (table := lake.open_table(layer, name)) else None for layer, name in names}
    told = json.dumps([METHOD, made_with(), weights.version, how.model_dump(), as_of.isoformat(), versions], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _is_current(commit: str) -> bool:
    table = lake.open_table("match", TABLE)
    if table is None:
        return False
    named: str | None = table.history(1)[0].get("jiandu.commit")
    return named == json.dumps(commit)


def _counts(pairs: pa.Table) -> dict[str, int]:
    rows = pairs.select(["match_kind", "band"]).to_pylist()
    return dict(sorted(Counter(f"{row['match_kind']}/{row['band']}" for row in rows).items()))
