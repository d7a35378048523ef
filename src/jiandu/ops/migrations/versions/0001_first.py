"""The operational store in its first version: ledgers, clues and their work, alerts, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "ops"
APPEND_ONLY = ("alert_attempt", "answer", "audit")


def upgrade() -> None:
    """Make every table, then close the append-only ones to changes."""
    _delivery()
    _evaluation()
    _clue()
    _assignment()
    _answer()
    _outbox()
    _alert_attempt()
    _audit()
    _append_only()


def _append_only() -> None:
    """What was once recorded about a person's act or a message cannot be rewritten, not even by the program."""
    op.execute("""
        CREATE FUNCTION ops.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'ops.% is append-only', TG_TABLE_NAME; END $$""")
    for table in APPEND_ONLY:
        op.execute(f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ops.{table} FOR EACH ROW EXECUTE FUNCTION ops.refuse_change()")


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("delivery_id", sa.Text, nullable=False, comment="sha256 of contract id and bytes, or topic:partition:first–last"),
        sa.Column("contract", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False, comment="File name, table or topic it came from"),
        sa.Column("delivered_on", sa.Date),
        sa.Column("byte_size", sa.BigInteger),
        sa.Column("status", sa.Text, nullable=False, comment="loaded | held"),
        sa.Column("reason", sa.Text),
        sa.Column("rows_total", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("rows_silver", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("rows_quarantine", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("duplicate_rows", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("warnings", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("outcomes", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
        schema=SCHEMA,
        comment="Ledger of deliveries: one row an agency delivery, loaded or held",
    )
    op.create_index("ix_delivery_contract", "delivery", ["contract", "delivered_on"], schema=SCHEMA)


def _evaluation() -> None:
    op.create_table(
        "evaluation",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inputs", JSONB, nullable=False, comment="Data set → Delta version it was read at"),
        sa.Column("opened", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("updated", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("withdrawn", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("reopened", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("kept", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("suspended", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run_id"),
        schema=SCHEMA,
        comment="One evaluation of one model over one state of the data",
    )
    op.create_index("ix_evaluation_model", "evaluation", ["model", "as_of"], schema=SCHEMA)


def _clue() -> None:
    op.create_table(
        "clue",
        sa.Column("clue_id", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("model_title", sa.Text, nullable=False),
        sa.Column("finding", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_name", sa.Text),
        sa.Column("subject_id_hash", sa.Text),
        sa.Column("anchor", sa.Text, nullable=False),
        sa.Column("occurred_on", sa.Date),
        sa.Column("clock_start_on", sa.Date),
        sa.Column("deadline_on", sa.Date),
        sa.Column("overdue_days", sa.Integer),
        sa.Column("county_code", sa.Text),
        sa.Column("city_code", sa.Text),
        sa.Column("procuratorate_code", sa.Text, nullable=False),
        sa.Column("supervised_body", sa.Text),
        sa.Column("supervised_body_level", sa.Text),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("computable", sa.Boolean, nullable=False),
        sa.Column("confidence", sa.Double),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("sealed", sa.Boolean, nullable=False),
        sa.Column("engine_state", sa.Text, nullable=False),
        sa.Column("work_state", sa.Text, server_default=sa.text("'待核查'"), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_no", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("clue_id"),
        schema=SCHEMA,
        comment="Latest state of every clue; the engine owns engine_state, people own work_state",
    )
    op.create_index("ix_clue_office", "clue", ["procuratorate_code", "line", "work_state"], schema=SCHEMA)
    op.create_index("ix_clue_updated", "clue", ["updated_at"], schema=SCHEMA)


def _assignment() -> None:
    op.create_table(
        "assignment",
        sa.Column("assignment_id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("clue_id", sa.Text, nullable=False),
        sa.Column("procuratorate_code", sa.Text, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("handler", sa.Text, comment="Person within the office; empty while nobody took it"),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["clue_id"], ["ops.clue.clue_id"]),
        sa.PrimaryKeyConstraint("assignment_id"),
        schema=SCHEMA,
        comment="Whose queue a clue is in; at most one at a time",
    )
    op.create_index("ix_assignment_queue", "assignment", ["procuratorate_code", "line"], schema=SCHEMA, postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index("ux_assignment_current", "assignment", ["clue_id"], unique=True, schema=SCHEMA, postgresql_where=sa.text("ended_at IS NULL"))


def _answer() -> None:
    op.create_table(
        "answer",
        sa.Column("answer_id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("clue_id", sa.Text, nullable=False),
        sa.Column("work_state", sa.Text, nullable=False),
        sa.Column("answered_by", sa.Text, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("document_no", sa.Text),
        sa.ForeignKeyConstraint(["clue_id"], ["ops.clue.clue_id"]),
        sa.PrimaryKeyConstraint("answer_id"),
        schema=SCHEMA,
        comment="What a prosecutor said about a clue; append-only",
    )
    op.create_index("ix_answer_clue", "answer", ["clue_id", "answered_at"], schema=SCHEMA)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("alert_id", sa.Text, nullable=False, comment="clue_id:state:channel, the idempotency key; a state that can recur carries its change number"),
        sa.Column("clue_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, comment="open | updated | reopened | withdrawn"),
        sa.Column("change_no", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("group_key", sa.Text, nullable=False, comment="Office and model: alerts that may travel in one message"),
        sa.Column("is_urgent", sa.Boolean, nullable=False, comment="Red, or a minor's: never grouped, capped or given up"),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_key", sa.Text, comment="The message it travels in; fixed before the first try, so that a repeat is the same message"),
        sa.Column("attempts", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), comment="Clock of the database: waiting between tries is physical time"),
        sa.Column("last_error", sa.Text),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("dead_at", sa.DateTime(timezone=True), comment="Given up after too many tries; shown by alert ledger, revived by hand"),
        sa.ForeignKeyConstraint(["clue_id"], ["ops.clue.clue_id"]),
        sa.PrimaryKeyConstraint("alert_id"),
        sa.UniqueConstraint("clue_id", "state", "change_no", "channel", name="ux_outbox_change"),
        schema=SCHEMA,
        comment="Alerts, written in the transaction that changes the clue, delivered at least once",
    )
    op.create_index("ix_outbox_message", "outbox", ["message_key"], schema=SCHEMA)
    op.create_index("ix_outbox_pending", "outbox", ["created_at"], schema=SCHEMA, postgresql_where=sa.text("delivered_at IS NULL AND dead_at IS NULL"))


def _alert_attempt() -> None:
    op.create_table(
        "alert_attempt",
        sa.Column("attempt_id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("message_key", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("alerts", sa.Integer, nullable=False, comment="How many alerts the message carried"),
        sa.Column("attempted_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("is_delivered", sa.Boolean, nullable=False),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("attempt_id"),
        schema=SCHEMA,
        comment="Alert ledger: every try to send a message, as it happened; append-only",
    )
    op.create_index("ix_alert_attempt_message", "alert_attempt", ["message_key"], schema=SCHEMA)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("audit_id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object_kind", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("detail", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.PrimaryKeyConstraint("audit_id"),
        schema=SCHEMA,
        comment="Who did what to which record and why; append-only, kept at least three years",
    )
    op.create_index("ix_audit_object", "audit", ["object_kind", "object_id"], schema=SCHEMA)
