"""A model over many rows: the compiled statement beside one written by hand, a full run, and a run after 10,000 changes.

    python benchmarks/collision.py [--engine spark] [ROWS ...]

``nonlitigation_execution`` over ROWS penalties, payments and court cases (default: 1 and 2 million), written to silver as ingest leaves
them. Each line is a process of its own: wall, processor time and peak memory; on Spark (``jiandu up spark``) those of the server are added.
The last lines compare. Synthetic data only.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

MODEL = "nonlitigation_execution"
DAY = "2026-11-20T08:00:00+08:00"
CHANGES = 10_000
SILVER = """, {key} AS record_key, NULL::TIMESTAMPTZ AS valid_to, NULL::TIMESTAMPTZ AS superseded_at, 'new' AS outcome, 'base' AS delivery_id,
    n AS row_no, md5('{salt}' || n) || md5(n || '{salt}') AS row_hash, false AS sealed"""
PENALTY = """SELECT '云青市监罚〔2025〕' || n || '号' AS penalty_doc_no,
    '青澜区市场监督管理局' AS agency_name, '县' AS agency_level, '99010' || (n % 5 + 1) AS county_code,
    '甲公司' || (n % 99991) AS party_name, '罚款' AS penalty_category, CAST(1000 + n * 7919 % 400000{fine} AS DECIMAL(18,2)) AS fine_cny,
    DATE '2020-01-01' + CAST(n * 104729 % 2500 AS INTEGER) AS decision_date, DATE '2020-01-04' + CAST(n * 104729 % 2500 AS INTEGER) AS served_date,
    '直接送达' AS service_method, true AS is_relief_told, false AS is_reconsideration_first, n % 50 = 0 AS has_own_enforcement,
    NULL::DATE AS revoked_date, NULL::DATE AS defer_until_date"""
PAYMENT = """SELECT 'JK' || n AS payment_no, '云青市监罚〔2025〕' || {of} || '号' AS penalty_doc_no, DATE '2025-01-01' + CAST(n % 600 AS INTEGER) AS paid_date,
    CAST(1000 + {of} * 7919 % 400000 AS DECIMAL(18,2)) AS paid_cny"""
COURT = """SELECT '（2026）泽0101行审' || n || '号' AS case_no, '泽0101' AS court_code, '青澜区人民法院' AS court_name,
    '990101' AS county_code, '云青市监罚〔2025〕' || (n * 9) || '号' AS penalty_doc_no, {received} AS received_date, {received} + 3 AS accepted_date,
    {received} + {ruling} AS ruling_date, '准予执行' AS ruling_result, false AS is_hearing_needed"""
RECEIVED = "(DATE '2020-01-04' + CAST(n * 9 * 104729 % 2500 AS INTEGER) + 220 + CAST(n % 40 AS INTEGER))"
"""Applied for in the three months after the six of the suit, accepted in time, ruled on within seven working days."""
LATE = "CASE WHEN n % 1000 = 7 THEN 60 ELSE 8 END"
BY_HAND = """
CREATE OR REPLACE TEMP TABLE found AS
WITH paid AS (SELECT penalty_doc_no AS no, sum(paid_cny) AS paid FROM finance__fine_payment GROUP BY 1),
relief AS (SELECT penalty_doc_no AS no, count(*) AS undecided FROM justice__relief_case
    WHERE relief_kind = '诉讼' OR closed_date IS NULL OR coalesce(result, '') NOT IN ('维持', '驳回', '终止') GROUP BY 1),
decided AS (SELECT penalty_doc_no AS no, closed_date, served_date, row_number() OVER (PARTITION BY penalty_doc_no ORDER BY closed_date DESC) AS rank
    FROM justice__relief_case WHERE relief_kind = '复议' AND closed_date IS NOT NULL),
court AS (SELECT *, count(*) OVER (PARTITION BY penalty_doc_no) AS cases, count(*) FILTER (WHERE ruling_result IS DISTINCT FROM '撤回申请')
    OVER (PARTITION BY penalty_doc_no) AS standing, row_number() OVER (PARTITION BY penalty_doc_no ORDER BY received_date DESC, record_key DESC) AS rank
    FROM court__nonlit_case),
