"""The tables of schema ``ops`` as SQLAlchemy Core sees them. The migrations make them; a test keeps both equal.

A change here needs a new file in ``migrations/versions``; files already there are never edited after a release.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from jiandu.ops.live_tables import live_alias, live_campaign, live_change, live_lexicon, live_offset, live_post, live_rate, live_signal
from jiandu.ops.metadata import METADATA, MOMENT

__all__ = [
    "METADATA", "answer", "assignment", "attempt", "audit", "clue", "delivery", "evaluation", "live_alias", "live_campaign", "live_change", "live_lexicon",
    "live_offset", "live_post", "live_rate", "live_signal", "match_judgement", "match_review", "outbox",
]

delivery = Table(
    "delivery", METADATA,
    Column("delivery_id", Text, primary_key=True, comment="sha256 of contract id and bytes, or topic:partition:first–last"),
    Column("contract", Text, nullable=False),
    Column("source", Text, nullable=False, comment="File name, table or topic it came from"),
    Column("delivered_on", Date),
    Column("byte_size", BigInteger),
    Column("status", Text, nullable=False, comment="loaded | held"),
    Column("reason", Text),
    Column("rows_total", BigInteger, nullable=False, server_default=text("0")),
    Column("rows_silver", BigInteger, nullable=False, server_default=text("0")),
    Column("rows_quarantine", BigInteger, nullable=False, server_default=text("0")),
    Column("duplicate_rows", BigInteger, nullable=False, server_default=text("0")),
    Column("warnings", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("outcomes", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("loaded_at", MOMENT, nullable=False),
    Column("as_of", MOMENT, nullable=False),
    Index("ix_delivery_contract", "contract", "delivered_on"),
    comment="Ledger of deliveries: one row an agency delivery, loaded or held",
)

evaluation = Table(
    "evaluation", METADATA,
    Column("run_id", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("as_of", MOMENT, nullable=False),
    Column("inputs", JSONB, nullable=False, comment="Data set → Delta version it was read at"),
    Column("opened", Integer, nullable=False, server_default=text("0")),
    Column("updated", Integer, nullable=False, server_default=text("0")),
    Column("withdrawn", Integer, nullable=False, server_default=text("0")),
    Column("reopened", Integer, nullable=False, server_default=text("0")),
    Column("kept", Integer, nullable=False, server_default=text("0")),
    Column("suspended", Integer, nullable=False, server_default=text("0")),
    Column("engine", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("finished_at", MOMENT, nullable=False),
    Index("ix_evaluation_model", "model", "as_of"),
    comment="One evaluation of one model over one state of the data",
)

clue = Table(
    "clue", METADATA,
    Column("clue_id", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("model_title", Text, nullable=False),
    Column("finding", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_name", Text),
    Column("subject_id_hash", Text),
    Column("anchor", Text, nullable=False),
    Column("occurred_on", Date),
    Column("clock_start_on", Date),
    Column("deadline_on", Date),
    Column("overdue_days", Integer),
    Column("county_code", Text),
    Column("city_code", Text),
    Column("procuratorate_code", Text, nullable=False),
    Column("supervised_body", Text),
    Column("supervised_body_level", Text),
    Column("line", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("computable", Boolean, nullable=False),
    Column("confidence", Double),
    Column("tier", Text, nullable=False),
    Column("sealed", Boolean, nullable=False),
    Column("engine_state", Text, nullable=False),
    Column("work_state", Text, nullable=False, server_default=text("'待核查'")),
    Column("as_of", MOMENT, nullable=False),
    Column("first_seen_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("change_no", Integer, nullable=False),
    Index("ix_clue_office", "procuratorate_code", "line", "work_state"),
    Index("ix_clue_updated", "updated_at"),
    comment="Latest state of every clue; the engine owns engine_state, people own work_state",
)

assignment = Table(
    "assignment", METADATA,
    Column("assignment_id", BigInteger, Identity(), primary_key=True),
    Column("clue_id", Text, ForeignKey("ops.clue.clue_id"), nullable=False),
    Column("procuratorate_code", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("handler", Text, comment="Person within the office; empty while nobody took it"),
    Column("assigned_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT),
    Index("ux_assignment_current", "clue_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index("ix_assignment_queue", "procuratorate_code", "line", postgresql_where=text("ended_at IS NULL")),
    comment="Whose queue a clue is in; at most one at a time",
)

answer = Table(
    "answer", METADATA,
    Column("answer_id", BigInteger, Identity(), primary_key=True),
    Column("clue_id", Text, ForeignKey("ops.clue.clue_id"), nullable=False),
    Column("work_state", Text, nullable=False),
    Column("answered_by", Text, nullable=False),
    Column("answered_at", MOMENT, nullable=False),
    Column("reason", Text),
    Column("document_no", Text),
    Index("ix_answer_clue", "clue_id", "answered_at"),
    comment="What a prosecutor said about a clue; append-only",
)

outbox = Table(
    "outbox", METADATA,
    Column("alert_id", Text, primary_key=True, comment="clue_id:state:channel, the idempotency key; a state that can recur carries its change number"),
    Column("clue_id", Text, ForeignKey("ops.clue.clue_id"), nullable=False),
    Column("state", Text, nullable=False, comment="open | updated | reopened | withdrawn"),
    Column("change_no", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("group_key", Text, nullable=False, comment="Office and model: alerts that may travel in one message"),
    Column("is_urgent", Boolean, nullable=False, comment="Red, or a minor's: never grouped, capped or given up"),
    Column("payload", JSONB, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("message_key", Text, comment="The message it travels in; fixed before the first try, so that a repeat is the same message"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", MOMENT, comment="Clock of the database: waiting between tries is physical time"),
    Column("last_error", Text),
    Column("delivered_at", MOMENT),
    Column("dead_at", MOMENT, comment="Given up after too many tries; shown by alert ledger, revived by hand"),
    UniqueConstraint("clue_id", "state", "change_no", "channel", "recipient", name="ux_outbox_change"),
    Index("ix_outbox_pending", "created_at", postgresql_where=text("delivered_at IS NULL AND dead_at IS NULL")),
    Index("ix_outbox_message", "message_key"),
    comment="Alerts, written in the transaction that changes the clue, delivered at least once",
)

attempt = Table(
    "alert_attempt", METADATA,
    Column("attempt_id", BigInteger, Identity(), primary_key=True),
    Column("message_key", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("alerts", Integer, nullable=False, comment="How many alerts the message carried"),
    Column("attempted_at", MOMENT, nullable=False, server_default=text("clock_timestamp()")),
    Column("is_delivered", Boolean, nullable=False),
    Column("error", Text),
    Index("ix_alert_attempt_message", "message_key"),
    comment="Alert ledger: every try to send a message, as it happened; append-only",
)

audit = Table(
    "audit", METADATA,
    Column("audit_id", BigInteger, Identity(), primary_key=True),
    Column("happened_at", MOMENT, nullable=False, server_default=text("clock_timestamp()")),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object_kind", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("reason", Text),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Index("ix_audit_object", "object_kind", "object_id"),
    comment="Who did what to which record and why; append-only, kept at least three years",
)

match_review = Table(
    "match_review", METADATA,
    Column("pair_id", Text, primary_key=True, comment="First 16 characters of sha256(left_uid, right_uid)"),
    Column("left_uid", Text, nullable=False, comment="<dataset>|<record key>"),
    Column("right_uid", Text, nullable=False),
    Column("probability", Double, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False, comment="waiting | settled"),
    Column("model_version", Text, nullable=False),
    Column("first_seen_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    UniqueConstraint("left_uid", "right_uid", name="ux_match_review_pair"),
    Index("ix_match_review_waiting", "probability", postgresql_where=text("state = 'waiting'")),
    comment="Pairs of records that only a person can tell apart; rebuilt from the lake, nothing here decides",
)

match_judgement = Table(
    "match_judgement", METADATA,
    Column("judgement_id", BigInteger, Identity(), primary_key=True),
    Column("left_uid", Text, nullable=False),
    Column("right_uid", Text, nullable=False),
    Column("answer", Text, nullable=False, comment="same | different | unsure"),
    Column("answered_by", Text, nullable=False),
    Column("answered_at", MOMENT, nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint("answer IN ('same', 'different', 'unsure')", name="ck_match_judgement_answer"),
    Index("ix_match_judgement_pair", "left_uid", "right_uid"),
    comment="What a person said about a pair; append-only, the last answer of each person counts",
)
