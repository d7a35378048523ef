"""The words a model may use beside plain SQL: terms that run by law, ages, parameters. Each is written once per engine.

Words that need the calendar or the division table cannot be computed from a row alone: ``TABLE_WORDS`` names them, and the
compiler turns each into a join.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import sqlglot
from sqlglot import exp

LITERAL_UNSAFE = "'\\{}"
WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0) not in LITERAL_UNSAFE}
"""Full-width characters and their ordinary forms; those that would need escaping inside SQL stay as they are."""

SPACES = " \u3000\u00a0\t\r\n"
_FROM, _TO = "".join(map(chr, WIDE)) + SPACES[:3], "".join(map(chr, WIDE.values()))
_PLAIN = f"LOWER(TRANSLATE({{0}}, '{_FROM}' || CHR(9) || CHR(13) || CHR(10), '{_TO}'))"
_PLACE = (
    "REGEXP_REPLACE(REGEXP_REPLACE(REPLACE({0}, ' ', ''), '^([^省市区县]{{2,3}}省)?([^省市区县超菜集夜]{{2,4}}市){{0,2}}', ''), '[（(].*$', '')"
)

ROW_WORDS: dict[str, dict[str, str]] = {
    # Periods in months end on the same-numbered day, on the last day of the month if there is none (民诉法 85 practice).
    "days_after": {"duckdb": "CAST({0} + INTERVAL ({1}) DAY AS DATE)", "spark": "DATE_ADD({0}, CAST({1} AS INT))"},
    "months_after": {"duckdb": "CAST({0} + INTERVAL ({1}) MONTH AS DATE)", "spark": "ADD_MONTHS({0}, CAST({1} AS INT))"},
    "days_between": {"duckdb": "DATE_DIFF('day', {0}, {1})", "spark": "DATEDIFF({1}, {0})"},
    "month_end": {"duckdb": "LAST_DAY({0})", "spark": "LAST_DAY({0})"},
    # 周岁: a year of age is full on the day after the birthday.
    "age_on": {
        "duckdb": "(YEAR({1}) - YEAR({0}) - CASE WHEN MONTH({1}) * 100 + DAY({1}) <= MONTH({0}) * 100 + DAY({0}) THEN 1 ELSE 0 END)",
        "spark": "(YEAR({1}) - YEAR({0}) - CASE WHEN MONTH({1}) * 100 + DAY({1}) <= MONTH({0}) * 100 + DAY({0}) THEN 1 ELSE 0 END)",
    },
    "day_of": {"duckdb": "CAST({0} AS DATE)", "spark": "CAST({0} AS DATE)"},
    "born": {
        "duckdb": "TRY_CAST(SUBSTR({0}, 7, 4) || '-' || SUBSTR({0}, 11, 2) || '-' || SUBSTR({0}, 13, 2) AS DATE)",
        "spark": "TRY_CAST(CONCAT(SUBSTRING({0}, 7, 4), '-', SUBSTRING({0}, 11, 2), '-', SUBSTRING({0}, 13, 2)) AS DATE)",
    },
    "plain_text": {"duckdb": _PLAIN, "spark": _PLAIN},
    "place_of": {"duckdb": _PLACE, "spark": _PLACE},
    "same_place": {"duckdb": "(STARTS_WITH({0}, {1}) OR STARTS_WITH({1}, {0}))", "spark": "(STARTSWITH({0}, {1}) OR STARTSWITH({1}, {0}))"},
    "items": {"duckdb": "COALESCE(LEN({0}), 0)", "spark": "COALESCE(CARDINALITY({0}), 0)"},
    "distinct_of": {"duckdb": "LIST_DISTINCT({0})", "spark": "ARRAY_DISTINCT({0})"},
    "pick": {"duckdb": "ANY_VALUE({0})", "spark": "ANY_VALUE({0}, TRUE)"},
}
"""Word → its SQL by engine; ``{0}``, ``{1}`` are the arguments."""

WORDS_OF_TERMS = {"term_days": "next_workday(days_after({0}, {1}))", "term_months": "next_workday(months_after({0}, {1}))"}
"""A term whose last day is a day off ends on the first working day after it (民诉法 85, 行诉法 101)."""

TABLE_WORDS = {"next_workday": 1, "workdays_after": 2, "workdays_between": 2, "county_name": 1}
"""Word → number of arguments; computed by joins to ``law__calendar``, ``law__workday`` and ``law__division``."""

ARITY = {"days_after": 2, "months_after": 2, "days_between": 2, "month_end": 1, "age_on": 2, "day_of": 1, "born": 1, "plain_text": 1, "place_of": 1,
         "same_place": 2, "items": 1, "pick": 1, "term_days": 2, "term_months": 2, **TABLE_WORDS}

OPERATORS = {
    "is: SQL": "an expression over the anchor row and derived columns",
    "exists: {data, as, match, where, join}": "at least one such row; several match lines are alternatives",
    "absent: {data, as, match, where, join}": "no such row, whatever the day",
    "expected: {…, by | after + within, at}": "owed by a day and not done: within: {days | months | workdays: n}; at: the day of the act, a late one is late",
    "  paused: {data, as, match, from, to}": "periods that stop the clock; grace_days: n for a feed that lags; early: [30, 15, 5] warns before",
    "measure: {…, value, default, test}": "an aggregate, tested as value; <element>_value in sentences",
    "concentration: {…, on, days, test}": "the most rows in any so many days, or distinct: values, or share: of rows for which SQL holds (at_least rows)",
    "overlap: {…, period, beside, min_days}": "periods of the rows overlap one another, or each the period beside it",
    "text: {of, lacks | says}": "a required phrase is missing, or a forbidden one stands there; full width and spaces do not matter",
    "compare: {value, …, reference, latest, test}": "ratio, difference or reference: against an aggregate or the latest row",
    "reach: {data, as, node, start, over, hops}": "how many nodes share values with the start, in so many steps; hub: values too common to tie",
    "any: [elements above]": "one of several elements",
    "use: element, with: {name: SQL}": "an element of elements/, with its own needs, title, detail or unknown if wanted",
}
"""The forms of an element, as `jiandu model explain --words` shows them."""

HELP = {
    "days_after(d, n)": "the day n calendar days after d (the start day is not counted)",
    "months_after(d, n)": "the same-numbered day n months later, or that month's last day",
    "term_days(d, n) / term_months(d, n)": "the same, moved to the first working day when it ends on a day off",
    "workdays_after(d, n)": "the n-th working day after d, by the State Council's calendar",
    "workdays_between(a, b)": "working days after a up to and including b",
    "next_workday(d)": "d itself when people work on it, else the first working day after it",
    "days_between(a, b)": "calendar days from a to b",
    "month_end(d)": "last day of d's month",
    "age_on(birth, day)": "full years (周岁) on a day",
    "born(id)": "birth date inside an 18-character resident identity number",
    "day_of(instant)": "the calendar day of an instant, in the province",
    "plain_text(text)": "a text in small letters, full-width characters as ordinary ones, without spaces",
    "place_of(address)": "an address without province and city (超市, 夜市 are no cities), brackets and spaces",
    "same_place(a, b)": "whether one such place is the other one or lies in it: 8号 and 8号1楼",
    "items(list)": "how many items a list has, 0 for none",
    "county_name(code)": "name of a division",
    "param(name, day[, county_code])": "a legal parameter in force on a day, in the province or the county",
    "as_of": "the day of the evaluation",
}
"""What `jiandu model explain --words` shows."""


def plain_text(text: str) -> str:
    """What the word ``plain_text`` makes of a text, in Python: phrases are compared in this form."""
    return text.translate({**WIDE, **dict.fromkeys(map(ord, SPACES))}).lower()


def parse(sql: str) -> exp.Expr:
    """A fragment as a tree of the caller's own. Raises ``sqlglot.errors.ParseError``."""
    return _parsed(sql).copy()


