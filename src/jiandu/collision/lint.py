"""Everything that is wrong with a model, by file:line, in one run: shape, names, law, secrecy, cases, and whether its SQL binds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from jiandu import content, fields
from jiandu.collision import law, vocabulary
from jiandu.collision.chain import Location, Step
from jiandu.collision.compile import compile_model, placeholders
from jiandu.collision.datasets import dataset, empty_sql, known
from jiandu.collision.dependencies import Dependencies
from jiandu.collision.model import Lookup, Model
from jiandu.collision.sentence import FORMS
from jiandu.errors import ContentError, Problem
from jiandu.settings import settings

Complaint = tuple[Location, str, str]
"""Where in the file, what, and what to do."""

RESULT_COLUMNS = {"anchor", "finding", "sentence", "severity", "line", "county_code", "city_code", "procuratorate_code", "supervised_body", "deadline_on",
                  "clock_start_on", "occurred_on", "overdue_days", "confidence", "document_type", "subject_name", "subject_key", "tier", "sealed"}
"""What a case may expect of a clue."""


@dataclass(frozen=True)
class Fragment:
    """A piece of SQL in a model: where it stands, and the aliases it may look at."""

    location: Location
    sql: str
    aliases: frozenset[str]


def lint() -> list[Problem]:
    """Every problem of the law's files and of every model of every content root; empty when all is well."""
    try:
        law.parameters()
        law.announced_years()
    except ContentError as error:
        return error.problems
    return [problem for path in content.units("models").values() for problem in examine(path)[1]]


def examine(path: Path) -> tuple[Model | None, list[Problem]]:
    """The model at ``path`` and its problems; the model is None when its shape is broken. Done once for each state of all content."""
    around = [*content.units("law").values(), *content.units("sources").values(), *fields.files()]
    return _examined(path, law.stamped([path, *around]))


@lru_cache(maxsize=64)
def _examined(path: Path, stamps: tuple[tuple[Path, int], ...]) -> tuple[Model | None, list[Problem]]:
    try:
        model = content.read_unit(path, Model)
        tree = content.read_yaml(path)
    except ContentError as error:
        return None, error.problems
    complaints = list(asked(path.stem, model))
    if not complaints:
        complaints = list(unbound(model))
    problems = [Problem(f"{path}:{content.line_of(tree, place)}", f"{'.'.join(map(str, place))}: {what}", todo) for place, what, todo in complaints]
    return model, sorted(problems, key=lambda problem: int(problem.where.rpartition(":")[2]))


def asked(stem: str, model: Model) -> Iterator[Complaint]:
    """Every rule a well-shaped model breaks without running anything."""
    unknown = [(place, name) for place, name in named_data(model) if not known(name)]
    for place, name in unknown:
        yield place, f"no data set {name}", "see dags/sources; jiandu new source NAME makes a contract"
    if not unknown:
        yield from fragment_rules(model)
        yield from names(model)
        yield from sentences(model)
        yield from secrecy(model)
        yield from cases(model)
    yield from parameters(model)


def named_data(model: Model) -> Iterator[tuple[Location, str]]:
    """Every data set a model names, with its place."""
    yield ("anchor", "data"), model.anchor.data
    for place, lookup in lookups(model):
        yield (*place, "data"), lookup.data
        for number, join in enumerate(lookup.join):
            yield (*place, "join", number, "data"), join.data
    for number, case in enumerate(model.cases):
        for name in [*case.rows, *case.stale]:
            yield ("cases", number, "rows", name), name


def lookups(model: Model) -> Iterator[tuple[Location, Lookup]]:
    """Every lookup with its place."""
    for name, column in model.derive.items():
        if column.lookup:
            yield ("derive", name), column.lookup
    for number, element in enumerate(model.elements):
        for form, lookup in (("exists", element.exists), ("absent", element.absent), ("measure", element.measure)):
            if lookup:
                yield ("elements", number, form), lookup


