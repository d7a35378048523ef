"""Reading contracts: every problem of every file by file:line in one error."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import duckdb
from pydantic import ValidationError

from jiandu import content
from jiandu.contracts.rules import findings
from jiandu.contracts.shape import Contract, Expression
from jiandu.errors import ContentError, JianduError, Problem
from jiandu.fields import Field, load_fields


def load_all() -> dict[str, Contract]:
    """Every contract of every content root by id. Raises one ``ContentError`` with all problems of all files."""
    fields = load_fields()
    contracts: dict[str, Contract] = {}
    problems: list[Problem] = []
    for stem, path in content.units("sources").items():
        contract, wrong = examine(path, fields)
        problems += wrong
        if contract is not None:
            contracts[stem] = contract
    if problems:
        raise ContentError(problems)
    return contracts


def load(name: str) -> Contract:
    """One contract by id. Raises ``JianduError`` if there is none of that name, ``ContentError`` if it is malformed."""
    found = content.units("sources")
    if name not in found:
        near = get_close_matches(name, found, n=3)
        raise JianduError.at(name, "no contract of that name", f"did you mean {', '.join(near)}?" if near else "jiandu new source NAME makes one")
    contract, problems = examine(found[name], load_fields())
    if contract is None or problems:
        raise ContentError(problems)
    return contract


def lint() -> list[Problem]:
    """Every problem of the field dictionary and of all contracts; empty when all is well."""
    try:
        load_all()
    except ContentError as error:
        return error.problems
    return []


def examine(path: Path, fields: dict[str, Field]) -> tuple[Contract | None, list[Problem]]:
    """The contract at ``path`` and its problems; the contract is ``None`` when its shape is broken."""
    try:
        tree = content.read_yaml(path)
    except ContentError as error:
        return None, error.problems
    plain = content.plain(tree)
    problems: list[Problem] = []
    contract: Contract | None = None
    try:
        contract = Contract.model_validate(plain)
        contract._id, contract._path = path.stem, str(path)
    except ValidationError as error:
        problems += content.problems_of(error, tree, path)
    for place, what, todo in findings(path.stem, plain, fields):
        name = ".".join(str(step) for step in place)
        problems.append(Problem(f"{path}:{content.line_of(tree, place)}", f"{name}: {what}" if name else what, todo))
    if contract is not None and not problems:
        for number, what in unbound(contract, fields):
            problems.append(Problem(f"{path}:{content.line_of(tree, ('checks', number))}", what, "a boolean over fields of this contract, in DuckDB's SQL"))
    return contract, sorted(problems, key=lambda problem: int(problem.where.rpartition(":")[2]))


def unbound(contract: Contract, fields: dict[str, Field]) -> list[tuple[int, str]]:
    """Number and complaint of each expression check that DuckDB does not accept over the contract's fields."""
    wrong = []
    numbered = [(number, check) for number, check in enumerate(contract.checks) if isinstance(check, Expression)]
    if not numbered:
        return []
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE row (" + ", ".join(f'"{name}" {fields[name].duck_type}' for name in contract.fields) + ")")
        for number, check in numbered:
            try:
                described = connection.sql(f"SELECT ({check.sql}) AS answer FROM row").types[0]
            except duckdb.Error as error:
                wrong.append((number, f"{check.name}: {str(error).splitlines()[0]}"))
                continue
            if str(described) != "BOOLEAN":
                wrong.append((number, f"{check.name}: gives {described}, not BOOLEAN"))
    return wrong