@lru_cache(maxsize=4096)
def _parsed(sql: str) -> exp.Expr:
    # A model's fragments are looked at from many sides; parsing costs several times what copying does.
    return sqlglot.parse_one(sql, read="duckdb")


def fill(template: str, arguments: list[exp.Expr], dialect: str = "duckdb") -> exp.Expr:
    """A template with its arguments put in, in parentheses."""
    texts = [f"({argument.sql(dialect)})" if not isinstance(argument, (exp.Column, exp.Literal)) else argument.sql(dialect) for argument in arguments]
    return sqlglot.parse_one(template.format(*texts), read=dialect)


def word(node: exp.Expr) -> str | None:
    """The vocabulary word a call stands for, or None."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    return None


def expand_terms(tree: exp.Expr) -> exp.Expr:
    """Terms written out as periods and days off."""
    def step(node: exp.Expr) -> exp.Expr:
        name = word(node)
        return fill(WORDS_OF_TERMS[name], node.expressions) if name in WORDS_OF_TERMS else node

    return tree.transform(step)


def gather(tree: exp.Expr) -> exp.Expr:
    """A choice between days that are all put off to a working day becomes a choice put off once: one look at the calendar, not one a branch."""
    def step(node: exp.Expr) -> exp.Expr:
        branches = [*node.args["ifs"], node] if isinstance(node, exp.Case) else []
        places = [(branch, "default" if branch is node else "true") for branch in branches]
        results = [(branch, place, result) for branch, place in places if (result := branch.args.get(place)) is not None]
        if len(results) < 2 or any(word(result.unnest()) != "next_workday" for *_, result in results):
            return node
        for branch, place, result in results:
            branch.set(place, result.unnest().expressions[0])
        # A copy: the choice itself must stay where it is until what stands for it takes its place.
        return exp.Anonymous(this="next_workday", expressions=[node.copy()])

    return rewrite(tree, step)


@lru_cache(maxsize=512)
def render(sql: str, dialect: str) -> str:
    """A whole statement in DuckDB's dialect with vocabulary words, as ``dialect`` (duckdb or spark) executes it."""
    # In place all the way: copying a tree costs as much as parsing it.
    target = sqlglot.Dialect.get_or_raise(dialect)

    def step(node: exp.Expr) -> exp.Expr:
        name = word(node)
        if name not in ROW_WORDS:
            return node
        # The text stays opaque to sqlglot: it is already the target's own.
        arguments = [target.generate(argument, copy=False) for argument in node.expressions]
        return exp.Var(this=ROW_WORDS[name][dialect].format(*(f"({argument})" for argument in arguments)))

    return target.generate(rewrite(sqlglot.parse_one(sql, read="duckdb"), step), copy=False, pretty=True)


@lru_cache(maxsize=4096)
def names_in(sql: str) -> tuple[tuple[str, str], ...]:
    """Table and name of every column reference of a fragment."""
    return tuple((column.table, column.name) for column in columns(_parsed(sql)))


def columns(tree: exp.Expr) -> list[exp.Column]:
    """Every column reference of a fragment."""
    return list(tree.find_all(exp.Column))


def rewrite(tree: exp.Expr, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """``tree`` with ``change`` applied bottom-up, so that nested calls are seen after their arguments."""
    for node in list(tree.iter_expressions()):
        replaced = rewrite(node, change)
        if replaced is not node:
            node.replace(replaced)
    return change(tree)