def fragments(model: Model) -> Iterator[Fragment]:
    """Every piece of SQL in a model."""
    own = frozenset({model.anchor.alias})
    anchor, subject = model.anchor, model.subject
    singles: list[tuple[Location, str | None]] = [(("anchor", name), getattr(anchor, name)) for name in ("key", "where", "one_per", "order")]
    singles += [(("subject", name), getattr(subject, name)) for name in ("key", "name", "id", "birth")]
    singles += [(("derive", name, "sql"), column.sql) for name, column in model.derive.items()]
    singles.append((("occurred_on",), model.occurred_on))
    for number, one in enumerate(model.elements):
        singles += [(("elements", number, "is"), one.is_), (("elements", number, "needs"), one.needs)]
        singles.append((("elements", number, "absent", "by"), one.absent.by if one.absent else None))
        singles.append((("elements", number, "measure", "test"), one.measure.test if one.measure else None))
    for number, finding in enumerate(model.findings):
        singles += [(("findings", number, name), getattr(finding, name)) for name in ("occurred_on", "clock_start", "deadline", "confidence")]
        if isinstance(finding.severity, dict):
            singles += [(("findings", number, "severity", level), sql) for level, sql in finding.severity.items()]
        if finding.jurisdiction:
            singles += [(("findings", number, "jurisdiction", name), getattr(finding.jurisdiction, name)) for name in ("county_code", "body", "body_level")]
    singles += [(("jurisdiction", name), getattr(model.jurisdiction, name)) for name in ("county_code", "body", "body_level")]
    yield from (Fragment(place, sql, own) for place, sql in singles if sql is not None)
    for place, lookup in lookups(model):
        beside = frozenset({lookup.alias, *(join.alias for join in lookup.join)})
        yield from (Fragment((*place, "match", number), sql, own | beside) for number, sql in enumerate(lookup.match))
        yield from (Fragment((*place, "join", number, "on"), join.on, beside) for number, join in enumerate(lookup.join))
        if lookup.where:
            yield Fragment((*place, "where"), lookup.where, own | beside)
        column = model.derive.get(str(place[1])) if place[0] == "derive" else None
        element = model.elements[int(place[1])] if place[0] == "elements" else None
        values = [("value", column.value), ("latest", column.latest), *column.take.items()] if column else []
        values += [("value", element.measure.value)] if element and element.measure else []
        yield from (Fragment((*place, name), sql, own | beside) for name, sql in values if sql is not None)


def fragment_rules(model: Model) -> Iterator[Complaint]:
    """Each piece of SQL parses, uses words that exist, and looks only where it may."""
    derived = derived_names(model)
    for fragment in fragments(model):
        try:
            tree = vocabulary.parse(fragment.sql)
        except (ParseError, TokenError) as error:
            yield fragment.location, f"not SQL: {str(error).splitlines()[0]}", ""
            continue
        for column in vocabulary.columns(tree):
            if column.table and column.table not in fragment.aliases:
                yield fragment.location, f"{column.table}.{column.name}: no such alias here", f"here are {', '.join(sorted(fragment.aliases))}"
            elif not column.table and column.name not in derived:
                near = get_close_matches(column.name, derived, n=1)
                hint = f"did you mean {near[0]}? " if near else ""
                yield fragment.location, f"{column.name} is no derived column", f"{hint}fields of a data set are written alias.field"
        for node in tree.walk():
            word = vocabulary.word(node)
            if word == "param":
                yield from parameter_rules(model, fragment, node)
            elif word in vocabulary.ARITY and len(node.expressions) != vocabulary.ARITY[word]:
                yield fragment.location, f"{word} takes {vocabulary.ARITY[word]} arguments", "jiandu model explain --words"
            elif word in vocabulary.TABLE_WORDS and {column.table for column in vocabulary.columns(node)} - {model.anchor.alias, ""}:
                yield fragment.location, f"{word} looks at rows of a lookup", "take the date into a derived column first"


