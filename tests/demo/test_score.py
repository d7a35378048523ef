"""The score against the answer key: what counts as found, fired and unplanted."""

from __future__ import annotations

from jiandu.demo.score import Planted, by_model, faults

KEY = [
    Planted("m", "late", "truth", "plain", "1"), Planted("m", "late", "truth", "holiday", "2"),
    Planted("m", "late", "decoy", "paid in full", "3"), Planted("n", "dead", "truth", "plain", "1"),
]


def test_all_found_and_nothing_else_is_clean() -> None:
    scores = by_model(KEY, {("m", "late", "1"), ("m", "late", "2"), ("n", "dead", "1")})
    assert [(score.name, score.truths, score.found, score.decoys, score.fired, score.clean) for score in scores] == [
        ("m", 2, 2, 1, 0, True), ("n", 1, 1, 0, 0, True),
    ]


def test_another_finding_does_not_find_a_truth() -> None:
    assert by_model(KEY, {("m", "early", "1")})[0].found == 0


def test_any_finding_on_a_decoy_is_a_false_alarm() -> None:
    assert by_model(KEY, {("m", "early", "3")})[0].fired == 1


def test_a_clue_nobody_planted_is_not_clean() -> None:
    scores = by_model(KEY, {("m", "late", "1"), ("m", "late", "2"), ("m", "late", "9"), ("n", "dead", "1")})
    assert (scores[0].unplanted, scores[0].clean) == (1, False)


def test_what_falls_due_soon_is_counted_apart() -> None:
    key = [*KEY, Planted("m", "late", "early", "due in days", "4")]
    found = {("m", "late", "1"), ("m", "late", "2"), ("n", "dead", "1")}
    assert next((score.early, score.warned, score.clean) for score in by_model(key, found)) == (1, 0, False)
    score = by_model(key, found, {("m", "late", "4"), ("m", "late", "8")})[0]
    assert (score.early, score.warned, score.unplanted, score.clean) == (1, 1, 0, True)
    assert by_model(key, found | {("m", "late", "4")})[0].fired == 1


def test_faults_name_the_variety() -> None:
    assert faults(KEY, {("m", "late", "1"), ("m", "late", "3"), ("m", "late", "9")}) == {
        "missed m/late/holiday": ["2"], "missed n/dead/plain": ["1"], "fired m/paid in full": ["3"], "unplanted m/late": ["9"],
    }
