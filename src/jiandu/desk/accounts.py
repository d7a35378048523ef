"""Who may sit at the desk, and for which area. The embedded default has one account over the province; a province lists its own.

``JIANDU_DESK_ACCOUNTS`` names a YAML file: ``accounts: [{name, password, area, may_unmask}]``; ``password`` as ``jiandu desk account`` prints it,
``area`` the first digits of the divisions whose clues the account sees. Behind a province's own sign-in the desk stays on loopback.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from jiandu import content
from jiandu.settings import settings

COST = {"n": 2**14, "r": 8, "p": 1}
"""Of scrypt: 16 MB and some 50 ms a try (RFC 7914)."""


class Account(BaseModel):
    """A person at the desk."""

    model_config = ConfigDict(extra="forbid")
    name: str
    password: str
    area: str
    may_unmask: bool = False

    def sees(self, county_code: str | None) -> bool:
        """Whether a clue of that county is the account's business."""
        return (county_code or "").startswith(self.area)


class Accounts(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid")
    accounts: list[Account]


def known() -> list[Account]:
    """Every account. Raises ``ContentError`` for a broken file, ``SetupError`` before the services were ever started in this home."""
    path: Path | None = settings().desk_accounts
    if path is not None:
        return content.read_unit(path, Accounts).accounts
    from jiandu.services import secrets

    kept = secrets.read()
    return [Account(name=kept["desk_user"], password=digest(kept["desk_password"], b"embedded"), area=settings().province, may_unmask=True)]


def signed_in(name: str, password: str) -> Account | None:
    """The account of a name and password, ``None`` if there is none such."""
    for account in known():
        salt = bytes.fromhex(account.password.partition("$")[0])
        if account.name == name and hmac.compare_digest(digest(password, salt), account.password):
            return account
    return None


def digest(password: str, salt: bytes | None = None) -> str:
    """``salt$scrypt`` in hex, as the file holds it."""
    salt = salt or os.urandom(16)
    return f"{salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, **COST).hex()}"