def parameter_rules(model: Model, fragment: Fragment, node: exp.Expr) -> Iterator[Complaint]:
    """A parameter is declared, asked for a day, and for a county where counties have values of their own."""
    if len(node.expressions) not in (2, 3) or node.expressions[0].name not in model.parameters:
        yield fragment.location, "param takes a declared parameter's name and a day", "param('name', p.some_date), and name it under parameters"
        return
    parameter = law.parameters().get(node.expressions[0].name)
    if parameter and len(node.expressions) == 2 and any(len(value.place) > len(settings().province) for value in parameter.values):
        yield fragment.location, f"{node.expressions[0].name} differs by county", "param('name', p.some_date, p.county_code)"


def derived_names(model: Model) -> set[str]:
    """Every name a fragment may use bare."""
    names = {"as_of", "value"} | {name for name, column in model.derive.items() if not column.take}
    names |= {name for column in model.derive.values() for name in column.take}
    return names | {f"e_{element.id}" for element in model.elements} | {f"{element.id}_value" for element in model.elements if element.measure}


def names(model: Model) -> Iterator[Complaint]:
    """Ids are unique and refer to something; everything decides something."""
    delivered = dataset(model.anchor.data).columns
    for name, column in model.derive.items():
        for one in column.take or [name]:
            if one in delivered:
                yield ("derive", name), f"{one} is a field of {model.anchor.data} already", "choose another name"
    ids = [element.id for element in model.elements]
    for number, element in enumerate(model.elements):
        if element.id in ids[:number]:
            yield ("elements", number, "id"), f"{element.id} is asked twice", "give each element its own id"
        for part in element.any or []:
            if part not in ids[:number]:
                yield ("elements", number, "any"), f"{part} is no element above this one", f"above are {', '.join(ids[:number]) or 'none'}"
    used: set[str] = set()
    for number, finding in enumerate(model.findings):
        if finding.id in [other.id for other in model.findings[:number]]:
            yield ("findings", number, "id"), f"{finding.id} is found twice", "give each finding its own id"
        for name in finding.all:
            if name not in ids:
                near = get_close_matches(name, ids, n=1)
                yield ("findings", number, "all"), f"no element {name}", f"did you mean {near[0]}?" if near else ""
        if set(finding.all) <= set(ids):
            used |= set(Dependencies(model).elements(finding))
    for number, element in enumerate(model.elements):
        if element.id not in used:
            yield ("elements", number, "id"), f"{element.id} decides nothing", "name it in a finding or drop it"
    aliases = {model.anchor.alias}
    for place, lookup in lookups(model):
        for alias in [lookup.alias, *(join.alias for join in lookup.join)]:
            if alias in aliases & {model.anchor.alias}:
                yield (*place, "as"), f"{alias} is the anchor's alias", "choose another one"


def sentences(model: Model) -> Iterator[Complaint]:
    """Placeholders name columns of the row; a sentence never carries what changes each day."""
    available = set(dataset(model.anchor.data).columns) | derived_names(model) - {"value", "as_of"}
    texts: list[tuple[Location, str]] = [(("findings", number, "sentence"), finding.sentence) for number, finding in enumerate(model.findings)]
    texts += [(("elements", number, "detail"), element.detail) for number, element in enumerate(model.elements) if element.detail]
    for place, template in texts:
        for name, form in placeholders(template):
            if name not in available:
                near = get_close_matches(name, available, n=1)
                yield place, f"{{{name}}} is no field of the anchor and no derived column", f"did you mean {near[0]}?" if near else ""
            if form not in FORMS:
                yield place, f"{{{name}:{form}}}: no such form", f"one of {', '.join(form for form in FORMS if form)}"


def secrecy(model: Model) -> Iterator[Complaint]:
    """What makes a clue's number must not be a person's: numbers are public, persons appear as a keyed hash only."""
    personal = dataset(model.anchor.data).personal
    for place, sql in ((("subject", "key"), model.subject.key), (("anchor", "key"), model.anchor.key)):
        found = sorted({column.name for column in vocabulary.columns(vocabulary.parse(sql))} & personal)
        if found:
            todo = "use a document or case number; put the person's number under subject.id"
            yield place, f"{', '.join(found)} is personal and would travel in every clue number", todo


