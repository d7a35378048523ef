"""Append-only tables let one thing happen to them: the words of a reason are destroyed when a record of the case is sealed."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who acted, when and how stays as it was; only a reason may become the mark of what was sealed."""
    op.execute("""
        CREATE OR REPLACE FUNCTION ops.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason' AND to_jsonb(NEW) ->> 'reason' = '（记录已封存）' THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'ops.% is append-only', TG_TABLE_NAME;
        END $$""")
