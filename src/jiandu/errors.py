"""The one error tree. An error says where, what and what to do; all problems of a file are collected before it is raised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: ``where`` is ``file:line`` or ``delivery row``, ``todo`` is what a person can do about it."""

    where: str
    what: str
    todo: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" → {self.todo}" if self.todo else "")


class JianduError(Exception):
    """Anything Jiandu refuses to do. The command line prints the problems and exits with ``exit_code``."""

    exit_code = 2

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def at(cls, where: str, what: str, todo: str = "") -> JianduError:
        """Shorthand for an error with a single problem."""
        return cls(Problem(where, what, todo))


class ContentError(JianduError):
    """A content unit (contract, model, dashboard, law parameter …) is malformed."""


class DeliveryHeld(JianduError):
    """A delivery cannot be read or does not fit its contract: its bytes are kept, none of its rows pass."""


class ServiceUnavailable(JianduError):
    """A service this step needs does not answer; nothing was changed and the step can be repeated."""


class SetupError(JianduError):
    """The machine lacks something; ``todo`` says how to get it."""
