"""All screens of all content roots as they are written: what stands where, and each data set once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml.comments import CommentedMap

from jiandu import content
from jiandu.dashboard.definition import Dashboard, Dataset, Shared
from jiandu.dashboard.marts import KnownColumn, columns_of
from jiandu.errors import ContentError, Problem
from jiandu.settings import ROOT

SHARED = ROOT / "dashboards" / "_shared.yml"


@dataclass(frozen=True)
class Screen:
    """A dashboard with the place it was read from."""

    slug: str
    path: Path
    definition: Dashboard
    tree: CommentedMap

    def at(self, *location: str | int) -> str:
        """``file:line`` of a part of the screen."""
        return f"{self.path}:{content.line_of(self.tree, location)}"


@dataclass(frozen=True)
class Catalogue:
    """Everything to compile: screens by slug and each data set once."""

    shared: Shared
    screens: list[Screen]
    datasets: dict[str, Dataset]

    def columns(self, name: str) -> dict[str, KnownColumn]:
        """Columns of a data set by name."""
        return columns_of(name, self.datasets[name])


def read() -> tuple[Catalogue, list[Problem]]:
    """Every screen that has the right form, and what is wrong with the form of the others or declared twice.

    Raises ``ContentError`` when ``_shared.yml`` is broken: nothing can be said about a screen without it.
    """
    shared = content.read_unit(SHARED, Shared)
    screens: list[Screen] = []
    problems: list[Problem] = []
    for slug, path in content.units("dashboards").items():
        try:
            screens.append(Screen(slug, path, content.read_unit(path, Dashboard), content.read_yaml(path)))
        except ContentError as error:
            problems += error.problems
    datasets = dict(shared.datasets)
    for screen in screens:
        for name, dataset in screen.definition.datasets.items():
            if name in datasets:
                what = "use it as it is, or declare what both need in _shared.yml"
                problems.append(Problem(screen.at("datasets", name), f"data set {name} is declared already", what))
            datasets.setdefault(name, dataset)
    return Catalogue(shared, screens, datasets), problems
