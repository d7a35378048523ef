"""The silver tables a match reads, in the shape ``normalise`` takes: parties of cases on the left, entries of the registers on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from jiandu import lake, sealing, silver

PARTIES = "procuratorate__case_party"
REGISTERS = {"civil__aid_household": "社会救助对象登记", "rural__monitored_person": "防止返贫监测对象登记"}
"""Registers of people in hardship (domain law 12.2) and what a sentence calls them."""
DEATHS = "civil__death"

def in_force(dataset: str) -> str:
    """Condition of the rows in force. Sealed ones stop at silver."""
    return f"{silver.current_sql()} AND NOT coalesce(sealed, false){sealing.excluding(dataset)}"


@dataclass(frozen=True)
class Shape:
    """SQL of what differs between tables: the name, the household, the day a record speaks of, what a match would decide about."""

    name: str = "person_name"
    household: str = "household_no"
    seen_on: str = "start_date"
    consequence: str = "NULL"


SHAPES = {
    # Whoever was killed in the case died before it was filed: that is no contradiction.
    PARTIES: Shape("party_name", "NULL", "CASE WHEN role = '被害人' AND injury_level = '死亡' THEN NULL ELSE case_date END", "compensation_due_cny"),
    "civil__aid_household": Shape(), "rural__monitored_person": Shape(),
}
ROWS = """
    SELECT '{dataset}' AS dataset, record_key AS key, {name} AS name, rows.person_id_no AS id_no, birth_date, gender, phone, address, county_code,
           {household} AS household, {seen_on} AS seen_on, died.died_on, {consequence} AS consequence, {since} AS since, '{dataset}|' || record_key AS uid,
           md5(CAST([CAST({name} AS VARCHAR), rows.person_id_no, CAST(birth_date AS VARCHAR), gender, phone, address, county_code, {household},
               CAST({seen_on} AS VARCHAR), CAST(died.died_on AS VARCHAR), CAST({consequence} AS VARCHAR), CAST({since} AS VARCHAR)] AS VARCHAR)) AS stamp
    FROM rows LEFT JOIN died ON died.person_id_no = rows.person_id_no WHERE {current} ORDER BY uid
"""
SINCE = "epoch_us(greatest(rows.loaded_at, died.told_at))"
"""When the record, or the death of its number's holder, became known: what people said later had seen it."""
KNOWN = {"gender": "VARCHAR", "phone": "VARCHAR", "address": "VARCHAR", "household_no": "VARCHAR", "start_date": "DATE", "role": "VARCHAR",
         "injury_level": "VARCHAR", "case_date": "DATE", "compensation_due_cny": "DOUBLE", "birth_date": "DATE", "county_code": "VARCHAR"}
"""Columns a table may lack: a register of another county, an older version of the contract."""


def records(datasets: Sequence[str]) -> pa.Table | None:
    """Records of these silver tables, sorted by ``uid``, with a ``stamp`` that changes with what is compared; ``None`` while none exists."""
    parts = [part for dataset in datasets if (part := _records(dataset)) is not None]
    return pa.concat_tables(parts).sort_by("uid") if parts else None


def _records(dataset: str) -> pa.Table | None:
    with lake.duck() as duck:
        if not lake.view(duck, "silver", dataset, "delivered"):
            return None
        there = {row[0] for row in duck.execute("DESCRIBE delivered").fetchall()}
        lacking = "".join(f", CAST(NULL AS {kind}) AS {name}" for name, kind in KNOWN.items() if name not in there)
        duck.execute(f"CREATE TEMP VIEW rows AS SELECT *{lacking} FROM delivered")
        shape = vars(SHAPES[dataset])
        if shape["consequence"] in there:
            shape = shape | {"consequence": f"coalesce({shape['consequence']}, CAST('infinity' AS DOUBLE))"}  # not known: it may be any sum
        dead = lake.view(duck, "silver", DEATHS, "deaths")
        duck.execute("CREATE TEMP VIEW died AS " + (
            "SELECT person_id_no, min(death_date) AS died_on, min(loaded_at) AS told_at"
            f" FROM deaths WHERE {in_force(DEATHS)} AND cancelled_date IS NULL GROUP BY 1" if dead
            else "SELECT CAST(NULL AS VARCHAR) AS person_id_no, CAST(NULL AS DATE) AS died_on, CAST(NULL AS TIMESTAMPTZ) AS told_at WHERE FALSE"))
        return duck.sql(ROWS.format(dataset=dataset, current=in_force(dataset), since=SINCE, **shape)).to_arrow_table()
