"""Everything that is wrong with lexicons, by file:line, in one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from jiandu import content
from jiandu.errors import ContentError, Problem
from jiandu.keywords import signs
from jiandu.keywords.characters import Alphabet
from jiandu.keywords.lexicon import PURPOSES, Lexicon, Term
from jiandu.keywords.patterns import expand

Tree = Any
"""A YAML mapping that remembers its lines."""


def lint(paths: Iterable[Path] | None = None) -> list[Problem]:
    """Every problem of the lexicons (None: of all content roots) and of the shared signs: form, what is still to do, cases that fail."""
    from jiandu.keywords import cases

    (characters, contacts), found = shared()
    for path in content.units("lexicons").values() if paths is None else paths:
        lexicon, problems = examine(path, Alphabet(characters))
        found += problems
        if lexicon is not None and not problems:
            found += cases.failing(path, lexicon, characters, contacts)
        found += unfinished(path)
    return found


def shared(folders: Sequence[Path] | None = None) -> tuple[tuple[signs.Characters, signs.Contacts], list[Problem]]:
    """The shared signs of folders, and what is wrong with them; empty signs when something is."""
    try:
        return signs.read(folders), []
    except ContentError as error:
        return (signs.Characters(), signs.Contacts()), error.problems


def examine(path: Path, alphabet: Alphabet) -> tuple[Lexicon | None, list[Problem]]:
    """The lexicon of a file and every problem that keeps it from being used; None when its very form is wrong."""
    try:
        tree = content.read_yaml(path)
    except ContentError as error:
        return None, error.problems
    try:
        lexicon = Lexicon.model_validate(content.plain(tree))
    except ValidationError as error:
        return None, [*(_explained(problem) for problem in content.problems_of(error, tree, path)), *_terms(path, tree, alphabet)]
    return lexicon, [*_law(lexicon, tree, path), *_cases(lexicon, tree, path), *_terms(path, tree, alphabet)]


def _explained(problem: Problem) -> Problem:
    if not problem.what.startswith("purpose:"):
        return problem
    return Problem(problem.where, "purpose: not on the closed list", "one of " + ", ".join(f"{name} ({says})" for name, says in PURPOSES.items()))


def _terms(path: Path, tree: Tree, alphabet: Alphabet) -> Iterator[Problem]:
    """What is wrong with terms whose form is right, also in a file whose form is not."""
    listed = tree.get("terms")
    known: dict[str, int] = {}
    names: dict[str, int] = {}
    for number, raw in enumerate(listed if isinstance(listed, list) else []):
        try:
            term = Term.model_validate(content.plain(raw))
        except ValidationError:
            continue  # told with the file's form
        line = content.line_of(tree, ("terms", number))
        words = list(dict.fromkeys(alphabet.plain_of(word) for word in expand(term.term)))
        yield from (Problem(f"{path}:{line}", *complaint) for complaint in _wrong(term, words, alphabet))
        if line != names.setdefault(term.called, line):
            yield Problem(f"{path}:{line}", f"the name {term.called!r} stands in line {names[term.called]} already", "names tell terms apart")
        for word in words:
            if word in known:
                yield Problem(f"{path}:{line}", f"term {term.term!r} repeats {word!r} of line {known[word]}", "keep one of the two")
        known |= {word: line for word in words if word not in known}


def _wrong(term: Term, words: Sequence[str], alphabet: Alphabet) -> Iterator[tuple[str, str]]:
    for word in words:
        if len(word) < 2:
            yield f"term {term.term!r} can be {word!r}: fewer than two characters are found everywhere", "lengthen it, or give the phrases it stands in"
    sounds = [alphabet.sound_of(word) for word in words]
    for phrase in term.allow:
        plain, sound = alphabet.plain_of(phrase), alphabet.sound_of(phrase)
        if plain in words:
            yield f"term {term.term!r} is hidden by its own allow phrase {phrase!r}", "an allow phrase is longer than the term"
        elif not any(word in sound for word in sounds):
            yield f"allow phrase {phrase!r} does not hold the term {term.term!r}, so it never applies", "write the term with what stands around it"
    if any(alphabet.plain_of(word) in words for word in term.context):
        yield f"term {term.term!r} is its own context", "name words that stand near it"


def _law(lexicon: Lexicon, tree: Tree, path: Path) -> Iterator[Problem]:
    """Articles are in force on the lexicon's day, or others took their place."""
    for number, basis in enumerate(lexicon.legal_basis):
        where = f"{path}:{content.line_of(tree, ('legal_basis', number, 'to'))}"
        if basis.until is not None and basis.until < basis.since:
            yield Problem(where, f"ends on {basis.until}, before it begins", "from and to are the first and the last day in force")
        elif basis.is_repealed(lexicon.cases_as_of, lexicon.legal_basis):
            todo = "add the article that took its place, and replaced_by if the law has another name"
            yield Problem(where, f"{basis.law}{basis.article} was repealed on {basis.until}", todo)


def _cases(lexicon: Lexicon, tree: Tree, path: Path) -> Iterator[Problem]:
    """At least one text that is found and one that is not; cases name terms of the lexicon."""
    terms = {term.called for term in lexicon.terms}
    for number, case in enumerate(lexicon.cases):
        for name in [*case.hits, *case.suspect]:
            if name not in terms:
                line = content.line_of(tree, ("cases", number))
                yield Problem(f"{path}:{line}", f"the case expects {name!r}, which is the name of no term", "copy it from the list")
    where = f"{path}:{content.line_of(tree, ('cases',))}"
    if not any(case.hits for case in lexicon.cases):
        yield Problem(where, "no case with a hit", "add a text that must be found")
    if all(case.hits for case in lexicon.cases):
        yield Problem(where, "no case without a hit", "add an ordinary text that must not be found")


def unfinished(path: Path) -> Iterator[Problem]:
    """What a generated lexicon still leaves to its author."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        _, todo, rest = line.partition(" #")[0].partition("TODO")
        if todo:
            yield Problem(f"{path}:{number}", "still to do", rest.strip(" ,}'\"") or "fill it in")
