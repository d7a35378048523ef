"""The clue tables of the lake, append-only: a change of a clue, the answers behind it, and a copy of the rows that decided them."""

from __future__ import annotations

import pyarrow as pa

MOMENT = pa.timestamp("us", tz="UTC")

FINDING = pa.schema([
    ("clue_id", pa.string()), ("change_no", pa.int32()), ("run_id", pa.string()), ("state", pa.string()), ("model", pa.string()),
    ("model_title", pa.string()), ("model_version", pa.string()), ("finding", pa.string()), ("finding_title", pa.string()), ("sentence", pa.string()),
    ("subject_kind", pa.string()), ("subject_key", pa.string()), ("subject_name", pa.string()), ("subject_id_hash", pa.string()),
    ("anchor", pa.string()), ("occurred_on", pa.date32()), ("clock_start_on", pa.date32()), ("deadline_on", pa.date32()), ("overdue_days", pa.int32()),
    ("county_code", pa.string()), ("city_code", pa.string()), ("procuratorate_code", pa.string()), ("supervised_body", pa.string()),
    ("supervised_body_level", pa.string()), ("line", pa.string()), ("severity", pa.string()), ("computable", pa.bool_()), ("confidence", pa.float64()),
    ("document_type", pa.string()), ("data_as_of", MOMENT), ("as_of", MOMENT), ("content_hash", pa.string()), ("tier", pa.string()), ("sealed", pa.bool_()),
])
"""One row a change. ``state``: open, updated, withdrawn, reopened or suspended; the latest ``change_no`` of a clue is its present."""

ELEMENT = pa.schema([
    ("clue_id", pa.string()), ("change_no", pa.int32()), ("run_id", pa.string()), ("element", pa.string()), ("title", pa.string()),
    ("answer", pa.string()), ("reason", pa.string()),
])
"""One row an element of a change's finding. ``answer``: met, not_met or unknown."""

EVIDENCE = pa.schema([
    ("clue_id", pa.string()), ("change_no", pa.int32()), ("run_id", pa.string()), ("element", pa.string()), ("dataset", pa.string()),
    ("record_key", pa.string()), ("delivery_id", pa.string()), ("row_no", pa.int64()), ("row_hash", pa.string()), ("row", pa.string()),
])
"""One row a silver row that decided an element; ``row`` is its copy as JSON, so that a clue outlives later data."""

EVALUATION = pa.schema([
    ("run_id", pa.string()), ("model", pa.string()), ("model_version", pa.string()), ("as_of", MOMENT), ("inputs", pa.string()),
    ("opened", pa.int32()), ("updated", pa.int32()), ("withdrawn", pa.int32()), ("reopened", pa.int32()), ("kept", pa.int32()),
    ("suspended", pa.int32()), ("engine", pa.string()), ("seconds", pa.float64()), ("finished_at", MOMENT),
    ("how", pa.string()), ("subjects", pa.int64()), ("why", pa.string()), ("differences", pa.int32()),
])
"""One row an evaluation: ``how`` changes or full (``why`` where changes were asked for), how many anchor rows were evaluated, and how many
clues a full run that checks the changes found otherwise. Mirrored to ``ops.evaluation`` where an operational store exists."""

LIVE = ("open", "updated", "reopened")
"""States in which a clue stands."""
