"""Channels an alert can travel by, found by listing this folder: a module ``<name>.py`` with a class ``Channel``.

Public messenger robots are not among them: they would cross from the work network to the internet.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from jiandu.alert.message import Message
    from jiandu.alert.office import Office


class Channel(Protocol):
    """A way to reach an office."""

    name: str

    def address(self, office: Office) -> str:
        """Where ``office`` is reached over this channel."""
        ...

    def send(self, message: Message) -> None:
        """Hand the message over, with its key; return only once the other side has taken it. Raises ``SendFailed``."""
        ...


class SendFailed(Exception):
    """The other side did not take the message; it will be tried again with the same key."""


def channels() -> list[Channel]:
    """Every channel of the folder, by name."""
    found: list[Channel] = []
    for module in pkgutil.iter_modules(__path__):
        channel: Channel = importlib.import_module(f"{__name__}.{module.name}").Channel()
        found.append(channel)
    return sorted(found, key=lambda channel: channel.name)
