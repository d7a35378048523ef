"""Every model's own cases, and the two promises of a model that the lint does not keep."""

from __future__ import annotations

import pytest

from jiandu import content
from jiandu.collision import lint
from jiandu.collision.cases import run_cases
from jiandu.collision.library import load

MODELS = sorted(content.units("models"))


@pytest.mark.parametrize("name", MODELS)
def test_model_passes_its_own_cases(name: str) -> None:
    outcomes = list(run_cases(load([name])[0]))
    assert len(outcomes) >= 2
    assert not [(outcome.case, outcome.wrong) for outcome in outcomes if outcome.wrong]


def test_all_content_is_well_formed() -> None:
    assert lint.lint() == []


@pytest.mark.parametrize("name", MODELS)
def test_sentence_accuses_nobody(name: str) -> None:
    for finding in load([name])[0].model.findings:
        assert "核查" in finding.sentence
        assert finding.early_sentence is None or "核查" in finding.early_sentence
        assert not [word for word in ("违法", "犯罪分子", "渎职", "构成犯罪") if word in finding.sentence]
