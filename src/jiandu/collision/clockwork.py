"""On which day the passing of time alone can change what a model says of an anchor row.

Every comparison with ``as_of`` in the compiled steps is solved for the days on which it flips; the least one after the day of evaluation
is when the row has to be looked at again. A use of ``as_of`` that cannot be solved makes every row due again each day, and is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from jiandu.collision import vocabulary
from jiandu.collision.chain import Step
from jiandu.collision.compile import ATTRIBUTES, Compiled, placeholders

COMPARISONS = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)
CARRIERS = (exp.Paren, exp.Coalesce, exp.Greatest, exp.Least)
"""What hands on one of its arguments unchanged."""


class Unsolved(Exception):
    """A use of ``as_of`` whose days cannot be computed."""


@dataclass(frozen=True)
class Clock:
    """``steps`` are the model's with the flip days as further columns, named by ``flips``; ``daily`` says why every row is due each day."""

    alias: str
    steps: tuple[Step, ...]
    flips: tuple[str, ...]
    daily: tuple[str, ...]

    def chain(self) -> str:
        """The last step's rows with everything it knows."""
        steps = ",\n".join(f"{step.name} AS ({step.sql(self.alias)})" for step in self.steps)
        return f"WITH {steps}\nSELECT {self.alias}.* FROM {self.steps[-1].name} AS {self.alias}"

    def due(self, rows: str) -> str:
        """Anchors and the next day each has to be looked at again, over the rows of ``chain``."""
        least = f"LEAST({', '.join(self.flips)})" if len(self.flips) > 1 else "".join(self.flips) or "CAST(NULL AS DATE)"
        return f"SELECT anchor, day FROM (SELECT _anchor AS anchor, {least} AS day FROM {rows}) AS _found WHERE day IS NOT NULL"


def clock(compiled: Compiled) -> Clock:
    """The clock of a model compiled as if every feed were fresh."""
    solver = _Solver(compiled)
    for step in compiled.steps:
        solver.step(step)
    model = compiled.model
    sentences = [text for finding in model.findings for text in (finding.sentence, finding.early_sentence) if text]
    read_by_people = {name for text in sentences for name, _ in placeholders(text)} | {f"_{name}" for name in ATTRIBUTES}
    seen = [f"{name} shows the day itself" for name in sorted(read_by_people & solver.carrying.keys())]
    for text in (model.anchor.where, model.anchor.one_per, model.anchor.order):
        if text and "as_of" in text:
            seen.append("the anchor's own conditions look at as_of")
    return Clock(solver.alias, tuple(solver.steps), tuple(solver.flips), tuple(dict.fromkeys([*solver.unsolved, *seen])))


