"""What all tables of schema ``ops`` share."""

from __future__ import annotations

from sqlalchemy import DateTime, MetaData

METADATA = MetaData(schema="ops")
MOMENT = DateTime(timezone=True)
