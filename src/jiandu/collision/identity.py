"""Who a clue is about and who answers for it: stable ids, persons only as a keyed hash, the procuratorate of the supervised body's level."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import cache
from pathlib import Path

from jiandu import content
from jiandu.collision import law
from jiandu.collision.pinned import pinned
from jiandu.errors import JianduError, SetupError
from jiandu.settings import settings

LEVELS = ("县", "市", "省")


def clue_id(model: str, subject_key: str, anchor: str) -> str:
    """``sha256(model, subject key, anchor)``: never the version, never data that may be corrected."""
    return hashlib.sha256(f"{model}\x1f{subject_key}\x1f{anchor}".encode()).hexdigest()


def subject_id_hash(identifier: str, key: bytes) -> str:
    """A person's or organisation's identifier as a keyed hash: equal for equal identifiers, useless to somebody without the key (``hash_key``)."""
    return hmac.digest(key, identifier.encode(), "sha256").hex()


def hash_key() -> bytes:
    """The key: the setting ``JIANDU_HASH_KEY``, else one made once in the home folder, readable by its owner alone."""
    if settings().hash_key:
        return settings().hash_key.encode()
    return _own_key(settings().home.resolve() / "subject.key")


@cache
def _own_key(path: Path) -> bytes:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_hex(32).encode())
        except FileExistsError:  # made before, by this process or another one
            return path.read_bytes()
        return path.read_bytes()
    except OSError as error:
        todo = "make the folder writable or set JIANDU_HASH_KEY"
        raise SetupError.at(str(path), f"the key of identity hashes cannot be kept: {error.strerror}", todo) from error


def city_code(county_code: str | None) -> str | None:
    """Code of the city a county lies in."""
    return f"{county_code[:4]}00" if county_code else None


def procuratorate_code(county_code: str | None, level: str | None) -> str | None:
    """The procuratorate that supervises a body of ``level`` (县, 市, 省) at a place: the one whose jurisdiction lists that division.

    A division no procuratorate lists answers for itself. None while the place or the level is unknown.
    """
    if not county_code or level is None:
        return None
    if level not in LEVELS:
        raise JianduError.at("jurisdiction.body_level", f"{level!r} is not a level", f"one of {', '.join(LEVELS)}")
    division = {"县": county_code, "市": f"{county_code[:4]}00", "省": f"{county_code[:2]}0000"}[level]
    return jurisdictions().get(division, division)


def jurisdictions() -> dict[str, str]:
    """Division code → code of the procuratorate whose jurisdiction lists it, from ``law/procuratorates*.yml``."""
    kept = pinned().jurisdictions
    return _jurisdictions(tuple(content.roots())) if kept is None else kept


@cache
def _jurisdictions(roots: tuple[Path, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in law.files("procuratorates"):
        for node in law.walk(content.plain(content.read_yaml(path))):
            if "jurisdiction" in node:
                found.update({str(division): str(node["code"]) for division in node["jurisdiction"]})
    return found
