"""Reading clues from the lake: the list of those that stand, and one clue as a card with its answers and evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence

from jiandu import lake
from jiandu.clue.card import Row
from jiandu.clue.seal import WORDS, is_erased
from jiandu.clue.tables import LIVE
from jiandu.errors import JianduError

LATEST = "SELECT * FROM finding QUALIFY row_number() OVER (PARTITION BY clue_id ORDER BY change_no DESC) = 1"


def current(models: Sequence[str] = (), states: Sequence[str] = LIVE) -> list[Row]:
    """The latest change of every clue in one of ``states``, most severe and most overdue first; ``models`` narrows it."""
    with lake.glance() as connection:
        if not lake.view(connection, "clue", "finding", "finding"):
            return []
        order = "list_position(['red', 'orange', 'yellow', 'blue'], severity), overdue_days DESC NULLS LAST, clue_id"
        condition = "list_contains(?, state) AND (len(?) = 0 OR list_contains(?, model)) AND sentence IS DISTINCT FROM ?"
        sql = f"SELECT * FROM ({LATEST}) WHERE {condition} ORDER BY {order}"
        rows: list[Row] = connection.sql(sql, params=[list(states), list(models), list(models), WORDS]).to_arrow_table().to_pylist()
    return rows


def evidence(clues: Sequence[str]) -> dict[str, list[Row]]:
    """The evidence rows of some clues, over all their changes, by clue: data set and the copy of the row."""
    found: dict[str, list[Row]] = {}
    with lake.glance() as connection:
        if clues and lake.view(connection, "clue", "evidence", "evidence", ["clue_id", "dataset", "row"]):
            sql = "SELECT DISTINCT * FROM evidence WHERE list_contains(?, clue_id) AND row <> ''"
            for row in connection.sql(sql, params=[list(clues)]).to_arrow_table().to_pylist():
                found.setdefault(row["clue_id"], []).append({**row, "row": json.loads(row["row"])})
    return found


def card(prefix: str, change_no: int | None = None) -> Row:
    """One change of a clue, by default the latest, by the clue's number or the beginning of it: its facts, answers, law, parameters and
    feeds, its history, and ``evidence`` with the copies of the rows. ``text`` is the canonical card itself.

    Raises ``JianduError`` when no clue or more than one begins so, or it has no such change.
    """
    with lake.glance() as connection:
        found: list[Row] = []
        if lake.view(connection, "clue", "finding", "finding"):
            sql = "SELECT * FROM finding WHERE starts_with(clue_id, ?) ORDER BY clue_id, change_no"
            found = connection.sql(sql, params=[prefix.lower()]).to_arrow_table().to_pylist()
        clues = sorted({row["clue_id"] for row in found})
        if len(clues) != 1:
            what = "no clue of that number" if not clues else f"{len(clues)} clues begin so"
            raise JianduError.at(prefix, what, "jiandu clue list; give more digits" if clues else "jiandu clue list")
        chosen = [row for row in found if change_no in (None, row["change_no"])]
        if chosen and is_erased(chosen[-1:]):
            raise JianduError.at(prefix, "no clue of that number", "jiandu clue list")
        if not chosen:
            raise JianduError.at(prefix, f"no change {change_no}", f"it has {len(found)}")
        below: dict[str, list[Row]] = {}
        for name, order in (("card", "change_no"), ("evidence", "element = '', element, dataset, record_key")):
            below[name] = []
            if lake.view(connection, "clue", name, name):
                sql = f"SELECT * FROM {name} WHERE clue_id = ? AND change_no = ? AND run_id = ? ORDER BY {order}"
                parameters = [chosen[-1]["clue_id"], chosen[-1]["change_no"], chosen[-1]["run_id"]]
                below[name] = connection.sql(sql, params=parameters).to_arrow_table().to_pylist()
    if not below["card"]:
        raise JianduError.at(prefix, "no card was kept of this change", "it was written by an older Jiandu")
    text = below["card"][0]["card"]
    history = [{key: row[key] for key in ("change_no", "state", "as_of", "severity", "model_version")} for row in found]
    evidence = [{**row, "row": json.loads(row["row"])} for row in below["evidence"]]
    return {**chosen[-1], **{name: json.loads(text)[name] for name in ("elements", "law", "parameters", "feeds", "note")},
            "ended": json.loads(text).get("ended"), "history": history, "evidence": evidence, "text": text}
