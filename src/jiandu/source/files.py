"""Reading a file delivery by the format its contract declares, and what its name says about its date."""

from __future__ import annotations

import re
from datetime import date
from importlib import import_module
from pathlib import Path

from jiandu.contracts.shape import Contract
from jiandu.errors import DeliveryHeld, JianduError, Problem
from jiandu.source import csv_text, json_lines, workbook, xml_records
from jiandu.source.rows import RawRows


def read(contract: Contract, path: Path) -> RawRows:
    """The rows of one file. Raises ``DeliveryHeld`` with one reason when it cannot be read as the contract says."""
    delivery = contract.delivery
    if not path.is_file():
        raise JianduError.at(str(path), "no such file", "check the path")
    if delivery.kind == "kafka" or delivery.format == "messages":
        # A file of messages is read like the topic it was archived from.
        rows: RawRows = import_module("jiandu.source.messages").read(contract, path)
        return rows
    if delivery.format == "csv":
        return csv_text.read(path, delivery.encoding, delivery.delimiter)
    if delivery.format == "excel":
        return workbook.read(path, delivery.excel)
    if delivery.format == "jsonl":
        return json_lines.read(path, delivery.encoding)
    if delivery.format == "xml" and delivery.xml:
        return xml_records.read(path, delivery.xml.record)
    raise JianduError.at(contract.id, f"a contract of kind {delivery.kind} takes no files", "run its own source instead")


def delivered_on(contract: Contract, path: Path) -> date | None:
    """The business date in a file's name; ``None`` when the contract names none. Raises ``DeliveryHeld`` when it should be there and is not."""
    if not contract.delivery.delivered_on:
        return None
    match = re.search(contract.delivery.delivered_on, path.name)
    digits = re.sub(r"\D", "", match[1]) if match else ""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:] or 1))
    except ValueError as error:
        todo = f"the contract expects {contract.delivery.delivered_on}"
        raise DeliveryHeld(Problem(str(path), "the file name does not carry the date of the delivery", todo)) from error
