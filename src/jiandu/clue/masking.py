"""What a screen shows of a person: the first character, unless somebody says who looks and why; then the look stays on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from jiandu import lake, ledger
from jiandu.clue.card import Row
from jiandu.clue.tables import LOOK
from jiandu.errors import JianduError


def masked(value: object) -> str:
    """The first character, and stars for the rest."""
    text = str(value)
    return text[:1] + "*" * min(len(text) - 1, 8)


def masked_clue(row: Mapping[str, Any]) -> Row:
    """A clue, or its card, with a person's name masked wherever it stands in the clue's words. Organisations have their names in public."""
    name = row.get("subject_name")
    if row.get("subject_kind") != "person" or not name:
        return dict(row)
    hidden = masked(name)
    return {**row, "subject_name": hidden, "sentence": str(row["sentence"]).replace(str(name), hidden)}


def masked_row(piece: Mapping[str, Any]) -> Row:
    """The copy of a source row with its personal fields masked."""
    from jiandu.collision.datasets import dataset, known

    row: Row = piece["row"]
    # Of a data set whose contract is gone nobody knows which fields are personal: all of them are masked.
    personal = dataset(piece["dataset"]).personal if known(piece["dataset"]) else row.keys()
    return {name: masked(value) if name in personal and value is not None else value for name, value in row.items()}


def looked(action: str, clue_id: str, by: str, reason: str, at: datetime) -> None:
    """Enter who looked at what masks or sealing hide, before it is shown: in the audit trail, or in the lake where there is no store.

    Raises ``JianduError`` when nobody says who looks and why.
    """
    by, reason = by.strip(), reason.strip()
    if not by or not reason:
        raise JianduError.at("--by, --reason", "who asks, and why?", "both stay in the audit trail")
    if not ledger.configured():
        row = {"clue_id": clue_id, "action": action, "actor": by, "reason": reason, "as_of": at}
        lake.append("clue", "look", pa.Table.from_pylist([row], LOOK), f"{action}:{clue_id}:{by}:{reason}:{at.isoformat()}")
        return
    from sqlalchemy import insert

    from jiandu import ops
    from jiandu.ops.tables import audit

    with ops.transaction() as connection:
        connection.execute(insert(audit).values(actor=by, action=action, object_kind="clue", object_id=clue_id, reason=reason))
