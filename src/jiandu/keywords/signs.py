"""What all lexicons share: characters that stand for others, and how contacts are written. Content too: ``_characters.yml``, ``_contacts.yml``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from jiandu import content
from jiandu.collision.questions import Strict
from jiandu.keywords.patterns import Pattern
from jiandu.settings import ROOT

Sign = Annotated[str, StringConstraints(min_length=1, max_length=1)]
"""One code point, without a variation selector."""


class Characters(Strict):
    """``lookalikes``: character → the one it is read as; ``pictures``: emoji → word; ``splits``: character → the parts it is written as."""

    lookalikes: dict[Sign, str] = Field(default_factory=dict)
    pictures: dict[Sign, str] = Field(default_factory=dict)
    splits: dict[Sign, list[str]] = Field(default_factory=dict)


class Contacts(Strict):
    """Words before a contact, as patterns of terms, words that may stand between, and endings of internet addresses."""

    wechat: list[Pattern] = Field(default_factory=list)
    qq: list[Pattern] = Field(default_factory=list)
    between: list[str] = Field(default_factory=list)
    same: list[str] = Field(default_factory=list)
    endings: list[str] = Field(default_factory=list)


def paths(folders: Sequence[Path] | None = None) -> list[Path]:
    """The files of shared parts in the given folders; None: all content roots."""
    return [path for folder in folders or content.folders("lexicons") for path in (folder / "_characters.yml", folder / "_contacts.yml") if path.is_file()]


def read(folders: Sequence[Path] | None = None) -> tuple[Characters, Contacts]:
    """The shared parts of all folders, later ones added to earlier ones. Raises ``ContentError``."""
    characters, contacts = Characters(), Contacts()
    for path in paths(folders):
        if path.name == "_characters.yml":
            one = content.read_unit(path, Characters)
            characters = Characters(**{name: getattr(characters, name) | getattr(one, name) for name in Characters.model_fields})
        else:
            other = content.read_unit(path, Contacts)
            contacts = Contacts(**{name: [*getattr(contacts, name), *getattr(other, name)] for name in Contacts.model_fields})
    return characters, contacts


@cache
def shipped() -> tuple[Characters, Contacts]:
    """The product's own shared parts."""
    return read([ROOT / content.PRODUCT_FOLDERS["lexicons"]])