class _Solver:
    def __init__(self, compiled: Compiled) -> None:
        self.alias = compiled.model.anchor.alias
        self.steps: list[Step] = []
        self.carrying: dict[str, exp.Expr | None] = {"as_of": None}
        self.flips: list[str] = []
        self.solved = set[str]()
        self.unsolved: list[str] = []

    def step(self, step: Step) -> None:
        """Take over one step with the flip days of what it adds."""
        folds, days, beside = step.folds, dict[str, str](), " ".join([*(sql for sql, _ in step.joins), step.tail])
        if self.steps and self.mentions(vocabulary_columns(beside)):
            self.unsolved.append(f"{self.name(step)}: rows are chosen by as_of")
        for name, (sql, _) in step.added.items():
            if not self.steps and name == "as_of":
                continue
            tree = vocabulary.parse(sql)
            if folds and (tree.sql("duckdb") == vocabulary.parse(f'PICK({self.alias}."{name}")').sql("duckdb")):
                continue
            self.carrying.pop(name, None)
            if self.steps and name in self.steps[-1].columns:
                self.solved.clear()  # the same text may mean another value from here on
            try:
                for day in self.solve(name, tree, folds):
                    if day not in self.solved:
                        days[f"_flip{len(self.flips) + len(days)}"] = day
                    self.solved.add(day)
            except Unsolved as reason:
                self.unsolved.append(f"{name}: {reason}")
        handed = step.handing_on(self.alias, self.flips, ("clock",)) if self.steps else step
        self.steps.append(replace(handed, added=handed.added | {name: (sql, ("clock",)) for name, sql in days.items()}))
        self.flips += days

    def name(self, step: Step) -> str:
        return next((name for name in reversed(step.added) if name not in self.carrying), step.name)

    def mentions(self, names: set[str]) -> bool:
        return bool(names & self.carrying.keys())

    def solve(self, name: str, tree: exp.Expr, folds: bool) -> Iterator[str]:
        """The flip days of one column; remembers when the column itself carries the day."""
        tree = self.inlined(tree)
        for node in [column for column in tree.find_all(exp.Column) if self.is_clock(column)]:
            if folds:
                raise Unsolved("as_of inside a sum over rows")
            found = self.climb(node)
            if found is None:
                self.carrying[name] = tree
            else:
                yield from found

    def inlined(self, tree: exp.Expr) -> exp.Expr:
        """Columns that carry the day, written out."""
        def change(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column) and node.table in ("", self.alias) and (held := self.carrying.get(node.name)) is not None:
                return exp.paren(held.copy())
            return node

        return vocabulary.rewrite(tree.copy(), change)

    def is_clock(self, column: exp.Column) -> bool:
        return column.name == "as_of" and column.table in ("", self.alias)

    def climb(self, node: exp.Expr) -> list[str] | None:
        """From ``as_of`` up to the comparison it stands in; the days on which that can flip. None if it is no part of one."""
        value: exp.Expr = node
        shift = ""
        while (above := value.parent) is not None:
            word = vocabulary.word(above)
            if isinstance(above, COMPARISONS):
                return self.days(above.right if value is above.left else above.left, shift)
            if isinstance(above, exp.Between):
                others = [above.args["low"], above.args["high"]] if value is above.this else []
                if not others:
                    return self.days(above.this, shift)
                return [day for other in others for day in self.days(other, shift)]
            if isinstance(above, exp.Is):
                return []
            if isinstance(above, (exp.If, exp.Case)) and value is above.args.get("this"):
                raise Unsolved("as_of used as a condition")
            if word in ("days_between", "days_after", "age_on") and not shift:
                first, second = above.expressions
                other = second if value is first else first
                if self.clocks(other):
                    raise Unsolved(f"as_of on both sides of {word}")
                if word == "days_after" and value is first:
                    shift = f"days_after({{}}, 0 - ({other.sql('duckdb')}))"
                elif word == "days_between":
                    shift = f"days_after({other.sql('duckdb')}, {'{}' if value is second else '0 - ({})'})"
                elif word == "age_on" and value is second:
                    shift = f"months_after({other.sql('duckdb')}, 12 * ({{}}))"
                else:
                    raise Unsolved(f"as_of inside {word}")
            elif not isinstance(above, (*CARRIERS, exp.Case, exp.If)) and not (isinstance(above, exp.Cast) and above.to.sql() == "DATE"):
                raise Unsolved(f"as_of inside {word or above.key}")
            value = above
        return None

    def clocks(self, tree: exp.Expr) -> bool:
        return any(self.is_clock(column) for column in tree.find_all(exp.Column))

    def days(self, other: exp.Expr, shift: str) -> list[str]:
        """The days around which ``as_of`` passes the other side: one early and one late evaluation cost nothing but time."""
        if self.clocks(other):
            raise Unsolved("as_of on both sides of a comparison")
        text = f"({other.sql('duckdb')})"
        if not shift:
            turns, spread = [text], range(2)
        elif shift.startswith("months_after("):  # an age is full on the day after the birthday: the one compared with, or the next
            turns, spread = [shift.format(f"CAST(FLOOR({text}) AS INTEGER) + {more}") for more in range(2)], range(-1, 3)
        else:
            turns, spread = [shift.format(text if "days_after({}" in shift else f"CAST(FLOOR({text}) AS INTEGER)")], range(-1, 3)
        moved = [f"days_after(CAST({turn} AS DATE), {more})" for turn in turns for more in spread]
        return [f"CASE {' '.join(f'WHEN {day} > {self.alias}.as_of THEN {day}' for day in moved)} END"]


def vocabulary_columns(text: str) -> set[str]:
    """Names in a piece of SQL."""
    return set(re.findall(r"[a-z_][a-z0-9_]*", text))
