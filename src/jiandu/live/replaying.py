"""A live clue's card made again from its evidence alone: the posts scored by the archived lexicons, the grade by the archived table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from jiandu import lake
from jiandu.behaviour import decode as decoded_signal
from jiandu.collision.reader import content_hash
from jiandu.errors import JianduError
from jiandu.live import MODEL
from jiandu.live.finding import ELEMENTS, About, elements, facts
from jiandu.live.judge import MODEL_TITLE, Judge, restored
from jiandu.live.post import words
from jiandu.live.settlement import CAMPAIGN, POST, SIGNAL, card_of

Row = dict[str, Any]


class Stored(Protocol):
    """See ``clue.replay.Stored``."""

    @property
    def change(self) -> Row: ...

    @property
    def evidence(self) -> Sequence[Row]: ...


def made_again(members: Sequence[Stored]) -> tuple[Mapping[str, str], list[str | None]]:
    """The software that first ran them, and the card of each change. Raises ``JianduError`` when a version was never kept."""
    archive = {row["version"]: row for row in lake.rows("clue", "model_version") if row["model"] == MODEL}
    judges: dict[str, Judge] = {}

    def judge(version: str) -> Judge:
        if version not in archive:
            raise JianduError.at(f"{MODEL} {version}", "no such version in clue.model_version", "jiandu live settle keeps it")
        if version not in judges:
            judges[version] = restored(archive[version]["content"])
        return judges[version]

    texts = [again(one, judge(one.change["model_version"]), judge) for one in members]
    return json.loads(archive[members[0].change["model_version"]]["software"]), texts


def again(one: Stored, now: Judge, judge: Any) -> str | None:
    """The card of one change; ``None`` when its evidence does not count up to a campaign."""
    rows = [(piece, json.loads(piece["row"])) for piece in one.evidence]
    campaigns = [row for piece, row in rows if piece["dataset"] == CAMPAIGN]
    if len(campaigns) != 1:
        return None
    seen = [row for piece, row in rows if piece["dataset"] == POST and row["event"] == "seen"]
    scores = [judge(row["lexicon_version"]).scorer.score(words(row["title"], row["text"])) for row in seen]
    signals = [row for piece, row in rows if piece["dataset"] == SIGNAL]
    about = replace(About(**campaigns[0]), level=max((score.level for score in scores), default=0))
    held = [decoded_signal(json.dumps(body).encode()) for body in signals]
    said = facts(about, now.grade(about.level, held), held, now.title(about.category), MODEL_TITLE)
    hits = [{"term": hit.term, "tier": hit.tier} for score in scores for hit in score.hits]
    answers = elements(about, hits, signals, one.change["model_version"])
    evidence = sorted(one.evidence, key=order)
    stamp = {name: one.change[name] for name in ("clue_id", "change_no", "run_id", "state", "as_of", "model_version")}
    change = {**said, **stamp, "content_hash": content_hash(said, answers, evidence, frozenset(ELEMENTS))}
    return card_of(change, answers, evidence, now, about.category)


def order(piece: Row) -> tuple[int, str]:
    """The order in which evidence is written: posts, campaign, signals, each by key."""
    return (POST, CAMPAIGN, SIGNAL).index(piece["dataset"]), piece["record_key"]
