"""Excel workbooks: title rows, merged headers of several rows joined ``上级/下级``; rows keep the numbers people see on the sheet."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, WorksheetNotFound, ZipError

from jiandu.contracts.shape import ExcelLayout
from jiandu.errors import DeliveryHeld, Problem
from jiandu.source.decoding import read_bytes
from jiandu.source.rows import ROW_NO, RawRows

EXACT_INTEGERS = 2**53


def read(path: Path, layout: ExcelLayout) -> RawRows:
    """Rows below the header of one sheet; wholly empty rows are none. Raises ``DeliveryHeld``."""
    read_bytes(path)  # names an empty or unreadable file before the parser stumbles over it
    sheet = open_sheet(path, layout.sheet)
    grid: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    first, last = header_rows(grid, layout, path)
    names = header(grid, merged(sheet, grid), first, last, path)
    columns: list[list[str | None]] = [[] for _ in names]
    numbers: list[int] = []
    for number, row in enumerate(grid[last:], last + 1):
        texts = [cell_text(value) for value in row]
        if all(text is None for text in texts):
            continue
        stray = next((place for place, text in enumerate(texts[len(names) :], len(names) + 1) if text), None)
        if stray:
            raise DeliveryHeld(Problem(f"{path}:{number}", f"column {stray} holds a value but has no name", "ask the agency for a clean header"))
        for place, values in enumerate(columns):
            values.append(texts[place] if place < len(texts) else None)
        numbers.append(number)
    return RawRows(pa.table([pa.array(numbers, pa.int64()), *(pa.array(values, pa.string()) for values in columns)], names=[ROW_NO, *names]))


def open_sheet(path: Path, sheet: int | str) -> CalamineSheet:
    """The sheet by position or name."""
    try:
        book = CalamineWorkbook.from_path(str(path))
        return book.get_sheet_by_index(sheet) if isinstance(sheet, int) else book.get_sheet_by_name(sheet)
    except WorksheetNotFound as error:
        raise DeliveryHeld(Problem(str(path), f"no sheet {sheet!r}", f"sheets: {', '.join(book.sheet_names)}")) from error
    except PasswordError as error:
        raise DeliveryHeld(Problem(str(path), "the workbook is protected by a password", "ask the agency for an open one")) from error
    except (CalamineError, ZipError, OSError) as error:
        raise DeliveryHeld(Problem(str(path), f"not a readable workbook: {error}", "ask the agency to send it again")) from error


def header_rows(grid: list[list[Any]], layout: ExcelLayout, path: Path) -> tuple[int, int]:
    """First and last header row, 1-based: the declared row and those right above it that hold two or more cells."""
    if isinstance(layout.header_row, tuple):
        first, last = layout.header_row
    else:
        first = last = layout.header_row
        while first > 1 and first - 1 <= len(grid) and sum(cell_text(value) is not None for value in grid[first - 2]) >= 2:
            first -= 1
    if not 1 <= first <= last <= len(grid):
        raise DeliveryHeld(Problem(str(path), f"the sheet has {len(grid)} rows, the header should be row {last}", "ask the agency to send it again"))
    return first, last


def merged(sheet: CalamineSheet, grid: list[list[Any]]) -> dict[tuple[int, int], Any]:
    """Value of every cell that a merged range covers, by 0-based row and column."""
    covered: dict[tuple[int, int], Any] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        value = grid[top][left] if top < len(grid) and left < len(grid[top]) else None
        covered |= {(row, column): value for row in range(top, bottom + 1) for column in range(left, right + 1)}
    return covered


def header(grid: list[list[Any]], covered: dict[tuple[int, int], Any], first: int, last: int, path: Path) -> list[str]:
    """Column names: the distinct cells of the header rows from top to bottom, joined by ``/``; unnamed columns at the right end are none."""
    names = []
    for column in range(max(len(row) for row in grid[first - 1 : last])):
        parts: list[str] = []
        for row in range(first - 1, last):
            own = grid[row][column] if column < len(grid[row]) else None
            text = cell_text(covered.get((row, column), own))
            if text and text.strip() and (not parts or parts[-1] != text.strip()):
                parts.append(text.strip())
        names.append("/".join(parts))
    while names and not names[-1]:
        names.pop()
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or twice or "" in names:
        what = "no column names" if not names else f"column {names.index('') + 1} has no name" if "" in names else f"column {twice[0]!r} stands twice"
        raise DeliveryHeld(Problem(f"{path}:{last}", f"{what} in the header", "ask the agency for a clean header"))
    return names


def cell_text(value: Any) -> str | None:
    """A cell as text: dates in ISO form, whole numbers without a decimal point, nothing as ``None``.

    A whole number beyond 2^53 is not exact any more (identity numbers typed as numbers): it is marked with ``~``, so that no check digit passes by chance.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value.is_integer():
            return f"{int(value)}" if abs(value) < EXACT_INTEGERS else f"~{int(value)}"
        return repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ") if value.time() != dt.time() else value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