carried AS (SELECT *, row_number() OVER (PARTITION BY origin_case_no ORDER BY filed_date DESC) AS rank FROM court__enforcement_case),
joined AS (SELECT p.penalty_doc_no, p.agency_name, p.county_code, p.party_name, p.fine_cny, p.decision_date, p.fine_cny - coalesce(paid.paid, 0) AS unpaid,
    coalesce(relief.undecided, 0) AS undecided, c.*, e.filed_date, e.closed_date, e.closing_method, e.claim_cny, e.realised_cny, p.revoked_date,
    p.has_own_enforcement, p.defer_until_date,
    CASE WHEN d.closed_date IS NOT NULL THEN d.served_date + INTERVAL 15 DAY WHEN p.is_reconsideration_first THEN p.served_date + INTERVAL 60 DAY
         ELSE p.served_date + CASE WHEN p.is_relief_told THEN INTERVAL 6 MONTH ELSE INTERVAL 12 MONTH END END AS relief_end
    FROM justice__penalty p LEFT JOIN paid ON paid.no = p.penalty_doc_no LEFT JOIN relief ON relief.no = p.penalty_doc_no
    LEFT JOIN decided d ON d.no = p.penalty_doc_no AND d.rank = 1
    LEFT JOIN (SELECT penalty_doc_no AS no, case_no, court_name, received_date, accepted_date, ruling_date, ruling_result, is_hearing_needed, cases, standing
               FROM court WHERE rank = 1) c ON c.no = p.penalty_doc_no
    LEFT JOIN carried e ON e.origin_case_no = c.case_no AND e.rank = 1 WHERE p.fine_cny > 0),
begun AS (SELECT j.*, r.next_workday AS relief_end_on, greatest(r.next_workday, coalesce(j.defer_until_date, r.next_workday)) AS clock_start
    FROM joined j LEFT JOIN law__calendar r ON r.day = CAST(j.relief_end AS DATE)),
due AS (SELECT b.*, a.next_workday AS apply_by, accept.day AS accept_by, soon.day AS soon_by, rule.next_workday AS rule_by, carry.next_workday AS carry_by
    FROM begun b LEFT JOIN law__calendar a ON a.day = CAST(b.clock_start + INTERVAL 3 MONTH AS DATE)
    LEFT JOIN law__calendar ra ON ra.day = b.received_date LEFT JOIN law__workday accept ON accept.workday_no = ra.workday_no + 5
    LEFT JOIN law__calendar rs ON rs.day = b.accepted_date LEFT JOIN law__workday soon ON soon.workday_no = rs.workday_no + 7
    LEFT JOIN law__calendar rule ON rule.day = CAST(b.accepted_date + INTERVAL 30 DAY AS DATE)
    LEFT JOIN law__calendar carry ON carry.day = CAST(coalesce(b.filed_date, b.ruling_date) + INTERVAL 3 MONTH AS DATE)),
answered AS (SELECT *, CASE
    WHEN ruling_result = '准予执行' AND revoked_date < ruling_date THEN 'granted_after_revocation'
    WHEN ruling_result = '准予执行' AND closing_method = '执行完毕' AND realised_cny < claim_cny AND unpaid > 0 AND revoked_date IS NULL THEN 'closed_short'
    WHEN ruling_result = '准予执行' AND unpaid > 0 AND DATE '2026-11-20' > carry_by AND (closed_date IS NULL OR closing_method = '终结本次执行程序')
         AND revoked_date IS NULL THEN 'not_executed'
    WHEN cases > 0 AND (coalesce(accepted_date, ruling_date, DATE '2026-11-20') > accept_by OR coalesce(ruling_date, DATE '2026-11-20') > rule_by)
         THEN 'court_not_in_time'
    WHEN accepted_date <= relief_end_on OR received_date > apply_by THEN 'accepted_out_of_term'
    WHEN cases > 0 AND accepted_date IS NOT NULL AND NOT coalesce(is_hearing_needed, false) AND coalesce(ruling_date, DATE '2026-11-20') > soon_by
         THEN 'ruling_slow'
    WHEN unpaid > 0 AND revoked_date IS NULL AND NOT has_own_enforcement AND undecided = 0 AND coalesce(standing, 0) = 0
         AND DATE '2026-11-20' > apply_by - INTERVAL 30 DAY THEN CASE WHEN DATE '2026-11-20' > apply_by THEN 'not_applied' ELSE 'not_applied soon' END
    END AS finding FROM due)
