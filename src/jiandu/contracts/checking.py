"""A contract's promises as SQL: each rule is a condition that is true where a row breaks it, with a Chinese reason for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jiandu.contracts.parsing import literal, quoted, text_column, unparsed
from jiandu.contracts.shape import Contract, Expression, OneOf, Order, Range, Required, Severity, Valid
from jiandu.fields import Field

TYPE_NAMES = {
    "date": "日期", "timestamp": "时间", "decimal": "金额", "integer": "整数", "number": "数字", "boolean": "是/否", "string_list": "列表", "string": "文本",
}
KIND_NAMES = {"resident_id": "公民身份号码", "uscc": "统一社会信用代码", "party_id": "公民身份号码或统一社会信用代码"}
UNAVAILABLE = "__debezium_unavailable_value"
"""What Debezium sends for a large value it did not re-read: never data."""


@dataclass(frozen=True)
class Rule:
    """One thing that may be wrong with a row. ``broken`` and ``reason`` are SQL over the typed row; ``column`` is as delivered."""

    name: str
    column: str
    broken: str
    reason: str
    severity: Severity = "fail"
    deletes: bool = False
    """Whether the rule holds for deletions too, of which only the key is known."""


def verdict_column(number: int) -> str:
    """Name of the column that holds whether an identifier is valid, for check ``number``."""
    return f"?{number}"


def rules(contract: Contract, fields: dict[str, Field]) -> list[Rule]:
    """All rules of a contract: cells that split, values that parse, a key, a valid time, then its own checks in their order."""
    found = [Rule("cells", "", '"#refused" IS NOT NULL', '"#refused"', deletes=True)]
    for name, column in contract.columns.items():
        if not column.field:
            continue
        text = quoted(text_column(column.field))
        found.append(Rule("unavailable", name, f"{text} = '{UNAVAILABLE}'", f"'{_said(name)}未随变更消息送达'", deletes=True))
        if wrong := unparsed(column, fields[column.field]):
            kind = "不在取值对照表中" if column.map is not None else f"不是{TYPE_NAMES[fields[column.field].type]}"
            found.append(Rule("map" if column.map is not None else "type", name, wrong, _quoting(name, kind, text)))
    for field in contract.key:
        found.append(Rule("key", contract.column_of(field), f"{quoted(field)} IS NULL", f"'主键{_said(contract.column_of(field))}为空'", deletes=True))
    if contract.valid_from != "delivery":
        column_name = contract.column_of(contract.valid_from)
        found.append(Rule("valid_from", column_name, f"{quoted(contract.valid_from)} IS NULL", f"'生效时间{_said(column_name)}为空'"))
    for number, check in enumerate(contract.checks):
        found += _rules_of(contract, number, check)
    return [rule for rule in found if not (rule.name == "unavailable" and contract.delivery.kind != "kafka" and contract.delivery.format != "messages")]


def _rules_of(contract: Contract, number: int, check: object) -> Iterator[Rule]:
    if isinstance(check, Required):
        for field in check.fields:
            name = contract.column_of(field)
            empty = f"{quoted(field)} IS NULL" + (f" AND {quoted(text_column(field))} IS NULL" if field not in contract.constants else "")
            yield Rule(f"required:{field}", name, empty, f"'{_said(name)}为空'", check.severity)
    elif isinstance(check, OneOf):
        name = contract.column_of(check.field)
        words = ", ".join(literal(word) for word in check.values)
        broken = f"CAST({quoted(check.field)} AS VARCHAR) NOT IN ({words})"
        yield Rule(f"one_of:{check.field}", name, broken, _quoting(name, "不在允许取值之内", quoted(check.field)), check.severity)
    elif isinstance(check, Range):
        name, field = contract.column_of(check.field), quoted(check.field)
        bounds = [f"{field} < {_bound(check.min)}" if check.min is not None else "", f"{field} > {_bound(check.max)}" if check.max is not None else ""]
        said = f"超出范围 {'' if check.min is None else check.min}～{'' if check.max is None else check.max}"
        yield Rule(f"range:{check.field}", name, " OR ".join(filter(None, bounds)), _quoting(name, said, field), check.severity)
    elif isinstance(check, Valid):
        name = contract.column_of(check.field)
        said = f"不是有效的{KIND_NAMES[check.as_]}"
        yield Rule(f"valid:{check.field}", name, f"NOT {quoted(verdict_column(number))}", _quoting(name, said, quoted(check.field)), check.severity)
    elif isinstance(check, Order):
        for earlier, later in zip(check.fields, check.fields[1:], strict=False):
            names = contract.column_of(earlier), contract.column_of(later)
            said = f"'{_said(names[0])}晚于{_said(names[1])}'"
            yield Rule(f"order:{earlier},{later}", names[0], f"{quoted(earlier)} > {quoted(later)}", said, check.severity)
    elif isinstance(check, Expression):
        yield Rule(f"expression:{check.name}", "", f"NOT ({check.sql})", literal(f"不满足规则 {check.name}"), check.severity)


def _bound(value: object) -> str:
    return str(value) if isinstance(value, (int, float)) else literal(str(value))


def _said(column: str) -> str:
    return "“" + column.replace("'", "''") + "”"


def _quoting(column: str, said: str, expression: str) -> str:
    """SQL of a reason that quotes the value, shortened: a reason is read on a screen."""
    return f"concat('{_said(column)}{said}：', left(CAST({expression} AS VARCHAR), 40))"
