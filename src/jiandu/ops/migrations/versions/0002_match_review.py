"""Pairs a person has to look at, and what people said about pairs; an alert may go to a second office."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "ops"


def upgrade() -> None:
    """Make both tables; what people said is append-only. One change of a clue is told to each office once."""
    op.drop_constraint("ux_outbox_change", "outbox", schema=SCHEMA)
    op.create_unique_constraint("ux_outbox_change", "outbox", ["clue_id", "state", "change_no", "channel", "recipient"], schema=SCHEMA)
    op.create_table(
        "match_review",
        sa.Column("pair_id", sa.Text, nullable=False, comment="First 16 characters of sha256(left_uid, right_uid)"),
        sa.Column("left_uid", sa.Text, nullable=False, comment="<dataset>|<record key>"),
        sa.Column("right_uid", sa.Text, nullable=False),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("explanation", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, comment="waiting | settled"),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pair_id"),
        sa.UniqueConstraint("left_uid", "right_uid", name="ux_match_review_pair"),
        schema=SCHEMA,
        comment="Pairs of records that only a person can tell apart; rebuilt from the lake, nothing here decides",
    )
    op.create_index("ix_match_review_waiting", "match_review", ["probability"], schema=SCHEMA, postgresql_where=sa.text("state = 'waiting'"))
    op.create_table(
        "match_judgement",
        sa.Column("judgement_id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("left_uid", sa.Text, nullable=False),
        sa.Column("right_uid", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False, comment="same | different | unsure"),
        sa.Column("answered_by", sa.Text, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.CheckConstraint("answer IN ('same', 'different', 'unsure')", name="ck_match_judgement_answer"),
        sa.PrimaryKeyConstraint("judgement_id"),
        schema=SCHEMA,
        comment="What a person said about a pair; append-only, the last answer of each person counts",
    )
    op.create_index("ix_match_judgement_pair", "match_judgement", ["left_uid", "right_uid"], schema=SCHEMA)
    op.execute("CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ops.match_judgement FOR EACH ROW EXECUTE FUNCTION ops.refuse_change()")
