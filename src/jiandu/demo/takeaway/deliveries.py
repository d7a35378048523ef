"""The registers beside the food licences as the market regulator sends them: one file each, dated by the demo's day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from jiandu.demo.deliveries import Entry
from jiandu.demo.record import contract
from jiandu.demo.takeaway import registers
from jiandu.demo.takeaway.shops import Shop

REGISTERS = {
    "market__small_catering": registers.small_catering, "market__prepackaged_filing": registers.filings, "market__licence_renewal": registers.renewals,
}


def write(shops: Sequence[Shop], landing: Path, today: date) -> list[Entry]:
    """Write the registers' files; what ingest should make of each. A register without rows sends no file."""
    entries = []
    for data_set, made in REGISTERS.items():
        if rows := made(shops):
            path = landing / f"{data_set}_{today:%Y%m%d}.jsonl"
            path.write_text("".join(json.dumps(labelled(data_set, row), ensure_ascii=False) + "\n" for row in rows), "utf-8")
            entries.append(Entry(path.name, data_set, today.isoformat(), "loaded", len(rows)))
    return entries


def labelled(data_set: str, row: dict[str, Any]) -> dict[str, str | None]:
    """A row under the columns of its contract. Raises ``KeyError`` for a field the contract does not have."""
    labels = {column["field"]: label for label, column in contract(data_set)["columns"].items() if "field" in column}
    told = {labels[field]: None if value is None else str(value) for field, value in row.items()}
    return {label: told.get(label) for label in labels.values()}
