"""What people said about pairs: constraints on every later match. The operational store is master; the lake holds the copy matches read.

An answer belongs to the two records' keys, so it survives every new link, model and delivery. Of one person the last answer counts;
"different" by anybody outweighs, for a wrongly joined person costs more than one not found; "same" counts by how many people say it.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime

import pyarrow as pa

from jiandu import lake
from jiandu.matching.linkage import JUDGED

TABLE = ("match", "judgement")
SCHEMA = pa.schema([
    ("judgement_id", pa.int64()), ("left_uid", pa.string()), ("right_uid", pa.string()), ("answer", pa.string()), ("answered_by", pa.string()),
    ("answered_at", pa.timestamp("us", "UTC")), ("reason", pa.string()),
])
IN_FORCE = """
    WITH last AS (
        SELECT * FROM said WHERE answered_at <= ?
        QUALIFY row_number() OVER (PARTITION BY left_uid, right_uid, answered_by ORDER BY answered_at DESC, judgement_id DESC) = 1
    ), heard AS (
        SELECT left_uid, right_uid, CASE WHEN count(*) FILTER (WHERE answer = 'different') > 0 THEN 'different'
               WHEN count(*) FILTER (WHERE answer = 'same') > 0 THEN 'same' ELSE 'unsure' END AS answer
        FROM last GROUP BY 1, 2
    )
    SELECT heard.*, count(*) FILTER (WHERE last.answer = 'same') AS people, epoch_us(max(answered_at) FILTER (WHERE last.answer = heard.answer)) AS answered_at
    FROM heard JOIN last USING (left_uid, right_uid) GROUP BY 1, 2, 3 ORDER BY 1, 2
"""


def in_force(as_of: datetime) -> pa.Table:
    """The answer in force for each pair anybody judged by then (``linkage.JUDGED``)."""
    with lake.glance() as duck:
        if not lake.view(duck, *TABLE, "said"):
            return JUDGED.empty_table()
        return duck.sql(IN_FORCE, params=[as_of]).to_arrow_table().cast(JUDGED)


def one_way(name: str) -> str:
    """A name as people are counted by: blanks, widths and capitals make nobody a second person."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def keep(rows: list[dict[str, object]]) -> int:
    """Copy answers of the operational store to the lake; those that are there already are left alone. Returns how many were new."""
    known: set[int] = set()
    table = lake.open_table(*TABLE)
    if table is not None:
        known = set(table.to_pyarrow_table(columns=["judgement_id"])["judgement_id"].to_pylist())
    fresh = [{**row, "answered_by": one_way(str(row["answered_by"]))} for row in rows if row["judgement_id"] not in known]
    if fresh:
        numbers = sorted(int(str(row["judgement_id"])) for row in fresh)
        lake.append(*TABLE, pa.Table.from_pylist(fresh, SCHEMA), f"judgements:{numbers[0]}-{numbers[-1]}:{len(numbers)}")
    return len(fresh)
