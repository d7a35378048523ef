"""Everything that is wrong with models, elements and law, by file:line, in one run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from jiandu import content, fields
from jiandu.collision import elements, law, likeness
from jiandu.collision.binding import unbound
from jiandu.collision.model import Model
from jiandu.collision.rules import asked
from jiandu.errors import ContentError, Problem


def lint(names: Sequence[str] | None = None) -> list[Problem]:
    """Every problem of the named models (None: of all models, of the elements and of the law); empty when all is well."""
    try:
        law.parameters()
        law.announced_years()
    except ContentError as error:
        return error.problems
    paths = content.units("models")
    examined = {name: examine(path) for name, path in paths.items()}
    wanted = set(paths if names is None else names)
    found = list(elements.problems()) if names is None else []
    found += [problem for name in examined if name in wanted for problem in (*examined[name][1], *unfinished(paths[name]))]
    sound = {name: model for name, (model, problems) in examined.items() if model is not None and not problems}
    for one, other, share in likeness.alike(sound):
        first, second = (one, other) if one in wanted else (other, one)
        if first in wanted:
            what = f"asks what {second} asks: {share:.0%} of their elements are the same"
            found.append(Problem(f"{paths[first]}:1", what, f"make it findings of {second}, or drop one of the two"))
    return found


def unfinished(path: Path) -> list[Problem]:
    """What a generated unit still leaves to its author. It keeps no model from being tried: only lint and check speak of it."""
    told = [(number, line.partition(" #")[0].partition("TODO")) for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)]
    asks = {number: re.split(r"'|, [a-z_]+: ", rest)[0].strip(" ,}") for number, (_, todo, rest) in told if todo}
    return [Problem(f"{path}:{number}", "still to do", what or "fill it in") for number, what in asks.items()]


def notices(today: date) -> list[Problem]:
    """What is not wrong and still worth knowing on a day: terms that would run over a year whose days off nobody has entered."""
    years, files = law.announced_years(), law.files("calendar")
    if today.year in years or not files:
        return []
    what = f"days off are known up to {max(years)}; terms of {today.year} count weekends only"
    return [Problem(str(files[-1]), what, f"add {today.year} from the State Council's announcement, here or in law/calendar_{today.year}.yml")]


def examine(path: Path) -> tuple[Model | None, list[Problem]]:
    """The model at ``path`` and its problems; the model is None when its shape is broken. Done once for each state of all content."""
    around = [*content.units("law").values(), *content.units("elements").values(), *content.units("sources").values(), *fields.files()]
    return _examined(path, law.stamped([path, *around]))


@lru_cache(maxsize=64)
def _examined(path: Path, stamps: tuple[tuple[Path, int], ...]) -> tuple[Model | None, list[Problem]]:
    try:
        model, source = elements.read(path)
    except ContentError as error:
        return None, error.problems
    complaints = list(asked(path.stem, model))
    if not complaints:
        complaints = list(unbound(model))
    problems = [Problem(source.where(place), f"{source.says(place)}: {what}", todo) for place, what, todo in complaints]
    return model, sorted(problems, key=lambda problem: int(problem.where.rpartition(":")[2]))
