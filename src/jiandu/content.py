"""Content roots: where contracts, models, dashboards … are found by listing, and how a YAML unit is read with line numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from jiandu.errors import ContentError, Problem
from jiandu.settings import ROOT, settings

PRODUCT_FOLDERS = {
    "sources": "dags/sources", "models": "spark_jobs/models", "elements": "spark_jobs/elements", "law": "spark_jobs/law",
    "lexicons": "spark_jobs/lexicons", "behaviour": "spark_jobs/behaviour", "live_models": "spark_jobs/live_models",
    "spiders": "crawlers/spiders", "dashboards": "dashboards",
}
"""Where the product itself, the first content root, keeps each kind; every further root uses the kind's own name."""

Unit = TypeVar("Unit", bound=BaseModel)


def roots() -> list[Path]:
    """All content roots, the product first. Raises ``ContentError`` for a root that is not a folder."""
    extra = [Path(root).resolve() for root in settings().content]
    missing = [Problem(str(root), "content root is not a folder", "check --content or JIANDU_CONTENT") for root in extra if not root.is_dir()]
    if missing:
        raise ContentError(missing)
    return [ROOT, *extra]


def folders(kind: str) -> list[Path]:
    """The existing folders that hold units of ``kind``, one a root."""
    candidates = [ROOT / PRODUCT_FOLDERS[kind], *(root / kind for root in roots()[1:])]
    return [folder for folder in candidates if folder.is_dir()]


def units(kind: str, suffix: str = ".yml") -> dict[str, Path]:
    """Every unit of a kind by its stem, over all roots; names starting with ``_`` are shared parts, not units.

    Raises ``ContentError`` when a stem exists twice.
    """
    found: dict[str, Path] = {}
    twice: list[Problem] = []
    for folder in folders(kind):
        for path in sorted(folder.glob(f"*{suffix}")):
            if path.name.startswith("_"):
                continue
            if path.stem in found:
                twice.append(Problem(str(path), f"{path.stem} exists already in {found[path.stem]}", "rename one of the two"))
            found.setdefault(path.stem, path)
    if twice:
        raise ContentError(twice)
    return found


def read_yaml(path: Path) -> CommentedMap:
    """The file as a mapping that remembers lines. Raises ``ContentError`` with file:line for broken YAML."""
    try:
        tree = YAML(typ="rt").load(path.read_text("utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(Problem(f"{path}:{line}", f"not valid YAML: {error.problem}", "check indentation, colons and quotes")) from error
    except UnicodeDecodeError as error:
        raise ContentError(Problem(f"{path}:1", "not UTF-8 text", "save the file as UTF-8")) from error
    if not isinstance(tree, CommentedMap):
        raise ContentError(Problem(f"{path}:1", "expected a mapping at the top", "start with 'title: …'"))
    return tree


def line_of(tree: Any, location: Sequence[str | int]) -> int:
    """The 1-based line where ``location`` (a pydantic error path) stands in ``tree``, or of its nearest existing parent."""
    line = 1
    for step in location:
        if isinstance(tree, CommentedMap) and step in tree:
            line = tree.lc.key(step)[0] + 1
        elif isinstance(tree, CommentedSeq) and isinstance(step, int) and step < len(tree):
            line = tree.lc.item(step)[0] + 1
        else:
            continue  # a tag of a union or a missing key: the parent's line stands
        tree = tree[step]
    return line


def read_unit(path: Path, kind: type[Unit]) -> Unit:
    """The unit at ``path`` validated as ``kind``; every problem of the file is named with its line in one ``ContentError``."""
    tree = read_yaml(path)
    try:
        return kind.model_validate(plain(tree))
    except ValidationError as error:
        raise ContentError(list(problems_of(error, tree, path))) from error


def problems_of(error: ValidationError, tree: CommentedMap, path: Path) -> Iterator[Problem]:
    """One problem a validation error, placed at file:line."""
    for item in error.errors(include_url=False):
        name = ".".join(str(step) for step in item["loc"]) or "file"
        yield Problem(f"{path}:{line_of(tree, item['loc'])}", f"{name}: {item['msg']}", advice(dict(item)))


def advice(item: Mapping[str, Any]) -> str:
    """What to do about one of pydantic's complaints, where the cause is known: ``{a: one, two}`` is two keys to YAML, not a text with a comma."""
    return "a text with a comma inside { } needs quotes" if item["type"] == "extra_forbidden" and item["input"] is None else ""


def plain(node: Any) -> Any:
    """Round-trip YAML nodes as ordinary dicts, lists and scalars."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    return node
