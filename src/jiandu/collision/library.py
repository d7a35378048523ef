"""The models there are: found by listing every content root's folder, linted, with the version their clues carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from jiandu import content
from jiandu.collision import archive, lint
from jiandu.collision.model import Model
from jiandu.collision.pinned import FREE, Pinned, held
from jiandu.errors import ContentError, JianduError, Problem


@dataclass(frozen=True)
class Loaded:
    """A model ready to use; ``id`` is its file's stem.

    ``version`` names all that decides its answers and stands on its clues, ``edition`` what a person activates: the model and its law
    parameters. ``pinned`` holds those parameters where they come from the archive; ``edited`` says that the file has moved on since.
    """

    id: str
    path: Path
    model: Model
    version: str
    edition: str
    pinned: Pinned = FREE
    edited: bool = False


def load(names: Sequence[str] | None = None) -> list[Loaded]:
    """The named models, or all. Raises ``ContentError`` with every problem of every file asked for, ``JianduError`` for an unknown name."""
    loaded, problems = load_sound(names)
    if problems:
        raise ContentError(problems)
    return loaded


def load_sound(names: Sequence[str] | None = None) -> tuple[list[Loaded], list[Problem]]:
    """The named models that are well formed (None: of all), and every problem of the others. Raises ``JianduError`` for an unknown name."""
    examined = [(name, path, *lint.examine(path)) for name, path in _files(names).items()]
    sound = [_of_file(name, path, model) for name, path, model, wrong in examined if model is not None and not wrong]
    return sound, [problem for _, _, _, wrong in examined for problem in wrong]


def load_active(names: Sequence[str] | None = None) -> tuple[list[Loaded], list[Problem]]:
    """The models as scheduled runs use them: in the edition that was activated last, from the archive where the file says otherwise.

    A model never activated runs as its file says. Problems are those of the files; a model whose new file is broken still runs.
    """
    sound, problems = load_sound(names)
    of_file, found = {one.id: one for one in sound}, []
    active = archive.active()
    for name, path in _files(names).items():
        one = of_file.get(name)
        if name in active and (one is None or one.edition != active[name]):
            found.append(from_archive(name, path, active[name]))
        elif one is not None:
            found.append(one)
    return found, problems


def from_archive(name: str, path: Path, edition: str) -> Loaded:
    """An archived edition over the calendar, places and data sets of today. Raises ``JianduError`` when it was never kept."""
    kept = archive.restored_edition(name, edition)
    pinned = Pinned(parameters=kept.around.parameters)
    with held(pinned):
        return Loaded(name, path, kept.model, archive.version(kept.model), edition, pinned, True)


def _of_file(name: str, path: Path, model: Model) -> Loaded:
    return Loaded(name, path, model, archive.version(model), archive.edition(model))


def _files(names: Sequence[str] | None) -> dict[str, Path]:
    found = content.units("models")
    wanted = list(found) if names is None else list(names)
    for name in wanted:
        if name not in found:
            near = get_close_matches(name, found, n=3)
            raise JianduError.at(name, "no model of that name", f"did you mean {', '.join(near)}?" if near else "jiandu model list; jiandu new model NAME")
    return {name: found[name] for name in wanted}
