"""A chain of steps, each reading the one before it once: the shape every compiled model has, cheap for any engine's planner.

A step adds columns to the anchor rows: by an expression, by joining the calendar, or by folding the rows of another data set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from jiandu.collision import vocabulary
from jiandu.collision.model import Column
from jiandu.collision.questions import Lookup, Reach

Location = tuple[str | int, ...]


@dataclass
class Step:
    """One common table expression over the step before it: columns kept, columns added, joins (SQL and place in the file), and a tail."""

    name: str
    source: str
    kept: list[str]
    added: dict[str, tuple[str, Location]]
    joins: list[tuple[str, Location]]
    tail: str

    @property
    def columns(self) -> list[str]:
        """Names of its columns."""
        return [*self.kept, *self.added]

    def sql(self, alias: str, only: Iterable[str] | None = None, joins: int | None = None) -> str:
        """The step in DuckDB's dialect with vocabulary words; ``only`` some of the added columns, only the first ``joins`` joins."""
        wanted = self.added if only is None else {name: self.added[name] for name in only}
        selected = [f'{alias}."{name}"' for name in self.kept] + [f'{sql} AS "{name}"' for name, (sql, _) in wanted.items()]
        beside = [sql for sql, _ in self.joins[:joins]]
        return " ".join([f"SELECT {', '.join(selected)} FROM {self.source} AS {alias}", *beside, self.tail]).rstrip()

    @property
    def folds(self) -> bool:
        """Whether it makes one row of several."""
        return "GROUP BY" in self.tail

    def handing_on(self, alias: str, names: Sequence[str], location: Location = ()) -> Step:
        """The step with further columns of the one before it handed on, picked where it folds rows."""
        if self.folds:
            return replace(self, added=self.added | {name: (f'PICK({alias}."{name}")', location) for name in names})
        return replace(self, kept=[*self.kept, *names])

    def takes(self, texts: Iterable[str]) -> bool:
        """Whether more columns fit into this step: it folds nothing, and they do not look at what it adds."""
        return not self.tail and not any(re.search(rf"\b{name}\b", text) for name in self.added for text in texts)


