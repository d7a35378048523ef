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
    def dag_ids(self) -> dict[str, str]:
        """DAG id → the site its crawl reads: one DAG a site where several deliver to the contract, else one without a site's name."""
        sites = spiders_of(self.contract) if self.kind == "crawl" else ()
        if len(sites) < 2:
            return {f"source.{self.contract}": self.contract}
        return {f"source.{self.contract}.{site}": site for site in sites}

    @property
    def doc(self) -> str:
        """The DAG's documentation, shown in Airflow."""
        return f"**{self.title}** ({self.owner})\n\n{self.description}\n\n{self.problem}".strip()


@cache
def names() -> tuple[str, ...]:
    """Every contract of every content root, by listing alone."""
    return tuple(content.units("sources"))


@cache
def source(contract: str) -> Source:
    """The scheduling facts of one contract."""
    return read(contract, content.units("sources")[contract])


@cache
def spiders_of(contract: str) -> tuple[str, ...]:
    """The sites that deliver to a contract, by listing their spiders."""
    from jiandu.crawl import sites

    return tuple(spider.name for spider in sites(contract))


def listed() -> tuple[Source, ...]:
    """The scheduling facts of every contract."""
    return tuple(map(source, names()))


def read(contract: str, path: Path) -> Source:
    """One contract's scheduling facts; an unreadable file becomes a source that is never scheduled and carries its problem."""
    try:
        tree: Any = YAML(typ="safe").load(path.read_text("utf-8"))
        return Source(
            contract, str(tree["title"]), str(tree["description"]), str(tree["owner"]), str(tree["delivery"]["kind"]), tree.get("schedule"),
        )
    except (YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        return Source(contract, contract, "", "unknown", BROKEN, None, f"{path}: cannot be read ({error!r}); run `jiandu check`")
