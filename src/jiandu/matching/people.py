"""People on both sides of the match in one shape: parties of cases on the left, entries of the registers on the right."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from jiandu import lake, sealing, silver
from jiandu.identifiers import resident_id

PARTIES = "procuratorate__case_party"
REGISTERS = {"civil__aid_household": "社会救助对象登记", "rural__monitored_person": "防止返贫监测对象登记"}
"""Registers of people in hardship (domain law 12.2) and what a sentence calls them."""

NAMES = {PARTIES: "party_name"}
"""Which column holds the name, where it is not ``person_name``."""

def current(dataset: str) -> str:
    """Condition of the rows in force. Sealed ones stop at silver."""
    return f"{silver.current_sql()} AND NOT coalesce(sealed, false){sealing.excluding(dataset)}"


# The address without province, city and county, which the county code says better; then its village or street.
BELOW_COUNTY = r"^([^省]{2,4}省)?([^市]{1,5}市)?([^县区]{1,4}[县区])?"
UP_TO_VILLAGE = r"^(.*(?:村|社区|小区|街道|镇|乡|路))"

PEOPLE = """
    WITH given AS (
        SELECT '{dataset}' AS dataset, record_key, {name} AS name, nullif(upper(trim(person_id_no)), '') AS id_text, birth_date,
               gender, nullif(regexp_replace(phone, '\\D', '', 'g'), '') AS phone,
               nullif(regexp_replace(regexp_replace(address, '\\s', '', 'g'), '{below}', ''), '') AS home, county_code AS county
        FROM rows WHERE {current}
    ), checked AS (
        SELECT given.*, CASE WHEN checks.is_valid THEN upgraded END AS id_no FROM given LEFT JOIN checks USING (id_text)
    )
    SELECT dataset || '|' || record_key AS unique_id, dataset, record_key, name, id_no, id_text, substr(id_no, 7, 8) AS id_birth,
           coalesce(strftime(birth_date, '%Y%m%d'), substr(id_no, 7, 8)) AS birth,
           coalesce(gender, CASE WHEN id_no IS NULL THEN NULL WHEN substr(id_no, 17, 1)::INTEGER % 2 = 1 THEN '男' ELSE '女' END) AS gender,
           phone, home, nullif(county || regexp_extract(home, '{village}', 1), county) AS village, county, substr(county, 1, 4) AS city
    FROM checked ORDER BY unique_id
"""


def people(datasets: Sequence[str]) -> pa.Table | None:
    """People of these silver tables, sorted by ``unique_id`` (``<dataset>|<record key>``); ``None`` while none of the tables exists.

    Columns, all text: unique_id, dataset, record_key, name, id_no (18 characters, valid, else null), id_text (as delivered), id_birth and
    birth (YYYYMMDD), gender, phone (digits), home (address below the county), village, county, city (four digits).
    """
    parts = [part for dataset in datasets if (part := _people(dataset)) is not None]
    return pa.concat_tables(parts).sort_by("unique_id") if parts else None


def _people(dataset: str) -> pa.Table | None:
    duck = lake.duck()
    if not lake.view(duck, "silver", dataset, "rows"):
        return None
    duck.register("checks", _checks(duck, current(dataset)))
    sql = PEOPLE.format(dataset=dataset, name=NAMES.get(dataset, "person_name"), below=BELOW_COUNTY, village=UP_TO_VILLAGE, current=current(dataset))
    return duck.sql(sql).to_arrow_table()


def _checks(duck: duckdb.DuckDBPyConnection, chosen: str) -> pa.Table:
    """Each distinct number as delivered, upgraded to 18 characters, and whether it is valid then."""
    given = duck.sql(f"SELECT DISTINCT upper(trim(person_id_no)) AS id_text FROM rows WHERE person_id_no IS NOT NULL AND {chosen} ORDER BY 1")
    numbers = given.to_arrow_table().column("id_text").combine_chunks()
    upgraded = resident_id.upgrade_column(numbers)
    return pa.table({"id_text": numbers, "upgraded": upgraded, "is_valid": resident_id.valid_column(upgraded)})
