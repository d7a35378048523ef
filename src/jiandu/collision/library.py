"""The models there are: found by listing every content root's folder, linted, with the version their clues carry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from jiandu import content
from jiandu.collision import elements, law, lint
from jiandu.collision.model import Model
from jiandu.errors import ContentError, JianduError, Problem


@dataclass(frozen=True)
class Loaded:
    """A model ready to use; ``id`` is its file's stem, ``version`` changes with its file and with the law it uses."""

    id: str
    path: Path
    model: Model
    version: str


def load(names: Sequence[str] | None = None) -> list[Loaded]:
    """The named models, or all. Raises ``ContentError`` with every problem of every file asked for, ``JianduError`` for an unknown name."""
    loaded, problems = load_sound(names)
    if problems:
        raise ContentError(problems)
    return loaded


def load_sound(names: Sequence[str] | None = None) -> tuple[list[Loaded], list[Problem]]:
    """The named models that are well formed (None: of all), and every problem of the others. Raises ``JianduError`` for an unknown name."""
    found = content.units("models")
    wanted = list(found) if names is None else list(names)
    for name in wanted:
        if name not in found:
            near = get_close_matches(name, found, n=3)
            raise JianduError.at(name, "no model of that name", f"did you mean {', '.join(near)}?" if near else "jiandu model list; jiandu new model NAME")
    examined = [(name, found[name], *lint.examine(found[name])) for name in wanted]
    sound = [Loaded(name, path, model, version(path, model)) for name, path, model, wrong in examined if model is not None and not wrong]
    return sound, [problem for _, _, _, wrong in examined for problem in wrong]


def version(path: Path, model: Model) -> str:
    """Twelve hex digits over the file, the elements it imports and the values of the law it uses."""
    defined = law.parameters()
    used = {name: defined[name].model_dump(mode="json") for name in model.parameters}
    days = {str(day): work for day, work in law.exceptions_to_the_week().items()}
    text = b"".join(file.read_bytes() for file in elements.resolved(path)[1].files)
    return hashlib.sha256(text + json.dumps([used, days], sort_keys=True).encode()).hexdigest()[:12]
