"""Readers: what agencies deliver becomes text under the delivered names, each row with the number people see; what cannot be read is held."""

from __future__ import annotations

import gzip
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from jiandu.contracts.shape import ExcelLayout
from jiandu.errors import DeliveryHeld
from jiandu.source import RawRows, csv_text, json_lines, workbook, xml_records
from jiandu.source.rows import REFUSED, ROW_NO


def rows(read: RawRows) -> list[dict[str, object]]:
    return [{name: value for name, value in row.items() if value is not None} for row in read.table.to_pylist()]


def write(path: Path, data: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(data.encode(encoding) if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "a.csv", '编号,姓名\r\n1,"张,三"\r\n2,李四', encoding)
    assert rows(csv_text.read(path, encoding, ",")) == [{ROW_NO: 2, "编号": "1", "姓名": "张,三"}, {ROW_NO: 3, "编号": "2", "姓名": "李四"}]


def test_csv_lines_are_the_physical_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", '\n编号;说明\n1;"一行\n两行"\n\n2;短\n3;多;出\n4;末\n;\n')
    read = rows(csv_text.read(path, "utf-8", ";"))
    assert [(row[ROW_NO], row.get("编号")) for row in read] == [(3, "1"), (6, "2"), (7, None), (8, "4")]
    assert read[2][REFUSED] == "该行有 3 列，表头有 2 列"


def test_compressed_csv(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv.gz", gzip.compress("编号\n1\n".encode()))
    assert len(csv_text.read(path, "utf-8", ",")) == 1
    write(path, path.read_bytes()[:-6])
    with pytest.raises(DeliveryHeld, match="broken or cut off"):
        csv_text.read(path, "utf-8", ",")


@pytest.mark.parametrize(("data", "said"), [
    (b"", "the file is empty"), (b"\xef\xbb\xbf\r\n", "the file is empty"),
    ("编号,姓名\n1,张".encode() + "三".encode()[:2], "cut off"), ("编号,姓名\n1,张三\n2".encode(), "last row has 1 of 2 cells"),
    ('编号,姓名\n1,"张三\n2,李四\n'.encode(), "unterminated quote"), ("编号,姓名\n1,张三\n".encode("gb18030"), "not utf-8 text"),
    ("编号,编号\n1,2\n".encode(), "stands twice"), ("编号,\n1,2\n".encode(), "column 2 has no name"),
])
def test_csv_that_cannot_be_read_is_held(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(DeliveryHeld, match=said) as raised:
        csv_text.read(write(tmp_path / "a.csv", data), "utf-8", ",")
    assert str(tmp_path / "a.csv") in raised.value.problems[0].where


def test_wrong_encoding_names_the_likely_one(tmp_path: Path) -> None:
    with pytest.raises(DeliveryHeld) as raised:
        csv_text.read(write(tmp_path / "a.csv", "编号,姓名\n1,张三\n", "gb18030"), "utf-8", ",")
    assert raised.value.problems[0].where.endswith("a.csv:1")
    assert "it reads as gb18030" in raised.value.problems[0].todo


def test_json_lines_keep_digits_and_null(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"a": 1.10, "b": null}\n\n{"a": 12345678901234567890, "c": ["x", "y"], "d": true}\n')
    assert rows(json_lines.read(path, "utf-8")) == [{ROW_NO: 1, "a": "1.10"}, {ROW_NO: 3, "a": "12345678901234567890", "c": '["x", "y"]', "d": "true"}]
    for broken, said in (('{"a": 1}\n{"a":', "2: the last line is cut off"), ('{"a"\n{"a": 1}\n', "1: not JSON"), ("[1]\n", "a list, not an object")):
        with pytest.raises(DeliveryHeld, match=said):
            json_lines.read(write(path, broken), "utf-8")


def test_xml_records(tmp_path: Path) -> None:
    text = """<?xml version="1.0" encoding="GB18030"?><!-- x --><缴款明细 xmlns="urn:x"><批次>1</批次><缴款 id="7"><编号>A1</编号><单位><名称>甲</名称></单位>
        <标签>一</标签><标签>二</标签><空/></缴款><缴款><编号>A2</编号></缴款></缴款明细>"""
    read = rows(xml_records.read(write(tmp_path / "a.xml", text, "gb18030"), "缴款明细/缴款"))
    assert read == [{ROW_NO: 1, "@id": "7", "编号": "A1", "单位/名称": "甲", "标签": "一、二"}, {ROW_NO: 2, "编号": "A2"}]
    with pytest.raises(DeliveryHeld, match="broken or cut off"):
        xml_records.read(write(tmp_path / "a.xml", text[:-9], "gb18030"), "缴款")


def test_xml_reads_no_other_file(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret", "geheim")
    text = f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}">]><r><row><a>&x;</a></row></r>'
    assert "geheim" not in str(rows(xml_records.read(write(tmp_path / "a.xml", text), "row")))


@pytest.fixture
def ledger_of_accidents(tmp_path: Path) -> Path:
    """A workbook as kept by hand: a title over all columns, two header rows with merged cells, data, an empty row."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["事故台账", None, None, None])
    sheet.merge_cells("A1:D1")
    sheet.append(["编号", "基本情况", None, "损失"])
    sheet.append([None, "时间", "地点", "金额（万元）"])
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B2:C2")
    sheet.append(["S1", datetime(2026, 1, 2, 3, 4), "某地", 12.5])
    sheet.append([None, None, None, None])
    sheet.append([2, date(2026, 1, 3), None, 3])
    path = tmp_path / "a.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("header", [3, (2, 3)])
def test_workbook(ledger_of_accidents: Path, header: int | tuple[int, int]) -> None:
    read = rows(workbook.read(ledger_of_accidents, ExcelLayout(header_row=header)))
    assert read == [
        {ROW_NO: 4, "编号": "S1", "基本情况/时间": "2026-01-02 03:04:00", "基本情况/地点": "某地", "损失/金额（万元）": "12.5"},
        {ROW_NO: 6, "编号": "2", "基本情况/时间": "2026-01-03", "损失/金额（万元）": "3"},
    ]


def test_workbooks_that_cannot_be_read_are_held(ledger_of_accidents: Path, tmp_path: Path) -> None:
    for layout, said in ((ExcelLayout(sheet="无此表"), "no sheet"), (ExcelLayout(header_row=40), "the header should be row 40")):
        with pytest.raises(DeliveryHeld, match=said):
            workbook.read(ledger_of_accidents, layout)
    with pytest.raises(DeliveryHeld, match="not a readable workbook"):
        workbook.read(write(tmp_path / "b.xlsx", ledger_of_accidents.read_bytes()[:2000]), ExcelLayout())
    assert workbook.cell_text(110105194912310021.0).startswith("~"), "an identity number typed as a number has lost its last digits"