SELECT * FROM answered WHERE finding IS NOT NULL
"""
COUNTED = "SELECT finding, count(*) AS clues FROM found GROUP BY finding ORDER BY finding"


def fill(rows: int) -> None:
    """Silver of the model's data sets: 45 % penalties, 50 % payments, 5 % court cases; one fine in 1,000 is not paid, one court in 1,000 is late."""
    penalties, payments, courts = int(rows * 0.45), int(rows * 0.5), int(rows * 0.05)
    most = int(penalties * 0.999)
    append("justice__penalty", PENALTY.format(fine="") + SILVER.format(key="penalty_doc_no", salt="p"), penalties)
    append("finance__fine_payment", PAYMENT.format(of=f"(n % {most})") + SILVER.format(key="payment_no", salt="y"), payments)
    append("court__nonlit_case", COURT.format(received=RECEIVED, ruling=LATE) + SILVER.format(key="case_no", salt="c"), courts)
    for name, sql in (
        ("justice__relief_case", "SELECT 'FY' || n AS relief_no, '无关' || n AS penalty_doc_no, '复议' AS relief_kind, DATE '2026-01-05' AS filed_date, "
         "NULL::DATE AS closed_date, NULL::DATE AS served_date, NULL AS result" + SILVER.format(key="relief_no", salt="r")),
        ("court__enforcement_case", "SELECT 'ZX' || n AS case_no, '无关' || n AS origin_case_no, DATE '2026-01-05' AS filed_date, NULL::DATE AS closed_date, "
         "NULL AS closing_method, NULL::DECIMAL(18,2) AS claim_cny, NULL::DECIMAL(18,2) AS realised_cny, '990101' AS county_code"
         + SILVER.format(key="case_no", salt="e")),
    ):
        append(name, sql, 1000)


def append(name: str, sql: str, rows: int) -> None:
    """Write generated rows to silver in pieces, and say in bronze that the feed is fresh."""
    from deltalake import write_deltalake

    from jiandu import lake

    with lake.duck() as connection:
        for first in range(0, rows, 2_000_000):
            numbered = sql.replace("SELECT ", "SELECT n, ", 1) + f" FROM (SELECT unnest(range({first}, {min(first + 2_000_000, rows)})) AS n)"
            reader = connection.sql(f"SELECT * EXCLUDE (n) FROM ({numbered})").to_arrow_reader(200_000)
            write_deltalake(lake.uri("silver", name), reader, mode="append", configuration=lake.TABLE_PROPERTIES)
        feed = connection.sql(f"SELECT TIMESTAMPTZ '{DAY}' AS source_at, TIMESTAMPTZ '{DAY}' AS loaded_at").to_arrow_table()
    write_deltalake(lake.uri("bronze", name), feed, mode="append", configuration=lake.TABLE_PROPERTIES)


