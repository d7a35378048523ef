"""The law of silver's history, as SQL: which of a record's rows hold, and until when.

What silver shows is a function of the *set* of rows it has accepted, not of the order in which they came. All rows of a record
stand in one order: valid_from, position (log position, or business date and arrival), load. At each valid_from the last word
counts; a repetition of the same content says nothing new, so the first row that said it keeps holding; each holding row ends
where the next begins. Run over the rows loaded until some instant, the same law gives what was known then.
"""

from __future__ import annotations

ORDER = '"position", loaded_at, delivery_id, row_no'
IDENTITY = ("delivery_id", "row_no", "record_key")
"""Names one row: a change of key leaves two rows under one message's number, a deletion and a new record."""


def timeline_sql(rows: str) -> str:
    """SQL (DuckDB and Spark alike) of the holding rows among ``rows``: their identity, ``valid_from`` and ``ends``.

    ``rows`` names a relation with record_key, valid_from, position, loaded_at, delivery_id, row_no, content_hash.
    """
    return f"""
        SELECT delivery_id, row_no, record_key, valid_from, LEAD(valid_from) OVER (PARTITION BY record_key ORDER BY valid_from) AS ends
        FROM (
            SELECT *, LAG(content_hash) OVER (PARTITION BY record_key ORDER BY valid_from) AS content_before
            FROM (
                SELECT *, ROW_NUMBER() OVER (PARTITION BY record_key, valid_from ORDER BY said DESC) AS from_last
                FROM (
                    SELECT record_key, valid_from, delivery_id, row_no, content_hash,
                           ROW_NUMBER() OVER (PARTITION BY record_key, valid_from ORDER BY {ORDER}) AS said,
                           LAG(content_hash) OVER (PARTITION BY record_key, valid_from ORDER BY {ORDER}) AS said_before
                    FROM {rows}
                ) AS spoken
                WHERE said_before IS NULL OR said_before <> content_hash
            ) AS last_words
            WHERE from_last = 1
        ) AS changes
        WHERE content_before IS NULL OR content_before <> content_hash"""


def outcomes_sql(rows: str, tombstone: int) -> str:
    """DuckDB SQL of the outcome of each row that is ``fresh``, seen from what came before it: stored rows and earlier rows of its delivery.

    unchanged: it repeats the version in force at its time, or one that was stored already; late: something later was known.
    """
    return f"""
        WITH ranked AS (SELECT *, row_number() OVER (PARTITION BY record_key ORDER BY valid_from, {ORDER}) AS place FROM {rows})
        SELECT d.row_no, d.record_key, CASE
            WHEN d.content_hash = {tombstone} THEN 'deleted'
            WHEN count(e.place) = 0 THEN 'new'
            WHEN arg_max(e.content_hash, e.place) FILTER (e.valid_from <= d.valid_from) = d.content_hash THEN 'unchanged'
            WHEN bool_or(e.valid_from = d.valid_from AND e."position" = d."position" AND e.content_hash = d.content_hash) THEN 'unchanged'
            WHEN max(e.place) > d.place THEN 'late'
            ELSE 'changed' END AS outcome
        FROM ranked d LEFT JOIN ranked e ON e.record_key = d.record_key AND (NOT e.fresh OR e.row_no < d.row_no)
        WHERE d.fresh
        GROUP BY d.row_no, d.record_key, d.content_hash, d.place"""
