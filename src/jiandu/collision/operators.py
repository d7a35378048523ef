"""What each question of an element becomes in the chain: columns computed there, and an answer as SQL that is NULL when it cannot be computed."""

from __future__ import annotations

import re
from collections.abc import Callable

from jiandu.collision import vocabulary
from jiandu.collision.chain import Chain, Location
from jiandu.collision.model import Element
from jiandu.collision.questions import Comparison, Concentration, Expected, Lookup, Measure, Overlap, Pause, Reach, TextCheck

ORDERED = "PARTITION BY {own} ORDER BY {row}._on, {row}._row"
EARLIER = f"OVER ({ORDERED} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
"""Over the rows of the same anchor that come before this one."""

NEVER = "DATE '9999-12-31'"


class Operators:
    """The questions of one model, compiled into its chain; ``fresh`` says of a data set whether its feed is recent enough."""

    def __init__(self, chain: Chain, fresh: Callable[[str], bool]) -> None:
        self.chain, self.fresh = chain, fresh

    def of(self, name: str) -> str:
        """A column of the anchor row."""
        return f'{self.chain.alias}."{name}"'

    def fresh_for(self, lookup: Lookup) -> bool:
        """Whether every data set of a lookup still delivers."""
        return all(self.fresh(name) for name in lookup.datasets)

    def answer(self, element: Element, location: Location) -> str:
        """The element's answer as a SQL boolean."""
        place = (*location, element.form)
        question = element.question
        if element.is_ is not None:
            return self.chain.express(element.is_, place)
        if element.any is not None:
            return " OR ".join(self.of(f"e_{name}") for name in element.any)
        if isinstance(question, Expected):
            return self.expected(element.id, question, place)
        if isinstance(question, Measure):
            return self.measure(element.id, question, place)
        if isinstance(question, Concentration):
            return self.concentration(element.id, question, place)
        if isinstance(question, Overlap):
            return self.overlap(element.id, question, place)
        if isinstance(question, TextCheck):
            return self.text(question, place)
        if isinstance(question, Comparison):
            return self.compare(element.id, question, place)
        if isinstance(question, Reach):
            return self.reach(element.id, question, place)
        assert isinstance(question, Lookup)
        count, fresh = self.count(element.id, question, place), self.fresh_for(question)
        if element.exists is not None:
            return f"CASE WHEN {count} > 0 THEN TRUE {'ELSE FALSE' if fresh else ''} END"
        return f"CASE WHEN {count} > 0 THEN FALSE {'ELSE TRUE' if fresh else ''} END"

    def count(self, name: str, lookup: Lookup, place: Location) -> str:
        """How many rows belong to the anchor; a row that several matches bring in counts for each."""
        columns = [f"_n_{name}_{number}" for number in range(len(lookup.match))]
        for number, column in enumerate(columns):
            if column not in self.chain.columns:
                self.chain.fold(column, lookup, f"COUNT({lookup.alias}.record_key)", (*place, "match", number), number)
        return " + ".join(f"COALESCE({self.of(column)}, 0)" for column in columns)

    def expected(self, name: str, expected: Expected, place: Location) -> str:
        """Owed by a day and not done. Before that day it is pending, and close to it the chain holds ``_w_`` (warns) and ``_d_`` (within days)."""
        count, fresh = self.count(name, expected, place), self.fresh_for(expected) and (expected.paused is None or self.fresh_for(expected.paused))
        due, today = self.due(name, expected, place), self.of("as_of")
        last = f"days_after({due}, {expected.grace_days})" if expected.grace_days else due
        self.chain.add(place, {f"_last_{name}": last})
        last = self.of(f"_last_{name}")
        if expected.at is None:
            done, late, undated = f"WHEN {count} > 0 THEN FALSE", "", ""
        else:
            first = self.first(name, expected, place)
            # One act without a day may be the one in time: a late one beside it proves nothing.
            done, undated = f"WHEN {first} <= {due} THEN FALSE", f"WHEN {self.undated(name, expected, place)} > 0 THEN NULL"
            late = f"WHEN {first} > {due} THEN TRUE" if fresh else f"WHEN {first} > {due} THEN NULL"
        pending = f"WHEN {today} <= {last} THEN FALSE"
        missing = f"WHEN {today} > {last} THEN TRUE" if fresh else ""
        if expected.early:
            bands = sorted(expected.early)
            soon = f"WHEN {today} >= days_after({due}, 0 - {bands[-1]}) AND {today} <= {last} THEN {'TRUE' if fresh else 'NULL'}"
            within = " ".join(f"WHEN {today} >= days_after({due}, 0 - {days}) THEN {days}" for days in bands)
            acted = done if expected.at is None else f"{done} WHEN {first} IS NOT NULL THEN FALSE"
            self.chain.add(place, {f"_w_{name}": f"(CASE {acted} {undated} {soon} ELSE FALSE END)", f"_d_{name}": f"(CASE {within} END)"})
        return f"CASE {done} {undated} {late} {pending} {missing} END"

    def first(self, name: str, expected: Expected, place: Location) -> str:
        """The first day the act was done, over all matches."""
        columns = [f"_at_{name}_{number}" for number in range(len(expected.match))]
        for number, column in enumerate(columns):
            self.chain.fold(column, expected, f"MIN(CAST({expected.at} AS DATE))", (*place, "at"), number)
        shown = [f"COALESCE({self.of(column)}, {NEVER})" for column in columns]
        return self.of(columns[0]) if len(columns) == 1 else f"NULLIF(LEAST({', '.join(shown)}), {NEVER})"

    def undated(self, name: str, expected: Expected, place: Location) -> str:
        """How many acts are without their day, over all matches."""
        columns = [f"_un_{name}_{number}" for number in range(len(expected.match))]
        for number, column in enumerate(columns):
            self.chain.fold(column, expected, f"COUNT({expected.alias}.record_key) - COUNT(CAST({expected.at} AS DATE))", (*place, "at"), number)
        return " + ".join(f"COALESCE({self.of(column)}, 0)" for column in columns)

    def due(self, name: str, expected: Expected, place: Location) -> str:
        """The last day something is owed by, kept as a column that sentences may show."""
        column = f"{name}_by"
        if expected.by is not None:
            sql = self.chain.express(expected.by, (*place, "by"))
        else:
            within = expected.within
            assert within is not None
            assert expected.after is not None
            start = f"({expected.after})"
            if within.workdays is not None:
                sql = self.chain.express(f"workdays_after({start}, {within.workdays})", (*place, "within"))
            else:
                word, length = ("days_after", within.days) if within.days is not None else ("months_after", within.months)
                ends = f"{word}({start}, {length})"
                if expected.paused is not None:
                    ends = f"days_after({ends}, {self.stopped(name, expected.paused, start, ends, (*place, 'paused'))})"
                sql = self.chain.express(f"next_workday({ends})", (*place, "within"))
        self.chain.add(place, {column: f"CAST({sql} AS DATE)"})
        self.chain.derived.add(column)
        return self.of(column)

    def stopped(self, name: str, pause: Pause, start: str, ends: str, place: Location) -> str:
        """Days for which a clock stood still before it ran out; periods may overlap, touch the start, or have no end yet.

        In order of their beginning each adds what no earlier one covered; it counts if it begins while the clock, prolonged by those
        before it, still runs. A period that begins later than that begins after the end, and so do all that follow.
        """
        ran, from_, to = f"_ran_{name}", f"CAST({pause.since} AS DATE)", f"CAST(coalesce({pause.until}, as_of) AS DATE)"
        self.chain.add(place, {ran: self.chain.express(ends, place)})
        self.chain.derived.add(ran)
        held = f"CASE WHEN {from_} IS NOT NULL THEN greatest({to}, {start}) END"
        levels = [
            {"_row": f"{pause.alias}.record_key", "_on": f"greatest({from_}, {start})", "_to": held, "_ran": ran},
            {"_covered": f"MAX({{row}}._to) {EARLIER}"},
            {"_adds": "GREATEST(DAYS_BETWEEN(GREATEST({row}._on, COALESCE({row}._covered, {row}._on)), {row}._to), 0)"},
            {"_before": f"COALESCE(SUM({{row}}._adds) {EARLIER}, 0)"},
        ]
        begins = "GREATEST({row}._on, COALESCE({row}._covered, {row}._on))"
        total = f"SUM(CASE WHEN {begins} <= DAYS_AFTER({{row}}._ran, {{row}}._before) THEN {{row}}._adds ELSE 0 END)"
        column = f"{name}_stopped"
        self.chain.fold_rows(column, pause, levels, total, place)
        self.chain.derived.add(column)
        return f"coalesce({column}, 0)"

    def measure(self, name: str, measure: Measure, place: Location) -> str:
        """An aggregate, tested."""
        self.chain.fold(f"{name}_value", measure, measure.value, (*place, "match"))
        default = f"COALESCE({self.of(f'{name}_value')}, {measure.default})" if measure.default is not None else self.of(f"{name}_value")
        return self.tested(f"{name}_value", default if self.fresh_for(measure) else "NULL", measure.test, place)

    def tested(self, column: str, sql: str, test: str, place: Location) -> str:
        """A test on a value that stands in the chain under ``column`` from here on."""
        self.chain.add(place, {column: sql}, keep=[other for other in self.chain.columns if other != column])
        self.chain.derived.add(column)
        return self.chain.express(re.sub(r"\bvalue\b", column, test), (*place, "test"))

    def concentration(self, name: str, asked: Concentration, place: Location) -> str:
        """The most of any stretch of days. A stretch ends on the day of a row: no other can hold more."""
        number, column = f"DAYS_BETWEEN(DATE '2000-01-01', {asked.on})", f"{name}_value"
        stretch = f"OVER (PARTITION BY {{own}} ORDER BY {{row}}._on RANGE BETWEEN {asked.days - 1} PRECEDING AND CURRENT ROW)"
        row = {"_row": f"{asked.alias}.record_key", "_on": number}
        if asked.distinct is not None:
            row["_what"], most = asked.distinct, f"ITEMS(DISTINCT_OF(ARRAY_AGG({{row}}._what) {stretch}))"
        elif asked.share is not None:
            row["_what"] = f"CASE WHEN {asked.share} THEN 1 ELSE 0 END"
            rows = f"COUNT({{row}}._row) {stretch}"
            most = f"CASE WHEN {rows} >= {asked.at_least} THEN CAST(SUM({{row}}._what) {stretch} AS DOUBLE) / {rows} END"
        else:
            most = f"COUNT({{row}}._row) {stretch}"
        dated = "CASE WHEN {row}._on IS NOT NULL THEN {row}._most END"
        self.chain.fold_rows(column, asked, [row, {"_most": most}], f"MAX({dated})", (*place, "match"))
        return self.tested(column, f"COALESCE({self.of(column)}, 0)" if self.fresh_for(asked) else "NULL", asked.test, place)

    def overlap(self, name: str, asked: Overlap, place: Location) -> str:
        """The most days two periods share. Rows in order of their beginning: the latest end before a row is the one it shares most with."""
        begin, end = asked.period
        row = {"_row": f"{asked.alias}.record_key", "_on": f"CAST({begin} AS DATE)", "_to": f"CAST(coalesce({end}, as_of) AS DATE)"}
        if asked.beside is None:
            levels = [row, {"_until": f"MAX({{row}}._to) {EARLIER}"}]
            shared = "DAYS_BETWEEN({row}._on, LEAST({row}._to, {row}._until))"
        else:
            other_begin, other_end = asked.beside
            levels = [row | {"_from": f"CAST({other_begin} AS DATE)", "_until": f"CAST(coalesce({other_end}, as_of) AS DATE)"}]
            shared = "CASE WHEN {row}._from IS NOT NULL THEN DAYS_BETWEEN(GREATEST({row}._on, {row}._from), LEAST({row}._to, {row}._until)) END"
        known = "CASE WHEN {row}._on IS NOT NULL AND {row}._until IS NOT NULL THEN GREATEST(" + shared + ", 0) END"
        self.chain.fold_rows(f"{name}_value", asked, levels, f"MAX({known})", (*place, "match"))
        self.chain.derived.add(f"{name}_value")
        self.chain.fold(f"_u_{name}", asked, f"COUNT(CASE WHEN {begin} IS NULL THEN 1 END)", (*place, "match"))
        most, dateless = self.of(f"{name}_value"), f"COALESCE({self.of(f'_u_{name}')}, 0) > 0"
        return f"CASE WHEN {most} >= {asked.min_days} THEN TRUE WHEN {dateless} THEN NULL {'ELSE FALSE' if self.fresh_for(asked) else ''} END"

    def text(self, asked: TextCheck, place: Location) -> str:
        """Phrases in a text, both sides in plain form."""
        text = f"PLAIN_TEXT({self.chain.express(asked.of, (*place, 'of'))})"

        def stands(phrase: str) -> str:
            quoted = vocabulary.plain_text(phrase).replace("'", "''")
            return f"CONTAINS({text}, '{quoted}')"

        if asked.says:
            return " OR ".join(map(stands, asked.says))
        wordings = [[one] if isinstance(one, str) else one for one in asked.lacks]
        return " OR ".join(f"NOT ({' OR '.join(map(stands, one))})" for one in wordings)

    def compare(self, name: str, asked: Comparison, place: Location) -> str:
        """A value against a reference row or aggregate."""
        reference, ratio = f"{name}_reference", f"{name}_ratio"
        if asked.latest is None:
            self.chain.fold(reference, asked, asked.reference, (*place, "match"))
        else:
            self.chain.latest({reference: asked.reference}, asked.latest, asked, (*place, "match"))
        if not self.fresh_for(asked):
            self.chain.add(place, {reference: "NULL"}, keep=[other for other in self.chain.columns if other != reference])
        value = self.chain.express(asked.value, (*place, "value"))
        self.chain.derived |= {reference, ratio, f"_difference_{name}"}
        against = self.of(reference)
        self.chain.add(place, {
            ratio: f"CAST({value} AS DOUBLE) / NULLIF(CAST({against} AS DOUBLE), 0)", f"_difference_{name}": f"({value}) - {against}",
        })
        test = asked.test
        for word, column in (("ratio", ratio), ("difference", f"_difference_{name}"), ("reference", reference)):
            test = re.sub(rf"\b{word}\b", column, test)
        return self.chain.express(test, (*place, "test"))

    def reach(self, name: str, asked: Reach, place: Location) -> str:
        """How many nodes are reached; a start that stands in the data and shares nothing reaches none."""
        column = f"{name}_value"
        self.chain.spread(column, asked, place)
        reached = f"CASE WHEN {self.chain.express(asked.start, place)} IS NOT NULL THEN COALESCE({self.of(column)}, 0) END"
        return self.tested(column, reached if self.fresh(asked.data) else "NULL", asked.test, place)