@dataclass
class Chain:
    """Steps so far; ``alias`` is the anchor's name in the model's SQL, ``parameter`` gives a legal parameter's SQL."""

    alias: str
    parameter: Callable[[str, str, str], str]
    steps: list[Step] = field(default_factory=list)
    derived: set[str] = field(default_factory=set)
    _joined: dict[tuple[str, str, str], str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Columns of the newest step."""
        return self.steps[-1].columns

    def begin(self, source: str, columns: list[str], added: dict[str, str], location: Location, where: str) -> None:
        """The first step: the anchor rows."""
        self.steps.append(Step("s0", source, columns, {name: (sql, location) for name, sql in added.items()}, [], where or "WHERE TRUE"))

    def add(self, location: Location, added: dict[str, str], joins: Iterable[str] = (), tail: str = "", keep: Iterable[str] | None = None) -> None:
        """Add columns to every row, with joins that leave one row each; joins the newest step where that is possible."""
        texts, placed = [*added.values(), *joins], {name: (sql, location) for name, sql in added.items()}
        if not tail and keep is None and self.steps[-1].takes(texts):
            self.steps[-1].added.update(placed)
            self.steps[-1].joins += [(join, location) for join in joins]
        else:
            kept = self.columns if keep is None else list(keep)
            self.steps.append(Step(f"s{len(self.steps)}", self.steps[-1].name, kept, placed, [(join, location) for join in joins], tail))

    def express(self, sql: str, location: Location) -> str:
        """A fragment ready to stand in a step: names qualified, parameters resolved, calendar words replaced by joined columns."""
        tree = vocabulary.gather(vocabulary.expand_terms(self.resolve(vocabulary.parse(sql))))
        return vocabulary.rewrite(tree, lambda node: self._join_word(node, location)).sql("duckdb")

    def resolve(self, tree: exp.Expr) -> exp.Expr:
        """Bare names of derived columns qualified by the anchor's alias, parameters replaced by their values."""
        def change(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column) and not node.table and (node.name in self.derived or node.name == "as_of"):
                return exp.column(node.name, table=self.alias)
            if vocabulary.word(node) == "param":
                day = node.expressions[1].sql("duckdb")
                place = node.expressions[2].sql("duckdb") if len(node.expressions) > 2 else ""
                return vocabulary.parse(self.parameter(node.expressions[0].name, f"({day})", place))
            return node

        return vocabulary.rewrite(tree, change)

    def _join_word(self, node: exp.Expr, location: Location) -> exp.Expr:
        name = vocabulary.word(node)
        if name not in vocabulary.TABLE_WORDS:
            return node
        first, *rest = [argument.sql("duckdb") for argument in node.expressions]
        if name == "next_workday":
            found = self._join("law__calendar", "day", first, "next_workday", location)
        elif name == "county_name":
            found = self._join("law__division", "code", first, "name", location)
        elif name == "workdays_after":
            start = self._join("law__calendar", "day", first, "workday_no", location)
            found = self._join("law__workday", "workday_no", f'{self.alias}."{start}" + {rest[0]}', "day", location)
        else:
            numbers = [self._join("law__calendar", "day", day, "workday_no", location) for day in (first, rest[0])]
            return vocabulary.parse(f'({self.alias}."{numbers[1]}" - {self.alias}."{numbers[0]}")')
        return exp.column(found, table=self.alias, quoted=True)

    def _join(self, table: str, key: str, value: str, take: str, location: Location) -> str:
        """The column that holds ``take`` of the row of ``table`` whose ``key`` is ``value``; joined once for each value."""
        wanted = (table, value, take)
        if wanted not in self._joined or self._joined[wanted] not in self.columns:
            name = self._joined[wanted] = f"_j{len(self._joined)}"
            self.add(location, {name: f'_law{name}."{take}"'}, [f"LEFT JOIN {table} AS _law{name} ON _law{name}.{key} = {value}"])
        return self._joined[wanted]

    def fold(self, name: str, lookup: Lookup, value: str, location: Location, number: int = 0) -> None:
        """Add ``name``: an aggregate over the rows that one match of the lookup brings in, NULL where there are none."""
        condition = self.condition(lookup, number, location)
        folded = self.express(value, location)
        keys = equal_keys(vocabulary.parse(condition), self.alias)
        if keys and self.alias not in tables_of(vocabulary.parse(folded)):
            # Nothing in the aggregate depends on the anchor row: fold the data set once by its key, then join.
            selected = ", ".join([f"{theirs} AS _k{number}" for number, (theirs, _) in enumerate(keys.pairs)] + [f"{folded} AS _v"])
            by, beside = ", ".join(theirs for theirs, _ in keys.pairs), f"_f_{name}"
            on = " AND ".join(f"{beside}._k{number} = {ours}" for number, (_, ours) in enumerate(keys.pairs))
            folded_once = f"(SELECT {selected} FROM {source_of(lookup)} {keys.where} GROUP BY {by})"
            self.add(location, {name: f"{beside}._v"}, [f"LEFT JOIN {folded_once} AS {beside} ON {on}"])
            return
        # The rows depend on the anchor row: join, then fold back to one row each; every other column is the same within a fold.
        counted = f"CASE WHEN COUNT({lookup.alias}.record_key) > 0 THEN {folded} END"
        present = {column: f'PICK({self.alias}."{column}")' for column in self.columns if column != "record_key"}
        joins = [f"LEFT JOIN {source_of(lookup)} ON {condition}"]
        self.add(location, present | {name: counted}, joins, f"GROUP BY {self.alias}.record_key", ["record_key"])

    def fold_rows(self, name: str, lookup: Lookup, levels: list[dict[str, str]], value: str, location: Location) -> None:
        """Add ``name``: an aggregate over the lookup's rows after columns that compare the rows of one anchor with each other.

        The first of ``levels`` holds columns of a row alone (model SQL); in the others and in ``value``, plain SQL, ``{row}`` stands for
        the level before and ``{own}`` for what the rows of one anchor share.
        """
        condition = self.condition(lookup, 0, location)
        first = {column: self.express(sql, location) for column, sql in levels[0].items()}
        keys = equal_keys(vocabulary.parse(condition), self.alias)
        if keys and not any(self.alias in tables_of(vocabulary.parse(sql)) for sql in first.values()):
            named = [f"_k{number}" for number in range(len(keys.pairs))]
            selected = [f"{theirs} AS {key}" for key, (theirs, _) in zip(named, keys.pairs, strict=True)] + [f"{sql} AS {key}" for key, sql in first.items()]
            rows, own = f"SELECT {', '.join(selected)} FROM {source_of(lookup)} {keys.where}", ", ".join(f"_r.{key}" for key in named)
            for level in levels[1:]:
                more = ", ".join(f"{sql.format(row='_r', own=own)} AS {column}" for column, sql in level.items())
                rows = f"SELECT _r.*, {more} FROM ({rows}) AS _r"
            folded, beside = value.format(row="_r", own=own), f"_f_{name}"
            on = " AND ".join(f"{beside}.{key} = {ours}" for key, (_, ours) in zip(named, keys.pairs, strict=True))
            once = f"(SELECT {own}, {folded} AS _v FROM ({rows}) AS _r GROUP BY {own})"
            self.add(location, {name: f"{beside}._v"}, [f"LEFT JOIN {once} AS {beside} ON {on}"])
            return
        before, own = self.columns, f"{self.alias}.record_key"
        there = {"_there": f"{lookup.alias}.record_key"}
        self.add(location, first | there, [f"LEFT JOIN {source_of(lookup)} ON {condition}"], " ", before)
        for level in levels[1:]:
            self.add(location, {column: sql.format(row=self.alias, own=own) for column, sql in level.items()}, tail=" ", keep=self.columns)
        counted = f"CASE WHEN COUNT({self.alias}._there) > 0 THEN {value.format(row=self.alias, own=own)} END"
        present = {column: f'PICK({self.alias}."{column}")' for column in before if column != "record_key"}
        self.add(location, present | {name: counted}, tail=f"GROUP BY {own}", keep=["record_key"])

    def reached(self, reach: Reach) -> str:
        """A query of pairs ``_s``, ``_t``: which node reaches which other one. Every node is its own neighbour by its own values."""
        values = " UNION ALL ".join(
            f"SELECT {reach.node} AS _n, {number} AS _a, CAST({sql} AS VARCHAR) AS _x FROM {reach.data} AS {reach.alias}"
            for number, sql in enumerate(reach.over)
        )
        held = f"SELECT DISTINCT _n, _a, _x FROM ({values}) AS _v WHERE _n IS NOT NULL AND _x IS NOT NULL"
        links = f"SELECT _n, _a, _x FROM (SELECT _h.*, COUNT(_n) OVER (PARTITION BY _a, _x) AS _many FROM ({held}) AS _h) AS _c WHERE _many <= {reach.hub}"
        beside = f"SELECT DISTINCT _l._n AS _s, _m._n AS _t FROM ({links}) AS _l JOIN ({links}) AS _m ON _l._a = _m._a AND _l._x = _m._x"
        found = beside
        for _ in range(reach.hops - 1):
            found = f"SELECT DISTINCT _p._s, _q._t FROM ({found}) AS _p JOIN ({beside}) AS _q ON _p._t = _q._s"
        return found

    def spread(self, name: str, reach: Reach, location: Location) -> None:
        """Add ``name``: how many other nodes the anchor's start reaches, NULL when its start is no node with a value."""
        start = self.express(reach.start, location)
        where = f"AND ({self.express(reach.where, location)})" if reach.where else ""
        counted = f"COUNT(DISTINCT CASE WHEN _g._t <> _g._s {where} THEN _g._t END)"
        nodes = f"LEFT JOIN {reach.data} AS {reach.alias} ON {reach.node} = _g._t"
        once = f"(SELECT _g._s AS _k, {counted} AS _v FROM ({self.reached(reach)}) AS _g {nodes} GROUP BY _g._s)"
        self.add(location, {name: f"_f_{name}._v"}, [f"LEFT JOIN {once} AS _f_{name} ON _f_{name}._k = {start}"])

    def take(self, column: Column, lookup: Lookup, location: Location, counts: Sequence[str] = ()) -> None:
        """Add the fields of the lookup's latest row; NULL where there is none. ``counts`` name columns for the number of its rows, where that is as cheap."""
        self.latest(column.take, str(column.latest), lookup, location, counts)

    def latest(self, taken: Mapping[str, str], by: str, lookup: Lookup, location: Location, counts: Sequence[str] = ()) -> None:
        """Add fields of the row of the lookup that is the last one ``by`` something; NULL where there is none. ``counts`` as for ``take``."""
        condition = self.condition(lookup, 0, location)
        # Down to the joined rows: of two partners on one day every run and every engine must take the same one.
        ties = ", ".join(f"{alias}.record_key DESC NULLS LAST" for alias in [lookup.alias, *(join.alias for join in lookup.join)])
        when = self.express(by, location)
        order = f"{when} DESC NULLS LAST, {ties}"
        fields = {name: self.express(sql, location) for name, sql in taken.items()}
        keys = equal_keys(vocabulary.parse(condition), self.alias)
        if keys and not any(self.alias in tables_of(vocabulary.parse(sql)) for sql in [when, *fields.values()]):
            self._latest_once(fields, order, keys, lookup, location, counts)
            return
        fields = {name: f"CASE WHEN {lookup.alias}.record_key IS NOT NULL THEN {sql} END" for name, sql in fields.items()}
        rank = f"ROW_NUMBER() OVER (PARTITION BY {self.alias}.record_key ORDER BY {order})"
        self.add(location, fields | {"_rank": rank}, [f"LEFT JOIN {source_of(lookup)} ON {condition}"], keep=self.columns)
        self.steps[-1].tail = " "
        self.add(location, {}, tail=f"WHERE {self.alias}._rank = 1", keep=[name for name in self.columns if name != "_rank"])

    def _latest_once(
        self, fields: Mapping[str, str], order: str, keys: EqualKeys, lookup: Lookup, location: Location, counts: Sequence[str],
    ) -> None:
        """Which row is the last does not depend on the anchor row: choose it once for each key, then join. Ranking all anchor rows costs far more."""
        named = {f"_k{number}": theirs for number, (theirs, _) in enumerate(keys.pairs)}
        partition = f"PARTITION BY {', '.join(named.values())}"
        fields = {**fields, **dict.fromkeys(counts, f"COUNT({lookup.alias}.record_key) OVER ({partition})")}
        selected = ", ".join(f'{sql} AS "{name}"' for name, sql in (named | fields).items())
        rank = f"ROW_NUMBER() OVER ({partition} ORDER BY {order}) AS _rank"
        kept, beside = ", ".join(f'_r."{name}"' for name in [*named, *fields]), f"_l_{next(iter(fields))}"
        last = f"(SELECT {kept} FROM (SELECT {selected}, {rank} FROM {source_of(lookup)} {keys.where}) AS _r WHERE _r._rank = 1)"
        on = " AND ".join(f"{beside}._k{number} = {ours}" for number, (_, ours) in enumerate(keys.pairs))
        self.add(location, {name: f'{beside}."{name}"' for name in fields}, [f"LEFT JOIN {last} AS {beside} ON {on}"])

    def condition(self, lookup: Lookup, number: int, location: Location) -> str:
        """The join condition of one match alternative with the lookup's ``where``."""
        parts = [self.express(lookup.match[number], location)] + ([self.express(lookup.where, location)] if lookup.where else [])
        return " AND ".join(f"({part})" for part in parts)


def source_of(lookup: Lookup) -> str:
    """The FROM part of a lookup: its data set with the joined ones beside it."""
    joined = " ".join(f"LEFT JOIN {join.data} AS {join.alias} ON {join.on}" for join in lookup.join)
    return f"({lookup.data} AS {lookup.alias} {joined})" if joined else f"{lookup.data} AS {lookup.alias}"


@dataclass(frozen=True)
class EqualKeys:
    """A condition that splits into equal keys (theirs, ours) and a filter on the other side alone."""

    pairs: list[tuple[str, str]]
    where: str


def equal_keys(condition: exp.Expr, alias: str) -> EqualKeys | None:
    """The condition as equal keys and a filter that does not look at the anchor row, or None if it is not of that form."""
    pairs: list[tuple[str, str]] = []
    filters: list[str] = []
    for part in conjuncts(condition):
        if alias not in tables_of(part):
            filters.append(f"({part.sql('duckdb')})")
            continue
        sides = (part.left, part.right) if isinstance(part, exp.EQ) else ()
        ours = [side for side in sides if tables_of(side) == {alias}]
        theirs = [side for side in sides if tables_of(side) and alias not in tables_of(side)]
        if len(ours) != 1 or len(theirs) != 1:
            return None
        pairs.append((theirs[0].sql("duckdb"), ours[0].sql("duckdb")))
    return EqualKeys(pairs, f"WHERE {' AND '.join(filters)}" if filters else "") if pairs else None


def conjuncts(tree: exp.Expr) -> list[exp.Expr]:
    """The parts of a condition that all must hold."""
    inner = tree.unnest()
    return [*conjuncts(inner.left), *conjuncts(inner.right)] if isinstance(inner, exp.And) else [inner]


def tables_of(tree: exp.Expr) -> set[str]:
    """Aliases of the data sets a fragment looks at."""
    return {column.table for column in vocabulary.columns(tree)}
