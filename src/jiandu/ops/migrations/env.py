"""Alembic runs here on the connection that ``jiandu.ops.migrate`` hands over, inside its transaction and lock."""

from __future__ import annotations

from alembic import context

from jiandu.ops.migration import SCHEMA
from jiandu.ops.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, version_table_schema=SCHEMA, include_schemas=True)
context.run_migrations()
