"""The tables of the live door: the posts with a finding, the journal of changes, and where the reader of the topics stands.

``live_post`` and ``live_change`` are append-only. Nothing of a post without a finding is in any of them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Identity, Index, Integer, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from jiandu.ops.metadata import METADATA, MOMENT

live_post = Table(
    "live_post", METADATA,
    Column("hit_id", BigInteger, Identity(), primary_key=True),
    Column("clue_id", Text, nullable=False),
    Column("post_key", Text, nullable=False, comment="platform:post_id"),
    Column("event", Text, nullable=False, comment="seen | deleted (the source took it away; what was seen stays)"),
    Column("row_hash", Text, nullable=False, comment="sha256 of body"),
    Column("body", Text, nullable=False, comment="The post as captured, canonical JSON"),
    Column("account", Text, nullable=False, comment="Keyed hash, never a name"),
    Column("thread_id", Text, nullable=False),
    Column("posted_at", MOMENT, nullable=False),
    Column("level", Integer, nullable=False, comment="0 none, 1 blue, 2 yellow, 3 orange, 4 red, of its text alone"),
    Column("hits", JSONB, nullable=False, comment="Terms found, with their offsets"),
    Column("lexicon_version", Text, nullable=False),
    Column("place", Text, nullable=False, comment="topic:partition:offset"),
    Column("arrived_at", MOMENT, nullable=False, comment="The reader's clock"),
    UniqueConstraint("post_key", "row_hash", name="ux_live_post"),
    Index("ix_live_post_clue", "clue_id", "hit_id"),
    comment="Public posts with a finding, one row a version of a post; append-only",
)

live_change = Table(
    "live_change", METADATA,
    Column("clue_id", Text, ForeignKey("ops.clue.clue_id"), primary_key=True),
    Column("change_no", Integer, primary_key=True, autoincrement=False),
    Column("change_id", BigInteger, Identity(), nullable=False, unique=True, comment="Order in which changes were written"),
    Column("cause", Text, nullable=False, comment="post | more | signal | deleted | lexicon"),
    Column("facts", JSONB, nullable=False, comment="The clue as of this change"),
    Column("summary", JSONB, nullable=False, comment="Posts, accounts, threads, deleted posts, first and last event time"),
    Column("posts", JSONB, nullable=False, comment="hit_id of the deciding posts"),
    Column("signals", JSONB, nullable=False, comment="Behaviour signals that count, as they came"),
    Column("lexicon_version", Text, nullable=False),
    Column("as_of", MOMENT, nullable=False),
    comment="Journal of live clues: every change with what decided it; append-only, carried into the lake",
)

live_campaign = Table(
    "live_campaign", METADATA,
    Column("clue_id", Text, ForeignKey("ops.clue.clue_id"), primary_key=True),
    Column("anchor", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("division_code", Text, nullable=False),
    Column("sample", Text, nullable=False, comment="Normalised text near-duplicates are compared with"),
    Column("change_no", Integer, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("told_posts", Integer, nullable=False, comment="Posts at its last change"),
    Column("level", Integer, nullable=False, comment="Highest level of a text"),
    Column("grade", Integer, nullable=False, comment="Level after behaviour"),
    Column("signals", JSONB, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Index("ix_live_campaign_updated", "updated_at"),
    comment="What the door knows of a campaign between two changes; derived from the journal",
)

live_alias = Table(
    "live_alias", METADATA,
    Column("alias", Text, primary_key=True, comment="contact|kind|keyed hash or account|hash|category"),
    Column("clue_id", Text, nullable=False),
    comment="Which campaign a contact or an account's category belongs to",
)

live_signal = Table(
    "live_signal", METADATA,
    Column("signal_key", Text, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("is_waiting", Boolean, nullable=False, comment="None of its posts has arrived yet"),
    Column("arrived_at", MOMENT, nullable=False),
    Index("ix_live_signal_waiting", "arrived_at", postgresql_where=text("is_waiting")),
    comment="Behaviour signals, the last word of each",
)

live_offset = Table(
    "live_offset", METADATA,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next", BigInteger, nullable=False, comment="Everything before it is in these tables or left nothing"),
    Column("updated_at", MOMENT, nullable=False),
    comment="Where the reader goes on; written in the transaction that changes clues",
)

live_lexicon = Table(
    "live_lexicon", METADATA,
    Column("version", Text, primary_key=True),
    Column("content", Text, nullable=False, comment="Lexicons and grading as they were, for replay"),
    Column("first_used_at", MOMENT, nullable=False),
    comment="Every version of the lexicons that ever found something",
)

live_rate = Table(
    "live_rate", METADATA,
    Column("minute", MOMENT, primary_key=True),
    Column("reader", Text, primary_key=True, comment="consumer | behaviour"),
    Column("posts", Integer, nullable=False, server_default=text("0")),
    Column("findings", Integer, nullable=False, server_default=text("0")),
    Column("dead", Integer, nullable=False, server_default=text("0")),
    Column("lag", BigInteger, nullable=False, server_default=text("0")),
    Column("delay_ms", Integer, nullable=False, server_default=text("0")),
    comment="Posts read a minute and how far behind the readers are",
)
