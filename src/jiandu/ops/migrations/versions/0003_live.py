"""The live door: posts with a finding, the journal of changes, positions of its reader; who waits for alerts is woken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "ops"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; the journal cannot be rewritten; a new alert is told to whoever listens."""
    _journal()
    _between_changes()
    _reader()
    for table in ("live_post", "live_change"):
        op.execute(f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ops.{table} FOR EACH ROW EXECUTE FUNCTION ops.refuse_change()")
    op.execute("""
        CREATE FUNCTION ops.say_alerts() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_notify('jiandu_outbox', ''); RETURN NULL; END $$""")
    op.execute("CREATE TRIGGER say_alerts AFTER INSERT ON ops.outbox FOR EACH STATEMENT EXECUTE FUNCTION ops.say_alerts()")


def _journal() -> None:
    op.create_table(
        "live_post",
        sa.Column("hit_id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("clue_id", sa.Text, nullable=False),
        sa.Column("post_key", sa.Text, nullable=False, comment="platform:post_id"),
        sa.Column("event", sa.Text, nullable=False, comment="seen | deleted (the source took it away; what was seen stays)"),
        sa.Column("row_hash", sa.Text, nullable=False, comment="sha256 of body"),
        sa.Column("body", sa.Text, nullable=False, comment="The post as captured, canonical JSON"),
        sa.Column("account", sa.Text, nullable=False, comment="Keyed hash, never a name"),
        sa.Column("thread_id", sa.Text, nullable=False),
        sa.Column("posted_at", MOMENT, nullable=False),
        sa.Column("level", sa.Integer, nullable=False, comment="0 none, 1 blue, 2 yellow, 3 orange, 4 red, of its text alone"),
        sa.Column("hits", JSONB, nullable=False, comment="Terms found, with their offsets"),
        sa.Column("lexicon_version", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False, comment="topic:partition:offset"),
        sa.Column("arrived_at", MOMENT, nullable=False, comment="The reader's clock"),
        sa.PrimaryKeyConstraint("hit_id"),
        sa.UniqueConstraint("post_key", "row_hash", name="ux_live_post"),
        schema=SCHEMA,
        comment="Public posts with a finding, one row a version of a post; append-only",
    )
    op.create_index("ix_live_post_clue", "live_post", ["clue_id", "hit_id"], schema=SCHEMA)
    op.create_table(
        "live_change",
        sa.Column("clue_id", sa.Text, nullable=False),
        sa.Column("change_no", sa.Integer, nullable=False),
        sa.Column("change_id", sa.BigInteger, sa.Identity(always=False), nullable=False, comment="Order in which changes were written"),
        sa.Column("cause", sa.Text, nullable=False, comment="post | more | signal | deleted | lexicon"),
        sa.Column("facts", JSONB, nullable=False, comment="The clue as of this change"),
        sa.Column("summary", JSONB, nullable=False, comment="Posts, accounts, threads, deleted posts, first and last event time"),
        sa.Column("posts", JSONB, nullable=False, comment="hit_id of the deciding posts"),
        sa.Column("signals", JSONB, nullable=False, comment="Behaviour signals that count, as they came"),
        sa.Column("lexicon_version", sa.Text, nullable=False),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["ops.clue.clue_id"]),
        sa.PrimaryKeyConstraint("clue_id", "change_no"),
        sa.UniqueConstraint("change_id"),
        schema=SCHEMA,
        comment="Journal of live clues: every change with what decided it; append-only, carried into the lake",
    )


def _between_changes() -> None:
    op.create_table(
        "live_campaign",
        sa.Column("clue_id", sa.Text, nullable=False),
        sa.Column("anchor", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("division_code", sa.Text, nullable=False),
        sa.Column("sample", sa.Text, nullable=False, comment="Normalised text near-duplicates are compared with"),
        sa.Column("change_no", sa.Integer, nullable=False),
        sa.Column("posts", sa.Integer, nullable=False),
        sa.Column("told_posts", sa.Integer, nullable=False, comment="Posts at its last change"),
        sa.Column("level", sa.Integer, nullable=False, comment="Highest level of a text"),
        sa.Column("grade", sa.Integer, nullable=False, comment="Level after behaviour"),
        sa.Column("signals", JSONB, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["ops.clue.clue_id"]),
        sa.PrimaryKeyConstraint("clue_id"),
        schema=SCHEMA,
        comment="What the door knows of a campaign between two changes; derived from the journal",
    )
    op.create_index("ix_live_campaign_updated", "live_campaign", ["updated_at"], schema=SCHEMA)
    op.create_table(
        "live_alias",
        sa.Column("alias", sa.Text, nullable=False, comment="contact|kind|keyed hash or account|hash|category"),
        sa.Column("clue_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("alias"),
        schema=SCHEMA,
        comment="Which campaign a contact or an account's category belongs to",
    )
    op.create_table(
        "live_signal",
        sa.Column("signal_key", sa.Text, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("is_waiting", sa.Boolean, nullable=False, comment="None of its posts has arrived yet"),
        sa.Column("arrived_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("signal_key"),
        schema=SCHEMA,
        comment="Behaviour signals, the last word of each",
    )
    op.create_index("ix_live_signal_waiting", "live_signal", ["arrived_at"], schema=SCHEMA, postgresql_where=sa.text("is_waiting"))


def _reader() -> None:
    op.create_table(
        "live_offset",
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("next", sa.BigInteger, nullable=False, comment="Everything before it is in these tables or left nothing"),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition"),
        schema=SCHEMA,
        comment="Where the reader goes on; written in the transaction that changes clues",
    )
    op.create_table(
        "live_lexicon",
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False, comment="Lexicons and grading as they were, for replay"),
        sa.Column("first_used_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("version"),
        schema=SCHEMA,
        comment="Every version of the lexicons that ever found something",
    )
    op.create_table(
        "live_rate",
        sa.Column("minute", MOMENT, nullable=False),
        sa.Column("reader", sa.Text, nullable=False, comment="consumer | behaviour"),
        sa.Column("posts", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("findings", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("dead", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("lag", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("delay_ms", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("minute", "reader"),
        schema=SCHEMA,
        comment="Posts read a minute and how far behind the readers are",
    )
