"""Secrets are made once, for their owner alone."""

from __future__ import annotations

import json

import pytest

from jiandu.errors import SetupError
from jiandu.services import places, secrets
from jiandu.settings import Settings


def test_made_once_and_for_the_owner_alone(own: Settings) -> None:
    places.prepare_home(own)
    first = secrets.ensure(own)
    assert secrets.path(own).stat().st_mode & 0o777 == 0o600
    assert secrets.ensure(own) == first
    assert secrets.read(own) == first
    kept = json.loads(secrets.path(own).read_text())
    assert len(set(kept.values())) == len(kept), "no two are alike"
    assert min(len(value) for value in kept.values()) >= 24


def test_addresses_follow_the_ports_and_passwords_stay(own: Settings) -> None:
    places.prepare_home(own)
    first = secrets.ensure(own)
    moved = secrets.read(own.model_copy(update={"port_base": own.port_base + 100}))
    assert moved["jiandu_password"] == first["jiandu_password"]
    assert f":{own.port_base + 100 + 10}/jiandu" in moved["postgres_dsn"]


def test_a_secret_added_by_a_later_version_leaves_the_others(own: Settings) -> None:
    places.prepare_home(own)
    first = secrets.ensure(own)
    older = json.loads(secrets.path(own).read_text())
    del older["cdc_password"]
    secrets.path(own).write_text(json.dumps(older))
    second = secrets.ensure(own)
    assert {name for name in first if first[name] != second[name]} == {"cdc_password"}
    assert secrets.path(own).stat().st_mode & 0o777 == 0o600


def test_a_home_never_started_says_what_to_do(own: Settings) -> None:
    with pytest.raises(SetupError, match="jiandu up"):
        secrets.read(own)


def test_a_broken_file_is_not_replaced(own: Settings) -> None:
    places.prepare_home(own)
    secrets.path(own).write_text("{")
    with pytest.raises(SetupError, match="cannot be read"):
        secrets.ensure(own)
    assert secrets.path(own).read_text() == "{"
