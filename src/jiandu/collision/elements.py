"""The library of elements: a question written once under ``elements/`` and imported by models with their own aliases and fields put in.

An element's file says what it takes; ``$name`` stands for what a model gives ``with`` it: in SQL in parentheses, in a text as it is,
and as the whole value where nothing else stands beside it. Importing happens before a model is validated, so that everything behind
it knows whole models only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator
from ruamel.yaml.comments import CommentedMap

from jiandu import content
from jiandu.collision.model import Model
from jiandu.collision.questions import Name, Strict
from jiandu.errors import ContentError, Problem

PLACE = re.compile(r"\$([a-z][a-z0-9_]*)")
PLAIN_SQL = re.compile(r"[A-Za-z_][\w.]*|'[^']*'|\d+(\.\d+)?")
TEXTS = ("title", "unknown", "detail")
"""Keys of an element that hold sentences, not SQL; a model may say them itself, and ``needs`` too."""


class Taken(Strict):
    """One thing an element takes from the model that imports it; a text alone says what it is, and the model must give it."""

    says: str = Field(min_length=2)
    default: Any = None

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"says": value} if isinstance(value, str) else value


class Shared(Strict):
    """A file of ``elements/``: what it asks, what it takes, and the legal parameters it reads."""

    title: str
    description: str = Field(min_length=10)
    takes: dict[Name, Taken] = Field(default_factory=dict)
    parameters: list[str] = Field(default_factory=list)
    asks: dict[str, Any]


@dataclass
class Source:
    """Where a model's text stands: its own file, and the file of every element it imports by the element's place in the list."""

    path: Path
    tree: CommentedMap
    imported: dict[int, tuple[Path, CommentedMap]] = field(default_factory=dict)

    def where(self, location: tuple[str | int, ...]) -> str:
        """``file:line`` of a place in the whole model; a place inside an imported element stands in the element's file."""
        if len(location) > 2 and location[0] == "elements" and location[1] in self.imported:
            path, tree = self.imported[int(location[1])]
            own = self.tree["elements"][location[1]]
            if location[2] not in own:
                return f"{path}:{content.line_of(tree, ('asks', *location[2:]))}"
        return f"{self.path}:{content.line_of(self.tree, location)}"

    def says(self, location: tuple[str | int, ...]) -> str:
        """A place in words, with the element's file where one was imported there."""
        place = ".".join(map(str, location))
        own = location[0] == "elements" and len(location) > 1 and location[1] in self.imported
        return f"{place} (elements/{self.imported[int(location[1])][0].name})" if own else place

    @property
    def files(self) -> list[Path]:
        """The files the model is made of, its own first."""
        return list(dict.fromkeys([self.path, *(path for path, _ in self.imported.values())]))


def read(path: Path) -> tuple[Model, Source]:
    """The model at ``path`` with its elements imported. Raises ``ContentError`` with every problem by file:line."""
    whole, source = resolved(path)
    try:
        return Model.model_validate(whole), source
    except ValidationError as error:
        raise ContentError([
            Problem(source.where(item["loc"]), f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}", content.advice(dict(item)))
            for item in error.errors(include_url=False)
        ]) from error


def resolved(path: Path) -> tuple[dict[str, Any], Source]:
    """The model's text as plain data with nothing imported any more, as ``Model`` takes it: what an archive of versions keeps.

    Raises ``ContentError`` for broken YAML and for imports that do not fit.
    """
    tree = content.read_yaml(path)
    source, problems = Source(path, tree), list[Problem]()
    whole = content.plain(tree)
    elements = whole.get("elements")
    parameters = list(whole.get("parameters") or [])
    for number, given in enumerate(elements if isinstance(elements, list) else []):
        if not isinstance(given, dict) or "use" not in given:
            continue
        place = f"{path}:{content.line_of(tree, ('elements', number))}"
        try:
            elements[number], shared = imported(given, place)
        except ContentError as error:
            problems += error.problems
            continue
        file = content.units("elements")[given["use"]]
        source.imported[number] = (file, content.read_yaml(file))
        parameters += [name for name in shared.parameters if name not in parameters]
    if problems:
        raise ContentError(problems)
    return (whole | {"parameters": parameters} if parameters else whole), source


def imported(given: Mapping[str, Any], place: str) -> tuple[dict[str, Any], Shared]:
    """The element that a model's ``use`` line stands for, and the file it comes from."""
    files = content.units("elements")
    if given["use"] not in files:
        near = get_close_matches(str(given["use"]), files, n=1)
        raise ContentError(Problem(place, f"no element {given['use']} in elements/", f"did you mean {near[0]}?" if near else "jiandu new element NAME"))
    shared = content.read_unit(files[given["use"]], Shared)
    values = given.get("with") or {}
    known = ", ".join(shared.takes) or "nothing"
    problems = [Problem(place, f"{given['use']} takes no {name}", f"it takes {known}") for name in values if name not in shared.takes]
    missing = [name for name, taken in shared.takes.items() if name not in values and "default" not in taken.model_fields_set]
    problems += [Problem(place, f"{given['use']} needs {name}", f"with: {{{name}: …}}: {shared.takes[name].says}") for name in missing]
    foreign = sorted(set(given) - {"id", "use", "with", "needs", *TEXTS})
    problems += [Problem(place, f"an imported element says its own {name}", "drop it, or write the element out") for name in foreign]
    if problems:
        raise ContentError(problems)
    bound = {name: taken.default for name, taken in shared.takes.items()} | dict(values)
    own = {key: value for key, value in given.items() if key not in ("use", "with")}
    return {"title": shared.title, **filled(shared.asks, bound), **own, "source": given["use"]}, shared


def filled(node: Any, bound: Mapping[str, Any], key: str = "") -> Any:
    """A tree with every ``$name`` replaced; a key whose whole value is an empty binding is left out."""
    if isinstance(node, dict):
        made = {name: filled(value, bound, name) for name, value in node.items()}
        return {name: value for name, value in made.items() if value is not None}
    if isinstance(node, list):
        return [value for value in (filled(value, bound, key) for value in node) if value is not None]
    if not isinstance(node, str):
        return node
    alone = PLACE.fullmatch(node)
    if alone and alone.group(1) in bound:
        return bound[alone.group(1)]

    def put(match: re.Match[str]) -> str:
        if match.group(1) not in bound:
            return match.group(0)
        text = "NULL" if bound[match.group(1)] is None else str(bound[match.group(1)])
        return text if key in TEXTS or PLAIN_SQL.fullmatch(text) else f"({text})"

    return PLACE.sub(put, node)


def problems() -> Iterator[Problem]:
    """What is wrong with the files of ``elements/`` themselves: shape, placeholders nobody gives, things taken and not used."""
    for path in content.units("elements").values():
        try:
            shared, tree = content.read_unit(path, Shared), content.read_yaml(path)
        except ContentError as error:
            yield from error.problems
            continue
        named = set(PLACE.findall(str(shared.asks)))
        for name in sorted(named - set(shared.takes)):
            yield Problem(f"{path}:{content.line_of(tree, ('asks',))}", f"${name} is nothing it takes", f"add it under takes: {name}: {{says: …}}")
        for name in sorted(set(shared.takes) - named):
            yield Problem(f"{path}:{content.line_of(tree, ('takes', name))}", f"{name} is taken and not used", f"write ${name} under asks, or drop it")
