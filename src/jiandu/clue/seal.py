"""Sealing one record: no model reads it any more, and every copy of it that clues kept is destroyed; the hashes stay as proof.

What is destroyed: its copies in ``clue.evidence``, and the words of every clue that rested on it (card, sentence, name, reasons), also in
older files and logs of those tables and in the rows kept by key. What stays: numbers, dates, hashes of cards and rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow.fs as fs
from deltalake import DeltaTable

from jiandu import lake, ledger, sealing
from jiandu.clue.masking import looked
from jiandu.clue.store import one_writer
from jiandu.errors import JianduError

WORDS = "（记录已封存）"
"""Stands for a sentence that was destroyed."""
LOG_DAYS = "delta.logRetentionDuration"


@dataclass(frozen=True)
class Sealed:
    """A record that was sealed, and the clues whose words were destroyed."""

    dataset: str
    record_key: str
    clues: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For machine-readable output."""
        return asdict(self)


def seal(dataset: str, record_key: str, by: str, reason: str, at: datetime) -> Sealed:
    """Seal one record. Safe to repeat: a crash on the way is completed by sealing again.

    The next run withdraws or renews the clues that rested on it. Raises ``JianduError`` for an unknown data set or record, or without a
    name and a reason: the act stays in the record.
    """
    from jiandu.collision.change_driven import folder
    from jiandu.collision.datasets import dataset as known
    from jiandu.collision.keyed import Rows
    from jiandu.matching import kept

    if not by.strip() or not reason.strip():
        raise JianduError.at("--by, --reason", "who seals it, and by which decision?", "both stay in the record of sealings")
    data = known(dataset)
    with one_writer():
        if not there(data.layer, data.table, record_key):
            raise JianduError.at(f"{dataset} {record_key}", "no such record", "give its key as jiandu clue show prints it")
        sealing.note(dataset, record_key, {"sealed_at": at, "sealed_by": by.strip(), "reason": reason.strip()})
        clues = resting_on(dataset, record_key)
        erase("evidence", f"dataset = {text(dataset)} AND record_key = {text(record_key)}", {"row": "''", "sealed": "true"})
        if clues:
            mine = f"clue_id IN ({', '.join(map(text, clues))})"
            erase("card", mine, {"card": "''"})
            erase("element", mine, {"reason": "''"})
            erase("look", mine, {"reason": text(WORDS)})
            erase("finding", mine, {"sentence": text(WORDS), "subject_name": "NULL", "subject_id_hash": "NULL", "sealed": "true"})
        Rows(data, folder()).drop()
        kept.drop()
        at_the_desk(clues)
    return Sealed(dataset, record_key, tuple(clues))


def at_the_desk(clues: Sequence[str]) -> None:
    """Destroy the words of clues in the operational store too, where there is one."""
    if clues and ledger.configured():
        from sqlalchemy import update

        from jiandu import ops
        from jiandu.ops.tables import answer, audit, clue

        with ops.transaction() as connection:
            gone = {"sentence": WORDS, "subject_name": None, "subject_id_hash": None, "sealed": True}
            connection.execute(update(clue).where(clue.c.clue_id.in_(clues)).values(gone))
        with ops.transaction() as connection:
            # What people wrote of the case goes too; who acted, how and when, stays.
            connection.execute(update(answer).where(answer.c.clue_id.in_(clues), answer.c.reason.is_not(None)).values(reason=WORDS))
            told = audit.c.object_id.in_(clues), audit.c.action.startswith("clue."), audit.c.reason.is_not(None)
            connection.execute(update(audit).where(*told).values(reason=WORDS))


def there(layer: str, table: str, record_key: str) -> bool:
    """Whether any version of a record was ever delivered."""
    with lake.glance() as connection:
        if not lake.view(connection, layer, table, "rows", ["record_key"]):
            return False
        return bool(connection.execute("SELECT 1 FROM rows WHERE record_key = ? LIMIT 1", [record_key]).fetchall())


def resting_on(dataset: str, record_key: str) -> list[str]:
    """The clues of which some change kept a copy of a record."""
    with lake.glance() as connection:
        if not lake.view(connection, "clue", "evidence", "evidence", ["clue_id", "dataset", "record_key"]):
            return []
        sql = "SELECT DISTINCT clue_id FROM evidence WHERE dataset = ? AND record_key = ? ORDER BY clue_id"
        return [row[0] for row in connection.execute(sql, [dataset, record_key]).fetchall()]


def erase(name: str, predicate: str, updates: Mapping[str, str]) -> None:
    """Overwrite columns of some rows of a clue table, and let go of everything that still shows what stood there: files, change data, log."""
    table = lake.open_table("clue", name)
    if table is None:
        return
    table.update(predicate=predicate, updates=dict(updates))
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    filesystem, root = fs.FileSystem.from_uri(lake.as_uri(lake.uri("clue", name)))
    if filesystem.get_file_info(f"{root}/_change_data").type == fs.FileType.Directory:
        filesystem.delete_dir(f"{root}/_change_data")
    # The log repeats smallest and greatest values of every file: of the files that went it must go too.
    for duration in ("interval 0 seconds", "interval 30 days"):
        table = DeltaTable(lake.uri("clue", name))
        table.alter.set_table_properties({LOG_DAYS: duration})
        if duration == "interval 0 seconds":
            table = DeltaTable(lake.uri("clue", name))
            table.create_checkpoint()
            table.cleanup_metadata()


def proof(prefix: str, by: str, reason: str) -> list[dict[str, Any]]:
    """Of every change of a sealed clue the hashes that prove what stood there, without showing it; who asked is audited.

    Raises ``JianduError`` when no clue or more than one begins with ``prefix``, or nobody says who asks and why.
    """
    with lake.glance() as connection:
        if not lake.view(connection, "clue", "finding", "finding") or not lake.view(connection, "clue", "evidence", "evidence"):
            raise JianduError.at(prefix, "no clue of that number", "jiandu clue list")
        sql = "SELECT clue_id, change_no, run_id, state, as_of, model, model_version, card_hash FROM finding WHERE starts_with(clue_id, ?) ORDER BY ALL"
        changes: list[dict[str, Any]] = connection.sql(sql, params=[prefix.lower()]).to_arrow_table().to_pylist()
        clues = sorted({row["clue_id"] for row in changes})
        if len(clues) != 1:
            raise JianduError.at(prefix, f"{len(clues)} clues begin so", "give more digits" if clues else "jiandu clue list")
        sql = "SELECT DISTINCT change_no, run_id, dataset, delivery_id, row_no, row_hash FROM evidence WHERE clue_id = ? ORDER BY ALL"
        rows: list[dict[str, Any]] = connection.sql(sql, params=[clues[0]]).to_arrow_table().to_pylist()
    looked("clue.proof", clues[0], by, reason)
    of: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in rows:
        of.setdefault((row["change_no"], row["run_id"]), []).append({name: row[name] for name in ("dataset", "delivery_id", "row_no", "row_hash")})
    return [{**change, "rows": of.get((change["change_no"], change["run_id"]), [])} for change in changes]


def is_erased(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nothing but destroyed words is left of these changes."""
    return bool(rows) and all(row["sentence"] == WORDS for row in rows)


def text(value: str) -> str:
    """A text as SQL."""
    return "'" + value.replace("'", "''") + "'"
