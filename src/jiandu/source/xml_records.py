"""XML: one repeated element is a row; its children are columns, nested ones joined by ``/``, attributes marked with ``@``."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from jiandu.errors import DeliveryHeld, Problem
from jiandu.source.decoding import read_bytes
from jiandu.source.rows import OP, POSITION, SOURCE_AT, RawRow, RawRows


def read(path: Path, record: str) -> RawRows:
    """Rows of the elements whose path ends in ``record``; ``row_no`` counts them from 1.

    External entities and DTDs are not followed. Raises ``DeliveryHeld`` for XML that is broken or cut off.
    """
    steps = record.strip("/").split("/")
    rows: list[RawRow] = []
    try:
        for _event, element in etree.iterparse(io.BytesIO(read_bytes(path)), events=("end",), resolve_entities=False, no_network=True, load_dtd=False):
            if local(element) != steps[-1] or lineage(element)[-len(steps) :] != steps:
                continue
            rows.append(RawRow(cells(element), len(rows) + 1))
            element.clear()
            while element.getprevious() is not None:  # the parent would otherwise keep a husk of every record
                parent = element.getparent()
                if parent is None:
                    break
                del parent[0]
    except etree.XMLSyntaxError as error:
        raise DeliveryHeld(Problem(f"{path}:{error.lineno}", f"XML is broken or cut off: {error.msg}", "ask the agency to send it again")) from error
    # A file knows no log positions: the delivery's own stand in for them.
    return RawRows(RawRows.of(rows).table.drop_columns([OP, POSITION, SOURCE_AT]))


def cells(element: etree._Element, prefix: str = "") -> dict[str, str | None]:
    """Text of all leaves of a record by their path below it; a leaf that repeats is joined with ``、``."""
    found: dict[str, str | None] = {}
    for name, value in _leaves(element, prefix):
        before = found.get(name)
        found[name] = f"{before}、{value}" if before and value else value or before
    return found


def _leaves(element: etree._Element, prefix: str) -> Iterator[tuple[str, str | None]]:
    for name, value in element.attrib.items():
        yield f"{prefix}@{name}", str(value)
    for child in element:
        if not isinstance(child.tag, str):
            continue  # a comment or processing instruction
        name = prefix + local(child)
        if len(child):
            yield from _leaves(child, f"{name}/")
        else:
            yield from ((f"{name}@{attribute}", str(value)) for attribute, value in child.attrib.items())
            yield name, child.text


def local(element: etree._Element) -> str:
    """Tag without its namespace."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def lineage(element: etree._Element) -> list[str]:
    """Tags from the root down to the element."""
    return [local(ancestor) for ancestor in reversed(list(element.iterancestors()))] + [local(element)]
