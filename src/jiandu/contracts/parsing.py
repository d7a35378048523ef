"""A contract's columns as SQL: how cleaned text becomes a typed field, in DuckDB, a million rows at a time."""

from __future__ import annotations

from jiandu.contracts.shape import UNITS, Column, Contract, Scalar
from jiandu.fields import Field
from jiandu.identifiers import clean

DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d", "%Y.%m.%d")
CLOCKS = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", " %H时%M分", "T%H:%M:%S", "T%H:%M:%S.%f", "T%H:%M")
TIME_FORMATS = tuple(day + clock for day in DATE_FORMATS for clock in CLOCKS)
FOREVER, BEGINNING = "9999-12-31", "1900-01-01"
"""What databases' ±infinity becomes: a permanent licence must not look expired."""
EARLIEST, LATEST = "1800-01-01", "2200-12-31"
"""Dates outside are typing errors, apart from ``FOREVER``."""
TRUE, FALSE = ("是", "true", "1", "y", "yes", "t"), ("否", "false", "0", "n", "no", "f")


def text_column(field: str) -> str:
    """Name of the column that holds a field's cleaned text beside its typed value."""
    return f"={field}"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Scalar) -> str:
    """A YAML scalar as an SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return "'" + value.replace("'", "''") + "'"


def values(contract: Contract, fields: dict[str, Field]) -> dict[str, str]:
    """For each field of the contract, the SQL of its typed value over the cleaned text columns; NULL where the text does not parse."""
    parsed = {column.field: value(column, fields[column.field]) for column in contract.columns.values() if column.field}
    return parsed | {name: f"CAST({literal(word)} AS {fields[name].duck_type})" for name, word in contract.constants.items()}


def value(column: Column, field: Field) -> str:
    """The typed value of one column."""
    text = quoted(text_column(column.field))
    if column.map is not None:
        cases = " ".join(f"WHEN {literal(word_of(word))} THEN {literal(result)}" for word, result in column.map.items())
        return f"CAST(CASE {text} {cases} END AS {field.duck_type})"
    if field.type == "string":
        return text
    if field.type == "date":
        return _date(text, column.formats)
    if field.type == "timestamp":
        return _timestamp(text, column.formats)
    if field.type == "boolean":
        return f"CASE WHEN lower({text}) IN ({_list(TRUE)}) THEN true WHEN lower({text}) IN ({_list(FALSE)}) THEN false END"
    if field.type == "string_list":
        return _string_list(text, column.separator)
    return _number(text, column.unit, field)


def unparsed(column: Column, field: Field) -> str:
    """SQL that is true where a column holds text of which no value came."""
    text = quoted(text_column(column.field))
    if column.map is not None:
        return f"{text} IS NOT NULL AND {text} NOT IN ({_list([word_of(word) for word in column.map])})"
    if field.type == "string":
        return ""
    return f"{text} IS NOT NULL AND {quoted(column.field)} IS NULL"


def word_of(word: Scalar) -> str:
    """A key of ``map:`` as cleaned text: YAML reads an unquoted 1 or true as more than a word."""
    plain = str(word).lower() if isinstance(word, bool) else str(word)
    return clean("text", plain) or ""


def _list(words: list[str] | tuple[str, ...]) -> str:
    return ", ".join(literal(word) for word in words)


def _date(text: str, formats: list[str]) -> str:
    tried = f"CAST(try_strptime({text}, [{_list(formats or list(TIME_FORMATS))}]) AS DATE)"
    if not formats:
        # The usual form first, ten times as quick. Databases' instants (…T…+08:00, …Z) in a date column mean their day in the province.
        usual = f"CASE WHEN length({text}) = 10 THEN TRY_CAST({text} AS DATE) END"
        tried = f"COALESCE({usual}, {tried}, CAST(TRY_CAST({text} AS TIMESTAMPTZ) AS DATE))"
    inside = f"CASE WHEN {tried} BETWEEN DATE '{EARLIEST}' AND DATE '{LATEST}' OR {tried} = DATE '{FOREVER}' THEN {tried} END"
    return f"CASE lower({text}) WHEN 'infinity' THEN DATE '{FOREVER}' WHEN '-infinity' THEN DATE '{BEGINNING}' ELSE {inside} END"


def _timestamp(text: str, formats: list[str]) -> str:
    naive = f"CAST(try_strptime({text}, [{_list(formats or list(TIME_FORMATS))}]) AS TIMESTAMPTZ)"
    tried = naive if formats else f"COALESCE({naive}, TRY_CAST({text} AS TIMESTAMPTZ))"
    inside = f"CASE WHEN CAST({tried} AS DATE) BETWEEN DATE '{EARLIEST}' AND DATE '{LATEST}' OR CAST({tried} AS DATE) = DATE '{FOREVER}' THEN {tried} END"
    return (f"CASE lower({text}) WHEN 'infinity' THEN TIMESTAMPTZ '{FOREVER} 00:00:00+08' "
            f"WHEN '-infinity' THEN TIMESTAMPTZ '{BEGINNING} 00:00:00+08' ELSE {inside} END")


def _number(text: str, unit: str, field: Field) -> str:
    plain = f"regexp_replace({text}, '[,¥\\s]|(?:人民币)?元$', '', 'g')"
    if field.type == "number":
        number = f"TRY_CAST({plain} AS DOUBLE)"
        number = f"CASE WHEN isfinite({number}) THEN {number} END"
        return f"{number} * {UNITS[unit]}" if unit else number
    exact = f"COALESCE(TRY_CAST({text} AS DECIMAL(38,10)), TRY_CAST({plain} AS DECIMAL(38,10)))"
    scaled = f"TRY_CAST({exact} * {UNITS[unit]} AS DECIMAL(38,10))" if unit else exact
    if field.type == "integer":
        return f"CASE WHEN {scaled} % 1 = 0 THEN TRY_CAST({scaled} AS BIGINT) END"
    return f"TRY_CAST({scaled} AS DECIMAL(18,2))"


def _string_list(text: str, separator: str) -> str:
    split = f"string_split({text}, {literal(separator)})" if separator else f"regexp_split_to_array({text}, '[、,;|，；]')"
    items = f"CASE WHEN {text} LIKE '[%]' THEN TRY_CAST({text} AS JSON)::VARCHAR[] ELSE {split} END"
    return f"CASE WHEN {text} IS NOT NULL THEN list_filter(list_transform({items}, lambda x: trim(x)), lambda x: x <> '') END"
