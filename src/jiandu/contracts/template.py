"""A new contract to start from. It is written so that ``jiandu check`` refuses it, line by line, until a person has filled it in."""

from __future__ import annotations

import re
from pathlib import Path

from jiandu.errors import JianduError
from jiandu.settings import ROOT
from jiandu.source import csv_text
from jiandu.source.decoding import looks_like, read_bytes

HEAD = """\
title: TODO 中文名称
description: TODO what one row is, who fills it in, pitfalls.
owner: TODO 负责提供数据的机关全称
legal_basis: TODO 共享所依据的法律、法规或协议
tier: internal  # public < internal < personal < sensitive; at least that of its fields
schedule: "0 2 * * *"
delivery:
  kind: file
  pattern: {name}_*.csv
  delivered_on: '{name}_(\\d{{8}})'
  format: csv
  encoding: {encoding}
  delimiter: ","
columns:
"""
TAIL = """\
key: [TODO]
valid_from: delivery
checks:
  - {check: required, fields: [TODO]}
expected: {rows: [1, 100000], freshness_days: 3}
"""
HEADER = ["编号", "日期"]


def write(name: str, like: Path | None = None, into: Path | None = None) -> list[Path]:
    """Write ``sources/<name>.yml`` and ``sources/samples/<name>.csv`` and return both paths.

    ``like``: a delivered CSV whose column names and encoding are taken over; none of its rows are, for they may be real.
    Raises ``JianduError`` for a name that is no ``<agency>__<dataset>`` or exists.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*?__[a-z][a-z0-9_]*", name):
        raise JianduError.at(name, "is not <agency>__<dataset> in small letters", "e.g. housing__lease")
    folder = into / "sources" if into else ROOT / "dags" / "sources"
    contract, sample = folder / f"{name}.yml", folder / "samples" / f"{name}.csv"
    for path in (contract, sample):
        if path.exists():
            raise JianduError.at(str(path), "exists already", "choose another name")
    names, encoding = HEADER, "utf-8"
    if like:
        data = read_bytes(like)
        encoding = "utf-8" if looks_like(data, "gb18030") == "utf-8" else "gb18030"
        names = csv_text.read(like, encoding, ",").names
    columns = "".join(f"  {_key(column)}: {{field: TODO}}\n" for column in names)
    sample.parent.mkdir(parents=True, exist_ok=True)
    contract.write_text(HEAD.format(name=name, encoding=encoding) + columns + TAIL, "utf-8")
    sample.write_text(",".join(f'"{column}"' if "," in column else column for column in names) + "\n", encoding)
    return [contract, sample]


def _key(column: str) -> str:
    return column if re.fullmatch(r"[\w（）()/]+", column) and not column.isdigit() else '"' + column.replace('"', '\\"') + '"'