def parameters(model: Model) -> Iterator[Complaint]:
    """Declared parameters exist and are used."""
    defined = law.parameters()
    text = " ".join(fragment.sql for fragment in fragments(model))
    for number, name in enumerate(model.parameters):
        if name not in defined:
            near = get_close_matches(name, defined, n=1)
            yield ("parameters", number), f"no parameter {name} in law/parameters*.yml", f"did you mean {near[0]}?" if near else ""
        elif f"'{name}'" not in text:
            yield ("parameters", number), f"{name} is declared and not used", "drop it or use param()"


def cases(model: Model) -> Iterator[Complaint]:
    """Cases name fields that exist; every finding has a case that finds it, and the model one that finds nothing."""
    for name in model.case_defaults:
        if not known(name):
            yield ("case_defaults", name), f"no data set {name}", ""
    found: set[str] = set()
    for number, case in enumerate(model.cases):
        for name, rows in case.rows.items():
            for row_no, row in enumerate(rows):
                yield from (
                    (("cases", number, "rows", name, row_no, field), f"{name} has no field {field}", "") for field in row if field not in fields_of(name)
                )
        for clue in case.clues:
            found.add(str(clue.get("finding")))
            wrong = sorted(set(clue) - RESULT_COLUMNS)
            if wrong:
                yield ("cases", number, "clues"), f"a clue has no {', '.join(wrong)}", f"columns are {', '.join(sorted(RESULT_COLUMNS))}"
    for number, finding in enumerate(model.findings):
        if finding.id not in found:
            yield ("findings", number, "id"), f"no case finds {finding.id}", "add a positive case"
    if not any(not case.clues for case in model.cases):
        yield ("cases",), "no case where nothing is found", "add a negative case"


def fields_of(name: str) -> dict[str, str]:
    """Fields of a data set; what cases may give."""
    return dataset(name).columns | {"sealed": "BOOLEAN"} if known(name) else {}


def unbound(model: Model) -> Iterator[Complaint]:
    """Steps DuckDB does not accept over empty data sets of the right types; each failing step is stood in for, so that all are named."""
    compiled = compile_model(model, date(2020, 1, 1), lambda name: True)
    with duckdb.connect() as connection:
        for name in model.datasets:
            connection.execute(f"CREATE TABLE {name} AS {empty_sql(dataset(name))}")
        for name, table in law.reference_tables().items():
            connection.register("arrow", table)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM arrow LIMIT 0")
        for step in compiled.steps:
            try:
                connection.execute(f"CREATE TABLE {step.name} AS {vocabulary.render(step.sql(model.anchor.alias), 'duckdb')}")
            except duckdb.Error:
                yield from culprits(model, connection, step)
                if step is compiled.steps[0]:
                    return
                stand_in = ", ".join(f'NULL AS "{name}"' for name in step.added if name not in step.kept)
                kept = ", ".join(f'"{name}"' for name in step.kept)
                connection.execute(f"CREATE TABLE {step.name} AS SELECT {kept}{', ' + stand_in if stand_in else ''} FROM {step.source}")
        yield from answers(model, connection, compiled.steps[-1].name)


def culprits(model: Model, connection: duckdb.DuckDBPyConnection, step: Step) -> Iterator[Complaint]:
    """Which joins or columns of a failing step do not bind, and why. A join that does not bind hides the columns of its step."""
    for number, (_, place) in enumerate(step.joins):
        if (what := refused(connection, step.sql(model.anchor.alias, [], number + 1))) and not step.tail.startswith("GROUP"):
            yield place, what, ""
            return
    for name, (_, place) in step.added.items():
        if what := refused(connection, step.sql(model.anchor.alias, [name])):
            yield place, what, ""


def refused(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Why DuckDB does not bind a statement; empty when it does."""
    try:
        connection.execute(f"EXPLAIN {vocabulary.render(sql, 'duckdb')}")
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return ""


def answers(model: Model, connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Complaint]:
    """Elements answer yes or no, nothing else."""
    types: dict[str, Any] = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
    for number, element in enumerate(model.elements):
        kind = types.get(f"e_{element.id}")
        if kind not in ("BOOLEAN", '"NULL"', None):
            yield ("elements", number), f"{element.id} answers {kind}, not yes or no", "compare it with something"