def change(rows: int, salt: int) -> None:
    """10,000 changes spread over the whole history: payments come, penalties and court cases are corrected; about one in a hundred makes or moves a clue."""
    from deltalake import DeltaTable

    from jiandu import lake

    penalties, courts = int(rows * 0.45), int(rows * 0.05)
    spread = f"(n * 7907 + {salt}) % {penalties}"
    corrected = PENALTY.format(fine=f" + CASE WHEN hash(n) % 100 = 0 THEN {salt} ELSE 0 END").replace("'甲公司'", f"'甲公司{salt}-'")
    paid = PAYMENT.format(of=spread).replace("'JK' || n", f"'JK{salt}-' || n")
    append("finance__fine_payment", paid + SILVER.format(key="payment_no", salt=salt), int(CHANGES * 0.5))
    late = f"CASE WHEN hash(n) % 100 = {salt} THEN 60 ELSE 8 END"
    for name, sql, key, number, base in (
        ("justice__penalty", corrected, "penalty_doc_no", int(CHANGES * 0.4), penalties),
        ("court__nonlit_case", COURT.format(received=RECEIVED, ruling=late), "case_no", int(CHANGES * 0.1), courts),
    ):
        with lake.duck() as connection:
            told = (sql + SILVER.format(key=key, salt=f"{salt}x")).replace("SELECT ", "SELECT n, ", 1).replace("'base'", f"'change {salt}'")
            connection.execute(f"CREATE TABLE fresh AS SELECT * EXCLUDE (n) FROM ({told} FROM (SELECT unnest(range({number})) * {base // number} AS n))")
            closed = f"SELECT * REPLACE (TIMESTAMPTZ '{DAY}' AS valid_to, 'closing' AS outcome) FROM fresh"
            same = "target.record_key = source.record_key AND source.outcome = 'closing' AND target.valid_to IS NULL"
            names = [row[0] for row in connection.execute("DESCRIBE fresh").fetchall()]
            (
                DeltaTable(lake.uri("silver", name))
                .merge(connection.sql(f"FROM fresh UNION ALL {closed}").to_arrow_table(), same, source_alias="source", target_alias="target")
                .when_matched_update({"valid_to": "source.valid_to"})
                .when_not_matched_insert({column: f"source.{column}" for column in names}, predicate="source.outcome <> 'closing'").execute()
            )


def by_hand(engine_name: str) -> Any:
    """The same question as one statement an engineer would write: the rows found with their facts, kept and counted."""
    made = offered(engine_name)
    if engine_name == "spark":
        made.session.sql(spark_dialect(BY_HAND.split("AS", 1)[1])).cache().createOrReplaceTempView("found")
        return made.session.sql(COUNTED).toArrow().to_pydict()
    made.connection.execute(BY_HAND)
    return made.connection.sql(COUNTED).to_arrow_table().to_pydict()


def spark_dialect(sql: str) -> str:
    """The statement for Spark."""
    import sqlglot

    return sqlglot.transpile(sql, read="duckdb", write="spark")[0]


def compiled(engine_name: str) -> Any:
    """The model's own statement, counted by finding."""
    import pyarrow as pa

    from jiandu.clock import parse_as_of
    from jiandu.collision.compile import compile_model
    from jiandu.collision.library import load

    made = offered(engine_name)
    made.put("clue__live", pa.table({"anchor": pa.array([], pa.string())}))
    found = made.query(compile_model(load([MODEL])[0].model, parse_as_of(DAY).date(), lambda _: True).sql())
    named = zip(found["_finding"].to_pylist(), found["_early"].to_pylist(), strict=True)
    counts = Counter(finding if early is None else f"{finding} soon" for finding, early in named)
    return {"finding": sorted(counts), "clues": [counts[name] for name in sorted(counts)]}


def offered(engine_name: str) -> Any:
    """The engine with the data sets in sight."""
    from jiandu.collision.engines import engine, versions
    from jiandu.collision.library import load

    made = engine(engine_name)
    made.offer(versions(load([MODEL])[0].model.datasets))
    return made


def run(engine_name: str, how: str, minutes: int) -> Any:
    """One pass of the model, to the clue tables."""
    from jiandu import collision
    from jiandu.clock import parse_as_of

    [summary] = collision.run([MODEL], parse_as_of(DAY) + timedelta(minutes=minutes), engine_name, how)
    return {name: getattr(summary, name) for name in ("how", "why", "subjects", "opened", "updated", "withdrawn", "kept", "differences")}


def measured(name: str, engine_name: str, rows: int) -> None:
    """One phase in this process: modules loaded and the model linted before the clock starts; prints one line of JSON."""
    from jiandu import collision  # noqa: F401 - what a running service has loaded is not measured
    from jiandu.collision import library, runner  # noqa: F401

    library.load([MODEL])
    phases: dict[str, Callable[[], Any]] = {
        "fill": lambda: fill(rows), "by hand": lambda: by_hand(engine_name), "compiled": lambda: compiled(engine_name),
        "full run": lambda: run(engine_name, "full", 0), "first run by changes": lambda: run(engine_name, "changes", 1),
        "10,000 changes arrive": lambda: change(rows, 1), "run by changes": lambda: run("duckdb", "changes", 2),
        "10,000 more arrive": lambda: change(rows, 2), "run by changes again": lambda: run("duckdb", "changes", 3),
        "proof": lambda: run(engine_name, "full", 4),
    }
    with Meter(engine_name) as meter:
        found = phases[name]()
    spent = {"wall": meter.wall, "cpu": meter.cpu, "peak_gb": meter.peak}
    print(json.dumps({"phase": name, **spent, "found": found}, ensure_ascii=False, default=str))


