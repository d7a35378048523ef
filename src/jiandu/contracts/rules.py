"""What a contract must make sense of beyond its shape: known fields, keys that are delivered, units that fit, SQL that binds.

The rules read the plain YAML tree, so that they name their problems even when the shape is broken elsewhere in the same file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from jiandu.fields import TIERS, Field

Finding = tuple[tuple[str | int, ...], str, str]
"""Where in the tree, what, and what to do."""

SYSTEM_COLUMNS = frozenset({
    "record_key", "valid_from", "valid_to", "loaded_at", "superseded_at", "outcome", "position", "content_hash", "delivery_id", "row_no", "row_hash",
    "tier", "sealed", "raw", "op", "source_at", "file", "column", "rule", "reason", "replayed_at",
})
NUMERIC = ("decimal", "number", "integer")
CRON = re.compile(r"@(hourly|daily|weekly|monthly)|(\S+\s+){4}\S+")


def findings(stem: str, tree: dict[str, Any], fields: dict[str, Field]) -> Iterator[Finding]:
    """Every rule a contract breaks; ``tree`` may be malformed, then the rules that cannot be asked keep silent."""
    columns = {name: column for name, column in _mapping(tree, "columns").items() if isinstance(column, dict)}
    constants = _mapping(tree, "constants")
    yield from _named(stem, tree)
    yield from _columns(columns, fields)
    for name in constants:
        yield from _known(("constants", name), name, fields)
    delivered = {str(column["field"]) for column in columns.values() if column.get("field")} | set(constants)
    yield from _references(tree, delivered, fields)
    yield from _checks(tree, delivered, fields)
    yield from _tier(tree, delivered, fields)
    for place, text in _texts(tree):
        if text.startswith("TODO"):
            yield place, "still to do", text.removeprefix("TODO").strip() or "fill it in"


def _texts(node: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(node, str):
        yield place, node
    for step, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from _texts(child, (*place, step))


def _named(stem: str, tree: dict[str, Any]) -> Iterator[Finding]:
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*__[a-z][a-z0-9]*(_[a-z0-9]+)*", stem):
        yield (), f"the file name {stem!r} is not <agency>__<dataset>", "rename it, e.g. justice__penalty.yml"
    pattern = _mapping(tree, "delivery").get("delivered_on")
    if isinstance(pattern, str) and pattern:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            yield ("delivery", "delivered_on"), f"not a regular expression: {error}", ""
        else:
            if groups != 1:
                yield ("delivery", "delivered_on"), "needs exactly one group, around the date", r"e.g. penalty_(\d{8})"
    schedule = tree.get("schedule")
    if isinstance(schedule, str) and schedule and not CRON.fullmatch(schedule.strip()):
        yield ("schedule",), f"{schedule!r} is not a cron expression", 'e.g. "0 2 * * *"'


def _columns(columns: dict[str, dict[str, Any]], fields: dict[str, Field]) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for name, column in columns.items():
        field = column.get("field")
        if not isinstance(field, str) or not field:
            continue
        yield from _known(("columns", name, "field"), field, fields)
        if field in taken and not field.startswith("TODO"):
            yield ("columns", name, "field"), f"{field} is delivered already by {taken[field]}", "map each field once"
        taken.setdefault(field, name)
        if field in fields:
            yield from _fits(name, column, fields[field])


def _fits(name: str, column: dict[str, Any], field: Field) -> Iterator[Finding]:
    fitting = {"unit": NUMERIC, "format": ("date", "timestamp"), "separator": ("string_list",)}
    for option, types in fitting.items():
        if column.get(option) and field.type not in types:
            yield ("columns", name, option), f"{option} does not fit a field of type {field.type}", f"only {', '.join(types)} take it"
    if column.get("clean", "text") != "text" and field.type != "string":
        yield ("columns", name, "clean"), f"clean does not fit a field of type {field.type}", "only string takes it"
    if isinstance(column.get("map"), dict) and field.type == "boolean":
        for word, value in column["map"].items():
            if value is not None and not isinstance(value, bool):
                yield ("columns", name, "map", word), f"{value!r} is not a boolean", "true, false or null"


def _known(place: tuple[str | int, ...], name: str, fields: dict[str, Field]) -> Iterator[Finding]:
    if name in SYSTEM_COLUMNS:
        yield place, f"{name} is a column that every table of the lake has", "choose another field name"
    elif name not in fields and not name.startswith("TODO"):
        near = get_close_matches(name, fields, n=1)
        hint = f"did you mean {near[0]}? else " if near else ""
        yield place, f"{name} is not in the field dictionary", f"{hint}add it to fields.yml of this content root"


def _references(tree: dict[str, Any], delivered: set[str], fields: dict[str, Field]) -> Iterator[Finding]:
    key = tree.get("key")
    for number, name in enumerate(key if isinstance(key, list) else []):
        if name not in delivered and not str(name).startswith("TODO"):
            yield ("key", number), f"key field {name} is not delivered by any column", ""
    moment = tree.get("valid_from")
    if isinstance(moment, str) and moment != "delivery":
        if moment not in delivered:
            yield ("valid_from",), f"{moment} is not delivered by any column", "name a date field, or `delivery`"
        elif moment in fields and fields[moment].type not in ("date", "timestamp"):
            yield ("valid_from",), f"{moment} is a {fields[moment].type}, not a date or timestamp", "name a date field, or `delivery`"


def _checks(tree: dict[str, Any], delivered: set[str], fields: dict[str, Field]) -> Iterator[Finding]:
    checks = tree.get("checks")
    for number, check in enumerate(checks if isinstance(checks, list) else []):
        if not isinstance(check, dict):
            continue
        place: tuple[str | int, ...] = ("checks", number)
        named = [check["field"]] if isinstance(check.get("field"), str) else []
        named += check["fields"] if isinstance(check.get("fields"), list) else []
        for name in named:
            if name not in delivered and not str(name).startswith("TODO"):
                near = get_close_matches(str(name), delivered, n=1)
                yield place, f"{check.get('check')}: {name} is not delivered by any column", f"did you mean {near[0]}?" if near else ""
            elif name in fields:
                yield from _check_fits(place, check, name, fields[name])


def _check_fits(place: tuple[str | int, ...], check: dict[str, Any], name: str, field: Field) -> Iterator[Finding]:
    types = {
        "range": (*NUMERIC, "date", "timestamp"), "order": (*NUMERIC, "date", "timestamp"), "valid": ("string",), "one_of": ("string", "integer"),
    }.get(str(check.get("check")))
    if types and field.type not in types:
        yield place, f"{check['check']} does not fit {name}, a {field.type}", f"only {', '.join(types)} take it"
    if check.get("check") == "range" and check.get("min") is None and check.get("max") is None:
        yield place, f"range of {name} has neither min nor max", ""


def _tier(tree: dict[str, Any], delivered: set[str], fields: dict[str, Field]) -> Iterator[Finding]:
    tier = tree.get("tier")
    if tier not in TIERS:
        return
    above = sorted(name for name in delivered if name in fields and TIERS.index(fields[name].tier) > TIERS.index(tier))
    if above:
        yield ("tier",), f"{tier} is less secret than {', '.join(f'{name} ({fields[name].tier})' for name in above)}", "raise the contract's tier"


def _mapping(tree: dict[str, Any], name: str) -> dict[str, Any]:
    node = tree.get(name)
    return node if isinstance(node, dict) else {}
