"""Rows a second through ingest (parse → check → bronze → silver), beside DuckDB's plain read_csv → COPY of the same file.

    python benchmarks/ingest.py [ROWS]

A contract of 15 columns in GB18030 with dates, amounts, document numbers and identifiers; a first load into an empty lake, then a second
delivery in which one row in twenty changed. Synthetic data only.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np

CONTRACT = """\
title: 基准
description: A synthetic register for measuring ingest.
owner: 测试
legal_basis: none, synthetic data
tier: personal
delivery:
  {kind: file, pattern: "bench__register_*.csv", delivered_on: 'register_(\\d{8})', format: csv, encoding: gb18030}
columns:
  文书号: {field: doc_no, clean: document_no}
  名称: {field: party_name, clean: name}
  证件号: {field: id_no, clean: resident_id}
  类别: {field: category}
  县: {field: county}
  金额（万元）: {field: fine_cny, unit: wan}
  没收（万元）: {field: confiscated_cny, unit: wan}
  决定日期: {field: decision_date}
  送达日期: {field: served_date}
  是否告知: {field: is_told, map: {是: true, 否: false}}
  是否前置: {field: is_first, map: {是: true, 否: false}}
  地址: {field: address, clean: address}
  电话: {field: phone, clean: phone}
  方式: {field: method}
  备注: {ignore: free text}
key: [doc_no]
valid_from: delivery
checks:
  - {check: required, fields: [doc_no, party_name, decision_date]}
  - {check: one_of, field: category, values: [自然人, 法人]}
  - {check: range, field: fine_cny, min: 0}
  - {check: valid, field: id_no, as: resident_id, severity: warn}
  - {check: order, fields: [decision_date, served_date], severity: warn}
expected: {rows: [1, 100000000], freshness_days: 3}
"""
TYPES = {
    "fine_cny": "decimal", "confiscated_cny": "decimal", "decision_date": "date", "served_date": "date", "is_told": "boolean", "is_first": "boolean",
}
NAMES = ("doc_no", "party_name", "id_no", "category", "county", *TYPES, "address", "phone", "method")


def write(path: Path, rows: int, seed: int) -> None:
    """The register; another seed changes one row in twenty."""
    draw = np.random.default_rng(0)
    fines = draw.integers(1, 900, rows)
    if seed:
        hit = np.random.default_rng(seed).random(rows) < 0.05
        fines[hit] += 1000
    days = [f"{date(2026, 1, 1) + timedelta(days=day)}" for day in range(300)]
    parts, day = draw.integers(0, 990, rows), draw.integers(0, 290, rows)
    head = "文书号,名称,证件号,类别,县,金额（万元）,没收（万元）,决定日期,送达日期,是否告知,是否前置,地址,电话,方式,备注\r\n"
    with path.open("w", encoding="gb18030", newline="") as out:
        out.write(head)
        for i in range(rows):
            p, d = parts[i], day[i]
            out.write(
                f"云青市监罚字〔2026〕第{i:07d}号,张三{p},"
                f"99010{p % 5 + 1}19{30 + p % 60}0{p % 9 + 1}{10 + p % 18}{p:03d}1,自然人,99010{p % 5 + 1},{fines[i] / 100},0,"
                f"{days[d]},{days[d + 7]},是,否,云江市青澜区和平路{p}号,1390000{p:04d},直接送达,备注文字{p}\r\n"
            )


def main(rows: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="jiandu-bench-") as folder:
        root = Path(folder)
        (root / "content" / "sources").mkdir(parents=True)
        (root / "content" / "sources" / "bench__register.yml").write_text(CONTRACT, "utf-8")
        fields = "".join(f"{name}: {{type: {TYPES.get(name, 'string')}, meaning: benchmark}}\n" for name in NAMES)
        os.environ |= {"JIANDU_HOME": str(root / "home"), "JIANDU_CONTENT": f'["{root / "content"}"]'}
        from jiandu import fields as dictionary
        from jiandu.clock import parse_as_of
        from jiandu.ingest import ingest

        known = set(dictionary.load_fields())
        (root / "content" / "fields.yml").write_text("".join(line + "\n" for line in fields.splitlines() if line.split(":")[0] not in known), "utf-8")
        files = [root / f"bench__register_2026110{seed + 1}.csv" for seed in range(2)]
        for seed, path in enumerate(files):
            write(path, rows, seed)
        plain = root / "plain.csv"
        plain.write_text(files[0].read_text("gb18030"), "utf-8", newline="")
        start, cpu = time.perf_counter(), time.process_time()
        duckdb.execute(f"COPY (FROM read_csv('{plain}', all_varchar = true)) TO '{root / 'plain.parquet'}' (FORMAT parquet)")
        base, base_cpu = time.perf_counter() - start, time.process_time() - cpu
        size = files[0].stat().st_size / 1e6
        print(f"{rows:,} rows, {size:.0f} MB; DuckDB read_csv → COPY (UTF-8): {base:.1f} s ({base_cpu:.1f} CPU-s), {rows / base:,.0f} rows/s")
        for word, path in zip(("first load", "5 % changed"), files, strict=True):
            start, cpu = time.perf_counter(), time.process_time()
            [result] = ingest("bench__register", [path], parse_as_of("2026-11-20"))
            wall = time.perf_counter() - start
            print(f"{word}: {wall:.1f} s ({time.process_time() - cpu:.1f} CPU-s), {rows / wall:,.0f} rows/s, {wall / base:.1f}× plain; {result.silver}")
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
