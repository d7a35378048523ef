"""The method on real labelled posts never gets worse unnoticed: compared with figures that `jiandu keywords evaluate --json` printed once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jiandu.keywords import evaluation

BASELINE = Path(__file__).parent / "baseline.json"
SLACK = 0.005
NO_MORE = ("with a hit", "yellow or more")


@pytest.fixture(scope="module")
def figures() -> Mapping[str, Mapping[str, Any]]:
    if not evaluation.data().is_file():
        pytest.skip("no labelled posts (JIANDU_FIXTURES)")
    return evaluation.evaluate()


@pytest.fixture(scope="module")
def baseline() -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = json.loads(BASELINE.read_text("utf-8"))
    return told


def test_the_split_is_the_same(figures: Mapping[str, Mapping[str, Any]], baseline: dict[str, dict[str, Any]]) -> None:
    assert figures["data"] == baseline["data"]


@pytest.mark.parametrize("part", ["held out", "recall of disguised words"])
def test_no_figure_is_worse_than_it_was(part: str, figures: Mapping[str, Mapping[str, Any]], baseline: dict[str, dict[str, Any]]) -> None:
    worse = {
        f"{name}, {figure}": (figures[part][name][figure], was) for name, told in baseline[part].items() for figure, was in told.items()
        if figures[part][name][figure] < was - SLACK
    }
    assert not worse


def test_disguise_does_not_hide_what_plain_keywords_lose(figures: Mapping[str, Mapping[str, Any]]) -> None:
    for way, told in figures["recall of disguised words"].items():
        assert told["with suspects"] > told["plain keywords"], way
    assert min(told["our method"] for way, told in figures["recall of disguised words"].items() if way != "homophone") > 0.95


def test_our_own_lexicons_are_silent_on_posts_about_other_things(figures: Mapping[str, Mapping[str, Any]], baseline: dict[str, dict[str, Any]]) -> None:
    told, was = figures["our own lexicons on all posts"], baseline["our own lexicons on all posts"]
    assert all(told[name] <= was[name] for name in NO_MORE)
