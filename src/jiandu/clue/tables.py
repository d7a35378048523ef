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
    ("card_hash", pa.string()),
])
"""One row a change. ``state``: early, open, updated, withdrawn, reopened or suspended; the latest ``change_no`` of a clue is its present."""

ELEMENT = pa.schema([
    ("clue_id", pa.string()), ("change_no", pa.int32()), ("run_id", pa.string()), ("element", pa.string()), ("title", pa.string()),
    ("source", pa.string()), ("answer", pa.string()), ("reason", pa.string()),
])
"""One row an element of a change's finding. ``answer``: met, not_met or unknown; ``source``: the file of elements/ it was imported from."""

EVIDENCE = pa.schema([
    ("clue_id", pa.string()), ("change_no", pa.int32()), ("run_id", pa.string()), ("element", pa.string()), ("dataset", pa.string()),
    ("record_key", pa.string()), ("delivery_id", pa.string()), ("row_no", pa.int64()), ("row_hash", pa.string()), ("row", pa.string()),
    ("sealed", pa.bool_()), ("how", pa.string()),
])
"""One row a silver row that decided an element; ``row`` is its copy as JSON, so that a clue outlives later data.

``element`` is empty for rows that were looked at and decided none of the finding's elements: the sentence, the deadline, the
jurisdiction or the refusal of another finding rest on them, and a replay needs them. ``how`` tells of a row that the model looks at no
more how it ended the clue: ``deleted`` (the row that says so), ``corrected``, ``passed``.
"""

CARD = pa.schema([("clue_id", pa.string()), ("change_no", pa.int32()), ("run_id", pa.string()), ("card_hash", pa.string()), ("card", pa.string())])
"""One row a change: its evidence card as canonical JSON, and the sha256 of those bytes."""

MODEL_VERSION = pa.schema([
    ("model", pa.string()), ("version", pa.string()), ("edition", pa.string()), ("title", pa.string()), ("as_of", MOMENT), ("file", pa.string()),
    ("content", pa.string()), ("software", pa.string()),
])
"""One row a version of a model that ever ran: its file as text, and all it used as JSON (model, parameters, calendar, places, data sets)."""

ACTIVATION = pa.schema([
    ("model", pa.string()), ("activation_no", pa.int32()), ("edition", pa.string()), ("version", pa.string()), ("replaces", pa.string()), ("as_of", MOMENT),
    ("activated_by", pa.string()), ("run_id", pa.string()), ("opened", pa.int32()), ("updated", pa.int32()), ("withdrawn", pa.int32()),
    ("reopened", pa.int32()), ("kept", pa.int32()), ("suspended", pa.int32()),
    ("early", pa.int32()),
])
"""One row an activation: from then on the model runs in that edition, whatever its file says, until the next one."""

EVALUATION = pa.schema([
    ("run_id", pa.string()), ("model", pa.string()), ("model_version", pa.string()), ("as_of", MOMENT), ("inputs", pa.string()),
    ("opened", pa.int32()), ("updated", pa.int32()), ("withdrawn", pa.int32()), ("reopened", pa.int32()), ("kept", pa.int32()),
    ("suspended", pa.int32()), ("engine", pa.string()), ("seconds", pa.float64()), ("finished_at", MOMENT),
    ("how", pa.string()), ("subjects", pa.int64()), ("why", pa.string()), ("differences", pa.int32()),
])
"""One row an evaluation: ``how`` changes or full (``why`` where changes were asked for), how many anchor rows were evaluated, and how many
clues a full run that checks the changes found otherwise. Mirrored to ``ops.evaluation`` where an operational store exists."""

ANSWER = pa.schema([
    ("answer_id", pa.int64()), ("clue_id", pa.string()), ("work_state", pa.string()), ("answered_at", MOMENT), ("document_no", pa.string()),
])
"""One row an answer of a prosecutor, as it flowed back from ``ops.answer``: whether the clue was right, not who said so."""

LOOK = pa.schema([("clue_id", pa.string()), ("action", pa.string()), ("actor", pa.string()), ("reason", pa.string()), ("looked_at", MOMENT)])
"""One row a look behind a mask or a seal, where there is no operational store whose audit trail would hold it."""

LIVE = ("open", "updated", "reopened")
"""States in which a clue stands. An ``early`` one does not: nothing is overdue yet."""
