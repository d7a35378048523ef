"""The gallery of bad input in ``dags/BAD_INPUT.md``: each row of its first table is delivered, and what the table says is what happens."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from jiandu import ingest, lake
from jiandu.clock import parse_as_of
from jiandu.ingest import IngestResult
from jiandu.settings import Settings, settings

ROOT = Path(__file__).parents[2]
PACK = ROOT / "tests" / "silver" / "pack"
NAME, AS_OF = "register__resident", parse_as_of("2026-11-20")
HEADER = "编号,状态,金额（万元）,备注\n"
PLAIN = "A1,在册,1.5,说明\n"
TWO_BAD = "".join(f"B{number},{'未知' if number == 7 else '在册'},{'多' if number == 9 else 1},\n" for number in range(200))
FILES: dict[str, list[tuple[str, bytes]]] = {
    "wrong encoding": [("20261101", (HEADER + PLAIN).encode("gb18030"))],
    "cut in a text": [("20261101", (HEADER + PLAIN + 'A2,在册,"未完').encode())],
    "cut in a row": [("20261101", (HEADER + PLAIN + "A2,在").encode())],
    "empty": [("20261101", b"")],
    "no rows": [("20261101", HEADER.encode())],
    "new column": [("20261101", (HEADER.strip() + ",新列\n" + PLAIN.strip() + ",x\n").encode())],
    "without a column": [("20261101", "编号,状态,备注\nA1,在册,说明\n".encode())],
    "undated": [("abc", (HEADER + PLAIN).encode())],
    "of the future": [("20361120", (HEADER + PLAIN).encode())],
    "one percent bad": [("20261101", (HEADER + TWO_BAD).encode())],
    "twice the same key": [("20261101", (HEADER + PLAIN + "A1,注销,2,\n").encode())],
    "delivered twice": [("20261101", (HEADER + PLAIN).encode())] * 2,
    "out of order": [("20261103", (HEADER + PLAIN).encode()), ("20261102", (HEADER + "A1,注销,2,\n").encode())],
}
"""Deliveries in order: the day in the file's name and its bytes. The last one is what the gallery speaks of."""


def gallery() -> dict[str, tuple[str, str]]:
    """What the first table says: (status, words) by name."""
    rows = re.findall(r"^\| `([^`]+)`[^|]*\| (\w+) \| (?:`(.+)`)? ?\|$", (ROOT / "dags" / "BAD_INPUT.md").read_text("utf-8"), re.MULTILINE)
    return {name: (status, words) for name, status, words in rows}


def test_the_table_and_the_deliveries_are_the_same() -> None:
    assert list(gallery()) == list(FILES)


@pytest.mark.parametrize("name", FILES)
def test_it_happens_as_the_gallery_says(name: str, empty_lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANDU_CONTENT", json.dumps([str(PACK)]))
    settings.cache_clear()
    status, words = gallery()[name]
    for day, content in FILES[name]:
        path = settings().landing_root / f"{NAME}_{day}.csv"
        path.write_bytes(content)
        [result] = ingest.ingest(NAME, [path], AS_OF)
    assert result.status == status
    assert words in "\n".join(told(result)), told(result)


def told(result: IngestResult) -> list[str]:
    """Everything a delivery says: its reason, warnings, outcomes, duplicates, and the reasons of its refused rows."""
    said = [result.reason, *result.warnings, *(f"{outcome} {number}" for outcome, number in result.silver.items()), f"duplicates {result.duplicates}"]
    with lake.duck() as connection:
        if lake.view(connection, "quarantine", NAME, "refused"):
            said += [row[0] for row in connection.execute("SELECT reason FROM refused").fetchall()]
    return said
