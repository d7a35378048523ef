"""The lexicons of all content roots, with one version that changes with any byte they are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jiandu import content
from jiandu.errors import ContentError, Problem
from jiandu.keywords import lint, signs
from jiandu.keywords.characters import Alphabet
from jiandu.keywords.lexicon import Lexicon


@dataclass(frozen=True)
class Lexicons:
    """Lexicons by file stem, with the shared signs; ``version``: sha256 over every file read."""

    version: str
    by_name: Mapping[str, Lexicon]
    characters: signs.Characters = field(default_factory=signs.Characters)
    contacts: signs.Contacts = field(default_factory=signs.Contacts)


def load(folders: Sequence[Path] | None = None) -> Lexicons:
    """The lexicons of folders; None: of all content roots. Raises ``ContentError`` with every problem of every file."""
    stamp = version(folders)
    (characters, contacts), problems = lint.shared(folders)
    alphabet = Alphabet(characters)
    examined = {name: lint.examine(path, alphabet) for name, path in units(folders).items()}
    problems += [problem for _, found in examined.values() for problem in found]
    if problems:
        raise ContentError(problems)
    return Lexicons(stamp, {name: lexicon for name, (lexicon, _) in examined.items() if lexicon is not None}, characters, contacts)


def units(folders: Sequence[Path] | None = None) -> dict[str, Path]:
    """Lexicon files by stem. Raises ``ContentError`` when a stem exists twice."""
    if folders is None:
        return content.units("lexicons")
    found: dict[str, Path] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("[!_]*.yml"))):
        if path.stem in found:
            raise ContentError(Problem(str(path), f"{path.stem} exists already in {found[path.stem]}", "rename one of the two"))
        found[path.stem] = path
    return found


def files(folders: Sequence[Path] | None = None) -> list[Path]:
    """Every file a set of lexicons is made of."""
    return [*units(folders).values(), *signs.paths(folders)]


def version(folders: Sequence[Path] | None = None) -> str:
    """sha256 (hex) over names and bytes of every file."""
    digest = hashlib.sha256()
    for path in files(folders):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
