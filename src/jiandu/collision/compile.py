"""From a model to one SQL statement over its data sets: anchor rows in, one row a candidate out, with every element's answer.

The statement is written once, in DuckDB's dialect with the vocabulary's words; ``vocabulary.render`` makes it DuckDB's or Spark's.
NULL means "cannot be computed" all the way: three-valued logic is the engine's answer to missing and late data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from jiandu.collision import law, short_circuit, vocabulary
from jiandu.collision.chain import Chain, Location, Step, source_of
from jiandu.collision.datasets import dataset
from jiandu.collision.dependencies import Dependencies, counted_beside, own_fragments
from jiandu.collision.model import Element, Finding, Model
from jiandu.collision.operators import Operators
from jiandu.settings import settings

PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)(?::([a-z]+))?\}")
ATTRIBUTES = ("occurred_on", "clock_start_on", "deadline_on", "severity", "confidence", "line", "county_code", "body", "body_level")
"""What each finding says about its clue; result columns ``_<attribute>``."""


@dataclass(frozen=True)
class Evidence:
    """Rows of one data set that decided answers: the elements they decided, and the query over ``clue__cases`` that finds them."""

    elements: tuple[str, ...]
    sql: str


BESIDE = ""
"""Stands for an element where a row was looked at and decides none: a replay needs it all the same."""


@dataclass(frozen=True)
class AskedParameter:
    """A legal parameter asked for a day, and for a county where ``place`` is not empty: the columns of ``Compiled.days`` that hold them."""

    name: str
    day: str
    place: str


@dataclass(frozen=True)
class Compiled:
    """A model ready to run: the chain of steps, the closing filter on ``clue__live``, and the evidence of each data set.

    ``days`` is a statement over ``clue__cases``: for each anchor row the days and counties for which ``asked`` parameters were asked.
    """

    model: Model
    steps: tuple[Step, ...]
    evidence: dict[str, tuple[Evidence, ...]]
    asked: tuple[AskedParameter, ...]
    days: str

    def sql(self, every: bool = False) -> str:
        """The statement. It returns the rows that have a finding or a live clue; with ``every`` all anchor rows."""
        alias, chain = self.model.anchor.alias, self.steps if every else short_circuit.narrowed(self.model, self.steps)
        steps = ",\n".join(f"{step.name} AS ({step.sql(alias)})" for step in chain)
        return f"WITH {steps}\n{self.chosen(chain[-1].name, every)}"

    def chosen(self, last: str, every: bool) -> str:
        """The rows of the last step that are wanted."""
        alias = self.model.anchor.alias
        live = f"LEFT JOIN clue__live AS _live ON _live.anchor = {alias}._anchor WHERE {alias}._finding IS NOT NULL OR _live.anchor IS NOT NULL"
        return f"SELECT {alias}.* FROM {last} AS {alias} {'' if every else live}"


def compile_model(model: Model, as_of: date, fresh: Callable[[str], bool]) -> Compiled:
    """Compile for one day. ``fresh`` says of a data set whether its feed is recent enough for absence to mean anything."""
    return _Compiler(model, as_of, fresh).compile()


class _Compiler:
    def __init__(self, model: Model, as_of: date, fresh: Callable[[str], bool]) -> None:
        self.model, self.as_of, self.fresh = model, as_of, fresh
        self.parameters, self.province = law.parameters(), settings().province
        self.asked: dict[tuple[str, str, str], None] = {}
        self.chain = Chain(model.anchor.alias, self.parameter)
        self.operators = Operators(self.chain, fresh)
        self.depends, self.counts = Dependencies(model), counted_beside(model)
        self.stale_columns = {name for name, reads in self.depends.columns.items() if not all(map(fresh, reads.datasets))}

    def compile(self) -> Compiled:
        self.anchor()
        places = {element.id: number for number, element in enumerate(self.model.elements)}
        for part in short_circuit.order(self.model):
            if isinstance(part, Element):
                self.element(part, ("elements", places[part.id]))
            else:
                self.derive(part)
        self.findings()
        self.attributes()
        return Compiled(self.model, tuple(self.chain.steps), self.evidence(), *self.days())

    def parameter(self, name: str, day: str, place: str) -> str:
        """A parameter's SQL; what was asked is remembered for the card."""
        self.asked[name, day, place] = None
        return law.parameter_sql(self.parameters[name], day, place, self.province)

    def days(self) -> tuple[tuple[AskedParameter, ...], str]:
        """What was asked of the law for an anchor row. A day taken from a lookup's rows differs from row to row and is left out."""
        alias, found = self.model.anchor.alias, list[AskedParameter]()
        chain = Chain(alias, self.parameter, derived=set(self.chain.derived))
        chain.begin("clue__cases", list(self.chain.columns), {}, ("parameters",), "")
        for name, day, place in list(self.asked):
            texts = [text for text in (day, place) if text]
            if any(column.table != alias for text in texts for column in vocabulary.columns(vocabulary.parse(text))):
                continue
            one = AskedParameter(name, f"_day{len(found)}", f"_place{len(found)}" if place else "")
            added = {one.day: f"CAST({chain.express(day, ('parameters',))} AS DATE)"}
            added |= {one.place: f"CAST({chain.express(place, ('parameters',))} AS VARCHAR)"} if place else {}
            chain.add(("parameters",), added)
            found.append(one)
        steps = ",\n".join(f"{step.name} AS ({step.sql(alias)})" for step in chain.steps)
        columns = ", ".join(f'{alias}."{name}"' for one in found for name in (one.day, one.place) if name)
        return tuple(found), f"WITH {steps}\nSELECT {alias}.record_key, {columns} FROM {chain.steps[-1].name} AS {alias}" if found else ""

    def anchor(self) -> None:
        anchor, alias = self.model.anchor, self.model.anchor.alias
        used = self.used()
        columns = ["record_key", *(name for name in dataset(anchor.data).columns if name in used)]
        added = {"as_of": f"DATE '{self.as_of.isoformat()}'"}
        if anchor.one_per:
            added["_rank"] = f"ROW_NUMBER() OVER (PARTITION BY {anchor.one_per} ORDER BY {anchor.order or alias + '.record_key'}, {alias}.record_key)"
        self.chain.derived.add("as_of")
        self.chain.begin(anchor.data, columns, added, ("anchor", "where"), f"WHERE {self.plain(anchor.where)}" if anchor.where else "")
        if anchor.one_per:
            self.chain.add(("anchor", "one_per"), {}, tail=f"WHERE {alias}._rank = 1", keep=[*columns, "as_of"])
        self.chain.add(("anchor", "key"), {"_anchor": f"CAST({self.plain(anchor.key)} AS VARCHAR)"})

    def plain(self, sql: str) -> str:
        """A fragment about the anchor row before any step exists: no derived columns, no calendar; ``as_of`` is the day itself."""
        text = self.chain.resolve(vocabulary.parse(sql)).sql("duckdb")
        return re.sub(rf"\b{self.model.anchor.alias}\.as_of\b", f"DATE '{self.as_of.isoformat()}'", text) if not self.chain.steps else text

    def used(self) -> set[str]:
        """Names the model mentions anywhere, in SQL or in sentences: only these columns travel along."""
        text = self.model.model_dump_json(include={"subject", "anchor", "derive", "elements", "findings", "occurred_on", "jurisdiction"})
        return set(re.findall(r"[a-z_][a-z0-9_]*", text))

    def derive(self, name: str) -> None:
        column, location = self.model.derive[name], ("derive", name)
        lookup = column.lookup
        adds = list(column.take) or [name]
        if lookup is None:
            self.chain.add(location, {name: self.chain.express(str(column.sql), location)})
        elif column.take:
            self.chain.take(column, lookup, (*location, "match"), [count for count, beside in self.counts.items() if beside == name])
        else:
            self.chain.fold(name, lookup, str(column.value), (*location, "match"))
            if column.default is not None:
                self.replace(name, f"COALESCE({self.of(name)}, {column.default})", (*location, "default"))
        self.chain.derived.update(adds)

    def element(self, element: Element, location: Location) -> None:
        answer = self.operators.answer(element, location)
        if element.needs:
            answer = f"CASE WHEN {self.chain.express(element.needs, (*location, 'needs'))} THEN {answer} END"
        silent = self.depends.element(element).anchor and not self.fresh(self.model.anchor.data)
        if silent or self.is_stale(own_fragments(element)):
            answer = "CAST(NULL AS BOOLEAN)"
        self.chain.add(location, {f"e_{element.id}": f"({answer})"})
        self.chain.derived.add(f"e_{element.id}")

    def findings(self) -> None:
        """Which finding holds or will soon, and whether one of them could still hold if the missing were known."""
        holds = {finding.id: " AND ".join(self.of(f"e_{name}") for name in finding.all) for finding in self.model.findings}
        soon = {finding.id: self.soon(finding) for finding in self.model.findings if self.model.warns_early(finding)}
        chosen = " ".join(f"WHEN {sql} THEN '{key}'" for key, sql in [*holds.items(), *soon.items()])
        early = " ".join([*(f"WHEN {sql} THEN NULL" for sql in holds.values()), *(f"WHEN {sql} THEN {self.days_left(key)}" for key, sql in soon.items())])
        open_ = " OR ".join(f"({one}) IS NULL" for one in [*holds.values(), *soon.values()])
        if not self.fresh(self.model.anchor.data):
            chosen, early, open_ = "WHEN FALSE THEN ''", "WHEN FALSE THEN NULL", "TRUE"
        self.chain.add(("findings",), {"_finding": f"CASE {chosen} END", "_early": f"CAST(CASE {early} END AS INT)", "_open": f"({open_})"})
        self.chain.derived.add("_early")

    def soon(self, finding: Finding) -> str:
        """Whether everything of a finding holds but what is still pending and warned of."""
        warning = {element.id for element in self.model.warns_early(finding)}
        return " AND ".join(f"({self.of(f'e_{name}')} OR {self.of(f'_w_{name}')})" if name in warning else self.of(f"e_{name}") for name in finding.all)

    def days_left(self, key: str) -> str:
        """The band of days before the last of the days that a finding waits for."""
        bands = [f"CASE WHEN {self.of(f'_w_{one.id}')} THEN {self.of(f'_d_{one.id}')} ELSE 0 END" for one in self.model.warns_early(self.model.finding(key))]
        return bands[0] if len(bands) == 1 else f"GREATEST({', '.join(bands)})"

    def attributes(self) -> None:
        model = self.model
        for name in ATTRIBUTES:
            texts = [(finding.id, attribute(model, finding, name)) for finding in model.findings]
            location = placed(model, name)
            branches = [f"WHEN {self.of('_finding')} = '{key}' THEN {self.chain.express(text, location)}" for key, text in texts]
            kind = "DATE" if name.endswith("_on") else "DOUBLE" if name == "confidence" else "VARCHAR"
            self.chain.add(location, {f"_{name}": f"CAST(CASE {' '.join(branches)} END AS {kind})"})
        for name, text in (("subject_key", model.subject.key), ("subject_name", model.subject.name), ("subject_id", model.subject.id or "NULL")):
            self.chain.add(("subject", name.removeprefix("subject_")), {f"_{name}": f"CAST({self.chain.express(text, ('subject',))} AS VARCHAR)"})
        if model.subject.birth:
            # A subject under 18 on the day of the event belongs to the juvenile line alone, whatever the model's own line is.
            age = self.chain.express(f"age_on({model.subject.birth}, {self.of('_occurred_on')})", ("subject", "birth"))
            self.replace("_line", f"CASE WHEN {age} < 18 THEN 'juvenile' ELSE {self.of('_line')} END", ("subject", "birth"))

    def replace(self, name: str, sql: str, location: Location) -> None:
        """Give an existing column another value."""
        self.chain.add(location, {name: sql}, keep=[column for column in self.chain.columns if column != name])

    def of(self, name: str) -> str:
        return f'{self.model.anchor.alias}."{name}"'

    def is_stale(self, fragments: Iterable[str]) -> bool:
        """Whether a fragment looks at a column that comes from a stale feed."""
        return any(column.name in self.stale_columns for text in fragments for column in vocabulary.columns(vocabulary.parse(text)))

    def evidence(self) -> dict[str, tuple[Evidence, ...]]:
        """For each data set the rows that decided some elements, and all others that were looked at. A lookup that several elements share is read once."""
        alias, anchor = self.model.anchor.alias, self.model.anchor.data
        found: dict[str, dict[str, list[str]]] = {anchor: {sql: [] for sql in self.own_rows()}}
        reads = [(element.id, self.depends.element(element)) for element in self.model.elements]
        reads += [(BESIDE, column) for column in self.depends.columns.values()]
        for element, read in reads:
            if read.anchor and element:
                found[anchor][self.own_rows()[0]].append(element)
            for lookup in read.lookups:
                shown = {lookup.alias: lookup.data, **{join.alias: join.data for join in lookup.join}}
                for number in range(len(lookup.match)):
                    source = f"FROM clue__cases AS {alias} JOIN {source_of(lookup)} ON {self.chain.condition(lookup, number, ('elements',))}"
                    for beside, data in shown.items():
                        sql = f"SELECT {alias}.record_key AS _case, {beside}.* {source} WHERE {beside}.record_key IS NOT NULL"
                        found.setdefault(data, {}).setdefault(sql, []).append(element)
        for number_of, reaching in enumerate(self.model.elements):
            if reaching.reach is not None:
                reach, place = reaching.reach, ("elements", number_of, "reach")
                pairs = f"({self.chain.reached(reach)}) AS _g ON _g._s = {self.chain.express(reach.start, place)}"
                source = f"FROM clue__cases AS {alias} JOIN {pairs} JOIN {reach.data} AS {reach.alias} ON {reach.node} = _g._t"
                found.setdefault(reach.data, {}).setdefault(f"SELECT {alias}.record_key AS _case, {reach.alias}.* {source}", []).append(reaching.id)
        return {data: tuple(Evidence(tuple(dict.fromkeys(names)) or (BESIDE,), sql) for sql, names in parts.items()) for data, parts in found.items()}

    def own_rows(self) -> list[str]:
        """The anchor row itself; with ``one_per`` also the rows of its group, among which it is the first."""
        anchor, case = self.model.anchor, f"clue__cases AS {self.model.anchor.alias}"
        select = f"SELECT {anchor.alias}.record_key AS _case, _row.* FROM {case} JOIN {anchor.data} AS _row ON"
        rows = [f"{select} _row.record_key = {anchor.alias}.record_key"]
        if anchor.one_per:
            theirs = vocabulary.parse(anchor.one_per).transform(lambda node: exp.column(node.name, table="_row") if isinstance(node, exp.Column) else node)
            rows.append(f"{select} ({theirs.sql('duckdb')}) = ({anchor.one_per})")
        return rows


