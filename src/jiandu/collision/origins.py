"""Where a column of a compiled statement comes from: through common tables and subqueries, down to rows of data sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from jiandu.collision import datasets, vocabulary

PASSED_ON = (exp.Max, exp.Min, exp.AnyValue)
"""Aggregates whose value is the value of one of the rows."""


class Unclear(Exception):
    """A construct whose reach cannot be followed; the message says which."""


@dataclass(eq=False)
class Occurrence:
    """One place in a statement where rows of a data set are read."""

    data: str


@dataclass(frozen=True)
class Origin:
    """A value taken from one row: an expression over the columns of that row alone."""

    rows: Occurrence
    sql: str


@dataclass
class Scope:
    """One SELECT: its tables by alias. ``None`` stands for reference tables of the law, which are the same for every row."""

    select: exp.Select
    tables: dict[str, Occurrence | Scope | None] = field(default_factory=dict)

    @property
    def projections(self) -> dict[str, exp.Expr]:
        """The columns it yields."""
        return {item.alias_or_name: item.unalias() for item in self.select.expressions}


class Statement:
    """A statement taken apart: every occurrence of a data set, and every scope, inner ones first.

    ``given`` are tables that stand for another statement's rows. Raises ``Unclear`` for set operations, limits, and subqueries that
    are no table.
    """

    def __init__(self, sql: str, given: dict[str, Scope] | None = None) -> None:
        self.scopes: list[Scope] = []
        self.occurrences: list[Occurrence] = []
        self._known: dict[str, Scope] = dict(given or {})
        tree = vocabulary.parse(sql)
        if not isinstance(tree, exp.Select):
            raise Unclear("a set operation")
        for common in tree.ctes:
            self._known[common.alias] = self._scope(common.this)
        self.last = self._scope(tree)

    def _scope(self, select: exp.Expr) -> Scope:
        if not isinstance(select, exp.Select):
            raise Unclear("a set operation")
        if select.args.get("limit") or select.args.get("offset"):
            raise Unclear("a limit")
        scope = Scope(select)
        source = select.args.get("from_") or select.args.get("from")
        if source is None:
            raise Unclear("rows from nowhere")
        self._table(source.this, scope)
        for join in select.args.get("joins") or []:
            self._join(join, scope)
        for inner in select.find_all(exp.Select):
            table = isinstance(inner.parent, exp.Subquery) and isinstance(inner.parent.parent, (exp.From, exp.Join, exp.Subquery, exp.Paren))
            if inner is not select and not table and not inner.find_ancestor(exp.CTE):
                raise Unclear("a subquery inside an expression")
        self.scopes.append(scope)
        return scope

    def _join(self, join: exp.Join, scope: Scope) -> None:
        if join.side not in ("", "LEFT") or join.kind not in ("", "INNER", "OUTER") or join.args.get("using"):
            raise Unclear(f"a {join.side} {join.kind} join".replace("  ", " "))
        self._table(join.this, scope)

    def _table(self, node: exp.Expr, scope: Scope) -> None:
        name = node.alias_or_name
        if isinstance(node, exp.Table):
            scope.tables[name] = self._known.get(node.name) or self._occurrence(node.name)
        elif isinstance(node, exp.Subquery) and isinstance(node.this, exp.Select):
            scope.tables[name] = self._scope(node.this)
        elif isinstance(node, (exp.Subquery, exp.Paren)):
            self._table(node.this, scope)
        else:
            raise Unclear(f"a table of the kind {node.key}")
        for join in node.args.get("joins") or []:
            self._join(join, scope)

    def _occurrence(self, name: str) -> Occurrence | None:
        if name.startswith("law__"):
            return None
        if not datasets.known(name):
            raise Unclear(f"the table {name}")
        self.occurrences.append(Occurrence(name))
        return self.occurrences[-1]


def conditions(scope: Scope) -> Iterator[tuple[exp.Expr, set[str] | None]]:
    """What must hold of the joined rows of a scope, split at AND; beside each the tables whose rows it keeps out (None: any).

    Rows on the left of a LEFT JOIN stay whatever its condition says.
    """
    select = scope.select
    for join in select.find_all(exp.Join):
        if join.find_ancestor(exp.Select) is select and (tree := join.args.get("on")) is not None:
            for part in conjuncts(tree):
                yield part, {table.alias_or_name for table in join.this.find_all(exp.Table, exp.Subquery)} if join.side else None
    where = select.args.get("where")
    for part in conjuncts(where.this) if where else []:
        yield part, None


def conjuncts(tree: exp.Expr) -> list[exp.Expr]:
    """The parts of a condition that all must hold."""
    inner = tree.unnest()
    return [*conjuncts(inner.left), *conjuncts(inner.right)] if isinstance(inner, exp.And) else [inner]


def origins(tree: exp.Expr, scope: Scope, folded: bool = True) -> list[Origin] | None:
    """The rows' values one of which the expression is, or None where that cannot be said; NULL is no value.

    Without ``folded`` a value that stands for several rows is not followed.
    """
    inner = tree.unnest()
    if isinstance(inner, exp.Null):
        return []
    if isinstance(inner, exp.Column):
        return _of_column(inner, scope, folded)
    if isinstance(inner, (exp.Coalesce, exp.Case)):
        parts = [inner.this, *inner.expressions] if isinstance(inner, exp.Coalesce) else _results(inner)
        found = [origins(part, scope, folded) for part in parts]
        return None if any(part is None for part in found) else [one for part in found for one in part or []]
    if isinstance(inner, PASSED_ON) or vocabulary.word(inner) == "pick":
        return origins(inner.expressions[0] if isinstance(inner, exp.Anonymous) else inner.this, scope, folded) if folded else None
    return _computed(inner, scope, folded)


def _of_column(column: exp.Column, scope: Scope, folded: bool) -> list[Origin] | None:
    source = scope.tables.get(column.table) if column.table else next(iter(scope.tables.values())) if len(scope.tables) == 1 else None
    if isinstance(source, Occurrence):
        return [Origin(source, exp.column(column.name, quoted=True).sql("duckdb"))]
    if isinstance(source, Scope) and column.name in source.projections:
        return origins(source.projections[column.name], source, folded)
    return None


def _results(case: exp.Case) -> list[exp.Expr]:
    default = case.args.get("default")
    return [*(branch.args["true"] for branch in case.args["ifs"]), *([default] if default is not None else [])]


def _computed(tree: exp.Expr, scope: Scope, folded: bool) -> list[Origin] | None:
    """An expression over one row's columns, written over that row."""
    columns = list(tree.find_all(exp.Column))
    if not columns or tree.find(exp.AggFunc, exp.Window, exp.Select) or any(vocabulary.word(node) == "pick" for node in tree.walk()):
        return None
    copy, rows = tree.copy(), set[Occurrence]()
    for column in list(copy.find_all(exp.Column)):
        found = origins(column, scope, folded)
        if found is None or len(found) != 1:
            return None
        rows.add(found[0].rows)
        written = exp.paren(vocabulary.parse(found[0].sql))
        if column is copy:
            copy = written
        else:
            column.replace(written)
    return [Origin(rows.pop(), copy.sql("duckdb"))] if len(rows) == 1 else None
