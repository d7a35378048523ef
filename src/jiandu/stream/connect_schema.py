"""Values of messages that carry Kafka Connect's schema: the logical type of each field decides what its JSON value means."""

from __future__ import annotations

from typing import Any

from jiandu.stream import logical
from jiandu.stream.logical import Decoded

DAYS = {"io.debezium.time.Date", "org.apache.kafka.connect.data.Date"}
INSTANTS = {
    "io.debezium.time.Timestamp": 1_000, "org.apache.kafka.connect.data.Timestamp": 1_000,
    "io.debezium.time.MicroTimestamp": 1_000_000, "io.debezium.time.NanoTimestamp": 1_000_000_000,
}
TIMES = {
    "io.debezium.time.Time": 1_000, "org.apache.kafka.connect.data.Time": 1_000,
    "io.debezium.time.MicroTime": 1_000_000, "io.debezium.time.NanoTime": 1_000_000_000,
}
DECIMAL = "org.apache.kafka.connect.data.Decimal"
VARIABLE_DECIMAL = "io.debezium.data.VariableScaleDecimal"
BITS = "io.debezium.data.Bits"
LOCAL_ISO = {"io.debezium.time.IsoDate", "io.debezium.time.IsoTimestamp", "io.debezium.time.IsoTime"}


def by_schema(value: Any, schema: dict[str, Any], kind: str | None = None) -> Decoded:
    """A value read by its field's schema, then fitted to a field of type ``kind``. Raises ``ValueError`` when they disagree."""
    if logical.unavailable(value):
        return None, "unavailable"
    if value is None:
        return None, ""
    decoded = typed(value, schema)
    if kind in logical.NUMERIC and schema.get("type") in ("float", "double"):
        decoded = logical.number(value)
    return logical.fit(decoded, kind) if kind in ("date", "timestamp") else decoded


def typed(value: Any, schema: dict[str, Any]) -> Decoded:
    """A present value by its logical name; a name this table does not know keeps its JSON text."""
    name = schema.get("name", "")
    if isinstance(value, int) and not isinstance(value, bool):
        if name in DAYS:
            return logical.day(value)
        if name in INSTANTS:
            return logical.instant(value, INSTANTS[name])
        if name in TIMES:
            return logical.time_of_day(value, TIMES[name]), ""
    if isinstance(value, str):
        if name == DECIMAL:
            return logical.text(logical.unscaled(value, int(schema["parameters"]["scale"]))), ""
        if name == BITS:
            return logical.bits(value, int(schema["parameters"]["length"])), ""
        if name == "io.debezium.time.ZonedTimestamp":
            return logical.moment_of_text(value)
        if name in LOCAL_ISO:  # wall-clock time: the Z it ends in is no zone
            return logical.moment_of_text(value.removesuffix("Z"))
    if name == VARIABLE_DECIMAL:
        return logical.number(value)
    return logical.text(value), ""


def fields_of(schema: dict[str, Any], part: str) -> dict[str, dict[str, Any]]:
    """Field schemas of ``before`` or ``after`` in an envelope's schema, by column."""
    for candidate in schema.get("fields", []):
        if candidate.get("field") == part:
            return {column["field"]: column for column in candidate.get("fields", [])}
    return {}
