"""Which rows a model looks at for one anchor row, and so which anchor rows a changed row can touch: read off the compiled statement.

Every data set in the statement must be tied to the anchor row by equal values. What a row beside those ties says does not matter: more
may be fetched or evaluated than needed, never less. A construct that cannot be followed makes the model one that is evaluated in full.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb
from sqlglot import exp

from jiandu.collision import vocabulary
from jiandu.collision.compile import Compiled
from jiandu.collision.datasets import all_columns, dataset, empty_sql
from jiandu.collision.origins import Occurrence, Origin, Scope, Statement, Unclear, conditions, origins

COMPARABLE = ("VARCHAR", "DATE", "BIGINT", "INTEGER", "BOOLEAN", "DECIMAL")
"""Types whose equal values have equal hashes; both sides of a tie have the same one."""

RECORD = '"record_key"'


@dataclass(frozen=True, order=True)
class Key:
    """Values of a row of a data set, as SQL over its columns, by which it is found."""

    data: str
    sql: tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """Rows of a data set tied to other rows: ``key`` equals one of ``above`` (number of the node, its key). Node 0 is the anchor row."""

    data: str
    key: Key | None = None
    above: tuple[tuple[int, Key], ...] = ()


@dataclass(frozen=True)
class Reach:
    """``nodes`` in an order in which each comes after what it is tied to; anchor rows with equal ``groups`` stand or fall together."""

    nodes: tuple[Node, ...]
    anchor: Key
    groups: tuple[Key, ...]

    @property
    def keys(self) -> set[Key]:
        """Every key rows are looked up by."""
        return {self.anchor, *self.groups, *(key for node in self.nodes for key in [node.key, *(above for _, above in node.above)] if key is not None)}


@dataclass(frozen=True)
class Tie:
    """Two values that must be equal."""

    theirs: list[Origin]
    ours: list[Origin]


def follow(compiled: Compiled) -> Reach:
    """The reach of a compiled model. Raises ``Unclear`` with the construct that cannot be followed."""
    main = Statement(compiled.sql(every=True))
    cases = main.last.tables[compiled.model.anchor.alias]
    assert isinstance(cases, Scope)
    statements = [main, *(Statement(part.sql, {"clue__cases": cases}) for parts in compiled.evidence.values() for part in parts)]
    anchor = main.occurrences[0]
    found = _Tied(anchor, [one for statement in statements for one in statement.occurrences if one is not anchor])
    scopes = [scope for statement in statements for scope in statement.scopes]
    found.attach([tie for scope in scopes for tie in ties(scope)])
    groups = {key for scope in scopes for key in found.partitions(scope)}
    key = origins(cases.projections["_anchor"], cases)
    if key is None or [one.rows for one in key] != [anchor]:
        raise Unclear("the anchor's key")
    reach = Reach(tuple(found.nodes), Key(anchor.data, (bare(anchor.data, key[0].sql),)), tuple(sorted(groups)))
    check_types(reach)
    return reach


def ties(scope: Scope) -> Iterator[Tie]:
    """The equalities a scope demands, each way round."""
    for part, kept_out in conditions(scope):
        if isinstance(part, exp.EQ):
            for one, other in ((part.left, part.right), (part.right, part.left)):
                theirs, ours = origins(one, scope, folded=False), origins(other, scope)
                named = {column.table for column in one.find_all(exp.Column)}
                if theirs and ours and len(theirs) == 1 and (kept_out is None or named <= kept_out):
                    yield Tie(theirs, ours)


def bare(data: str, sql: str) -> str:
    """A text column cast to text is the column."""
    tree = vocabulary.parse(sql)
    if isinstance(tree, exp.Cast) and tree.to.sql("duckdb") == "TEXT":
        inner = tree.this.unnest()
        if isinstance(inner, exp.Column) and all_columns(dataset(data)).get(inner.name) == "VARCHAR":
            return inner.sql("duckdb")
    return sql


class _Tied:
    """Occurrences joined up with the anchor; equal ones are one node."""

    def __init__(self, anchor: Occurrence, others: list[Occurrence]) -> None:
        self.anchor, self.loose = anchor, others
        self.nodes = [Node(anchor.data)]
        self.number = {anchor: 0}

    def attach(self, found: list[Tie]) -> None:
        """Tie every occurrence to one that is tied already."""
        while self.loose:
            ready = [(one, node) for one in self.loose if (node := self._node(one, found))]
            if not ready:
                raise Unclear(f"rows of {', '.join(sorted({one.data for one in self.loose}))} that no equal value ties to the anchor")
            for one, node in ready:
                same_row = node.key == Key(self.anchor.data, (RECORD,)) and node.above == ((0, node.key),)
                if node not in self.nodes and not same_row:
                    self.nodes.append(node)
                self.number[one] = 0 if same_row else self.nodes.index(node)
                self.loose.remove(one)

    def _node(self, one: Occurrence, found: list[Tie]) -> Node | None:
        usable = [tie for tie in found if tie.theirs[0].rows is one and all(origin.rows in self.number for origin in tie.ours)]
        single = [tie for tie in usable if len(tie.ours) == 1]
        if single:
            above = Counter(tie.ours[0].rows for tie in single).most_common(1)[0][0]
            pairs = sorted({(tie.theirs[0].sql, tie.ours[0].sql) for tie in single if tie.ours[0].rows is above})
            mine, other = Key(one.data, tuple(theirs for theirs, _ in pairs)), Key(above.data, tuple(ours for _, ours in pairs))
            return Node(one.data, mine, ((self.number[above], other),))
        if usable:
            places = {(self.number[origin.rows], Key(origin.rows.data, (origin.sql,))) for origin in usable[0].ours}
            return Node(one.data, Key(one.data, (usable[0].theirs[0].sql,)), tuple(sorted(places)))
        return None

    def partitions(self, scope: Scope) -> Iterator[Key]:
        """Keys of anchor rows that are looked at together; raises ``Unclear`` where other rows are that do not come together."""
        for window in scope.select.find_all(exp.Window):
            if window.find_ancestor(exp.Select) is scope.select:
                yield from self._together(window.args.get("partition_by") or [], scope, "a window")
        group = scope.select.args.get("group")
        if group is not None:
            yield from self._together(group.expressions, scope, "a grouping")
        elif any(node.find_ancestor(exp.Select) is scope.select and not node.find_ancestor(exp.Window) for node in scope.select.find_all(exp.AggFunc)):
            raise Unclear("an aggregate over all rows")

    def _together(self, by: Iterable[exp.Expr], scope: Scope, what: str) -> Iterator[Key]:
        found = [values[0] for part in by if (values := origins(part, scope)) and len(values) == 1]
        if any(one.rows is self.anchor and one.sql == RECORD for one in found):
            return
        for one in found:
            key = self.nodes[self.number[one.rows]].key
            if key is not None and set(key.sql) <= {other.sql for other in found if other.rows is one.rows}:
                return  # rows with the same key always come together
        mine = sorted(one.sql for one in found if one.rows is self.anchor)
        if not mine:
            raise Unclear(f"{what} over rows that do not belong to one anchor row")
        yield Key(self.anchor.data, tuple(mine))


def check_types(reach: Reach) -> None:
    """Raises ``Unclear`` where the two sides of a tie have types whose equal values may differ in form."""
    with duckdb.connect() as connection:
        kinds: dict[Key, list[str]] = {}
        for key in sorted(reach.keys):
            selected = ", ".join(f"{vocabulary.render(sql, 'duckdb')} AS _{number}" for number, sql in enumerate(key.sql))
            kinds[key] = [str(kind) for kind in connection.sql(f"SELECT {selected} FROM ({empty_sql(dataset(key.data))})").types]
    for node in reach.nodes[1:]:
        assert node.key is not None
        for _, above in node.above:
            for sql, mine, other in zip(node.key.sql, kinds[node.key], kinds[above], strict=True):
                if mine != other or mine.partition("(")[0] not in COMPARABLE:
                    raise Unclear(f"{node.data}.{sql} compared with another type ({mine}, {other})")
