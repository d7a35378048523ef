"""Who may sit at the desk, and for which area. The embedded default has one account over the province; a province lists its own.

``JIANDU_DESK_ACCOUNTS`` names a YAML file: ``accounts: [{name, password, area, may_unmask}]``; ``password`` as ``jiandu desk account`` prints it,
``area`` the first digits of the divisions whose clues the account sees. Behind a province's own sign-in the desk stays on loopback.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path
from threading import Lock
from time import monotonic

from pydantic import BaseModel, ConfigDict

from jiandu import content
from jiandu.clue.masking import entered
from jiandu.settings import settings

COST = {"n": 2**14, "r": 8, "p": 1}
"""Of scrypt: 16 MB and some 50 ms a try (RFC 7914)."""
MOST_WRONG, LOCKED_FOR = 5, 15 * 60
"""Wrong passwords of one name within so many seconds, after which the name waits them out (GB/T 22239-2019, 8.1.4.1 b)."""
_WRONG: dict[str, list[float]] = {}
"""Moments of the wrong passwords of each account; the desk is one process."""
_GUESSING = Lock()


class LockedError(Exception):
    """Too many wrong passwords: even the right one is not looked at now."""


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
    """The account of a name and password, ``None`` if there is none such. Raises ``LockedError`` after too many wrong passwords of that name."""
    account = next((account for account in known() if account.name == name), None)
    if account is None:
        digest(password, b"no such account!")  # takes as long as a wrong password does
        return None
    salt = bytes.fromhex(account.password.partition("$")[0])
    with _GUESSING:  # one guess after another: guesses sent at once are no way around
        wrong = [moment for moment in _WRONG.get(name, []) if moment > monotonic() - LOCKED_FOR]
        if len(wrong) >= MOST_WRONG:
            raise LockedError
        if hmac.compare_digest(digest(password, salt), account.password):
            _WRONG.pop(name, None)
            return account
        _WRONG[name] = [*wrong, monotonic()]
        last = len(wrong) + 1 == MOST_WRONG
    if last:
        entered("desk.locked", "account", name, "jiandu.desk", f"{MOST_WRONG} wrong passwords within {LOCKED_FOR // 60} minutes")
    return None


def digest(password: str, salt: bytes | None = None) -> str:
    """``salt$scrypt`` in hex, as the file holds it."""
    salt = salt or os.urandom(16)
    return f"{salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, **COST).hex()}"
