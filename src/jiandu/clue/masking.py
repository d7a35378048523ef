"""What a screen shows of a person: the first character, unless somebody says who looks and why; then the look stays on record."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa

from jiandu import lake, ledger
from jiandu.clue.card import Row
from jiandu.clue.tables import LOOK
from jiandu.errors import JianduError

ORGANISATION = re.compile("(公司|工厂|商行|合作社|中心|医院|学校|集团|分局|委员会|经营部|超市|饭店|餐厅)$")
"""Endings of the names of organisations: where a field may hold either, these are no persons."""

OF_POSTS: dict[str, tuple[str, ...]] = {"public__post": ("account", "text", "title"), "public__signal": ()}
"""Personal fields of what live clues rest on: no contract describes them."""


def masked(value: object) -> str:
    """The first character, and stars for the rest."""
    text = str(value)
    return text[:1] + "*" * min(len(text) - 1, 8)


def hidden(pieces: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """What evidence rows say of persons: the texts that a screen masks wherever they stand. Organisations have their names in public."""
    found = {str(piece["row"][name]) for piece in pieces for name in personal(piece) if isinstance(piece["row"].get(name), str)}
    return frozenset(text for text in found if len(text) > 1 and not ORGANISATION.search(text))


def masked_clue(row: Mapping[str, Any], words: Iterable[str] = ()) -> Row:
    """A clue, or its card, with a person's name and the ``words`` of its evidence masked in the sentence and in every answer's reason."""
    name = row.get("subject_name")
    is_person = name and (row.get("subject_kind") == "person" or name in words)
    told = sorted({*words, *([str(name)] if is_person else [])}, key=len, reverse=True)

    def shown(text: str) -> str:
        for word in told:
            text = text.replace(word, masked(word))
        return text

    answers = {"elements": [{**one, "reason": shown(one["reason"] or "")} for one in row["elements"]]} if "elements" in row else {}
    return {**row, **answers, "sentence": shown(str(row["sentence"])), **({"subject_name": masked(name)} if is_person else {})}


def masked_row(piece: Mapping[str, Any]) -> Row:
    """The copy of a source row with its personal fields masked."""
    row, ours = piece["row"], personal(piece)
    return {name: masked(value) if name in ours and value is not None else value for name, value in row.items()}


def personal(piece: Mapping[str, Any]) -> Collection[str]:
    """The personal fields of an evidence row. Of a data set whose contract is gone nobody knows which they are: all of them."""
    from jiandu.collision.datasets import dataset, known

    if piece["dataset"] in OF_POSTS:
        return OF_POSTS[piece["dataset"]]
    return dataset(piece["dataset"]).personal if known(piece["dataset"]) else piece["row"].keys()


def looked(action: str, clue_id: str, by: str, reason: str) -> None:
    """Enter who looked at what masks or sealing hide, before it is shown: in the audit trail, or in the lake where there is no store.

    It bears the moment of the look, not an as-of: a look back-dated would be no proof. Raises ``JianduError`` when nobody says who looks and why.
    """
    by, reason = by.strip(), reason.strip()
    if not by or not reason:
        raise JianduError.at("--by, --reason", "who asks, and why?", "both stay in the audit trail")
    if not ledger.configured():
        row = {"clue_id": clue_id, "action": action, "actor": by, "reason": reason, "looked_at": datetime.now(UTC)}
        lake.append("clue", "look", pa.Table.from_pylist([row], LOOK), f"look:{uuid4()}")  # each look is an act of its own
        return
    entered(action, "clue", clue_id, by, reason)


def entered(action: str, kind: str, number: str, by: str, reason: str) -> None:
    """One line of the operational store's audit trail; where there is no store, of the log."""
    if not ledger.configured():
        logging.getLogger(__name__).warning("%s %s %s by %s: %s", action, kind, number, by, reason)
        return
    from sqlalchemy import insert

    from jiandu import ops
    from jiandu.ops.tables import audit

    with ops.transaction() as connection:
        connection.execute(insert(audit).values(actor=by, action=action, object_kind=kind, object_id=number, reason=reason))
