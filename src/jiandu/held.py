"""Held deliveries: the bytes of what could not be read, kept under ``<lake>/held/<delivery id>/`` with the reason, until a fixed contract takes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pyarrow.fs as fs

from jiandu import lake
from jiandu.settings import settings

REASON = "reason.json"


def folder(delivery_id: str) -> str:
    """Address of a held delivery. Ids of change batches hold characters that no path should."""
    return f"{settings().lake_root}/held/{delivery_id.replace(':', '_').replace('–', '-')}"


def keep(delivery_id: str, contract: str, source: Path, reason: str, as_of: datetime) -> str:
    """Copy a delivery's file beside its reason; returns where. Keeping it twice changes nothing but the reason."""
    with source.open("rb") as original:
        return _write(delivery_id, contract, source.name, original, reason, as_of)


def keep_rows(delivery_id: str, contract: str, rows: list[dict[str, Any]], reason: str, as_of: datetime) -> str:
    """The same for rows that came without a file, as JSON lines."""
    import io

    text = "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
    return _write(delivery_id, contract, "rows.jsonl", io.BytesIO(text.encode()), reason, as_of)


def release(delivery_id: str) -> None:
    """Forget a held delivery whose rows are in bronze now."""
    with _place(delivery_id) as (filesystem, path):
        if filesystem.get_file_info(path).type != fs.FileType.NotFound:
            filesystem.delete_dir(path)


def _write(delivery_id: str, contract: str, name: str, original: IO[bytes], reason: str, as_of: datetime) -> str:
    about = {"contract": contract, "file": name, "reason": reason, "as_of": as_of.isoformat()}
    with _place(delivery_id) as (filesystem, path):
        filesystem.create_dir(path, recursive=True)
        with filesystem.open_output_stream(f"{path}/{name}") as copy:
            while block := original.read(1 << 20):
                copy.write(block)
        with filesystem.open_output_stream(f"{path}/{REASON}") as note:
            note.write(json.dumps(about, ensure_ascii=False, indent=1).encode())
    return f"{folder(delivery_id)}/{name}"


@contextmanager
def _place(delivery_id: str) -> Iterator[tuple[fs.FileSystem, str]]:
    yield fs.FileSystem.from_uri(lake.as_uri(folder(delivery_id)))