class Meter:
    """Wall seconds, CPU seconds and peak memory in GB of this process, and of the Spark server (its whole tree) where that does the work."""

    def __init__(self, engine_name: str) -> None:
        self.wall = self.cpu = self.peak = 0.0
        self.servers = servers() if engine_name == "spark" else []
        self.over = threading.Event()
        self.watcher = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self) -> Meter:
        self.start, self.before = time.perf_counter(), self.spent()
        self.watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall, self.cpu = time.perf_counter() - self.start, self.spent() - self.before
        self.over.set()
        self.watcher.join()
        self.peak += resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

    def spent(self) -> float:
        """CPU seconds so far."""
        return time.process_time() + sum(sum(process.cpu_times()[:4]) for process in self.servers)

    def watch(self) -> None:
        """Note the most memory the servers hold at once."""
        while not self.over.wait(0.2):
            self.peak = max(self.peak, sum(process.memory_info().rss for process in self.servers) / 1e9)


def servers() -> list[psutil.Process]:
    """The Java processes of the running home: bring up nothing but Spark."""
    from jiandu.services import processes
    from jiandu.settings import settings

    record = processes.read_record(settings())
    return [one for one in processes.family(record) if one.name() == "java"] if record else []


PHASES = ("fill", "by hand", "compiled", "full run", "first run by changes", "10,000 changes arrive", "run by changes", "10,000 more arrive",
          "run by changes again", "proof")


def scenario(rows: int, engine_name: str) -> dict[str, dict[str, Any]]:
    """Every phase over a lake of its own."""
    folder = Path(tempfile.mkdtemp(prefix="jiandu-bench-"))
    # Spark is found through its home; DuckDB needs none.
    home = os.environ["JIANDU_HOME"] if engine_name == "spark" else str(folder / "home")
    environment = os.environ | {"JIANDU_HOME": home, "JIANDU_LAKE_URI": str(folder / "lake")}
    told: dict[str, dict[str, Any]] = {}
    try:
        for phase in PHASES:
            done = subprocess.run([sys.executable, __file__, "--phase", phase, "--engine", engine_name, str(rows)], env=environment, check=True,
                                  stdout=subprocess.PIPE, text=True)
            told[phase] = json.loads(done.stdout.splitlines()[-1])
            one = told[phase]
            print(f"{rows:>12,}  {phase:24} {one['wall']:8.2f} s  {one['cpu']:8.2f} CPU-s  {one['peak_gb']:5.1f} GB  {one['found'] or ''}", flush=True)
        if told["compiled"]["found"] != told["by hand"]["found"]:
            raise SystemExit(f"the compiled statement and the one written by hand differ: {told['compiled']['found']} {told['by hand']['found']}")
        kept = sum(path.stat().st_size for path in (Path(home) / "collision").glob("*"))
        print(f"{rows:>12,}  rows kept by key: {kept / 1e9:.2f} GB; compiled ÷ by hand {told['compiled']['wall'] / told['by hand']['wall']:.2f}")
    finally:
        shutil.rmtree(folder)
    return told


def main() -> None:
    """Measure and compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int, nargs="*", default=[1_000_000, 2_000_000])
    parser.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb")
    parser.add_argument("--phase", choices=PHASES)
    asked = parser.parse_args()
    if asked.phase:
        measured(asked.phase, asked.engine, asked.rows[0])
        return
    told = {rows: scenario(rows, asked.engine) for rows in asked.rows}
    first, last = min(told), max(told)
    for phase in ("run by changes", "run by changes again"):
        print(f"{phase}: {told[last][phase]['wall'] / told[first][phase]['wall']:.2f}× the time at {last / first:.1f}× the history")


if __name__ == "__main__":
    main()
