"""Reading the JSON of a message exactly: numbers keep their digits, and what is not an object is refused with its address."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from jiandu.stream.change import BadMessage, Message


def json_object(message: Message) -> dict[str, Any]:
    """The value of a message as a JSON object. Raises ``BadMessage`` naming what stands there instead."""
    found = message.body if message.body is not None else parse(message, message.value, "value")
    if not isinstance(found, dict):
        raise BadMessage.of(message, f"the value is a JSON {type(found).__name__}, not an object", "is this the right topic and envelope?")
    return dict(found)


def key_object(message: Message) -> dict[str, Any] | None:
    """The key as a JSON object; ``None`` for no key and for keys that are plain text or a number."""
    if message.key_body is None and not message.key:
        return None
    found = message.key_body
    if found is None:
        try:
            found = json.loads(message.key or b"", parse_float=Decimal)
        except ValueError:  # keys of other tools are plain text; then the row names the key
            return None
    return found if isinstance(found, dict) else None


def parse(message: Message, data: bytes | None, part: str) -> Any:
    """JSON of a part of a message; fractions as ``Decimal`` so that 12345.110 keeps its zero."""
    try:
        return json.loads((data or b"").decode("utf-8"), parse_float=Decimal, parse_constant=refuse)
    except UnicodeDecodeError as error:
        what = f"the {part} is not UTF-8 text (byte {error.start})"
        raise BadMessage.of(message, what, "a binary converter (Avro, Protobuf)? Use the JSON converter") from error
    except ValueError as error:
        raise BadMessage.of(message, f"the {part} is not JSON: {error}", "look at what else writes to this topic") from error


def refuse(name: str) -> Any:
    """NaN and Infinity are no JSON."""
    raise ValueError(f"{name} is no JSON value")


def pop(message: Message, body: dict[str, Any], name: str, kind: type | tuple[type, ...]) -> Any:
    """A member that must be there and of a type. Raises ``BadMessage`` naming it."""
    if name not in body:
        raise BadMessage.of(message, f"no member {name!r} in the envelope", "check delivery.envelope of the contract")
    value = body.pop(name)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise BadMessage.of(message, f"{name!r} is a {type(value).__name__}", "check delivery.envelope of the contract")
    return value
