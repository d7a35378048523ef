"""What is asked first and what is left out: never an answer before what it rests on, never a row that has a finding or a live clue."""

from __future__ import annotations

from datetime import date

import pytest

from jiandu import content
from jiandu.collision import law, vocabulary
from jiandu.collision.cases import instant, offered
from jiandu.collision.engines import DuckEngine
from jiandu.collision.evaluate import evaluate, prepare
from jiandu.collision.library import load
from jiandu.collision.short_circuit import WATCHED, order, parts

MODELS = sorted(content.units("models"))
FEW = 6
"""Cases of a model that are looked at here, spread over the file; the random batches compare far more rows."""


@pytest.mark.parametrize("name", MODELS)
def test_every_part_is_computed_once_and_after_what_it_looks_at(name: str) -> None:
    model = load([name])[0].model
    every = list(parts(model))
    ordered = [next(part for part in every if part.what is one) for one in order(model)]
    assert len(ordered) == len(every) == len({id(part) for part in ordered})
    later = {column for part in ordered for column in part.makes}
    for part in ordered:
        later -= set(part.makes)
        assert not {column for text in part.texts for _, column in vocabulary.names_in(text)} & later


@pytest.mark.parametrize("name", MODELS)
def test_narrowed_a_model_finds_in_its_cases_what_it_finds_in_all_their_rows(name: str) -> None:
    loaded, engine, narrowed = load([name])[0], DuckEngine(), 0
    for data, table in law.reference_tables().items():
        engine.put(data, table)
    for case in loaded.model.cases[:: max(1, len(loaded.model.cases) // FEW)]:
        moment = instant(case.as_of or loaded.model.cases_as_of or date.min)
        feeds = offered(loaded, case, engine, moment)
        compiled = prepare(loaded.model, feeds, moment)
        narrowed += WATCHED in compiled.sql()
        whole = evaluate(loaded.id, compiled, engine, feeds, moment, every=True, with_evidence=False)
        assert evaluate(loaded.id, compiled, engine, feeds, moment, with_evidence=False) == [one for one in whole if one.finding], case.name
        live = [one.anchor for one in whole]
        assert evaluate(loaded.id, compiled, engine, feeds, moment, live, with_evidence=False) == whole, case.name
    assert narrowed or name == "on_the_spot_fine", "a model with joins leaves rows out"


def test_what_few_joins_decide_comes_before_the_calendar() -> None:
    """Nine in ten penalties were paid and saw no court: their terms need not be computed."""
    model = load(["nonlitigation_execution"])[0].model
    places = {part if isinstance(part, str) else part.id: place for place, part in enumerate(order(model))}
    assert max(places[name] for name in ("fine_unpaid", "no_relief", "application_received")) < places["relief_end_on"] < places["not_applied"]
