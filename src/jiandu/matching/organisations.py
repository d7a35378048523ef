"""Organisations as delivered → organisations as matching compares them: credit code, name without place and legal form, address, phone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jiandu import lake
from jiandu.identifiers import uscc
from jiandu.identifiers.characters import flat, rewritten, simplified
from jiandu.identifiers.cleaning import CODE, NAME
from jiandu.matching.normalise import normalise as normalise_people

LEGAL_FORM = r"(有限责任公司|股份有限公司|集团有限公司|有限公司|股份公司|分公司|公司|个体工商户|专业合作社|合作社|商行|经营部|工作室|厂|店)(\(.*\))?$"
PLACE = r"^([^省]{2,3}省)?([^市]{2,4}市)?([^县区]{1,4}[县区])?"
STEM = f"""
    SELECT * REPLACE (CAST(NULL AS VARCHAR[]) AS repairs),
           nullif(regexp_replace(regexp_replace(regexp_replace(name, '[(][^)]*[)]', '', 'g'), '{LEGAL_FORM}', ''), '{PLACE}', ''), '') AS stem
    FROM organisations
"""


def normalise(raw: pa.Table, dataset: str = "") -> pa.Table:
    """Organisations of one side: the columns of ``normalise.COLUMNS`` (those of people are null) and ``stem``."""
    shaped = raw.drop_columns([name for name in ("id_no", "birth_date", "gender", "former_name") if name in raw.column_names])
    people = normalise_people(shaped.set_column(shaped.column_names.index("name"), "name", pa.nulls(raw.num_rows, pa.string())), dataset)
    order = pc.index_in(flat(raw["key"]), value_set=people["key"].combine_chunks())
    people = people.take(order)
    number = CODE.column(flat(raw["id_no"])) if "id_no" in raw.column_names else pa.nulls(raw.num_rows, pa.string())
    number = pc.if_else(pc.match_substring_regex(number, "^[0-9A-Z]{8,18}$"), number, pa.scalar(None, pa.string()))
    valid = pc.fill_null(uscc.valid_column(number), False)
    name = NAME.column(rewritten(flat(raw["name"]), simplified()))
    columns = {
        "name": name, "id_text": pc.if_else(pc.match_substring_regex(number, "^(0+|1+|X+)$"), pa.scalar(None, pa.string()), number),
        "id_no": pc.if_else(valid, number, pa.scalar(None, pa.string())),
        "is_strange": pc.fill_null(pc.match_substring_regex(name, "^[0-9X./-]+$"), pa.scalar(False)) if len(name) else pa.array(np.zeros(0, dtype=bool)),
    }
    for column, values in columns.items():
        people = people.set_column(people.column_names.index(column), column, values)
    with lake.glance() as duck:
        duck.register("organisations", people)
        return duck.sql(STEM).to_arrow_table()
