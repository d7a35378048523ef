"""The lexicons of all content roots, with one version that changes with any byte they are made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jiandu import content
from jiandu.errors import ContentError, Problem
from jiandu.keywords import figures, lint, signs
from jiandu.keywords.characters import Alphabet
from jiandu.keywords.figures import Figure, Measured
from jiandu.keywords.lexicon import Lexicon, Term


@dataclass(frozen=True)
class Lexicons:
    """Lexicons by file stem, with the shared signs; ``version``: sha256 over every file read."""

    version: str
    by_name: Mapping[str, Lexicon]
    characters: signs.Characters = field(default_factory=signs.Characters)
    contacts: signs.Contacts = field(default_factory=signs.Contacts)
    measured: Mapping[str, Measured] = field(default_factory=dict)

    def figure(self, name: str, term: Term) -> Figure | None:
        """What was measured of a term as it stands; None when it was not, or was another word then."""
        figure = self.measured[name].terms.get(term.called) if name in self.measured else None
        return figure if figure is not None and figure.pattern == term.term else None

    @property
    def titles(self) -> dict[str, str]:
        """Chinese title of each category."""
        return {lexicon.category: lexicon.title for lexicon in reversed(list(self.by_name.values()))}

    @property
    def legal_basis(self) -> dict[str, list[dict[str, str | None]]]:
        """The articles each category rests on, as a clue's card holds them."""
        found: dict[str, list[dict[str, str | None]]] = {}
        for lexicon in self.by_name.values():
            found.setdefault(lexicon.category, []).extend(
                {"law": one.law, "article": one.article, "says": one.says, "from": str(one.since), "to": str(one.until) if one.until else None,
                 "status": one.status} for one in lexicon.legal_basis
            )
        return found

    def dumped(self) -> str:
        """Everything that scores, as one canonical text: kept with a clue, it scores the same again (``restored``)."""
        parts = {
            "version": self.version, "characters": self.characters.model_dump(), "contacts": self.contacts.model_dump(),
            "by_name": {name: one.model_dump(mode="json", by_alias=True) for name, one in self.by_name.items()},
            "measured": {name: one.model_dump(mode="json") for name, one in self.measured.items()},
        }
        return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def restored(text: str) -> Lexicons:
    """Lexicons from what ``dumped`` gave."""
    parts = json.loads(text)
    return Lexicons(
        parts["version"], {name: Lexicon.model_validate(one) for name, one in parts["by_name"].items()}, signs.Characters.model_validate(parts["characters"]),
        signs.Contacts.model_validate(parts["contacts"]), {name: Measured.model_validate(one) for name, one in parts["measured"].items()},
    )


def load(folders: Sequence[Path] | None = None) -> Lexicons:
    """The lexicons of folders; None: of all content roots. Raises ``ContentError`` with every problem of every file."""
    stamp = version(folders)
    (characters, contacts), problems = lint.shared(folders)
    alphabet = Alphabet(characters)
    examined = {name: lint.examine(path, alphabet) for name, path in units(folders).items()}
    problems += [problem for _, found in examined.values() for problem in found]
    try:
        measured = figures.read(content.folders("lexicons") if folders is None else folders)
    except ContentError as error:
        problems += error.problems
    if problems:
        raise ContentError(problems)
    return Lexicons(stamp, {name: lexicon for name, (lexicon, _) in examined.items() if lexicon is not None}, characters, contacts, measured)


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
    return [*units(folders).values(), *signs.paths(folders), *figures.paths(content.folders("lexicons") if folders is None else folders)]


def version(folders: Sequence[Path] | None = None) -> str:
    """sha256 (hex) over names and bytes of every file."""
    digest = hashlib.sha256()
    for path in files(folders):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
