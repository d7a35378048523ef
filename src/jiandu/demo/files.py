"""Files as agencies write them: delimited text, workbooks with merged headers, JSON lines, XML; appended piece by piece."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.csv as pacsv

from jiandu.demo.record import contract
from jiandu.demo.render import numeric
from jiandu.undated import undated

EXTENSIONS = {"csv": "csv", "excel": "xlsx", "jsonl": "jsonl", "xml": "xml"}


class DeliveryFile(Protocol):
    """A file that grows by rendered rows."""

    rows: int

    def append(self, rows: pa.Table) -> None:
        """Add rendered rows."""

    def close(self) -> None:
        """Finish the file."""


def open_file(data_set: str, path: Path) -> DeliveryFile:
    """A new file in the format that the contract names."""
    delivery = contract(data_set)["delivery"]
    if delivery["format"] == "excel":
        return Workbook(data_set, path)
    stream = path.open("wb")
    if delivery["format"] == "csv":
        return Delimited(stream, delivery["encoding"])
    return JsonLines(stream, numeric(data_set)) if delivery["format"] == "jsonl" else Xml(stream, delivery["xml"]["record"])


class Delimited:
    """Comma-separated text in the agency's encoding, with a header."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.stream, self.encoding, self.rows = stream, encoding, 0
        self.headed = False

    def append(self, rows: pa.Table) -> None:
        """Add rows; the header comes with the first."""
        sink = io.BytesIO()
        pacsv.write_csv(rows, sink, pacsv.WriteOptions(include_header=not self.headed, quoting_style="needed"))
        data = sink.getvalue()
        if self.encoding == "gb18030":
            data = data.decode().encode("gb18030")
        elif not self.headed and self.encoding == "utf-8-sig":
            data = b"\xef\xbb\xbf" + data
        self.stream.write(data)
        self.headed, self.rows = True, self.rows + len(rows)

    def close(self) -> None:
        """Close the file."""
        self.stream.close()


class JsonLines:
    """One JSON object a line; numbers as numbers, nothing as null."""

    def __init__(self, stream: BinaryIO, numbers: set[str]) -> None:
        self.stream, self.numbers, self.rows = stream, numbers, 0

    def append(self, rows: pa.Table) -> None:
        """Add rows."""
        columns = {name: rows.column(name).to_pylist() for name in rows.column_names}
        for name in self.numbers & set(columns):
            columns[name] = [number(value) for value in columns[name]]
        names = list(columns)
        lines = (json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False) for values in zip(*columns.values(), strict=True))
        self.stream.write("".join(line + "\n" for line in lines).encode())
        self.rows += len(rows)

    def close(self) -> None:
        """Close the file."""
        self.stream.close()


class Xml:
    """An XML document with a head and the repeated element below its path."""

    def __init__(self, stream: BinaryIO, record: str) -> None:
        self.stream, self.rows = stream, 0
        *self.parents, self.record = record.split("/")
        opened = "".join(f"<{parent}>\n" for parent in self.parents)
        stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<非税数据>\n<报送信息><报送单位>云泽省财政厅</报送单位></报送信息>\n{opened}'.encode())

    def append(self, rows: pa.Table) -> None:
        """Add rows; an absent value is an absent element."""
        names = rows.column_names
        for values in zip(*(rows.column(name).to_pylist() for name in names), strict=True):
            cells = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in zip(names, values, strict=True) if value is not None)
            self.stream.write(f"<{self.record}>{cells}</{self.record}>\n".encode())
        self.rows += len(rows)

    def close(self) -> None:
        """Close the open elements and the file."""
        self.stream.write(("".join(f"</{parent}>\n" for parent in reversed(self.parents)) + "</非税数据>\n").encode())
        self.stream.close()


class Workbook:
    """A workbook as an office keeps it: a title over the whole width, a header of two rows with merged cells, then the data."""

    def __init__(self, data_set: str, path: Path) -> None:
        self.path, self.rows, self.title = path, 0, str(contract(data_set)["title"])
        self.names, self.numbers = list(contract(data_set)["columns"]), numeric(data_set)
        self.data: list[tuple[Any, ...]] = []

    def append(self, rows: pa.Table) -> None:
        """Keep rows for the end: a workbook is written at once."""
        columns = [rows.column(name).to_pylist() for name in self.names]
        columns = [[number(value) for value in values] if name in self.numbers else values for name, values in zip(self.names, columns, strict=True)]
        self.data += zip(*columns, strict=True)
        self.rows += len(rows)

    def close(self) -> None:
        """Write the workbook; its own time stamps are fixed, so that the same rows give the same bytes."""
        import openpyxl
        from openpyxl.styles import Alignment, Font

        book = openpyxl.Workbook()
        book.properties.created = book.properties.modified = datetime(2026, 1, 1)
        sheet = book.worksheets[0]
        sheet.title = self.title[:31]
        upper = [name.split("/")[0] for name in self.names]
        for row in ([f"云泽省{self.title}"], upper, [name.partition("/")[2] or None for name in self.names]):
            sheet.append(row)
        sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(upper))
        for place, name in enumerate(self.names, 1):
            if "/" not in name:
                sheet.merge_cells(start_row=2, end_row=3, start_column=place, end_column=place)
            elif place == 1 or upper[place - 2] != upper[place - 1]:
                last = next((after for after in range(place, len(upper)) if upper[after] != upper[place - 1]), len(upper))
                sheet.merge_cells(start_row=2, end_row=2, start_column=place, end_column=last)
        for row_cells in sheet.iter_rows(min_row=1, max_row=3):
            for cell in row_cells:
                cell.alignment, cell.font = Alignment(horizontal="center", vertical="center"), Font(bold=True)
        save(book, self.path, "".join(sheet_rows(self.data, first=4)).encode())


def sheet_rows(rows: Iterable[tuple[Any, ...]], first: int) -> Iterator[str]:
    """Data rows as they stand in a sheet's XML: fifty times faster than cell objects, and a register has a million cells."""
    from openpyxl.utils import get_column_letter

    letters: list[str] = []
    for number_of_row, row in enumerate(rows, first):
        letters = letters or [get_column_letter(place) for place in range(1, len(row) + 1)]
        cells = (
            f'<c r="{letter}{number_of_row}"><v>{value}</v></c>' if isinstance(value, (int, float))
            else f'<c r="{letter}{number_of_row}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
            for letter, value in zip(letters, row, strict=True) if value is not None
        )
        yield f'<row r="{number_of_row}">{"".join(cells)}</row>'


def save(book: Any, path: Path, rows: bytes) -> None:
    """Save a workbook with ``rows`` appended to its sheet and with fixed times inside the archive."""

    def appended(name: str, data: bytes) -> bytes:
        if name == "docProps/core.xml":  # openpyxl stamps the moment of saving
            return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-01-01T00:00:00Z", data)
        if name == "xl/worksheets/sheet1.xml":
            # Without the dimension readers look for themselves how far the sheet reaches.
            return re.sub(rb"<dimension[^>]*/>", b"", data).replace(b"</sheetData>", rows + b"</sheetData>")
        return data

    made = io.BytesIO()
    book.save(made)
    path.write_bytes(undated(made.getvalue(), appended))


def number(value: str | None) -> Any:
    """A number as JSON and workbooks hold it; text that is none stays text."""
    if value is None:
        return None
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        return value