def attribute(model: Model, finding: Finding, name: str) -> str:
    """The SQL of one attribute of a finding's clue; the model's own where the finding says nothing."""
    place = finding.jurisdiction or model.jurisdiction
    if name == "severity":
        # An early notice is as severe as its band says, whatever the finding will be.
        bands = {days: level for element in model.warns_early(finding) if element.expected for days, level in element.expected.early.items()}
        early = [f"WHEN _early <= {days} THEN '{bands[days]}'" for days in sorted(bands)]
        levels = finding.severity if isinstance(finding.severity, dict) else {finding.severity: "TRUE"}
        return f"CASE {' '.join([*early, *(f'WHEN {condition} THEN {level!r}' for level, condition in levels.items())])} ELSE 'blue' END"
    texts: dict[str, str] = {
        "occurred_on": finding.occurred_on or model.occurred_on, "clock_start_on": finding.clock_start or "NULL", "deadline_on": finding.deadline or "NULL",
        "confidence": finding.confidence, "line": f"'{finding.line or model.line}'",
        "county_code": place.county_code, "body": place.body, "body_level": place.body_level,
    }
    return texts[name]


def placed(model: Model, name: str) -> Location:
    """Where in the file an attribute is said: by the first finding that says it itself, else by the model."""
    for number, finding in enumerate(model.findings):
        if name in ("county_code", "body", "body_level") and finding.jurisdiction:
            return "findings", number, "jurisdiction", name
        key = name.removesuffix("_on") if name in ("clock_start_on", "deadline_on") else name
        if key in finding.model_fields_set:
            return "findings", number, key
    return ("occurred_on",) if name == "occurred_on" else ("jurisdiction", name)


def placeholders(template: str) -> list[tuple[str, str]]:
    """Names and formats of a sentence's placeholders."""
    return [(name, form or "") for name, form in PLACEHOLDER.findall(template)]
