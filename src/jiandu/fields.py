"""The field dictionary: type, meaning, unit and tier of every field of silver, said once in ``fields.yml`` of each content root."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from jiandu import content
from jiandu.errors import ContentError, Problem

TIERS = ("public", "internal", "personal", "sensitive")
"""From the least to the most secret."""

PRODUCT_FIELDS = Path(__file__).with_name("fields.yml")

DUCK_TYPES = {
    "string": "VARCHAR", "date": "DATE", "timestamp": "TIMESTAMPTZ", "decimal": "DECIMAL(18,2)", "integer": "BIGINT",
    "number": "DOUBLE", "boolean": "BOOLEAN", "string_list": "VARCHAR[]",
}
"""What each field type is in DuckDB; Delta and Spark types follow from it."""


class Field(BaseModel):
    """One entry of the field dictionary."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["string", "date", "timestamp", "decimal", "integer", "number", "boolean", "string_list"]
    meaning: str
    unit: str = ""
    tier: Literal["public", "internal", "personal", "sensitive"] = "public"

    @property
    def duck_type(self) -> str:
        """The type of this field in DuckDB."""
        return DUCK_TYPES[self.type]


def files() -> list[Path]:
    """The field dictionaries of all content roots, the product's first."""
    return [PRODUCT_FIELDS, *(root / "fields.yml" for root in content.roots()[1:] if (root / "fields.yml").is_file())]


def load_fields() -> dict[str, Field]:
    """Every field by name, over all content roots.

    Raises ``ContentError`` with every problem: a malformed entry, or a name that two roots define differently.
    """
    # Read again only when a file changed: every micro-batch of a stream asks.
    return dict(_read(tuple((path, path.stat().st_mtime_ns) for path in files())))


@lru_cache(maxsize=8)
def _read(stamped: tuple[tuple[Path, int], ...]) -> dict[str, Field]:
    found: dict[str, Field] = {}
    problems: list[Problem] = []
    for path, _ in stamped:
        tree = content.read_yaml(path)
        for name in tree:
            try:
                entry = Field.model_validate(content.plain(tree[name]))
            except ValidationError as error:
                where = f"{path}:{content.line_of(tree, [name])}"
                problems += [
                    Problem(where, f"{name}.{'.'.join(map(str, item['loc']))}: {item['msg']}", content.advice(dict(item)))
                    for item in error.errors(include_url=False)
                ]
                continue
            if found.setdefault(name, entry) != entry:
                problems.append(Problem(f"{path}:{content.line_of(tree, [name])}", f"{name} means something else in another root", "choose another name"))
    if problems:
        raise ContentError(problems)
    return found


def most_secret(tiers: Iterable[str]) -> str:
    """The most secret of some tiers; ``public`` of none."""
    return max(tiers, key=TIERS.index, default="public")
