"""What a well-shaped model can still get wrong in its names, words, law, secrecy and cases, found without running anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from difflib import get_close_matches

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from jiandu.collision import law, vocabulary
from jiandu.collision.chain import Location
from jiandu.collision.compile import placeholders
from jiandu.collision.datasets import dataset, known
from jiandu.collision.dependencies import Dependencies
from jiandu.collision.fragments import Complaint, Fragment, derived_names, fragments, lookups, named_data
from jiandu.collision.likeness import idle
from jiandu.collision.model import Model
from jiandu.collision.sentence import FORMS
from jiandu.settings import settings

RESULT_COLUMNS = {"anchor", "finding", "sentence", "severity", "line", "county_code", "city_code", "procuratorate_code", "supervised_body", "deadline_on",
                  "clock_start_on", "occurred_on", "overdue_days", "confidence", "document_type", "subject_name", "subject_key", "tier", "sealed", "state"}
"""What a case may expect of a clue."""


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
        yield from idle(model)
        yield from early_notices(model)
    yield from parameters(model)
    yield from legal_basis(model)


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
    available = set(dataset(model.anchor.data).columns) | derived_names(model) - {"value", "as_of", "ratio", "difference", "reference"}
    texts: list[tuple[Location, str]] = [(("findings", number, "sentence"), finding.sentence) for number, finding in enumerate(model.findings)]
    texts += [(("findings", number, "early_sentence"), one.early_sentence) for number, one in enumerate(model.findings) if one.early_sentence]
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


def legal_basis(model: Model) -> Iterator[Complaint]:
    """Articles are in force on the model's day, or another article of the same law took their place."""
    today = last_day(model)
    for number, basis in enumerate(model.legal_basis):
        if basis.until is not None and basis.until < basis.since:
            yield ("legal_basis", number, "to"), f"ends on {basis.until}, before it begins", "from and to are the first and the last day in force"
        elif basis.is_repealed(today, model.legal_basis):
            todo = "add the article that took its place, and replaced_by if the law has another name"
            yield ("legal_basis", number, "to"), f"{basis.law}{basis.article} was repealed on {basis.until}", todo
    defined = law.parameters()
    for number, name in enumerate(model.parameters):
        if name in defined and all(value.until is not None and value.until < today for value in defined[name].values):
            yield ("parameters", number), f"{name} has no value in force on {today}", "add the new value with its source to law/parameters*.yml"


def last_day(model: Model) -> date:
    """The day a model is written for: the latest of its cases."""
    days = [case.as_of or model.cases_as_of for case in model.cases]
    return max((day.date() if isinstance(day, datetime) else day for day in days if day is not None), default=date.min)


def early_notices(model: Model) -> Iterator[Complaint]:
    """A finding that warns early says so in a sentence of its own: nothing is overdue yet."""
    for number, finding in enumerate(model.findings):
        if not set(finding.all) <= {element.id for element in model.elements}:
            continue
        warns = [element.id for element in model.warns_early(finding)]
        if warns and not finding.early_sentence:
            todo = "say what will fall due and when; nothing is overdue yet"
            yield ("findings", number), f"{warns[0]} warns early, and {finding.id} has no early_sentence", todo
        if finding.early_sentence and not warns:
            yield ("findings", number, "early_sentence"), "none of its elements warns early", "expected: {…, early: [30, 15, 5]}"


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
