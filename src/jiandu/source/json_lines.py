"""JSON lines: one object a line; numbers keep the digits they were written with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from jiandu.errors import DeliveryHeld, Problem
from jiandu.source.decoding import as_utf8, read_bytes
from jiandu.source.rows import ROW_NO, RawRows, as_text


def read(path: Path, encoding: str) -> RawRows:
    """Rows of a file of JSON objects; columns are the union of their keys. Raises ``DeliveryHeld`` for a line that is no object."""
    lines = as_utf8(read_bytes(path), encoding, path).split(b"\n")
    while not lines[-1].strip():
        lines.pop()
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    rows = [parse(line, f"{path}:{number}", last=number == len(lines)) for number, line in numbered]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name.strip(): pa.array([as_text(row.get(name)) for row in rows], pa.string()) for name in names}
    return RawRows(pa.table({ROW_NO: pa.array([number for number, _ in numbered], pa.int64()), **columns}))


def parse(line: bytes, where: str, last: bool) -> dict[str, Any]:
    """One line as an object whose numbers are still text."""
    try:
        row = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except ValueError as error:
        what = "the last line is cut off" if last else f"not JSON: {error}"
        raise DeliveryHeld(Problem(where, what, "ask the agency to send it again")) from error
    if not isinstance(row, dict):
        raise DeliveryHeld(Problem(where, f"a {type(row).__name__}, not an object", "one object a line is needed"))
    return row
