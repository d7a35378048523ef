"""The contracts as the scheduler sees them: id, title, owner, kind, schedule. Read leanly, so that parsing a DAG file stays cheap
and a contract with a mistake cannot take the other sources off the schedule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from jiandu import content

BROKEN = "broken"


@dataclass(frozen=True)
class Source:
    """What scheduling needs to know of a contract; ``problem`` says why a contract cannot be read, its DAG then fails by saying so."""

    contract: str
    title: str
    description: str
    owner: str
    kind: str
    schedule: str | None
    problem: str = ""

    @property
    def doc(self) -> str:
        """The DAG's documentation, shown in Airflow."""
        return f"**{self.title}** ({self.owner})\n\n{self.description}\n\n{self.problem}".strip()


@cache
def listed() -> tuple[Source, ...]:
    """Every contract of every content root, by listing."""
    return tuple(read(contract, path) for contract, path in content.units("sources").items())


def read(contract: str, path: Path) -> Source:
    """One contract's scheduling facts; an unreadable file becomes a source that is never scheduled and carries its problem."""
    try:
        tree: Any = YAML(typ="safe").load(path.read_text("utf-8"))
        return Source(
            contract, str(tree["title"]), str(tree["description"]), str(tree["owner"]), str(tree["delivery"]["kind"]), tree.get("schedule"),
        )
    except (YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        return Source(contract, contract, "", "unknown", BROKEN, None, f"{path}: cannot be read ({error!r}); run `jiandu check`")
